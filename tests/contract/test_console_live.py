"""What sandbox-server takes from a console in a box, and what not."""

import asyncio
import socket

import pytest

from ivle import chat
from ivle.replies import State
from ivle.sandbox import endings
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.live_console import LiveConsole
from ivle.settings import Settings


def with_console(work):
    """Return what a function makes of a console that was never started."""

    async def run():
        return work(LiveConsole(Settings(), None, 'ann', 'k' * 32, '/'))

    return asyncio.run(run())


@pytest.mark.parametrize('said', ['{"queued":{"place":1,"seconds":1}}', '{"okay":1}', '[]', '{"output":"a","seq":7}', 'junk'])
def test_what_a_box_cannot_say_is_damage(said):
    def work(console):
        with pytest.raises(chat.ProtocolError):
            console.on_frame(said.encode())
        return console.transcript.last

    assert with_console(work) == 0


def test_nothing_is_heard_after_the_last_word():
    def work(console):
        console.on_frame(b'{"terminate":"over"}')
        console.on_frame(b'{"output":"more"}')
        return console.transcript.after(0)[0], console.state

    assert with_console(work) == ([{'terminate': 'over', 'seq': 1}], State.ENDED)


@pytest.mark.parametrize(('struck', 'told'), [(True, endings.WORDS['memory']), (False, 'It was killed.')])
def test_memory_that_the_kernel_took_away_is_told_by_sandbox_server_which_alone_knows_it(struck, told):
    async def run():
        boxes = Boxes()
        boxes.is_out_of_memory = struck
        console = LiveConsole(Settings(), boxes, 'ann', 'k' * 32, '/')
        opening = asyncio.create_task(console.open())
        await asyncio.sleep(0.2)
        console.on_frame(b'{"ready":null}')
        await opening
        console.on_frame(b'{"terminate":"It was killed."}')
        await console.end('Over.')
        return console.transcript.after(0)[0]

    assert asyncio.run(run()) == [{'terminate': told, 'seq': 1}]


class Boxes:
    """Boxes that take a moment to start and never say that they are ready."""

    def __init__(self):
        self.ended = 0

    async def start(self, spec):
        self.channel, self._theirs = socket.socketpair()
        self.channel.setblocking(False)
        await asyncio.sleep(0.1)
        return self

    async def end(self):
        self.ended += 1
        self.channel.close()
        self._theirs.close()
        return 'killed'


@pytest.mark.parametrize('seconds', [0, 0.2], ids=['before its box is there', 'before it is ready'])
def test_a_console_that_is_ended_while_it_starts_leaves_no_box(seconds):
    async def run():
        boxes = Boxes()
        console = LiveConsole(Settings(), boxes, 'ann', 'k' * 32, '/')
        opening = asyncio.create_task(console.open())
        await asyncio.sleep(seconds)
        await console.end('Over.')
        with pytest.raises(Refusal) as refused:
            await asyncio.wait_for(opening, 1)
        return refused.value.code, console.state, console.transcript.after(0)[0], boxes.ended

    assert asyncio.run(run()) == ('busy', State.ENDED, [{'terminate': 'Over.', 'seq': 1}], 1)


@pytest.mark.parametrize('reason', ['cpu', 'memory', 'wall', 'processes', 'disk', 'broken'])
def test_each_reason_for_an_end_has_words_of_its_own(reason):
    others = {words for name, words in endings.WORDS.items() if name != reason}
    assert endings.words_for(reason) not in {*others, endings.KILLED}


def test_a_reason_that_nobody_knows_is_told_as_a_kill():
    assert endings.words_for('stopped') == endings.words_for(None) == endings.KILLED
