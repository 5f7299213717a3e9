"""The line of attempts: whose turn it is, what is told of the place, and what is refused."""

import asyncio

import pytest

from ivle.sandbox.attempt_line import CALM_SECONDS, LATEST_SECONDS, MOST_IN_LINE_OF_ONE, Attempt, AttemptLine
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.judging import Judging
from ivle.settings import Settings


class Paused(Judging):
    """A line whose attempts are judged when the test says so."""

    def __init__(self, places):
        super().__init__(Settings(tests_at_once=places), boxes=None)
        self.judged, self._ends = [], {}

    async def _judge(self, attempt):
        self.judged.append(attempt.key)
        self._ends[attempt.key] = asyncio.get_running_loop().create_future()
        await self._ends[attempt.key]
        attempt.verdict, attempt.state = {'passed': True}, 'judged'

    def end_now(self, key):
        self._ends[key].set_result(None)

    async def end_of(self, key):
        self.end_now(key)
        await asyncio.sleep(0.01)

    async def put(self, login, key, first=True):
        told = await self.submit(login, key, 'definition', 'code', first, 0)
        await asyncio.sleep(0)
        return told


def in_line(work, places=1):
    """Run `work(line)` in an event loop."""

    async def run():
        line = Paused(places)
        try:
            await work(line)
        finally:
            await line.close()

    asyncio.run(run())


def test_who_had_no_turn_comes_before_who_has_had_one():
    async def work(line):
        for number in range(3):
            await line.put('mine', f'mine {number}')
        told = await line.put('theirs', 'theirs')
        assert (told['state'], told['place']) == ('queued', 1)
        assert (await line.look('mine 1', 0))['place'] == 2
        await line.end_of('mine 0')
        await line.end_of('theirs')
        assert line.judged == ['mine 0', 'theirs', 'mine 1']

    in_line(work)


def test_what_can_wait_comes_after_all_that_cannot():
    async def work(line):
        await line.put('mine', 'first')
        await line.put('mine', 'sooner', first=False)
        await line.put('mine', 'later', first=False)
        told = await line.put('mine', 'now')
        assert told['place'] == 1
        assert (await line.look('later', 0))['place'] == 2
        await line.end_of('first')
        await line.end_of('sooner')
        await line.end_of('now')
        while len(line.judged) < 4:
            await asyncio.sleep(0.01)
        assert line.judged == ['first', 'sooner', 'now', 'later']

    in_line(work)


def test_whose_turn_has_just_come_is_told_so():
    async def work(line):
        await line.put('mine', 'first')
        await line.put('theirs', 'second')
        asking = asyncio.ensure_future(line.look('second', 0))
        await asyncio.sleep(0)
        # They have their turn in the very moment in which the time to answer them has come.
        line.end_now('first')
        assert (await asking)['state'] == 'running'
        assert line.judged == ['first', 'second']

    in_line(work)


class Clock:
    """A clock that the test moves."""

    seconds = 100.0

    def __call__(self):
        return self.seconds


def attempt(login, first=False):
    return Attempt(login, login, 'definition', 'code', first)


def line_of(*attempts):
    """Return (clock, line) with attempts in line, nothing of which has begun."""
    clock = Clock()
    line = AttemptLine(4, clock)
    assert all(map(line.put, attempts))
    return clock, line


def test_of_what_can_wait_one_is_judged_at_a_time():
    _, line = line_of(attempt('mine'), attempt('theirs'))
    mine = line.next(False)
    assert mine.login == 'mine' and line.next(False) is None and line.seconds_to_wait is None
    line.done(mine)
    assert line.next(False).login == 'theirs'


def test_what_can_wait_waits_until_it_has_been_calm():
    clock, line = line_of(attempt('theirs'))
    line.done(line.next(False))
    line.put(attempt('theirs'))
    line.put(attempt('mine', first=True))
    now = line.next(False)
    assert now.first and line.next(False) is None
    line.done(now)
    assert line.next(False) is None and 0 < line.seconds_to_wait <= CALM_SECONDS
    clock.seconds += 2 * CALM_SECONDS
    assert line.next(False).login == 'theirs'


def test_what_can_wait_is_not_put_off_for_ever():
    clock, line = line_of(attempt('theirs'))
    line.done(line.next(False))
    line.put(attempt('theirs'))
    line.put(attempt('mine', first=True))
    assert line.next(False).first
    clock.seconds += LATEST_SECONDS / 2
    assert line.next(True) is None
    clock.seconds += LATEST_SECONDS
    assert line.next(True).login == 'theirs'


def test_nobody_has_more_than_half_of_the_places():
    async def work(line):
        for number in range(4):
            await line.put('mine', f'mine {number}')
        await line.put('theirs', 'theirs')
        assert line.judged == ['mine 0', 'mine 1', 'theirs']

    in_line(work, places=4)


def test_one_person_fills_no_line():
    async def work(line):
        for number in range(MOST_IN_LINE_OF_ONE + 1):
            await line.put('mine', f'mine {number}')
        with pytest.raises(Refusal, match='Too many tests'):
            await line.put('mine', 'one more')
        assert (await line.put('theirs', 'theirs'))['state'] == 'queued'

    in_line(work)


def test_whoever_is_refused_leaves_nothing_in_the_line(monkeypatch):
    monkeypatch.setattr('ivle.sandbox.attempt_line.MOST_IN_LINE', 1)

    async def work(line):
        await line.put('mine', 'mine 0')
        await line.put('mine', 'mine 1')
        with pytest.raises(Refusal, match='Too many tests'):
            await line.put('theirs', 'theirs')
        assert (await line.look('mine 1', 0))['place'] == 1

    in_line(work)


def test_at_the_end_of_an_account_what_waits_is_forgotten():
    async def work(line):
        await line.put('theirs', 'theirs')
        await line.put('mine', 'mine')
        line.end('mine')
        with pytest.raises(Refusal, match='no such attempt'):
            await line.look('mine', 0)

    in_line(work)


def test_when_the_host_ends_nothing_new_begins():
    async def work(line):
        await line.put('mine', 'mine')
        await line.put('theirs', 'theirs')
        await line.close()
        assert line.judged == ['mine']

    in_line(work)
