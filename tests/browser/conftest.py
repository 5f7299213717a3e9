"""Debian's Chromium, driven by Playwright, and people who are signed in with it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = '/usr/bin/chromium'
AXE = Path(__file__).parent.parent.parent / 'node_modules' / 'axe-core' / 'axe.min.js'
WIDE, NARROW = {'width': 1280, 'height': 800}, {'width': 390, 'height': 844}


# Not for the whole run: while Playwright is open, no other test of this process can run an event loop.
@pytest.fixture(scope='module')
def chromium():
    assert os.path.exists(CHROMIUM), f'{CHROMIUM} is missing: type apt-get install chromium, or make test, which does it.'
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
        self.complaints, self.requests = [], []
        self.page.on(
            'console',
            lambda message: (
                self.complaints.append(f'{message.text} ({message.location["url"]})')
                if message.type in ('error', 'warning')
                else None
            ),
        )
        self.page.on('pageerror', lambda error: self.complaints.append(str(error)))
        self.page.on('request', lambda request: self.requests.append(request.url))

    def go(self, path):
        """Open a path of the site and return the response."""
        return self.page.goto(self.url + path)

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
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Reader(context, site.url)

    yield open_one
    for context in contexts:
        context.close()
