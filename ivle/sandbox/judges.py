"""Judges: one box for each exercise that is being judged, kept while it is used, because it has run the solution already."""

import asyncio
import contextlib
import dataclasses
import hashlib
import logging
import os
import socket

from ivle import chat
from ivle.sandbox.boxes import BROKEN
from ivle.sandbox.spec import BoxSpec

# Whose boxes they are, as far as anybody asks. They see nobody's home.
LOGIN = 'ivle.judge'
MOST_JUDGES = 64
IDLE_SECONDS = 300.0
# Beside what its suites may take.
READY_SECONDS = 20.0
CPU_SECONDS = 3600
MOST_ATTEMPTS = 10_000
_LONGEST_WORD = 16 * 1024

log = logging.getLogger('ivle.sandbox.judging')


class JudgeFault(Exception):
    """The exercise cannot be judged, and its authors are to know why: `where` names the part, `message` says it."""

    def __init__(self, where, message):
        super().__init__(message)
        self.where, self.message = where, message


class JudgeLost(Exception):
    """A judge has ended, and what it was judging is to be judged again."""


class Judge:
    """The box of one exercise, ready for attempts. `total` suites take `seconds` together at most; `python` is what runs them."""

    def __init__(self, running, python, total, seconds):
        self._running, self.python = running, python
        self.total, self.seconds = total, seconds
        self.used_at = asyncio.get_running_loop().time()
        self.attempts = 0
        self._at_work = 0

    @property
    def is_at_work(self):
        """Whether it is judging something."""
        return self._at_work > 0

    @contextlib.contextmanager
    def at_work(self):
        """Be at work meanwhile: who is, is not ended."""
        self._at_work += 1
        self.attempts += 1
        try:
            yield
        finally:
            self._at_work -= 1
            self.used_at = asyncio.get_running_loop().time()

    @property
    def is_alive(self):
        """Whether it can be sent an attempt."""
        return self._running.box.poll() is None

    def send(self, code, attempt_end, verdict_end):
        """Have an attempt judged: its source, and the sockets to its box and for its verdict. OSError when the judge is gone."""
        with _file_of(code) as file:
            ends = [file.fileno(), attempt_end.fileno(), verdict_end.fileno()]
            socket.send_fds(self._running.channel, [b'attempt'], ends)

    async def end(self):
        """End it, and what it is judging."""
        await self._running.end()


class Judges:
    """The judges of one host, by what they judge. `paces` are as of `ivle.sandbox.pace`."""

    def __init__(self, boxes, paces):
        self._boxes, self._paces = boxes, paces
        self._judges, self._retired = {}, []
        self._starting = {}
        self._tending = None

    async def one_for(self, definition, first):
        """Return a Judge for an exercise, given as JSON text. JudgeFault when the exercise is at fault.

        What is not `first` has judges of its own, which leave the processor to all others.
        """
        name = hashlib.sha256(definition.encode('utf-8')).digest(), first
        judge = self._judges.get(name)
        if judge is None or not judge.is_alive or judge.attempts >= MOST_ATTEMPTS:
            # Thirty who submit at once want one judge.
            if name not in self._starting:
                self._starting[name] = asyncio.ensure_future(self._start(name, definition, first))
            judge = await asyncio.shield(self._starting[name])
        return judge

    async def close(self):
        """Stop looking after them; their boxes are ended with all others."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)

    async def _start(self, name, definition, first):
        try:
            judge = await self._new(definition, first)
        finally:
            del self._starting[name]
        if name in self._judges:
            self._retired.append(self._judges[name])
        self._judges[name] = judge
        if self._tending is None:
            self._tending = asyncio.create_task(self._tend())
        return judge

    async def _new(self, definition, first):
        pace, suites = self._paces[first], chat.loads(definition.encode('utf-8'))['suites']
        seconds = pace.most_seconds(suites)
        # It stays for long; each of its attempts is limited by itself.
        limits = dataclasses.replace(pace.limits, cpu_seconds=CPU_SECONDS)
        arguments = ('judge', *pace.arguments, str(seconds))
        spec = BoxSpec(program='testservice', login=LOGIN, sees='nothing', limits=limits, arguments=arguments)
        running = await self._boxes.start(spec, socket.SOCK_SEQPACKET)
        ready_within = READY_SECONDS + seconds
        try:
            with _file_of(definition) as file:
                socket.send_fds(running.channel, [b'exercise'], [file.fileno()])
            word = asyncio.get_running_loop().sock_recv(running.channel, _LONGEST_WORD)
            told = chat.loads(await asyncio.wait_for(word, ready_within))
            if 'fault' in told:
                raise JudgeFault(str(told['fault']['where']), str(told['fault']['message']))
            return Judge(running, str(told['ready']['python'])[:100], len(suites), seconds)
        except TimeoutError:
            await running.end()
            raise JudgeFault('solution', f'The tests of the solution took longer than {ready_within:g} s.') from None
        except (OSError, chat.ProtocolError, KeyError, TypeError) as error:
            log.error('a judge did not start: %s (%s)', error, await running.end())
            raise BROKEN from None
        except BaseException:
            await running.end()
            raise

    async def _tend(self):
        while True:
            await asyncio.sleep(IDLE_SECONDS / 10)
            now = asyncio.get_running_loop().time()
            # The least used first; so many stay.
            by_use = sorted(self._judges.items(), key=lambda item: item[1].used_at)
            for place, (name, judge) in enumerate(by_use):
                is_spare = place < len(by_use) - MOST_JUDGES
                if not judge.is_alive or (not judge.is_at_work and (is_spare or now - judge.used_at > IDLE_SECONDS)):
                    self._retired.append(self._judges.pop(name))
            for judge in [judge for judge in self._retired if not judge.is_at_work]:
                self._retired.remove(judge)
                await judge.end()


@contextlib.contextmanager
def _file_of(text):
    with open(os.memfd_create('text', os.MFD_CLOEXEC), 'wb') as file:
        file.write(text.encode('utf-8'))
        file.flush()
        yield file
