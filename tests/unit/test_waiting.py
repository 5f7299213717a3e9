"""The line for consoles: who comes next, how many start at once, and what those who wait are told."""

import asyncio
from dataclasses import dataclass

import pytest

from ivle.sandbox.waiting import Line


@dataclass(eq=False)
class Wanted:
    """A console that is wanted: whose it is, and which of theirs."""

    login: str
    name: str = ''


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def in_loop(work):
    """Run a function in an event loop, which futures need to be made."""

    async def run():
        return work()

    return asyncio.run(run())


def names(line):
    return [console.login + console.name for console, _ in line.waiting()]


def test_whoever_has_nobody_to_wait_for_starts_at_once(clock):
    def work():
        line = Line(2, 2, 300, clock)
        return [line.enter(Wanted(login)).done() for login in 'abc']

    assert in_loop(work) == [True, True, False]


def test_a_place_is_given_on_when_its_console_ends(clock):
    def work():
        line, first = Line(1, 1, 300, clock), Wanted('a')
        line.enter(first)
        turn = line.enter(Wanted('b'))
        line.started(first)
        before = turn.done()
        line.leave(first)
        return before, turn.done(), line.is_full

    assert in_loop(work) == (False, True, True)


def test_no_more_start_at_once_than_may(clock):
    def work():
        line, consoles = Line(10, 2, 300, clock), [Wanted(login) for login in 'abcd']
        turns = [line.enter(console) for console in consoles]
        before = [turn.done() for turn in turns]
        line.started(consoles[0])
        return before, [turn.done() for turn in turns]

    assert in_loop(work) == ([True, True, False, False], [True, True, True, False])


def test_whoever_has_none_comes_before_whoever_opens_a_third(clock):
    def work():
        line = Line(2, 2, 300, clock)
        for console in (Wanted('a', '1'), Wanted('a', '2')):
            line.enter(console)
            line.started(console)
        for console in (Wanted('a', '3'), Wanted('b', '1'), Wanted('c', '1')):
            line.enter(console)
        return names(line)

    assert in_loop(work) == ['b1', 'c1', 'a3']


def test_a_console_that_begins_again_keeps_its_place_and_goes_before_new_ones(clock):
    def work():
        line, mine, theirs = Line(2, 1, 300, clock), Wanted('a'), Wanted('b')
        line.enter(mine)
        line.started(mine)
        line.enter(theirs)
        line.enter(Wanted('c'))
        line.enter(mine)
        return names(line), line.lacking()

    assert in_loop(work) == (['a', 'c'], 1)


def test_whoever_leaves_the_line_is_not_called(clock):
    def work():
        line, first, second, third = Line(1, 1, 300, clock), Wanted('a'), Wanted('b'), Wanted('c')
        line.enter(first)
        turn, last = line.enter(second), line.enter(third)
        line.leave(second)
        line.leave(first)
        return turn.cancelled(), last.done(), len(line)

    assert in_loop(work) == (True, True, 0)


def test_the_wait_is_guessed_from_how_fast_places_became_free(clock):
    def work():
        line, consoles = Line(3, 3, 300, clock), [Wanted(login) for login in 'abc']
        for console in consoles:
            line.enter(console)
            line.started(console)
        waiting = [Wanted(login) for login in 'defgh']
        for console in waiting:
            line.enter(console)
        unmeasured = [seconds for _, seconds in line.waiting()]
        for moment, console in ((0, consoles[0]), (10, consoles[1]), (20, consoles[2])):
            clock.now = moment
            line.leave(console)
        for console in waiting[:3]:
            line.started(console)
        return unmeasured[0], [seconds for _, seconds in line.waiting()]

    unmeasured, measured = in_loop(work)
    assert 100 <= unmeasured <= 101
    assert 6 <= measured[0] <= 9 and measured[1] >= 13


def test_the_wait_of_the_last_is_guessed_from_how_long_starts_take(clock):
    def work():
        line, first = Line(100, 2, 300, clock), Wanted('a')
        line.enter(first)
        for login in 'bcdefghij':
            line.enter(last := Wanted(login))
        quick = line.guess(last)
        clock.now = 8
        line.started(first)
        return quick, line.guess(last)

    quick, slow = in_loop(work)
    assert quick < 1 < slow


def test_a_thousand_who_wait_are_sorted_quickly(clock):
    def work():
        line = Line(1, 1, 300, clock)
        for number in range(1000):
            line.enter(Wanted(f's{number}'))
        return names(line)[:2]

    assert in_loop(work) == ['s1', 's2']
