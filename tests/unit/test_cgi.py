"""What a CGI program's output means: the recorded cases, the headers that pass, and what no output can do."""

import json
import random
from pathlib import Path

import pytest

from ivle.cgi import HEAD_LIMIT, Headers, Malformed, read_headers, readable

CASES = json.loads(Path(__file__).parents[1].joinpath('vectors', 'cgi.json').read_text())['cases']
GOOD = [case for case in CASES if not case['warning_page']]
BAD = [case for case in CASES if case['warning_page']]

# Headers that act on the browser, a proxy or the connection; none of them is a program's to set.
OURS = [
    'Set-Cookie',
    'set-cookie2',
    'Clear-Site-Data',
    'Content-Security-Policy',
    'Content-Security-Policy-Report-Only',
    'Service-Worker-Allowed',
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
    'Refresh',
    'Link',
    'Strict-Transport-Security',
    'Public-Key-Pins',
    'Report-To',
    'NEL',
    'Reporting-Endpoints',
    'Cross-Origin-Opener-Policy',
    'Cross-Origin-Embedder-Policy',
    'Cross-Origin-Resource-Policy',
    'Origin-Agent-Cluster',
    'Referrer-Policy',
    'Permissions-Policy',
    'Feature-Policy',
    'X-Frame-Options',
    'X-Content-Type-Options',
    'X-XSS-Protection',
    'X-Accel-Redirect',
    'X-Accel-Buffering',
    'X-Sendfile',
    'X-Lighttpd-Send-File',
    'X-LiteSpeed-Location',
    'X-UA-Compatible',
    'X-SourceMap',
    'SourceMap',
    'X-DNS-Prefetch-Control',
    'X-Permitted-Cross-Domain-Policies',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'Upgrade',
    'Trailer',
    'TE',
    'Date',
    'Server',
    'Via',
    'Age',
    'Expires',
    'Cache-Control',
    'Pragma',
    'Vary',
    'Alt-Svc',
    'WWW-Authenticate',
    'Proxy-Authenticate',
    'Authentication-Info',
    'Location-Hint',
    'Set-Login',
    'Sec-Session-Registration',
    'Speculation-Rules',
    'Accept-CH',
    'Critical-CH',
    'Timing-Allow-Origin',
    'Document-Policy',
    'Require-Document-Policy',
    'Supports-Loading-Mode',
    'Window-Target',
    'Content-Location',
    'Content-Range',
    'Accept-Ranges',
    'P3P',
    'DPR',
    'Activate-Storage-Access',
    'Sec-GPC',
    'No-Vary-Search',
]


@pytest.mark.parametrize('case', GOOD, ids=lambda case: case['name'])
def test_a_recorded_answer_is_understood(case):
    output = case['raw'].encode()
    found = read_headers(output)
    assert (found.status, found.content_type, found.location) == (case['status'], case['content_type'], case['location'])
    assert dict(found.others) == case['extra_headers']
    assert output[found.body_start :].decode() == case['body']


@pytest.mark.parametrize('case', BAD, ids=lambda case: case['name'])
def test_a_recorded_mistake_is_a_mistake(case):
    assert isinstance(read_headers(case['raw'].encode()), Malformed)


@pytest.mark.parametrize('case', GOOD, ids=lambda case: case['name'])
def test_line_ends_may_be_those_of_the_internet(case):
    head, _, body = case['raw'].partition('\n\n')
    output = (head.replace('\n', '\r\n') + '\r\n\r\n' + body).encode()
    found = read_headers(output)
    assert (found.status, output[found.body_start :].decode()) == (case['status'], case['body'])


@pytest.mark.parametrize(
    ('output', 'code'),
    [
        (b'', 'nothing'),
        (b'\n \n', 'nothing'),
        (b'just text\n', 'no-header'),
        (b'\nContent-Type: text/html\n\nx', 'no-header'),
        (b'Content-Type: text/html\n', 'no-blank-line'),
        (b'Content-Type: text/html', 'no-blank-line'),
        (b'Content-Type: text/html\n<p>hello</p>', 'bad-line'),
        (b'Content Type: text/html\n\nx', 'bad-name'),
        (b' folded: x\n\nx', 'bad-name'),
        (b'Traceback (most recent call last):\n\nx', 'bad-name'),
        (b'X-A: 1\n\nx', 'no-type'),
        (b'Content-Type: text/html\nX-A: \x00\n\nx', 'control'),
        (b'Content-Type: text/html\nX-A: a\rSet-Cookie: b\n\nx', 'control'),
        (b'Content-Type: text/html\nContent-Type: text/plain\n\nx', 'twice'),
        (b'Status: 200\nstatus: 302\nContent-Type: text/html\n\nx', 'twice'),
        (b'Status: abc\nContent-Type: text/html\n\nx', 'bad-status'),
        (b'Status: 100 Continue\nContent-Type: text/html\n\nx', 'bad-status'),
        (b'Status: 600 What\nContent-Type: text/html\n\nx', 'bad-status'),
        (b'Status: 0200\nContent-Type: text/html\n\nx', 'bad-status'),
        (b'Location: /x\n\n', 'redirect-without-status'),
        (b'Status: 200 OK\nLocation: /x\nContent-Type: text/html\n\n', 'redirect-without-status'),
        (b'Status: 302 Found\nLocation: javascript:alert(1)\n\n', 'bad-location'),
        (b'Status: 302 Found\nLocation: data:text/html,x\n\n', 'bad-location'),
        (b'Status: 302 Found\nLocation: https:\n\n', 'bad-location'),
        (b'Status: 302 Found\nLocation: http://[x\n\n', 'bad-location'),
        (b'Status: 302 Found\nLocation:\n\n', 'bad-location'),
        (b'Content-Type: html\n\nx', 'bad-type'),
        (b'Content-Type: multipart/x-mixed-replace; boundary=x\n\nx', 'bad-type'),
        (b'X-A: ' + b'a' * HEAD_LIMIT + b'\n\nx', 'too-long'),
        (b''.join(b'X-%d: 1\n' % number for number in range(500)) + b'\nx', 'too-long'),
    ],
)
def test_each_mistake_has_its_own_explanation(output, code):
    found = read_headers(output)
    assert found.code == code
    assert found.problem.endswith('.') and found.advice.endswith(('.', '”'))


@pytest.mark.parametrize(
    ('output', 'location'),
    [
        (b'Status: 302 Found\nLocation: /x\n\n', '/x'),
        (b'Status: 303\nLocation: other.py?a=b#c\n\n', 'other.py?a=b#c'),
        (b'Status: 307 X\nLocation: https://example.org/a%20b\n\n', 'https://example.org/a%20b'),
        (b'Status: 302 Found\nLocation: /caf\xc3\xa9 bar\n\n', '/caf%C3%A9%20bar'),
        (b'Status: 302 Found\nLocation: /a"<>\\b\n\n', '/a%22%3C%3E%5Cb'),
        (b'Status: 201 Created\nLocation: /x\nContent-Type: text/plain\n\n', '/x'),
    ],
)
def test_a_redirect_goes_to_an_address_of_the_web(output, location):
    assert read_headers(output).location == location


def test_an_answer_without_a_page_needs_no_type():
    assert read_headers(b'Status: 204 No Content\n\n').content_type is None


def test_the_reason_of_a_status_is_kept():
    assert read_headers(b'Status: 404 Gone Fishing\nContent-Type: text/plain\n\n').reason == 'Gone Fishing'


def test_a_status_without_a_reason_gets_the_usual_one():
    assert read_headers(b'Status: 404\nContent-Type: text/plain\n\n').reason == 'Not Found'


@pytest.mark.parametrize('name', ['X-Foo', 'ETag', 'Last-Modified', 'Content-Language', 'Content-Disposition'])
def test_a_harmless_header_passes(name):
    assert read_headers(f'Content-Type: text/html\n{name}: 1\n\n'.encode()).others == ((name, '1'),)


@pytest.mark.parametrize(
    'name',
    OURS,
)
def test_a_header_that_is_ours_to_set_never_passes(name):
    assert read_headers(f'Content-Type: text/html\n{name}: 1\n\nx'.encode()).others == ()


def texts_of(found):
    """Return every text that would go into a response."""
    return [found.reason, found.content_type, found.location or '', *sum(found.others, ())] if isinstance(found, Headers) else []


def test_no_output_makes_a_header_that_breaks_the_response():
    dice = random.Random(14)
    pieces = [
        b'Content-Type',
        b'Status',
        b'Location',
        b'X-A',
        b'ETag',
        b'Content-Type: text/html\n',
        b'Status: 302 X\n',
        b'Set-Cookie: a=b',
    ]
    pieces += [
        b': ',
        b':',
        b' ',
        b'\t',
        b'\n',
        b'\r',
        b'\r\n',
        b'\n\n',
        b'\0',
        b'\x0b',
        b'\x1c',
        b'\x7f',
        b'\x85',
        b'\xff',
        b'\xe2\x80\xa8',
    ]
    pieces += [b'200', b'302', b'/x', b'text/html']
    understood = 0
    for _ in range(20_000):
        found = read_headers(b'Content-Type: text/html\n' + b''.join(dice.choices(pieces, k=dice.randint(1, 12))))
        texts = texts_of(found)
        understood += bool(texts)
        assert not any(character < ' ' and character != '\t' for text in texts for character in text)
    assert understood > 500


def test_output_is_shown_without_what_moves_the_cursor():
    assert readable(b'caf\xc3\xa9\r\n\x1b[2J\xff\tx\n') == 'café\n\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}\tx\n'
