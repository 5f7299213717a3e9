"""Proof that an unsafe request comes from our own pages: a token tied to the session, and the browser's word on the origin.

The token is derived from the session's id, so signing in or out changes it, and nothing in the database can forge it.
A visitor who has not signed in has a signed random cookie in the id's place.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from pyramid.exceptions import BadCSRFOrigin
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.request import RequestLocalCache
from zope.interface import implementer

from ivle.security.cookies import Cookie


@implementer(ICSRFStoragePolicy)
class CsrfPolicy:
    """Makes and checks tokens; Pyramid asks it wherever a view requires one."""

    def __init__(self, settings, signer, policy):
        self._signer, self._policy = signer, policy
        self._cookie = Cookie('ivle_visitor', settings)
        self._visitors = RequestLocalCache(self._visitor)
        self._own_origins = {origin_of(settings.url)}

    def get_csrf_token(self, request):
        """Return the token for this browser's pages."""
        session_id = self._policy.session_id(request)
        if session_id is not None:
            return self._signer.digest('csrf of a session', session_id)
        return self._signer.digest('csrf of a visitor', self._visitors.get_or_create(request))

    def new_csrf_token(self, request):
        """Give a visitor another token. A session's changes by itself with the session."""
        self._visitors.set(request, self._new_visitor(request))
        return self.get_csrf_token(request)

    def check_csrf_token(self, request, supplied_token):
        """Return True when the token is right; BadCSRFOrigin when the request says itself that it comes from elsewhere."""
        if not is_from_our_pages(request, self._own_origins):
            raise BadCSRFOrigin('The request comes from another site.')
        if not isinstance(supplied_token, str):
            return False
        return hmac.compare_digest(self.get_csrf_token(request).encode(), supplied_token.encode('utf-8', 'surrogateescape'))

    def _visitor(self, request):
        known = self._signer.read('visitor', request.cookies.get(self._cookie.name, ''))
        return known or self._new_visitor(request)

    def _new_visitor(self, request):
        visitor = secrets.token_urlsafe(32)
        headers = self._cookie.headers(self._signer.sign('visitor', visitor))
        request.add_response_callback(lambda request, response: response.headerlist.extend(headers))
        return visitor


def needs_token(request):
    """Return False for a script that shows an API token: no browser adds that by itself."""
    identity = request.identity
    return identity is None or identity.via != 'token'


def origin_of(url):
    """Return the scheme, host and port of a URL, as browsers write an origin."""
    parts = urlsplit(url)
    return f'{parts.scheme}://{parts.netloc}'.lower()


def is_from_our_pages(request, own_origins):
    """Return False when the browser says that the request comes from another site, or from a page without an origin.

    Served student pages have the origin `null`: they are another site in this sense. Programs that say nothing pass: they still
    need the token. Checked on http and https alike.
    """
    if request.headers.get('Sec-Fetch-Site', 'same-origin') not in ('same-origin', 'none'):
        return False
    origin = request.headers.get('Origin')
    return origin is None or origin.lower() in {*own_origins, origin_of(request.host_url)}
