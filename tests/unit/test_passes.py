"""Passes: true for one owner, one session and one hour."""

import pytest

from ivle.security.cookies import Signer
from ivle.security.passes import PASS_SECONDS, looks_like_pass, make_pass, read_pass

NOW = 1_800_000_000
SIGNER = Signer(bytes(range(32)))


def test_a_pass_tells_the_session_it_was_made_in():
    assert read_pass(SIGNER, make_pass(SIGNER, 17, 'jdoe', NOW), 'jdoe', NOW + PASS_SECONDS - 1) == 17


def test_a_pass_ends_after_its_hour():
    assert read_pass(SIGNER, make_pass(SIGNER, 17, 'jdoe', NOW), 'jdoe', NOW + PASS_SECONDS) is None


def test_a_pass_is_good_for_one_owner_only():
    assert read_pass(SIGNER, make_pass(SIGNER, 17, 'jdoe', NOW), 'asmith', NOW) is None


def test_a_pass_of_another_site_is_not_good_here():
    assert read_pass(SIGNER, make_pass(Signer(bytes(32)), 17, 'jdoe', NOW), 'jdoe', NOW) is None


@pytest.mark.parametrize(('old', 'new'), [('17.', '18.'), (f'{NOW + PASS_SECONDS}', f'{NOW + PASS_SECONDS + 1}')])
def test_a_changed_pass_is_no_pass(old, new):
    word = make_pass(SIGNER, 17, 'jdoe', NOW)
    changed = word.replace(old, new, 1)
    assert changed != word
    assert read_pass(SIGNER, changed, 'jdoe', NOW) is None


@pytest.mark.parametrize(
    'text', ['', '+jdoe', '1.2', '1.2.3', '1.2.' + 'g' * 64, '1.2.' + 'a' * 63, '1.2.' + 'a' * 64 + '\n', '\u0661.2.' + 'a' * 64]
)
def test_what_is_no_pass_does_not_look_like_one(text):
    assert not looks_like_pass(text)
    assert read_pass(SIGNER, text, 'jdoe', NOW) is None


def test_a_pass_stands_in_an_address_as_it_is():
    word = make_pass(SIGNER, 17, 'jdoe', NOW)
    assert looks_like_pass(word)
    assert word.replace('.', '').isalnum()
