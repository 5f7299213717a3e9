"""Judging: attempts wait in line, run in one box and are judged in another, and their verdicts are kept until they are collected.

What is known of an attempt goes by its key. Who submits the same key again gets what is known; what nobody collects is forgotten.
"""

import asyncio
import collections
import contextlib
import itertools
import logging
import socket
from dataclasses import dataclass, field

from ivle import chat
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.judges import JudgeFault, Judges
from ivle.sandbox.limits import Limits
from ivle.sandbox.spec import BoxSpec

# Beside what its suites may take: to start two boxes, and to tell.
SPARE_SECONDS = 15.0
MOST_WAIT_SECONDS = 1.0
MOST_IN_LINE = 20_000
KEPT_SECONDS = 600.0
_FIRST_GUESS_SECONDS = 0.1
_LOST = 'The sandbox of the test was lost. It is not your program that is at fault: submit again.'

log = logging.getLogger('ivle.sandbox.judging')


@dataclass
class Attempt:
    """One attempt on its way. `definition` is the JSON of the exercise; one that is not `first` gives way to all that are."""

    login: str
    key: str
    definition: str
    code: str
    first: bool
    number: int
    state: str = 'queued'
    suites: list = field(default_factory=list)
    total: int = 0
    verdict: dict | None = None
    fault: dict | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended_at: float = 0.0

    @property
    def is_over(self):
        """Whether there is nothing to wait for any more."""
        return self.state in ('judged', 'fault', 'lost')


class Judging:
    """The attempts of one host. To be used in the event loop."""

    def __init__(self, settings, boxes):
        self._boxes, self._limits = boxes, Limits.of(settings, 'test')
        self._judges = Judges(settings, boxes)
        self._at_once = settings.tests_at_once
        self._attempts = {}
        self._line = collections.defaultdict(collections.deque)
        self._numbers, self._turns = itertools.count(), itertools.count()
        # When somebody's turn was last: whoever submits often does not come before whoever does not.
        self._last_turns = {}
        self._running, self._endings = set(), collections.Counter()
        self._seconds = _FIRST_GUESS_SECONDS

    def __len__(self):
        return sum(map(len, self._line.values()))

    async def submit(self, login, key, definition, code, first, wait):
        """Put an attempt into the line, unless it is known; return what `look` returns."""
        if key not in self._attempts:
            if len(self) >= MOST_IN_LINE:
                raise Refusal('too-many', 'Too many tests wait on this host: submit again in a minute.')
            attempt = Attempt(login, key, definition, code, first, next(self._numbers))
            self._attempts[key] = attempt
            self._line[(not first, login)].append(attempt)
            self._call()
        return await self.look(key, wait)

    async def look(self, key, wait):
        """Return what is known of an attempt when it is over or after `wait` seconds; Refusal when it is not known."""
        attempt = self._attempts.get(key)
        if attempt is None:
            raise Refusal('not-found', 'There is no such attempt on this host.')
        deadline = asyncio.get_running_loop().time() + max(0.0, min(MOST_WAIT_SECONDS, wait))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while not attempt.is_over:
                    await attempt.changed.wait()
        return self._told(attempt)

    def end(self, login):
        """Judge nothing more of what a login has submitted; its boxes are ended by whoever ends all of them."""
        self._endings[login] += 1
        for late in (False, True):
            for attempt in self._line.pop((late, login), ()):
                self._lose(attempt)

    async def close(self):
        """Judge no more; the boxes are ended with all others."""
        for running in list(self._running):
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._judges.close()

    # -- the line -----------------------------------------------------------------------------------

    def _told(self, attempt):
        if attempt.state == 'queued':
            place = self._place(attempt)
            return {'state': 'queued', 'place': place, 'seconds': int(place * self._seconds / self._at_once) + 1}
        if attempt.state == 'running':
            return {'state': 'running', 'suites': attempt.suites, 'total': attempt.total}
        if attempt.state == 'judged':
            return {'state': 'judged', 'verdict': attempt.verdict}
        if attempt.state == 'fault':
            return {'state': 'fault', **attempt.fault}
        return {'state': 'lost', 'message': _LOST}

    def _place(self, attempt):
        rank = (not attempt.first, attempt.number)
        return 1 + sum((not other.first, other.number) < rank for line in self._line.values() for other in line)

    def _call(self):
        while len(self._running) < self._at_once and (attempt := self._next()) is not None:
            running = asyncio.create_task(self._run(attempt))
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    def _next(self):
        """Take the next attempt out of the line: of whose turn was longest ago, and of theirs the one that came first."""
        if not self._line:
            return None
        late, login = min(self._line, key=lambda key: (key[0], self._last_turns.get(key[1], -1), self._line[key][0].number))
        self._last_turns[login] = next(self._turns)
        line = self._line[(late, login)]
        attempt = line.popleft()
        if not line:
            del self._line[(late, login)]
        return attempt

    async def _run(self, attempt):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        attempt.state = 'running'
        try:
            await self._judge(attempt)
        except JudgeFault as fault:
            attempt.state, attempt.fault = 'fault', {'where': fault.where, 'message': fault.message}
        except (Refusal, chat.ProtocolError, OSError) as error:
            log.error('the attempt %s of %s was not judged: %s', attempt.key, attempt.login, error)
            attempt.state = 'lost'
        except Exception:
            log.exception('the attempt %s of %s was not judged', attempt.key, attempt.login)
            attempt.state = 'lost'
        finally:
            attempt.ended_at = loop.time()
            self._seconds += (attempt.ended_at - begun - self._seconds) / 8
            attempt.definition = attempt.code = ''
            if attempt.is_over and attempt.state != 'lost':
                loop.call_later(KEPT_SECONDS, self._attempts.pop, attempt.key, None)
                attempt.changed.set()
            else:
                self._lose(attempt)
            self._running.discard(asyncio.current_task())
            self._call()

    def _lose(self, attempt):
        # Forgotten at once, so that who submits it again is judged.
        self._attempts.pop(attempt.key, None)
        attempt.state = 'lost'
        attempt.changed.set()

    # -- one attempt --------------------------------------------------------------------------------

    async def _judge(self, attempt):
        endings = self._endings[attempt.login]
        judge = await self._judges.one_for(attempt.definition)
        attempt.total = judge.total
        spec = BoxSpec(
            program='testservice',
            login=attempt.login,
            sees='nothing',
            limits=self._limits,
            arguments=('attempt', str(self._limits.output)),
        )
        running = await self._boxes.start(spec)
        try:
            if self._endings[attempt.login] != endings:
                raise Refusal('busy', 'Everything of this account is being ended.')
            verdict, theirs = socket.socketpair()
            with verdict:
                with theirs:
                    judge.send(attempt.code, running.channel, theirs)
                verdict.setblocking(False)
                await asyncio.wait_for(self._listen(attempt, verdict, judge), judge.seconds + SPARE_SECONDS)
        except TimeoutError:
            # What took so long may be a check of the exercise, which would take so long for everybody.
            await judge.end()
            raise JudgeFault('', f'The tests took longer than {judge.seconds + SPARE_SECONDS:g} s.') from None
        finally:
            await running.end()

    async def _listen(self, attempt, verdict, judge):
        loop, frames = asyncio.get_running_loop(), chat.Frames()
        while True:
            data = await loop.sock_recv(verdict, chat.READ_BYTES)
            if not data:
                raise JudgeFault('', 'The judge of the exercise ended before its verdict.')
            for told in frames.values(data):
                if self._hear(attempt, told, judge):
                    return

    def _hear(self, attempt, told, judge):
        """Take note of what the judge says; return whether it was the last word."""
        if 'suite' in told:
            attempt.suites.append(told['suite'])
            return False
        attempt.verdict = {**told['verdict'], 'python': judge.python, 'suites': attempt.suites}
        attempt.state = 'judged'
        # Nobody waits for the end of its box.
        attempt.changed.set()
        return True
