"""The story below /ivle: whatever a browser fetches is below the prefix."""

import tempfile
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.site import RunningSite

PREFIX = '/ivle'


@pytest.fixture(scope='module')
def below():
    with tempfile.TemporaryDirectory(prefix='below-') as data, RunningSite(data, prefix=PREFIX) as site:
        yield site


def test_editor_console_and_served_page_work_and_fetch_nothing_outside_the_prefix(below, open_window):
    window = open_window(below).sign_in('studenta')
    window.go('/edit/~/151/hello.py')
    window.page.locator('.cm-content').wait_for()
    window.page.get_by_role('button', name='Run').click()
    expect(window.page.get_by_role('log')).to_contain_text('Hello, world!')
    for path in ('/', '/files/~/151', '/console', '/profile', '/help', '/serve/~/151/proj1/index.html'):
        window.go(path)
        window.settle()
    window.page.get_by_role('button', name='Greet me').click()
    expect(window.page.get_by_role('heading')).to_have_text('Hello, Ada!')
    ours = [urlsplit(url) for url in window.requests if urlsplit(url).netloc == urlsplit(below.url).netloc]
    assert len(ours) > 20
    assert [parts.path for parts in ours if not parts.path.startswith(PREFIX + '/') and parts.path != '/favicon.ico'] == []
