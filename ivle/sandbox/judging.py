"""Judging: attempts wait in line, run in one box and are judged in another, and their verdicts are kept until they are collected.

What is known of an attempt goes by its key. Who submits the same key again gets what is known; what nobody collects is forgotten.
"""

import asyncio
import collections
import contextlib
import logging
import socket
import sys

from ivle import chat
from ivle.sandbox.attempt_line import Attempt, AttemptLine
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.judges import JudgeFault, JudgeLost, Judges
from ivle.sandbox.pace import paces
from ivle.sandbox.spec import BoxSpec

# Beside what its suites may take: to start two boxes, to tell, and for comparing, which may have to wait for the processor.
SPARE_SECONDS = 40.0
MOST_WAIT_SECONDS = 1.0
KEPT_SECONDS = 600.0
# What is told of all suites of an attempt, in characters; the judge keeps within less.
MOST_TOLD = 600_000
# An attempt whose judge was lost is judged again; when that goes on, it is what the exercise does to its judge.
MOST_LOSSES = 3
# What takes longer than this no longer keeps the next from being judged: it may be a program that hangs.
SLOW_SECONDS = 1.0
MOST_SLOW = 4
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


class Judging:
    """The attempts of one host. To be used in the event loop."""

    def __init__(self, settings, boxes):
        self._loop = asyncio.get_running_loop()
        # By whether an attempt cannot wait.
        self._paces = paces(settings)
        self._boxes, self._judges = boxes, Judges(boxes, self._paces)
        self._at_once = settings.tests_at_once
        self._attempts = {}
        self._line = AttemptLine(self._at_once, self._loop.time)
        # Tasks by whether they are judging what cannot wait.
        self._running = {True: set(), False: set()}
        self._slow, self._waking = set(), None
        self._endings, self._losses = collections.Counter(), collections.Counter()
        self._is_closing = False
        self._seconds = _FIRST_GUESS_SECONDS

    def __len__(self):
        return len(self._line)

    async def submit(self, login, key, definition, code, first, wait):
        """Put an attempt into the line, unless it is known; return what `look` returns."""
        if key not in self._attempts:
            # A class that submits at once has one definition.
            attempt = Attempt(login, key, sys.intern(definition), code, first)
            if not self._line.put(attempt):
                raise Refusal('too-many', 'Too many tests wait on this host: submit again in a minute.')
            self._attempts[key] = attempt
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
        for attempt in self._line.take_out(login):
            self._lose(attempt)

    async def close(self):
        """Judge no more; the boxes are ended with all others."""
        self._is_closing = True
        if self._waking is not None:
            self._waking.cancel()
        running = [*self._running[True], *self._running[False]]
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._judges.close()

    def _told(self, attempt):
        if attempt.state == 'queued':
            place = self._line.place(attempt)
            return {'state': 'queued', 'place': place, 'seconds': int(place * self._seconds / self._at_once) + 1}
        if attempt.state == 'running':
            return {'state': 'running', 'suites': attempt.suites, 'total': attempt.total}
        if attempt.state == 'judged':
            return {'state': 'judged', 'verdict': attempt.verdict}
        if attempt.state == 'fault':
            return {'state': 'fault', **attempt.fault}
        return {'state': 'lost', 'message': _LOST}

    # -- whose turn it is ---------------------------------------------------------------------------

    def _call(self):
        """Begin with whatever may be judged now."""
        while not self._is_closing:
            is_full = len(self._running[True]) - len(self._slow) >= self._at_once
            attempt = self._line.next(is_full)
            if attempt is None:
                break
            # Before its task begins: it is in line no more.
            attempt.state = 'running'
            running = self._loop.create_task(self._run(attempt))
            self._running[attempt.first].add(running)
            running.add_done_callback(self._running[attempt.first].discard)
        seconds = self._line.seconds_to_wait
        if seconds is not None and self._waking is None and not self._is_closing:
            # Nobody else might call when it is time for what can wait.
            self._waking = self._loop.call_later(seconds, self._wake)

    def _wake(self):
        self._waking = None
        self._call()

    async def _run(self, attempt):
        begun = self._loop.time()
        running = asyncio.current_task()
        late = self._loop.call_later(SLOW_SECONDS, self._let_by, running) if attempt.first else None
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
            if late is not None:
                late.cancel()
                self._seconds += (self._loop.time() - begun - self._seconds) / 8
            if not attempt.is_over:
                # The host ends.
                self._lose(attempt)
            attempt.definition = attempt.code = ''
            attempt.changed.set()
            if attempt.state != 'lost':
                self._losses.pop(attempt.key, None)
                self._loop.call_later(KEPT_SECONDS, self._attempts.pop, attempt.key, None)
            self._line.done(attempt)
            self._slow.discard(running)
            self._running[attempt.first].discard(running)
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
        judge = await self._judges.one_for(attempt.definition, attempt.first)
        attempt.total = judge.total
        with judge.at_work():
            place = _Place(self._boxes, self._spec_of(attempt), lambda: self._endings[attempt.login] != endings)
            try:
                await place.move()
                ours, theirs = socket.socketpair()
                with ours:
                    with theirs:
                        judge.send(attempt.code, place.channel, theirs)
                    ours.setblocking(False)
                    last = await asyncio.wait_for(self._listen(attempt, ours, judge, place), judge.seconds + SPARE_SECONDS)
                place.check()
                attempt.verdict = {**last, 'python': judge.python, 'suites': attempt.suites}
                attempt.state = 'judged'
                # Nobody waits for the end of its box.
                attempt.changed.set()
            except TimeoutError:
                # The judge gives an attempt less: what took so long is a check of the exercise.
                raise JudgeFault('', f'The tests took longer than {judge.seconds + SPARE_SECONDS:g} s.') from None
            finally:
                await place.leave()

    def _spec_of(self, attempt):
        pace = self._paces[attempt.first]
        arguments = ('attempt', *pace.arguments)
        return BoxSpec(program='testservice', login=attempt.login, sees='nothing', limits=pace.limits, arguments=arguments)

    async def _listen(self, attempt, verdict, judge, place):
        """Take note of what the judge says of each suite, and return its last word."""
        loop, frames = asyncio.get_running_loop(), chat.Frames()
        while data := await loop.sock_recv(verdict, chat.READ_BYTES):
            attempt.told += len(data)
            for told in frames.values(data):
                if 'verdict' in told:
                    return told['verdict']
                if 'renew' in told:
                    await place.move()
                    socket.send_fds(verdict, [b'box'], [place.channel.fileno()])
                    continue
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


class _Place:
    """Where an attempt runs: one box after the other, if it must be. Refusal when everything of its login is being ended."""

    def __init__(self, boxes, spec, is_ended):
        self._boxes, self._spec, self._is_ended = boxes, spec, is_ended
        self._running = None

    @property
    def channel(self):
        """Our end of the channel of its box."""
        return self._running.channel

    async def move(self):
        """Leave the box, where there is one, and take another."""
        await self.leave()
        self.check()
        self._running = await self._boxes.start(self._spec)

    def check(self):
        """Refuse to go on after the end of the account."""
        if self._is_ended():
            raise Refusal('busy', 'Everything of this account is being ended.')

    async def leave(self):
        """End the box, where there is one."""
        running, self._running = self._running, None
        if running is not None:
            await running.end()
