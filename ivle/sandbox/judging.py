"""Judging: attempts wait in line, run in one box and are judged in another, and their verdicts are kept until they are collected.

What is known of an attempt goes by its key. Who submits the same key again gets what is known; what nobody collects is forgotten.
"""

import asyncio
import collections
import contextlib
import itertools
import logging
import socket
import sys
from dataclasses import dataclass, field

from ivle import chat
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.judges import JudgeFault, JudgeLost, Judges
from ivle.sandbox.limits import Limits
from ivle.sandbox.spec import BoxSpec

# Beside what its suites may take: to start two boxes, and to tell.
SPARE_SECONDS = 15.0
MOST_WAIT_SECONDS = 1.0
MOST_IN_LINE, MOST_IN_LINE_OF_ONE = 20_000, 30
KEPT_SECONDS = 600.0
# What is told of all suites of an attempt, in characters; the judge keeps within less.
MOST_TOLD = 600_000
# An attempt whose judge was lost is judged again; when that goes on, it is what the exercise does to its judge.
MOST_LOSSES = 3
# What takes longer than this no longer keeps the next from being judged: it may be a program that hangs.
SLOW_SECONDS = 1.0
MOST_SLOW = 4
# Of what can wait, one at a time, and only what the processor has left for it.
MOST_LATER = 1
LATER_NICENESS = '10'
_FIRST_GUESS_SECONDS = 0.1
_UNCOMPARABLE = {
    'passed': False,
    'got': 0,
    'of': 1,
    'error': {
        'kind': 'output',
        'name': '',
        'message': 'What the program returned cannot be compared within the time there is.',
        'line': None,
        'traceback': '',
    },
}
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
    told: int = 0
    total: int = 0
    verdict: dict | None = None
    fault: dict | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

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
        self._running, self._slow, self._busy = set(), set(), collections.Counter()
        self._later = 0
        self._endings, self._losses = collections.Counter(), collections.Counter()
        self._is_closing = False
        self._seconds = _FIRST_GUESS_SECONDS

    def __len__(self):
        return sum(map(len, self._line.values()))

    async def submit(self, login, key, definition, code, first, wait):
        """Put an attempt into the line, unless it is known; return what `look` returns."""
        if key not in self._attempts:
            place = (not first, login)
            if len(self) >= MOST_IN_LINE or len(self._line.get(place, ())) >= MOST_IN_LINE_OF_ONE:
                raise Refusal('too-many', 'Too many tests wait on this host: submit again in a minute.')
            # A class that submits at once has one definition.
            attempt = Attempt(login, key, sys.intern(definition), code, first, next(self._numbers))
            self._attempts[key] = attempt
            self._line[place].append(attempt)
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
        self._is_closing = True
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
        """Return the place of an attempt among those that wait, as turns are taken now."""
        mine = (not attempt.first, attempt.login)
        before = self._line[mine].index(attempt)
        place = before + 1
        for other, line in self._line.items():
            if other[0] < mine[0]:
                place += len(line)
            elif other[0] == mine[0] and other != mine:
                place += min(len(line), before + (self._rank(other) < self._rank(mine)))
        return place

    def _rank(self, key):
        late, login = key
        return late, self._last_turns.get(login, -1), self._line[key][0].number

    def _call(self):
        while len(self._running) - len(self._slow) < self._at_once and (attempt := self._next()) is not None:
            running = asyncio.create_task(self._run(attempt))
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    def _next(self):
        """Take the next attempt out of the line: of whose turn was longest ago, and of theirs the one that came first.

        Nobody has more than half of the places at once.
        """
        most = max(1, self._at_once // 2)
        waiting = [key for key, line in self._line.items() if line and self._busy[key[1]] < most and not self._must_wait(key)]
        if self._is_closing or not waiting:
            return None
        key = min(waiting, key=self._rank)
        attempt = self._line[key].popleft()
        self._last_turns[attempt.login] = next(self._turns)
        self._busy[attempt.login] += 1
        self._later += not attempt.first
        if not self._line[key]:
            del self._line[key]
        if len(self._last_turns) > MOST_IN_LINE:
            self._last_turns.clear()
        return attempt

    def _must_wait(self, key):
        is_later, _ = key
        return is_later and self._later >= MOST_LATER

    async def _run(self, attempt):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        attempt.state = 'running'
        running = asyncio.current_task()
        late = loop.call_later(SLOW_SECONDS, self._let_by, running)
        try:
            await self._judge(attempt)
        except JudgeFault as fault:
            attempt.state, attempt.fault = 'fault', {'where': fault.where, 'message': fault.message}
        except (Refusal, JudgeLost, chat.ProtocolError, OSError) as error:
            log.error('the attempt %s of %s was not judged: %s', attempt.key, attempt.login, error)
            self._lose(attempt)
        except Exception:
            log.exception('the attempt %s of %s was not judged', attempt.key, attempt.login)
            self._lose(attempt)
        finally:
            late.cancel()
            if not attempt.is_over:
                # The host ends.
                self._lose(attempt)
            attempt.definition = attempt.code = ''
            attempt.changed.set()
            if attempt.state != 'lost':
                self._losses.pop(attempt.key, None)
                loop.call_later(KEPT_SECONDS, self._attempts.pop, attempt.key, None)
            self._seconds += (loop.time() - begun - self._seconds) / 8
            self._busy[attempt.login] -= 1
            self._busy += collections.Counter()
            self._later -= not attempt.first
            self._slow.discard(running)
            self._running.discard(running)
            self._call()

    def _let_by(self, running):
        """Have what takes its time no longer count, unless too much does already."""
        if len(self._slow) < MOST_SLOW * self._at_once:
            self._slow.add(running)
            self._call()

    def _lose(self, attempt):
        if attempt.is_over:
            # Its verdict was told; only its box would not end.
            return
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
            arguments=('attempt', str(self._limits.output), '0' if attempt.first else LATER_NICENESS),
        )
        with judge.at_work():
            running = await self._boxes.start(spec)
            try:
                verdict, theirs = socket.socketpair()
                with verdict:
                    with theirs:
                        judge.send(attempt.code, running.channel, theirs, attempt.first)
                    verdict.setblocking(False)
                    last = await asyncio.wait_for(self._listen(attempt, verdict, judge), judge.seconds + SPARE_SECONDS)
                    if self._endings[attempt.login] != endings:
                        raise Refusal('busy', 'Everything of this account is being ended.')
                    attempt.verdict = {**last, 'python': judge.python, 'suites': attempt.suites}
                    attempt.state = 'judged'
                    # Nobody waits for the end of its box.
                    attempt.changed.set()
            except TimeoutError:
                # The judge gives an attempt less: what took so long is a check of the exercise.
                raise JudgeFault('', f'The tests took longer than {judge.seconds + SPARE_SECONDS:g} s.') from None
            finally:
                await running.end()

    async def _listen(self, attempt, verdict, judge):
        """Take note of what the judge says of each suite, and return its last word."""
        loop, frames = asyncio.get_running_loop(), chat.Frames()
        while data := await loop.sock_recv(verdict, chat.READ_BYTES):
            for told in frames.values(data):
                attempt.told += len(data)
                if 'suite' not in told:
                    return told['verdict']
                if len(attempt.suites) >= judge.total or attempt.told > MOST_TOLD:
                    raise JudgeFault('', 'The judge of the exercise says more than a judge does.')
                attempt.suites.append(told['suite'])
        if judge.is_alive:
            # Only its part for this attempt ended: by what the attempt gave it to compare.
            return _UNCOMPARABLE
        self._losses[attempt.key] += 1
        if self._losses[attempt.key] >= MOST_LOSSES:
            raise JudgeFault('', 'The judge of the exercise ended before its verdict, several times.')
        raise JudgeLost('the judge ended')
