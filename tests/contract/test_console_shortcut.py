"""The short way of a line: what goes by it, and what is handed over to the controller."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ivle import chat
from ivle.sandbox.shortcut import ATTENTION_SECONDS, LONGEST_FRAME, MOST_OUTPUT, SHORT_SECONDS, Shortcut

PATIENCE_SECONDS = 60.0


class Console:
    """The two ends of a Shortcut: what the interpreter does, and what others have heard."""

    def __init__(self, output=None):
        ours, self.commands = socket.socketpair()
        # As the controller's, which has the same.
        self.ours = ours.dup()
        output, self.output = output or os.pipe()
        errors, self.errors = os.pipe()
        self.commands.setblocking(False)
        self.told, self.ended = [], []
        self.shortcut = Shortcut(
            asyncio.get_running_loop(),
            [ours.detach(), output, errors],
            1 << 20,
            lambda cmd, text: self.told.append((cmd, text)),
            self.ended.append,
        )
        self.shortcut.step_in()

    def close(self):
        self.shortcut.step_aside()
        self.shortcut.release()
        self.ours.close()
        self.commands.close()
        os.close(self.output)
        os.close(self.errors)

    def given(self):
        """Return the command that the interpreter has been given."""
        [value] = chat.Frames().values(self.commands.recv(1 << 20))
        return value

    def answer(self, number, kind='okay', value=None):
        self.commands.send(message(number, kind, value))

    @property
    def taken(self):
        """What the controller was told to take."""
        return [text for cmd, text in self.told if cmd == 'take']

    def left(self):
        """Return what is left of what the interpreter has said, for the controller."""
        with contextlib.suppress(BlockingIOError):
            return self.ours.recv(1 << 20)
        return b''

    async def until(self, is_so):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                await asyncio.sleep(0.001)


def message(number, kind='okay', value=None):
    return chat.frame_of({'n': number, kind: value})


def with_console(work, output=None):
    """Return what the coroutine function `work(console)` returns; `output` is the pipe of its standard output."""

    async def run():
        with contextlib.closing(Console(output)) as console:
            return await work(console)

    return asyncio.run(run())


def test_a_line_that_is_over_at_once_is_known_to_nobody_else():
    async def work(console):
        assert console.shortcut.give('chat', 'print(1)\n')
        given = console.given()
        console.answer(given['n'], 'okay', {'output': '1\n', 'error': 'größer\n'.encode().decode('latin-1')})
        await console.until(lambda: console.ended)
        # That a row of lines is over may have been told by then.
        return given, console.ended, [cmd for cmd, _ in console.told if cmd != 'rested']

    given, ended, told = with_console(work)
    assert given == {'n': 2, 'cmd': 'chat', 'text': 'print(1)\n'}
    assert (ended, told) == ([[{'output': '1\n'}, {'error': 'größer\n'}, {'okay': None}]], [])


def test_what_is_over_already_is_taken_at_once_and_what_is_not_is_waited_for():
    async def work(console):
        console.shortcut.give('chat', 'print(1)\n')
        console.shortcut.look()
        before = list(console.ended)
        console.answer(2)
        console.shortcut.look()
        at_once = list(console.ended)
        # With nothing given there is nothing to be looked for.
        console.answer(4)
        console.shortcut.look()
        return before, at_once, list(console.ended)

    assert with_console(work) == ([], [[{'okay': None}]], [[{'okay': None}]])


def test_half_a_statement_goes_the_short_way_too():
    async def work(console):
        console.shortcut.give('chat', 'if True:\n')
        console.answer(2, 'more')
        await console.until(lambda: console.ended)
        return console.ended

    assert with_console(work) == [[{'more': None}]]


def test_what_takes_longer_is_handed_over():
    async def work(console):
        console.shortcut.give('block', 'work()\n')
        os.write(console.output, b'so far\n')
        await console.until(lambda: console.told)
        os.write(console.output, b'and on\n')
        console.answer(2)
        await asyncio.sleep(3 * SHORT_SECONDS)
        return console.taken, console.ended

    [taken], ended = with_console(work)
    assert (taken['n'], taken['cmd'], ended) == (2, 'block', [])
    assert SHORT_SECONDS <= taken['seconds'] < PATIENCE_SECONDS


@pytest.mark.parametrize(
    'said',
    [
        message(2, 'exc', 'ZeroDivisionError\n'),
        message(2, 'input'),
        message(2, 'exit'),
        message(4),
        message(2) + message(2),
        message(1, 'image', {}) + message(2),
        message(2)[:-1],
        message(2, 'okay', {'output': 'x' * (MOST_OUTPUT + 1)}),
        message(2, 'okay', {'output': '\u0100'}),
        message(2, 'okay', {'output': 1}),
        message(2, 'okay', {'exc': ''}),
        message(2, 'okay', 'yes'),
        chat.frame(b'{"n":2,"okay":null,"more":null}'),
        chat.frame(b'{"n":2,"n":2,"okay":null}'),
        chat.frame(b'[2]'),
        chat.frame(b'[' * 20_000),
        b'junk',
        b'',
    ],
    ids=lambda said: repr(said[:40]),
)
def test_what_is_not_exactly_the_end_is_handed_over_as_it_came(said):
    async def work(console):
        console.shortcut.give('chat', '1 / 0\n')
        if said:
            console.commands.send(said)
        else:
            console.commands.shutdown(socket.SHUT_RDWR)
        await console.until(lambda: console.told)
        return console.taken, console.ended, console.left()

    [taken], ended, left = with_console(work)
    assert (taken['n'], ended, left) == (2, [], said)


def test_what_the_interpreter_has_not_taken_back_is_left_to_the_controller():
    async def work(console):
        console.shortcut.give('chat', 'os.system("echo later &")\n')
        os.write(console.errors, b'x')
        console.answer(2)
        await console.until(lambda: console.told)
        return console.taken, console.ended, console.left()

    [taken], ended, left = with_console(work)
    assert (taken['n'], ended, left) == (2, [], message(2))


class Holder:
    """A pipe whose lock a process holds: whoever reads it, asks what is in it, or closes it last, waits until `release`."""

    def __init__(self):
        self._source, self._other = socket.socketpair()
        self.reading, self.writing = os.pipe()
        code = 'import os, sys; os.splice(int(sys.argv[1]), int(sys.argv[2]), 100)'
        ends = (self._source.fileno(), self.writing)
        self._process = subprocess.Popen([sys.executable, '-c', code, *map(str, ends)], pass_fds=ends)
        waits_in = Path(f'/proc/{self._process.pid}/wchan')
        while not waits_in.read_text().startswith('unix_stream'):
            assert self._process.poll() is None
            time.sleep(0.01)

    def release(self):
        self._process.kill()
        self._process.wait()
        self._source.close()
        self._other.close()


def test_a_pipe_that_makes_wait_whoever_touches_it_makes_nobody_wait():
    holder = Holder()

    async def work(console):
        try:
            console.shortcut.give('chat', 'x = 1\n')
            console.answer(2)
            await console.until(lambda: console.ended or console.told)
            await asyncio.sleep(3 * SHORT_SECONDS)
            return console.ended
        finally:
            holder.release()

    assert with_console(work, output=(holder.reading, holder.writing)) == [[{'okay': None}]]


def test_descriptors_that_come_with_a_reply_are_not_taken():
    async def work(console):
        holder = Holder()
        try:
            console.shortcut.give('chat', 'x = 1\n')
            socket.send_fds(console.commands, [message(2)], [holder.reading])
            os.close(holder.reading)
            os.close(holder.writing)
            await console.until(lambda: console.ended or console.told)
            return console.ended, console.taken
        finally:
            holder.release()

    ended, [taken] = with_console(work)
    assert (ended, taken['n']) == ([], 2)


def test_the_controller_hears_of_a_row_of_lines_once_it_is_over(monkeypatch):
    # Long enough that a busy machine does not make two rows of one.
    monkeypatch.setattr('ivle.sandbox.shortcut.SHORT_SECONDS', 1.0)

    async def work(console):
        for _ in range(5):
            console.shortcut.give('chat', 'pass\n')
            console.answer(console.given()['n'])
            count = len(console.ended)
            await console.until(lambda count=count: len(console.ended) > count)
        before = list(console.told)
        await console.until(lambda: console.told)
        await asyncio.sleep(1.5)
        return before, console.told

    before, [(cmd, seconds)] = with_console(work)
    assert (before, cmd) == ([], 'rested')
    assert 0 < seconds < PATIENCE_SECONDS


def test_a_row_of_lines_that_does_not_end_is_told_meanwhile():
    async def work(console):
        loop = asyncio.get_running_loop()
        end = loop.time() + 3 * ATTENTION_SECONDS
        while loop.time() < end and len(console.told) < 2:
            console.shortcut.give('chat', 'pass\n')
            console.answer(console.given()['n'])
            count = len(console.ended)
            await console.until(lambda count=count: len(console.ended) > count)
        return console.told

    assert [cmd for cmd, _ in with_console(work)][:2] == ['rested', 'rested']


@pytest.mark.parametrize('stream', ['output', 'errors', 'commands'])
def test_what_comes_between_the_lines_is_handed_over(stream):
    async def work(console):
        await asyncio.sleep(3 * SHORT_SECONDS)
        if stream == 'commands':
            console.answer(1, 'image', {})
        else:
            os.write(getattr(console, stream), b'later\n')
        await console.until(lambda: console.told)
        is_given = console.shortcut.give('chat', 'pass\n')
        console.shortcut.step_in()
        return console.told, is_given, console.shortcut.give('chat', 'pass\n'), console.given()['n'], console.left()

    told, is_given, is_given_later, number, left = with_console(work)
    assert (told, is_given, is_given_later, number) == ([('listen', '')], False, True, 2)
    assert left == (message(1, 'image', {}) if stream == 'commands' else b'')


def test_an_interrupt_goes_by_the_controller_which_knows_what_runs():
    async def work(console):
        console.shortcut.give('chat', 'while True: pass\n')
        return console.shortcut.give('interrupt', ''), console.taken

    is_given, [taken] = with_console(work)
    assert (is_given, taken['n'], taken['cmd']) == (False, 2, 'chat')


@pytest.mark.parametrize('cmd', ['run', 'complete', 'inspect', 'globals', 'interrupt'])
def test_other_commands_go_by_the_controller(cmd):
    async def work(console):
        return console.shortcut.give(cmd, ''), console.shortcut.give('chat', ''), console.told

    assert with_console(work) == (False, False, [])


def test_what_is_said_of_the_console_itself_comes_before_what_is_given_next():
    async def work(console):
        given = [console.shortcut.give(cmd, '') for cmd in ('splash', 'chat', 'splash')]
        return given, console.told

    # The second time the controller may be at work already, and must not take it for a rest.
    assert with_console(work) == ([False] * 3, [('listen', '')])


def test_a_long_command_goes_by_the_controller():
    async def work(console):
        return console.shortcut.give('chat', 'x' * LONGEST_FRAME), console.told

    assert with_console(work) == (False, [])


def test_an_interpreter_that_does_not_read_holds_up_nobody():
    async def work(console):
        given = 0
        while console.shortcut.give('chat', 'x' * 10_000):
            console.answer(2 * (given := given + 1))
            await console.until(lambda given=given: len(console.ended) == given)
            assert given < 10_000
        return given

    assert with_console(work) > 1


def test_other_descriptors_are_refused_and_closed():
    async def work():
        left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        given = [left.detach(), *os.pipe()]
        internet = [socket.socket().detach(), *os.pipe()]
        files = [os.open('/dev/null', os.O_RDONLY) for _ in range(3)]
        for descriptors in (given, internet, files, files[:0]):
            with pytest.raises(ValueError):
                Shortcut(asyncio.get_running_loop(), descriptors, 1, None, None)
            for descriptor in descriptors:
                with pytest.raises(OSError):
                    os.fstat(descriptor)
        right.close()

    asyncio.run(work())
