"""Turns: one owner never takes all places, and all owners never all threads."""

import contextlib
import threading

import pytest

from ivle.errors import IvleError
from ivle.hosts.turns import Turns


@pytest.fixture
def taken():
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


def test_an_owner_leaves_places_to_others(taken):
    turns = Turns(8, wait_seconds=0.01)
    for _ in range(4):
        taken(turns.turn('jdoe'))
    with pytest.raises(IvleError) as refused:
        taken(turns.turn('jdoe'))
    assert (refused.value.code, refused.value.status) == ('too-many', 429)
    taken(turns.turn('asmith'))


def test_threads_are_left_for_the_rest_of_the_site(taken):
    turns = Turns(8, wait_seconds=0.01)
    for number in range(6):
        taken(turns.turn(f'student{number}'))
    with pytest.raises(IvleError) as refused:
        taken(turns.turn('jdoe'))
    assert refused.value.status == 503


def test_a_turn_comes_free_when_it_ends_even_badly():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn('jdoe'):
            raise ZeroDivisionError
    with turns.turn('jdoe'):
        assert turns._taken == {'jdoe': 1}
    assert turns._taken == {}


def test_whoever_waits_gets_the_next_turn(taken):
    turns, had_turn = Turns(4, wait_seconds=30), threading.Event()

    def wait():
        with turns.turn('jdoe'):
            had_turn.set()

    waiting = threading.Thread(target=wait)
    with turns.turn('jdoe'):
        waiting.start()
        assert not had_turn.wait(0.05)
    assert had_turn.wait(10)
    waiting.join()
