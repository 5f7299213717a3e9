"""A site below /ivle: no link, form, script, redirect or cookie leaves the prefix, and nothing answers outside it."""

import re
import tempfile
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from tests.site import RunningSite

PREFIX = '/ivle'
ADDRESSES = ('href', 'src', 'action', 'formaction', 'data-site', 'data-icons', 'data-here', 'data-url', 'content')
MOST_PAGES = 80


@pytest.fixture(scope='module')
def below():
    """Return a running site below the prefix."""
    with tempfile.TemporaryDirectory(prefix='below-') as data, RunningSite(data, prefix=PREFIX) as site:
        yield site


class Addresses(HTMLParser):
    """Collects every address on a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            # What an attribute for scripts holds is an address where it begins with a slash.
            if name in ADDRESSES and value and (name in ('href', 'src', 'action', 'formaction') or value.startswith('/')):
                self.found.append((tag, name, value))


def crawl(site, login):
    """Return [(page, tag, attribute, address)…] of every page that links reach, and [(page, location)…] of its redirects."""
    person = site.person(login)
    waiting, seen, found, redirects = deque([('/', None)]), {'/'}, [], []
    while waiting and len(seen) < MOST_PAGES:
        path, above = waiting.popleft()
        answer = person.get(path)
        assert answer.status < 400, f'{path}, linked from {above}: {answer.status}\n' + ''.join(site.output[-30:])
        if answer.location:
            redirects.append((path, answer.location))
            targets = [answer.location]
        elif answer.headers['Content-Type'].startswith('text/html'):
            addresses = Addresses(answer.text).found
            found += [(path, *address) for address in addresses]
            targets = [value for tag, name, value in addresses if tag == 'a']
        else:
            targets = []
        for target in targets:
            parts = urlsplit(urljoin(site.url + path, target))
            inside = parts.path.removeprefix(PREFIX) + (f'?{parts.query}' if parts.query else '')
            # What a student's own pages answer is theirs; a directory without an index is a refusal.
            is_ours = (
                parts.netloc == person.host
                and parts.path.startswith(PREFIX + '/')
                and not parts.path.startswith(PREFIX + '/serve')
            )
            if is_ours and inside not in seen:
                seen.add(inside)
                waiting.append((inside, path))
    return found, redirects


def leaves_prefix(site, page, address):
    """Return True for an address of this site that is outside the prefix; one that is not the site's is no matter."""
    if address.startswith(('data:', 'mailto:', '#')):
        return False
    parts = urlsplit(urljoin(f'{site.url}{page}', address))
    return parts.netloc == urlsplit(site.url).netloc and not (parts.path + '/').startswith(PREFIX + '/')


@pytest.mark.parametrize('login', ['studenta', 'tutor', 'admin'])
def test_no_link_form_script_or_redirect_leaves_the_prefix(below, login):
    found, redirects = crawl(below, login)
    assert len(found) > 100
    assert [item for item in found if leaves_prefix(below, item[0], item[-1])] == []
    assert [item for item in redirects if leaves_prefix(below, *item)] == []


def test_signing_in_and_out_stays_below_the_prefix(below):
    visitor = below.visitor()
    sent_away = visitor.get('/files/~/151')
    visitor.get('/login')
    signed_in = visitor.submit('/login', login='studenta', password='password', next='/ivle/files/~/151')
    visitor.get('/')
    signed_out = visitor.submit('/logout')
    for answer in (sent_away, signed_in, signed_out):
        assert urlsplit(answer.location).path.startswith(PREFIX + '/')
    assert sent_away.location.endswith('next=/ivle/files/~/151')
    assert urlsplit(signed_in.location).path == '/ivle/files/~/151'


def test_cookies_are_for_the_prefix_only(below):
    visitor = below.visitor()
    answers = [visitor.get('/login'), visitor.submit('/login', login='studenta', password='password', next='')]
    lines = [line for answer in answers for line in answer.headers.get_all('Set-Cookie', ())]
    assert lines
    assert [line for line in lines if not re.search(r'(?i); *path=/ivle(;|$)', line)] == []


@pytest.mark.parametrize('path', ['/', '/login', '/health', '/files/~', '/ivlex', '/ivlelogin', '/media/ivle/app.css'])
def test_nothing_answers_outside_the_prefix(below, path):
    outside = below.visitor()
    outside.prefix = ''
    assert outside.get(path).status == 404


def test_the_prefix_itself_leads_to_the_site(below):
    outside = below.visitor()
    outside.prefix = ''
    answer = outside.get('/ivle')
    assert answer.status in (200, 301, 302, 303) and not leaves_prefix(below, '', answer.location or '/ivle/')


def test_a_served_page_and_its_redirects_stay_below_the_prefix(below):
    person = below.person('studenta')
    without_slash = person.get('/serve/~/151/proj1')
    assert urlsplit(without_slash.location).path.startswith(PREFIX + '/serve/')
    navigation = person.request(
        'GET', '/serve/~/151/proj1/index.html', headers={'Sec-Fetch-Dest': 'document', 'Accept': 'text/html'}
    )
    assert urlsplit(navigation.location).path.startswith(PREFIX + '/served/')


def test_a_console_answers_below_the_prefix(below):
    person = below.person('studenta')
    made = person.post('/console/@@start', {'cwd': '/151'})
    replies = person.post(f'/console/{made.json["key"]}/@@chat', {'cmd': 'chat', 'text': '6 * 7'}).json['replies']
    assert any(reply.get('output', '').strip() == '42' for reply in replies)
