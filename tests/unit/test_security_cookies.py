"""Signed cookies, and the browser's word on where a request comes from."""

import pytest
from pyramid.testing import DummyRequest
from webob import Request

from ivle.errors import BadRequest
from ivle.security.cookies import Cookie, Signer
from ivle.security.csrf import is_from_our_pages
from ivle.security.flashes import flash_factory
from ivle.settings import Settings

OWN = {'https://ivle.example.org'}


def test_what_was_signed_is_read_back():
    signer = Signer(b's' * 32)
    assert signer.read('session', signer.sign('session', 'abc')) == 'abc'


@pytest.mark.parametrize('value', ['', '.', 'abc', 'abc.', 'abc.' + '0' * 64, 'é.é', '\udcff.\udcff'])
def test_what_was_not_signed_is_nothing(value):
    assert Signer(b's' * 32).read('session', value) is None


def test_a_signature_for_one_purpose_is_none_for_another():
    signer = Signer(b's' * 32)
    assert signer.read('visitor', signer.sign('session', 'abc')) is None


def test_another_site_cannot_sign_for_us():
    assert Signer(b's' * 32).read('session', Signer(b't' * 32).sign('session', 'abc')) is None


def test_a_cookie_stays_below_the_prefix_and_away_from_scripts():
    ((name, value),) = Cookie('ivle_session', Settings(prefix='/ivle')).headers('abc')
    assert (name, value) == ('Set-Cookie', 'ivle_session=abc; Path=/ivle; secure; HttpOnly; SameSite=Lax')


@pytest.mark.parametrize('header', ['s=a; s=b', 's=a;s=a', 'x=y; s=a; s=', 's=a, s=b'])
def test_two_cookies_of_one_name_are_refused(header):
    with pytest.raises(BadRequest, match='two sign-in cookies'):
        Cookie('s', Settings()).value(Request.blank('/', headers={'Cookie': header}))


@pytest.mark.parametrize('header', ['xs=b; s=a', 's=a; ss=b', 's=a; x=s=b'])
def test_a_cookie_whose_name_only_ends_alike_is_another(header):
    assert Cookie('s', Settings()).value(Request.blank('/', headers={'Cookie': header})) == 'a'


@pytest.mark.parametrize(
    'headers',
    [
        {},
        {'Origin': 'http://site:6543'},
        {'Origin': 'HTTP://SITE:6543'},
        {'Origin': 'https://ivle.example.org', 'Sec-Fetch-Site': 'same-origin'},
        {'Sec-Fetch-Site': 'same-origin'},
        {'Sec-Fetch-Site': 'none'},
    ],
)
def test_requests_of_our_pages_and_of_programs_pass(headers):
    assert is_from_our_pages(Request.blank('/', base_url='http://site:6543', headers=headers), OWN)


@pytest.mark.parametrize(
    'headers',
    [
        {'Origin': 'null'},
        {'Origin': ''},
        {'Origin': 'http://site'},
        {'Origin': 'https://site:6543'},
        {'Origin': 'http://site:6543.evil.example'},
        {'Origin': 'http://evil.example/http://site:6543'},
        {'Origin': 'http://evil-site:6543'},
        {'Sec-Fetch-Site': 'cross-site'},
        {'Sec-Fetch-Site': 'same-site'},
        {'Sec-Fetch-Site': 'nonsense'},
        {'Origin': 'http://site:6543', 'Sec-Fetch-Site': 'cross-site'},
        {'Origin': 'http://evil.example', 'Sec-Fetch-Site': 'same-origin'},
    ],
)
def test_requests_of_other_pages_do_not(headers):
    assert not is_from_our_pages(Request.blank('/', base_url='http://site:6543', headers=headers), OWN)


@pytest.fixture
def messages():
    return flash_factory(Settings(), 'secret')(DummyRequest())


@pytest.mark.parametrize('text', ['x' * 10_000, '語' * 10_000, '😀' * 10_000, '\\"' * 5000])
def test_messages_of_any_length_fit_into_a_cookie(messages, text):
    for _ in range(20):
        messages.flash(text)
    response = messages.request.response
    messages._set_cookie(response)
    assert len(response.headers['Set-Cookie']) < 4096
    assert messages.pop_flash()[-1].endswith('…')


def test_a_page_without_messages_sets_no_cookie(messages):
    assert messages.pop_flash() == []
    assert not messages._dirty
