"""Passwords: hashed slowly, the same for everybody who fails, and good ones asked for."""

import threading
import time

import pytest

from ivle.security import passwords


def test_a_password_is_recognised_and_no_other_is():
    kept = passwords.hash_password('a fine password')
    assert passwords.is_right(kept, 'a fine password')
    assert not passwords.is_right(kept, 'a fine passworD')


def test_a_hash_costs_what_it_should():
    assert passwords.hash_password('a fine password').startswith('$argon2id$v=19$m=19456,t=2,p=1$')


def test_nobody_can_sign_in_without_a_password():
    assert not passwords.is_right(None, '')


@pytest.mark.parametrize('kept', ['', 'plain', '$argon2id$broken'])
def test_a_damaged_hash_fits_no_password(kept):
    assert not passwords.is_right(kept, 'a fine password')


def test_unknown_people_take_as_long_as_known_ones():
    kept = passwords.hash_password('a fine password')

    def median(stored):
        times = []
        for _ in range(9):
            start = time.process_time()
            passwords.is_right(stored, 'wrong')
            times.append(time.process_time() - start)
        return sorted(times)[4]

    assert median(None) == pytest.approx(median(kept), rel=0.8)


def test_two_spellings_of_one_character_are_one_password():
    assert passwords.is_right(passwords.hash_password('caf\u00e9 au lait'), 'cafe\u0301 au lait')


def test_a_password_of_any_length_and_any_characters_is_only_wrong():
    kept = passwords.hash_password('a fine password')
    assert not passwords.is_right(kept, 'x' * 1_000_000)
    assert not passwords.is_right(kept, '\ud800\0')


def test_an_old_hash_is_known_to_be_outdated():
    assert passwords.is_outdated('$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b/ADA')
    assert not passwords.is_outdated(passwords.hash_password('a fine password'))


def test_at_most_four_hashes_run_at_once(monkeypatch):
    running, most, lock = [], [], threading.Lock()

    class Watched:
        def hash(self, password):
            with lock:
                running.append(1)
                most.append(len(running))
            time.sleep(0.01)
            with lock:
                running.pop()
            return 'hash'

    monkeypatch.setattr(passwords, '_hasher', Watched())
    threads = [threading.Thread(target=passwords.hash_password, args=('a fine password',)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 4


@pytest.mark.parametrize(
    'password',
    ['', 'short', 'x' * 201, 'password', 'Password1', 'PASSWORD123!', 'qwertyuiop', 'aaaaaaaaaaaa', 'jdoe.x@example.org'],
)
def test_a_password_that_is_easily_guessed_is_refused_with_a_sentence(password):
    assert passwords.problem_with(password, 'jdoe', 'Jane Doe', 'jdoe.x@example.org').endswith('.')


@pytest.mark.parametrize('password', ['four small words here', 'x7#kQ2!m', 'パスワードは長い', 'y' * 3 + 'abcdefgh' * 20])
def test_a_good_password_is_taken(password):
    assert passwords.problem_with(password, 'jdoe', 'Jane Doe', '') is None


def test_first_passwords_are_good_and_never_the_same():
    made = {passwords.random_password() for _ in range(50)}
    assert len(made) == 50
    assert {passwords.problem_with(password) for password in made} == {None}
