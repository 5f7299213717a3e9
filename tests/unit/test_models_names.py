"""Names of subjects and logins, against the recorded cases."""

import json
from pathlib import Path

import pytest

from ivle.models.names import is_email, is_login, is_url_name

CASES = json.loads((Path(__file__).parent.parent / 'vectors' / 'names.json').read_text())['cases']


@pytest.mark.parametrize('name, is_fit_for_urls, is_fit_as_login', CASES)
def test_names_are_judged_as_recorded(name, is_fit_for_urls, is_fit_as_login):
    assert (is_url_name(name), is_login(name)) == (is_fit_for_urls, is_fit_as_login)


@pytest.mark.parametrize('name', ['a' * 65, 'a\n', 'a\0', 'à', '١'])
def test_long_names_and_odd_characters_are_no_logins(name):
    assert not is_login(name)
    assert not is_url_name(name)


@pytest.mark.parametrize('text', ['jdoe@example.org', 'j.doe+x@cs.example.org'])
def test_addresses_of_people_are_accepted(text):
    assert is_email(text)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'jdoe',
        'jdoe@',
        '@example.org',
        'a b@example.org',
        'j@example',
        'j@example..org',
        'a@b@c.org',
        'j@' + 'x' * 200 + '.org',
    ],
)
def test_what_is_no_address_is_refused(text):
    assert not is_email(text)
