"""Every page, looked at as by axe and on a narrow screen."""

import pytest

from tests.browser.conftest import NARROW

PAGES = {
    'admin': ['/admin', '/admin/health', '/jobs'],
    'tutor': ['/', '/files/studenta/151', '/edit/studenta/151/hello.py'],
    'studenta': [
        '/',
        '/files/~',
        '/files/~/151',
        '/files/~/151/proj1/picture.png',
        '/files/~/151/@@log',
        '/files/~/151/@@diff?from=1&to=2',
        '/files/~/@@trash',
        '/edit/~/151/hello.py',
        '/console',
        '/profile',
        '/help',
        '/logout',
        '/nothing/here',
    ],
}
ALL = [(login, path) for login, paths in PAGES.items() for path in paths]


@pytest.fixture(scope='module')
def windows(site, open_signed_in):
    """Return {(login, colours, width): a signed-in window}, made when first asked for."""

    class Windows(dict):
        def __missing__(self, key):
            login, colours, viewport = key
            self[key] = open_signed_in(site, login, viewport=dict(viewport), colours=colours)
            return self[key]

    return Windows()


@pytest.mark.parametrize('colours', ['light', 'dark'])
@pytest.mark.parametrize(('login', 'path'), ALL)
def test_axe_finds_nothing_wrong_with_a_page(windows, login, path, colours):
    window = windows[login, colours, (('width', 1280), ('height', 800))]
    window.go(path)
    window.settle()
    assert window.violations() == []


@pytest.mark.parametrize(('login', 'path'), ALL)
def test_a_page_fits_a_narrow_screen(windows, login, path):
    window = windows[login, 'light', tuple(NARROW.items())]
    window.go(path)
    window.settle()
    assert not window.is_wider_than_window()
    assert window.violations() == []


@pytest.mark.parametrize('colours', ['light', 'dark'])
def test_axe_finds_nothing_wrong_with_signing_in(site, open_window, colours):
    window = open_window(site, colours=colours)
    window.go('/login')
    assert window.violations() == []


@pytest.mark.parametrize(('login', 'path'), ALL)
def test_a_page_has_a_language_a_title_one_heading_and_a_way_past_the_header(windows, login, path):
    window = windows[login, 'light', (('width', 1280), ('height', 800))]
    window.go(path)
    page = window.page
    assert page.locator('html').get_attribute('lang') == 'en'
    assert page.title()
    assert page.locator('h1').count() == 1
    assert page.locator('a.skip').get_attribute('href') == '#main'
