"""Debian's Chromium, driven by Playwright, and people who are signed in with it."""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.scripted_console import ScriptedConsole

# The same engine as Chromium's without its own windows, which take as long again.
CHROMIUM = '/usr/bin/chromium-headless-shell'
AXE = Path(__file__).parent.parent.parent / 'node_modules' / 'axe-core' / 'axe.min.js'
PATIENCE_SECONDS = 60
# Else what a test expects has to be there within five seconds, which a busy machine may need for one page.
expect.set_options(timeout=1000 * PATIENCE_SECONDS)
WIDE, NARROW = {'width': 1280, 'height': 800}, {'width': 390, 'height': 844}


# Not for the whole run: while Playwright is open, no other test of this process can run an event loop.
@pytest.fixture(scope='module')
def chromium():
    advice = 'type apt-get install chromium-headless-shell, or make test, which does it.'
    assert os.path.exists(CHROMIUM), f'{CHROMIUM} is missing: {advice}'
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses root; the pages of these tests are ours.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-background-networking'])
        yield browser
        browser.close()


class Reader:
    """One person's browser window. Whatever the page's console has to complain about is kept in `complaints`."""

    def __init__(self, context, url):
        self.context, self.url = context, url
        self.page = context.new_page()
        self.complaints, self.requests, self.under_way = [], [], set()
        self.page.on(
            'console',
            lambda message: (
                self.complaints.append(f'{message.text} ({message.location["url"]})')
                if message.type in ('error', 'warning')
                else None
            ),
        )
        self.page.on('pageerror', lambda error: self.complaints.append(str(error)))
        self.page.on('request', self._begun)
        self.page.on('requestfinished', self._ended)
        self.page.on('requestfailed', self._ended)

    def _begun(self, request):
        self.requests.append(request.url)
        self.under_way.add(request)

    def _ended(self, request):
        self.under_way.discard(request)

    def go(self, path):
        """Open a path of the site and return the response."""
        return self.page.goto(self.url + path)

    def settle(self):
        """Wait until the page has all that it asked for, and has shown it."""
        quiet, deadline = 0, time.monotonic() + PATIENCE_SECONDS
        while quiet < 2:
            assert time.monotonic() < deadline, [request.url for request in self.under_way]
            # What an answer leads to is drawn, or asked for in turn, before the second picture after it.
            self.page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
            quiet = 0 if self.under_way else quiet + 1

    def sign_in(self, login, password='password'):
        """Sign in through the form."""
        self.go('/login')
        self.page.get_by_label('Login', exact=True).fill(login)
        self.page.get_by_label('Password', exact=True).fill(password)
        self.page.get_by_role('main').get_by_role('button', name='Sign in').click()
        self.page.get_by_role('button', name='Sign out').wait_for()
        return self

    def violations(self):
        """Return what axe finds wrong with the page as it is now: one line for each kind and place."""
        found = self.page.evaluate(AXE.read_text('utf-8') + ';axe.run({resultTypes: ["violations"]})')['violations']
        return [
            f'{item["id"]} ({item["impact"]}): {node["html"][:200]} {node["failureSummary"]}'
            for item in found
            for node in item['nodes']
        ]

    def is_wider_than_window(self):
        """Return True when one must scroll sideways."""
        return self.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')


@pytest.fixture(scope='module')
def open_window(chromium):
    """Return a function that opens a new window on a running site."""
    contexts = []

    def open_one(site, viewport=WIDE, colours='light', scripts=True):
        context = chromium.new_context(viewport=viewport, color_scheme=colours, java_script_enabled=scripts)
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        contexts.append(context)
        return Reader(context, site.url)

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope='module')
def student(site):
    """Return studenta, who asks the site without a browser."""
    return site.person('studenta')


@pytest.fixture(scope='module')
def window(site, open_window):
    """Return a window in which studenta is signed in."""
    return open_window(site).sign_in('studenta')


@pytest.fixture(scope='module')
def open_signed_in(open_window):
    """Return a function that opens a window of somebody who signs in once for all their windows of a file."""
    cookies = {}

    def open_one(site, login, **options):
        window = open_window(site, **options)
        if (site.url, login) in cookies:
            window.context.add_cookies(cookies[site.url, login])
        else:
            cookies[site.url, login] = window.sign_in(login).context.cookies()
        return window

    return open_one


@pytest.fixture
def page(chromium):
    """Return an empty page, for a console's script and a host that says what the test wants."""
    context = chromium.new_context()
    context.grant_permissions(['clipboard-read', 'clipboard-write'])
    context.set_default_timeout(1000 * PATIENCE_SECONDS)
    yield context.new_page()
    context.close()


@pytest.fixture
def host(page):
    """Return the scripted host of the page. Whatever the page's scripts stumble over fails the test."""
    host = ScriptedConsole(page)
    yield host
    assert host.errors == []
