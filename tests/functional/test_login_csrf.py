"""No other site can make a person's browser change anything."""

import pytest

from ivle.models import User
from tests.web import HOST

ORIGIN = f'http://{HOST}'


@pytest.fixture
def site(web):
    web.add('jdoe')
    web.add('asmith')
    return web


@pytest.fixture
def browser(site):
    return site.person('jdoe')


def rename(browser, token, headers=None, **options):
    return browser.post(
        '/profile/@@details', {'name': 'Mallory', 'csrf_token': token}, headers=headers, expect_errors=True, **options
    )


def name_of(site):
    with site.database.reading() as db:
        return db.query(User).filter_by(login='jdoe').one().name


def test_a_page_of_ours_may_change_something(site, browser):
    assert rename(browser, browser.csrf_token(), {'Origin': ORIGIN, 'Sec-Fetch-Site': 'same-origin'}).status_int == 303
    assert name_of(site) == 'Mallory'


@pytest.mark.parametrize('token', ['', 'x', 'é', '0' * 64, 'x' * 5000])
def test_without_the_right_token_nothing_changes(site, browser, token):
    answer = rename(browser, token)
    assert answer.status_int == 400
    assert 'reload the page' in answer.text
    assert name_of(site) == 'Jdoe'


def test_the_token_of_another_person_is_not_right(site, browser):
    assert rename(browser, site.person('asmith').csrf_token()).status_int == 400


def test_the_token_of_an_earlier_session_is_not_right(site, browser):
    token = browser.csrf_token()
    browser.send('/logout')
    browser.sign_in('jdoe')
    assert rename(browser, token).status_int == 400


def test_the_token_of_a_visitor_is_not_right_after_signing_in(site):
    browser = site.browser()
    token = browser.csrf_token()
    browser.sign_in('jdoe')
    assert rename(browser, token).status_int == 400


def test_a_token_in_the_address_does_not_count(site, browser):
    answer = browser.post(f'/profile/@@details?csrf_token={browser.csrf_token()}', {'name': 'Mallory'}, expect_errors=True)
    assert answer.status_int == 400
    assert name_of(site) == 'Jdoe'


@pytest.mark.parametrize(
    'headers',
    [
        {'Origin': 'http://evil.example'},
        {'Origin': 'null'},
        {'Origin': ORIGIN + '.evil.example'},
        {'Origin': 'http://evil.example?' + ORIGIN},
        {'Sec-Fetch-Site': 'cross-site'},
        {'Sec-Fetch-Site': 'same-site'},
    ],
)
def test_even_with_the_right_token_another_site_changes_nothing(site, browser, headers):
    assert rename(browser, browser.csrf_token(), headers).status_int == 400
    assert name_of(site) == 'Jdoe'


def test_json_needs_the_token_in_its_header(site, browser):
    answer = browser.post_json(
        '/profile/@@details', {'name': 'Mallory'}, headers={'Accept': 'application/json'}, expect_errors=True
    )
    assert (answer.status_int, answer.json['error']['code']) == (400, 'bad-csrf')
    assert browser.send_json('/profile/@@details', {'name': 'Jane'}).json == {'name': 'Jane', 'email': ''}


def test_a_form_disguised_as_plain_text_changes_nothing(site, browser):
    answer = browser.post('/profile/@@details', '{"name": "Mallory"}', headers={'Content-Type': 'text/plain'}, expect_errors=True)
    assert answer.status_int == 400
    assert name_of(site) == 'Jdoe'


def test_nobody_is_signed_in_by_a_form_of_another_site(site):
    answer = site.browser().post('/login', {'login': 'asmith', 'password': 'a fine password'}, expect_errors=True)
    assert answer.status_int == 400


def test_a_token_sent_as_a_file_is_not_right(site, browser):
    answer = browser.post('/profile/@@details', {'name': 'Mallory'}, upload_files=[('csrf_token', 'x', b'x')], expect_errors=True)
    assert answer.status_int == 400


def test_every_view_that_changes_something_asks_for_the_token(site):
    """Visit each POST view of these clients, as a signed-in administrator, without a token."""
    site.add('boss', is_admin=True)
    browser = site.person('boss')
    introspector = site.app.registry.introspector
    views = [item['introspectable'] for item in introspector.get_category('views')]
    changing = [
        view for view in views if 'POST' in (view.get('methods') or ()) and view['context'].__module__.startswith('ivle.')
    ]
    paths = {
        'SignInPage': '/login',
        'SignOutPage': '/logout',
        'Profile': '/profile',
        'People': '/admin/people',
        'Person': '/admin/people/jdoe',
        'Root': '',
    }
    addresses = {f'{paths[view["context"].__name__]}/@@{view["name"]}' for view in changing}
    assert len(addresses) == len(changing) >= 12
    assert {browser.post(address, expect_errors=True).status_int for address in addresses} == {400}
