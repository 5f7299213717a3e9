"""The throttle: a guesser stops, the owner still gets in."""

import threading

import pytest

from ivle.security.throttle import PEOPLE_BEHIND_ADDRESS, SWEEP_AT, WINDOW_SECONDS, LoginThrottle, Window


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return LoginThrottle(tries=3, clock=clock)


def use_up(throttle, login, addresses, is_familiar=False):
    return [throttle.take(login, address, is_familiar) for address in addresses]


def test_an_account_gives_its_tries_and_then_says_how_long_to_wait(throttle):
    assert use_up(throttle, 'jdoe', ['a'] * 4) == [0, 0, 0, WINDOW_SECONDS]


def test_many_addresses_do_not_give_a_stranger_more_tries(throttle):
    assert use_up(throttle, 'jdoe', ['a', 'b', 'c', 'd'])[-1] > 0


def test_a_stranger_does_not_lock_the_owner_out(throttle):
    use_up(throttle, 'jdoe', ['a', 'b', 'c', 'd'])
    assert throttle.take('jdoe', 'home', is_familiar=True) == 0


def test_another_account_is_not_touched(throttle):
    use_up(throttle, 'jdoe', ['a'] * 4)
    assert throttle.take('asmith', 'a', False) == 0


def test_tries_come_back_one_by_one_as_the_window_slides(throttle, clock):
    throttle.take('jdoe', 'a', False)
    clock.now += 100
    use_up(throttle, 'jdoe', ['a', 'a'])
    assert throttle.take('jdoe', 'a', False) == WINDOW_SECONDS - 100
    clock.now += WINDOW_SECONDS - 100
    assert use_up(throttle, 'jdoe', ['a', 'a']) == [0, 100]


def test_the_right_password_gives_the_tries_back(throttle):
    use_up(throttle, 'jdoe', ['a'] * 3)
    throttle.was_right('jdoe', 'a', False)
    assert throttle.take('jdoe', 'a', False) == 0


def test_an_address_that_guesses_at_everybody_is_stopped(throttle):
    for _ in range(3 * PEOPLE_BEHIND_ADDRESS):
        throttle.was_wrong('a')
    assert throttle.take('asmith', 'a', True) == WINDOW_SECONDS
    assert throttle.take('asmith', 'b', True) == 0


def test_many_at_once_get_no_more_tries_than_one_after_the_other(clock):
    throttle, taken = LoginThrottle(tries=10, clock=clock), []
    threads = [threading.Thread(target=lambda: taken.extend(use_up(throttle, 'jdoe', ['a'] * 20))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(0) == 10


def test_names_that_a_guesser_made_up_do_not_pile_up(clock):
    window = Window(clock)
    for number in range(SWEEP_AT):
        window.take(number, 3)
    clock.now += WINDOW_SECONDS + 1
    window.take('one more', 3)
    assert len(window) == 1
