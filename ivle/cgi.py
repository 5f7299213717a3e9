"""What a CGI program wrote: its headers, read strictly, or the one thing that is wrong with them."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

# More than any honest program needs; what is longer is not searched for headers.
HEAD_LIMIT = 32 * 1024
LINES_LIMIT = 100

# Everything else a program may say about its answer is ours to say: cookies, caching, security policies, framing.
_PASSED = frozenset({'content-disposition', 'content-language', 'etag', 'last-modified'})
# X- headers pass, as programs make up their own, except those that servers, proxies or browsers act on.
_ACTED_ON = (
    'x-accel',
    'x-content',
    'x-csrf',
    'x-dns',
    'x-forwarded',
    'x-frame',
    'x-http-method',
    'x-ivle',
    'x-lighttpd',
    'x-litespeed',
    'x-original',
    'x-permitted',
    'x-proxy',
    'x-real',
    'x-reproxy',
    'x-rewrite',
    'x-sendfile',
    'x-sourcemap',
    'x-ua',
    'x-vhm',
    'x-webkit',
    'x-xss',
)

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_CONTROL = re.compile(r'[\x00-\x08\x0a-\x1f\x7f]')
_STATUS = re.compile(r'([0-9]{3})(?: +([!-~][ -~]{0,79}))?')
_TYPE = re.compile(r'([a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60})(\s*;[\x20-\x7e]*)?', re.IGNORECASE)
_OF_PARTS = ('multipart/', 'message/')
BODILESS = (204, 205, 304)


@dataclass(frozen=True)
class Headers:
    """The answer a program gave: `others` are the headers that may pass on, `body_start` where its page begins."""

    status: int
    reason: str
    content_type: str | None
    location: str | None
    others: tuple
    body_start: int


@dataclass(frozen=True)
class Malformed:
    """Output that is no answer: `problem` says what is wrong with it and `advice` what to do, for a beginner."""

    code: str
    problem: str
    advice: str


_EXAMPLE = 'Begin with print("Content-Type: text/html") and then print() for the blank line, before anything else is printed.'


def read_headers(output):
    """Return the Headers at the start of a program's output (bytes), or Malformed.

    Lines may end with LF or CRLF. Nothing that could start a second header or a second response survives.
    """
    if not output.strip():
        return Malformed('nothing', 'The program printed nothing.', _EXAMPLE)
    fields, start = {}, 0
    for number in range(1, LINES_LIMIT + 2):
        end = output.find(b'\n', start, HEAD_LIMIT)
        line = output[start : end if end >= 0 else HEAD_LIMIT].removesuffix(b'\r').decode('latin-1')
        if end >= 0 and not line and number > 1:
            return _interpret(fields, end + 1)
        if start == len(output):
            break
        problem = _wrong_line(line, number, fields)
        if problem:
            return problem
        if end < 0:
            break
        name, _, value = line.partition(':')
        fields[name.lower()] = (name, value.strip())
        start = end + 1
    if len(output) > HEAD_LIMIT or number > LINES_LIMIT:
        return Malformed(
            'too-long',
            'The headers of the program are endless: no blank line ends them.',
            'Print a blank line after the last header.',
        )
    return Malformed(
        'no-blank-line',
        'The program printed headers and nothing after them.',
        'Print a blank line after the last header, then the page itself.',
    )


def _wrong_line(line, number, fields):
    """Return what is wrong with one header line, or None."""
    name, colon, value = line.partition(':')
    shown = readable(line.encode('latin-1'))[:80]
    if number == 1 and not colon:
        return Malformed('no-header', f'The program printed “{shown}” before it said what kind of page it makes.', _EXAMPLE)
    if not colon:
        return Malformed(
            'bad-line',
            f'Line {number} of the output, “{shown}”, is not a header.',
            'Print a blank line between the headers and the page.',
        )
    if not _NAME.fullmatch(name):
        return Malformed(
            'bad-name',
            f'Line {number} of the output, “{shown}”, is not a header: what stands before the colon is no name.',
            _EXAMPLE,
        )
    if _CONTROL.search(value):
        return Malformed(
            'control',
            f'The header {name} holds a control character.',
            'Leave line ends and other control characters out of headers.',
        )
    if name.lower() in fields:
        return Malformed('twice', f'The header {name} stands there twice.', 'Print each header once.')
    return None


def _interpret(fields, body_start):
    values = {name: value for name, (_, value) in fields.items()}
    status, reason = 200, HTTPStatus.OK.phrase
    if 'status' in values:
        match = _STATUS.fullmatch(values['status'])
        if not match or not 200 <= int(match[1]) <= 599:
            return Malformed(
                'bad-status',
                f'The status “{readable(values["status"].encode("latin-1"))[:40]}” is not one.',
                'Write a number from 200 to 599 and a reason, such as “Status: 404 Not Found”.',
            )
        status, reason = int(match[1]), match[2] or _phrase(int(match[1]))
    location = values.get('location')
    if location is not None:
        if not (300 <= status <= 399 or status == 201):
            return Malformed(
                'redirect-without-status',
                'The program named another address with Location, yet its status is not that of a redirect.',
                'Print a line “Status: 302 Found” beside the Location header.',
            )
        location = _address(location)
        if location is None:
            return Malformed(
                'bad-location',
                'The Location header is not an address of the web.',
                'Write a path, or an address that starts with http:// or https://.',
            )
    content_type = values.get('content-type')
    if content_type is None and location is None and status not in BODILESS:
        return Malformed(
            'no-type', 'The program did not say what kind of page it makes: there is no Content-Type header.', _EXAMPLE
        )
    # A page of parts carries headers of its own in each part, which nobody would check.
    if content_type is not None and not (_TYPE.fullmatch(content_type) and not content_type.lower().startswith(_OF_PARTS)):
        return Malformed(
            'bad-type',
            f'The Content-Type “{readable(content_type.encode("latin-1"))[:60]}” cannot be served.',
            'For a web page write “Content-Type: text/html”.',
        )
    others = tuple((name, value) for lower, (name, value) in fields.items() if may_pass(lower))
    return Headers(status, reason, content_type, location, others, body_start)


def _phrase(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return 'Status'


def may_pass(name):
    """Return True when a program's header called `name` (lower case) goes to the browser as it is."""
    return name in _PASSED or (name.startswith('x-') and not name.startswith(_ACTED_ON))


def _address(location):
    """Return a Location fit for a header, or None: web addresses and relative ones only."""
    location = quote(location.encode('latin-1'), safe="!#$%&'()*+,/:;=?@[]~-._")
    try:
        parts = urlsplit(location)
    except ValueError:
        return None
    if parts.scheme and not (parts.scheme in ('http', 'https') and parts.netloc):
        return None
    return location or None


def readable(data):
    """Return bytes as text for people: UTF-8 where it is, and nothing that could move the cursor."""
    text = data.decode('utf-8', 'replace').replace('\r\n', '\n')
    return ''.join(letter if letter.isprintable() or letter in '\n\t' else '\N{REPLACEMENT CHARACTER}' for letter in text)
