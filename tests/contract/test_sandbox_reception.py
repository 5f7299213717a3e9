"""The reception of sandbox-server: one request on each connection, whole, in time, and not a byte beyond it."""

import asyncio
import socket

import pytest

from ivle import chat, envelopes, sockets
from ivle.sandbox.reception import HANDED_OVER, Reception
from ivle.settings import Settings

SECRET = b'k' * 32


def with_reception(tmp_path, work, answer=None, most=10, **settings):
    """Return what the coroutine function `work(connect, heard)` returns while a reception answers with what it was asked."""

    async def run():
        heard = []

        async def echo(connection, body):
            heard.append(body)
            return await answer(connection, body) if answer else {'heard': body}

        path = tmp_path / 'x.sock'
        reception = Reception(Settings(data=tmp_path, **settings), envelopes.Opener(SECRET, 'sandbox'), echo, most)
        reception.open(path)
        opened = []

        def connect():
            connection = sockets.connect(path)
            connection.setblocking(False)
            opened.append(connection)
            return connection

        try:
            return await asyncio.wait_for(work(connect, heard), 10)
        finally:
            for connection in opened:
                connection.close()
            await reception.close()

    return asyncio.run(run())


def request(body):
    return chat.frame(envelopes.seal(body, SECRET, 'sandbox'))


async def answer_on(connection):
    """Return the answer; None when the connection is closed without one."""
    payload = await chat.read_frame_async(asyncio.get_running_loop(), connection, chat.Frames())
    return None if payload is None else chat.loads(payload)


def test_a_request_that_comes_byte_by_byte_is_answered(tmp_path):
    async def work(connect, heard):
        connection = connect()
        for byte in request({'a': 1}):
            connection.send(bytes([byte]))
            await asyncio.sleep(0)
        return await answer_on(connection)

    assert with_reception(tmp_path, work) == {'heard': {'a': 1}}


def test_a_request_and_an_answer_larger_than_a_socket_holds_are_carried_whole(tmp_path):
    async def work(connect, heard):
        connection, body = connect(), {'text': 'ü' * 400_000}
        await asyncio.get_running_loop().sock_sendall(connection, request(body))
        return await answer_on(connection) == {'heard': body}

    assert with_reception(tmp_path, work)


def test_what_follows_a_request_is_left_for_whoever_is_handed_the_connection(tmp_path):
    async def hand_over(connection, body):
        followed.append(connection.recv(100))
        return HANDED_OVER

    async def work(connect, heard):
        connection = connect()
        connection.send(request({'a': 1}) + b'5:bytes,')
        return await answer_on(connection)

    followed = []
    assert with_reception(tmp_path, work, hand_over) is None
    assert followed == [b'5:bytes,']


@pytest.mark.parametrize('part', [b'', b'1', b'100:{"con'])
def test_a_request_that_does_not_come_is_given_up_in_time(tmp_path, part):
    async def work(connect, heard):
        connection = connect()
        connection.send(part)
        begun = asyncio.get_running_loop().time()
        return await answer_on(connection), asyncio.get_running_loop().time() - begun

    answer, seconds = with_reception(tmp_path, work, chat_timeout=0.2)
    assert answer is None and seconds > 0.1


@pytest.mark.parametrize('junk', [b'x', b':', b'12345678', b'2000000:', b'3:{}xx', b'01:x,'])
def test_junk_ends_the_connection_at_once(tmp_path, junk):
    async def work(connect, heard):
        connection = connect()
        connection.send(junk)
        try:
            return await answer_on(connection), heard
        except chat.ConnectionLost:
            # Closed with bytes of ours unread.
            return None, heard

    assert with_reception(tmp_path, work) == (None, [])


def test_connections_are_bounded_and_those_that_end_make_room(tmp_path):
    async def work(connect, heard):
        silent = [connect() for _ in range(3)]
        await asyncio.sleep(0.1)
        refused = connect()
        refused.send(request({'a': 1}))
        await asyncio.sleep(0.1)
        # Whether the end is seen as one or as a break depends on what was unread.
        answered = await asyncio.gather(answer_on(refused), return_exceptions=True)
        for connection in silent:
            connection.shutdown(socket.SHUT_RDWR)
        await asyncio.sleep(0.1)
        connection = connect()
        connection.send(request({'a': 2}))
        return [type(one) for one in answered], await answer_on(connection), heard

    answered, answer, heard = with_reception(tmp_path, work, most=3)
    assert (answer, heard) == ({'heard': {'a': 2}}, [{'a': 2}])
    assert answered[0] in (type(None), chat.ConnectionLost)


def test_a_request_that_waits_holds_up_no_other(tmp_path):
    async def wait(connection, body):
        await asyncio.sleep({'slow': 60}.get(body, 0))
        return body

    async def work(connect, heard):
        slow, quick = connect(), connect()
        slow.send(request('slow'))
        await asyncio.sleep(0.05)
        quick.send(request('quick'))
        return await asyncio.wait_for(answer_on(quick), 50)

    assert with_reception(tmp_path, work, wait) == 'quick'
