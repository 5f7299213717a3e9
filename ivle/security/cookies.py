"""Cookies of the site: signed values, one place for their attributes."""

import hashlib
import hmac
import re

from webob.cookies import make_cookie

from ivle.errors import BadRequest


class Signer:
    """Signs short texts with the site's cookie secret, each purpose with a key of its own."""

    def __init__(self, secret):
        self._secret = secret

    def key(self, purpose):
        """Return 32 bytes for one purpose."""
        return hmac.digest(self._secret, b'ivle ' + purpose.encode(), hashlib.sha256)

    def digest(self, purpose, text):
        """Return the digest (64 hex digits) of a text for one purpose."""
        return hmac.new(self.key(purpose), text.encode('utf-8', 'surrogateescape'), hashlib.sha256).hexdigest()

    def sign(self, purpose, text):
        """Return `text.digest`."""
        return f'{text}.{self.digest(purpose, text)}'

    def read(self, purpose, value):
        """Return the text in what `sign` made, or None when it is not ours."""
        text, _, digest = value.rpartition('.')
        return (
            text if hmac.compare_digest(self.digest(purpose, text).encode(), digest.encode('utf-8', 'surrogateescape')) else None
        )


class Cookie:
    """One cookie of the site: below its prefix only, never for scripts, not sent along from elsewhere."""

    def __init__(self, name, settings):
        self.name = name
        self._attributes = {'path': settings.prefix or '/', 'secure': settings.secure_cookie, 'httponly': True, 'samesite': 'Lax'}
        self._occurrence = re.compile(rf'(?:^|[;,])\s*{re.escape(name)}\s*=')

    def value(self, request):
        """Return what the browser sent, or None. BadRequest when it sent two: one of them is somebody else's."""
        if len(self._occurrence.findall(request.environ.get('HTTP_COOKIE', ''))) > 1:
            raise BadRequest(
                'Your browser holds two sign-in cookies for this site. Delete its cookies for this site and sign in again.',
                code='two-cookies',
            )
        return request.cookies.get(self.name)

    def headers(self, value):
        """Return the headers that set the cookie until the browser is closed, or with None remove it."""
        max_age = None if value is not None else 0
        return [('Set-Cookie', make_cookie(self.name, value or '', max_age=max_age, **self._attributes))]
