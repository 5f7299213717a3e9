"""A third party's client joins the site by one line of the ini file, with tab, page, media and help."""

import re
import sys
from pathlib import Path

import pytest
from pyramid.exceptions import ConfigurationError

from tests.web import open_site

PACKAGES = Path(__file__).parent.parent / 'packages'


@pytest.fixture
def site(data, monkeypatch):
    monkeypatch.syspath_prepend(str(PACKAGES))
    with open_site(data, clients='login logout profile help media guestbook') as site:
        site.add('studenta', name='Student A')
        yield site
    sys.modules.pop('guestbook', None)


def test_its_page_stands_in_the_shell_with_its_tab(site):
    page = site.person('studenta').get('/guestbook')
    assert 'Good to see you, Student A.' in page.text
    assert re.search(r'<a[^>]*href="/guestbook"[^>]*aria-current="page"', page.text)


def test_its_media_are_served_by_version_and_kept_for_a_year(site):
    browser = site.person('studenta')
    address = re.search(r'src="(/media/[^"]+/guestbook/pen\.svg)"', browser.get('/guestbook').text)[1]
    picture = browser.get(address)
    assert picture.content_type == 'image/svg+xml'
    assert 'immutable' in picture.headers['Cache-Control']


def test_its_help_joins_the_tree(site):
    page = site.person('studenta').get('/help')
    assert 'The guestbook greets whoever opens it.' in page.text


def test_it_needs_signing_in_like_the_rest(site):
    answer = site.browser().get('/guestbook')
    assert answer.status_int == 303
    assert answer.location.endswith('/login?next=/guestbook')


def test_a_client_that_is_off_leaves_nothing_behind(data):
    with open_site(data, clients='login logout profile help media') as site:
        site.add('studenta')
        browser = site.person('studenta')
        assert browser.get('/guestbook', expect_errors=True).status_int == 404
        assert 'Guestbook' not in browser.get('/help').text


def test_a_client_that_is_not_installed_stops_the_start_with_its_name(data):
    with (
        pytest.raises(ConfigurationError, match=r'ivle\.clients names nowhere\.to\.be\.found'),
        open_site(data, clients='login media nowhere.to.be.found'),
    ):
        pass


def test_help_for_administrators_is_shown_to_them_alone(web_site):
    web_site.add('admin', is_admin=True)
    web_site.add('studenta')
    assert web_site.person('admin').get('/help/admin').status_int == 200
    assert web_site.person('studenta').get('/help/admin', expect_errors=True).status_int == 404
