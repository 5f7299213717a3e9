"""The channels of sandbox-server, and peers that send or read badly."""

import asyncio
import socket

import pytest

from ivle import chat
from ivle.sandbox.channels import FRAMES_A_TURN, MOST_PENDING, READS_A_TURN, Channel

KIND = {'pace': 1 << 30, 'frame_seconds': 10.0, 'send_seconds': 10.0}


class Listener:
    """What a channel tells, written down."""

    def __init__(self):
        self.heard, self.turns, self.drained = [], [], 0
        self.ended = asyncio.get_running_loop().create_future()

    def on_frame(self, payload):
        self.heard.append(payload)

    def on_pause(self):
        self.turns.append(len(self.heard))

    def on_drained(self):
        self.drained += 1

    def on_end(self, error):
        self.ended.set_result(error)


def with_channel(work, **kind):
    """Return what the coroutine function `work(channel, listener, peer)` returns."""

    async def run():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            for end in (ours, theirs):
                end.setblocking(False)
            listener = Listener()
            channel = Channel(asyncio.get_running_loop(), ours, listener, **{**KIND, **kind})
            try:
                return await asyncio.wait_for(work(channel, listener, theirs), 10)
            finally:
                channel.close()

    return asyncio.run(run())


def test_the_end_of_a_peer_is_told_once_after_all_it_said():
    async def work(channel, listener, peer):
        peer.send(b'1:a,1:b,')
        peer.close()
        return await listener.ended, listener.heard, channel.is_open

    assert with_channel(work) == (None, [b'a', b'b'], False)


@pytest.mark.parametrize('sent', [b'junk', b'5:ab', b'99999999:'])
def test_a_peer_that_breaks_the_protocol_is_ended(sent):
    async def work(channel, listener, peer):
        peer.send(sent)
        peer.close()
        return await listener.ended

    assert isinstance(with_channel(work), chat.ProtocolError)


def test_half_a_frame_is_waited_for_only_so_long():
    async def work(channel, listener, peer):
        peer.send(b'1:a,5:a')
        return await listener.ended, listener.heard

    error, heard = with_channel(work, frame_seconds=0.1)
    assert isinstance(error, chat.ConnectionLost) and heard == [b'a']


def test_a_frame_that_comes_in_pieces_in_time_is_no_reason_to_end():
    async def work(channel, listener, peer):
        for piece in (b'3', b':a', b'bc', b','):
            peer.send(piece)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        return listener.heard, channel.is_open

    assert with_channel(work, frame_seconds=0.3) == ([b'abc'], True)


def test_a_flood_of_small_frames_lets_others_have_their_turn():
    async def work(channel, listener, peer):
        peer.send(b'1:a,' * 1000)
        while len(listener.heard) < 1000:
            await asyncio.sleep(0)
        return max(later - earlier for earlier, later in zip([0, *listener.turns], listener.turns, strict=False))

    assert with_channel(work) <= FRAMES_A_TURN


def test_a_peer_that_asks_again_at_once_is_heard_in_the_same_turn_and_then_others_are():
    async def work(channel, listener, peer):
        turns, on_frame = [], listener.on_frame

        def ask_again(payload):
            on_frame(payload)
            if len(listener.heard) < 10:
                peer.send(b'1:a,')

        def another_turn():
            turns.append(len(listener.heard))
            if len(listener.heard) < 10:
                asyncio.get_running_loop().call_soon(another_turn)

        listener.on_frame = ask_again
        peer.send(b'1:a,')
        another_turn()
        while len(listener.heard) < 10:
            await asyncio.sleep(0)
        return [later - earlier for earlier, later in zip(turns, turns[1:], strict=False) if later > earlier]

    assert with_channel(work)[0] == READS_A_TURN


def test_a_peer_that_says_much_is_heard_once_in_a_turn():
    async def work(channel, listener, peer):
        on_frame = listener.on_frame

        def say_more(payload):
            on_frame(payload)
            peer.send(chat.frame(b'x' * 2000))

        listener.on_frame = say_more
        peer.send(chat.frame(b'x' * 2000))
        while not listener.heard:
            await asyncio.sleep(0)
        return len(listener.heard)

    assert with_channel(work) == 1


def test_who_is_closed_by_what_was_heard_hears_no_more():
    async def work(channel, listener, peer):
        def close(payload):
            peer.send(b'1:b,')
            channel.close()
            listener.heard.append(payload)

        listener.on_frame = close
        peer.send(b'1:a,')
        await asyncio.sleep(0.1)
        return listener.heard

    assert with_channel(work) == [b'a']


def test_a_flood_is_read_at_its_pace_and_no_faster():
    async def work(channel, listener, peer):
        loop = asyncio.get_running_loop()
        begun, sent = loop.time(), 0
        frame = chat.frame(b'x' * 10_000)
        while loop.time() - begun < 1:
            await asyncio.wait_for(loop.sock_sendall(peer, frame), 5)
            sent += len(frame)
        return sent

    # What lies in the socket and what may come at once are on top of a second's worth.
    assert with_channel(work, pace=1 << 20) < 4 << 20


def test_a_flood_of_small_frames_is_slowed_down_as_well():
    async def work(channel, listener, peer):
        peer.send(b'1:a,' * 8000)
        await asyncio.sleep(1)
        return len(listener.heard)

    # Five hundred a second, and as many at once.
    assert 500 < with_channel(work, pace=1 << 20) < 2000


def test_what_does_not_fit_is_sent_when_there_is_room():
    async def work(channel, listener, peer):
        loop, sent, received = asyncio.get_running_loop(), b'x' * (1 << 20), 0
        channel.send(sent)
        waited = channel.is_waiting
        while received < len(sent):
            received += len(await loop.sock_recv(peer, 1 << 16))
        await asyncio.sleep(0)
        return waited, received, listener.drained, channel.is_waiting

    assert with_channel(work) == (True, 1 << 20, 1, False)


def test_a_peer_that_does_not_read_is_given_up():
    async def work(channel, listener, peer):
        channel.send(b'x' * (1 << 20))
        return await listener.ended

    assert isinstance(with_channel(work, send_seconds=0.1), chat.ConnectionLost)


def test_what_waits_for_a_peer_is_bounded():
    async def work(channel, listener, peer):
        for _ in range(8):
            channel.send(b'x' * (MOST_PENDING // 4))
        return await listener.ended

    assert isinstance(with_channel(work), chat.ConnectionLost)
