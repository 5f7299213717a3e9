"""Tokens for the console gateway."""

import pytest

from ivle.gateway.token import LIFETIME_SECONDS, Pass, TokenRefused, make_token, read_token

SECRET = b's' * 32
KEY = 'ab' * 16
NOW = 1_700_000_000


def test_a_token_says_whose_it_is_and_for_which_console():
    token = make_token(SECRET, 'studenta', KEY, NOW)
    assert read_token(SECRET, token, NOW + LIFETIME_SECONDS - 1) == Pass('studenta', KEY)


def test_a_token_expires_after_a_minute():
    token = make_token(SECRET, 'studenta', KEY, NOW)
    with pytest.raises(TokenRefused, match='expired'):
        read_token(SECRET, token, NOW + LIFETIME_SECONDS)


def test_a_token_of_another_site_is_refused():
    token = make_token(b'o' * 32, 'studenta', KEY, NOW)
    with pytest.raises(TokenRefused):
        read_token(SECRET, token, NOW)


@pytest.mark.parametrize('place', range(0, 140, 7))
def test_a_token_with_one_changed_character_is_refused(place):
    token = make_token(SECRET, 'studenta', KEY, NOW)
    changed = token[:place] + chr(ord(token[place]) ^ 1) + token[place + 1 :]
    with pytest.raises(TokenRefused):
        read_token(SECRET, changed, NOW)


@pytest.mark.parametrize('token', ['', '.', 'a', 'a.b', '\0', 'é' * 20, 'a.' + '0' * 64, 'x' * 5000, '\n'])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(TokenRefused):
        read_token(SECRET, token, NOW)


def test_a_token_can_stand_in_json_and_headers_as_it_is():
    assert make_token(SECRET, 'jörg', KEY, NOW).isascii()
