"""The outermost WSGI layer: refuses requests no view should ever see, and puts the security headers on every response."""

import logging
import secrets
from urllib.parse import unquote_to_bytes, urlsplit

from ivle import chat

METHODS = frozenset({'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'})
PATH_LIMIT = 4096
QUERY_LIMIT = 8192
# Headers by which a stranger could move the traversal root or name himself.
_NEVER_FROM_OUTSIDE = ('HTTP_X_VHM_ROOT', 'HTTP_X_VHM_PATH', 'HTTP_X_FORWARDED_PREFIX', 'REMOTE_USER')
_BROKEN = 'Something broke on our side, and it has been noted. Your saved files are safe. Try again in a moment.'

log = logging.getLogger(__name__)


class Guard:
    """WSGI middleware around the whole site, prefix included.

    A request with an unknown method, a host that is not ours, bytes that are not UTF-8, control characters or an
    endless path gets a 4xx here, so that nothing behind has to think of it.
    """

    def __init__(self, app, settings):
        self.app, self.registry = app, getattr(app, 'registry', None)
        self._hosts = allowed_hosts(settings)
        self._usual_host = urlsplit(settings.url).netloc
        self._headers = site_headers(settings)
        self._policy = content_security_policy(settings)

    def __call__(self, environ, start_response):
        nonce = environ['ivle.nonce'] = secrets.token_urlsafe(16)
        given = environ.get('HTTP_HOST', '').lower()
        host = given if given in self._hosts else self._usual_host

        def start(status, headers, exc_info=None):
            present = {name.lower() for name, _ in headers}
            policy = self._policy.replace('NONCE', nonce).replace('HOST', host)
            added = [*self._headers, ('Content-Security-Policy', policy)]
            # A view that wants one of them left out gives it an empty value.
            headers = [item for item in (*headers, *(item for item in added if item[0].lower() not in present)) if item[1]]
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        for name in _NEVER_FROM_OUTSIDE:
            environ.pop(name, None)
        refusal = self._refusal(environ)
        if refusal:
            return _refuse(environ, start, *refusal)
        try:
            return self.app(environ, start)
        except Exception:
            # What breaks while an error page is made has nobody else to catch it.
            incident = secrets.token_hex(4)
            log.exception('incident %s: %s %s', incident, environ['REQUEST_METHOD'], environ.get('PATH_INFO', ''))
            return _refuse(environ, start, '500 Internal Server Error', 'internal', _BROKEN, [], incident=incident)

    def _refusal(self, environ):
        """Return (status, code, sentence, headers) for a request we do not serve, else None."""
        if environ['REQUEST_METHOD'] not in METHODS:
            return (
                '405 Method Not Allowed',
                'bad-method',
                'This site does not know that request method.',
                [('Allow', ', '.join(sorted(METHODS)))],
            )
        if environ.get('HTTP_HOST', '').lower() not in self._hosts:
            return (
                '400 Bad Request',
                'bad-host',
                'This site does not answer to that host name. Its administrator lists the names in ivle.hosts.',
                [],
            )
        path = environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')
        if len(path) > PATH_LIMIT or len(environ.get('QUERY_STRING', '')) > QUERY_LIMIT:
            return '414 URI Too Long', 'too-long', 'That address is too long. Shorten the names in it.', []
        # A path without its slash (`OPTIONS *`) would run into the host's name where an address is made of both.
        if (
            path[:1] not in ('', '/')
            or not _is_plain_text(path.encode('latin-1'))
            or not _is_plain_text(unquote_to_bytes(environ.get('QUERY_STRING', '')), '\t\r\n')
        ):
            return (
                '400 Bad Request',
                'bad-address',
                'That address holds characters that cannot be used. Check it and try again.',
                [],
            )
        return None


def _is_plain_text(data, allowed=''):
    """Return True for UTF-8 without control characters other than `allowed`."""
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        return False
    return not any((character < ' ' and character not in allowed) or character == '\x7f' for character in text)


def refusal_body(accept, code, sentence, **extra):
    """Return (content type, bytes) of a refusal for a caller that accepts `accept`, without a page around it."""
    if 'application/json' in accept:
        return 'application/json', chat.dumps({'error': {'code': code, 'message': sentence, **extra}}).encode('utf-8')
    return 'text/plain; charset=utf-8', f'{sentence}\n'.encode()


def _refuse(environ, start_response, status, code, sentence, headers, **extra):
    content_type, body = refusal_body(environ.get('HTTP_ACCEPT', ''), code, sentence, **extra)
    start_response(status, [('Content-Type', content_type), ('Content-Length', str(len(body))), *headers])
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [body]


def allowed_hosts(settings):
    """Return the values of the Host header that the site answers to, in lower case."""
    listening = {f'{settings.host}:{settings.port}', f'localhost:{settings.port}', f'127.0.0.1:{settings.port}'}
    if settings.port == 80:
        listening |= {settings.host, 'localhost', '127.0.0.1'}
    return frozenset(host.lower() for host in {*settings.hosts, urlsplit(settings.url).netloc, *listening})


def content_security_policy(settings):
    """Return the policy of our own pages; NONCE and HOST stand for the request's nonce and Host header."""
    gateway = urlsplit(settings.gateway_url)
    return '; '.join(
        (
            "default-src 'none'",
            # Our own scripts only: what students keep is on this host too, under other paths.
            f'script-src HOST{settings.prefix}/media/',
            "style-src 'self' 'nonce-NONCE'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            f"connect-src 'self' {gateway.scheme}://{gateway.netloc}",
            "form-action 'self'",
            "frame-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def site_headers(settings):
    """Return the headers every response carries unless the view set its own."""
    headers = [
        ('X-Content-Type-Options', 'nosniff'),
        ('X-Frame-Options', 'DENY'),
        ('Referrer-Policy', 'same-origin'),
        ('Cross-Origin-Opener-Policy', 'same-origin'),
        ('Cross-Origin-Resource-Policy', 'same-origin'),
        ('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'),
        ('Cache-Control', 'no-store'),
    ]
    if settings.url.startswith('https:'):
        headers.append(('Strict-Transport-Security', 'max-age=31536000'))
    return headers
