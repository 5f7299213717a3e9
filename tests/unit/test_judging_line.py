"""The line of attempts: whose turn it is, what is told of the place, and what is refused."""

import asyncio

import pytest

from ivle.sandbox.boxes import Refusal
from ivle.sandbox.judging import MOST_IN_LINE_OF_ONE, Judging
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

    async def end_of(self, key):
        self._ends[key].set_result(None)
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
        await line.put('mine', 'later', first=False)
        told = await line.put('mine', 'now')
        assert told['place'] == 1
        assert (await line.look('later', 0))['place'] == 2
        await line.end_of('first')
        await line.end_of('now')
        assert line.judged == ['first', 'now', 'later']

    in_line(work)


def test_of_what_can_wait_one_is_judged_at_a_time():
    async def work(line):
        for login in ('mine', 'theirs'):
            await line.put(login, f'{login} later', first=False)
        await line.put('mine', 'mine now')
        assert line.judged == ['mine later', 'mine now']
        await line.end_of('mine later')
        assert line.judged == ['mine later', 'mine now', 'theirs later']

    in_line(work, places=4)


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
    monkeypatch.setattr('ivle.sandbox.judging.MOST_IN_LINE', 1)

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
