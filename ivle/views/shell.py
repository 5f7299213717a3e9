"""The shell around every page: what templates need of the site, gathered once per request."""

from functools import cached_property

from pyramid.csrf import get_csrf_token
from pyramid.events import BeforeRender

from ivle.resources.base import path_url


class Shell:
    """What a template may ask of the site: identity, tabs, URLs, the CSRF token, messages."""

    def __init__(self, request):
        self._request = request

    @property
    def site_name(self):
        return self._request.registry.ivle.name

    @property
    def identity(self):
        return getattr(self._request, 'identity', None)

    @property
    def nonce(self):
        return self._request.environ.get('ivle.nonce', '')

    @cached_property
    def csrf_token(self):
        return get_csrf_token(self._request)

    @property
    def action(self):
        """The first segment of the address: the action of the client whose page this is."""
        return self._request.path_info.lstrip('/').split('/', 1)[0]

    @cached_property
    def tabs(self):
        """The tabs of the clients that the reader can use, as (title, url, icon, is_current)."""
        request = self._request
        usable = [client for client in request.registry.clients.tabs() if self.identity or not client.needs_sign_in]
        return [(client.tab, path_url(request, client.action), client.icon, self.action in client.actions) for client in usable]

    def has_client(self, name):
        """Return True when the client called `name` is on: links to a client that is off are not shown."""
        return self._request.registry.clients.by_name(name) is not None

    def url(self, *segments, view=None, query=''):
        """Return the URL of a place on this site; see path_url."""
        return path_url(self._request, *segments, view=view, query=query)

    def media(self, path):
        """Return the versioned URL of a static file: `<client>/<file>`, or `ivle/<file>` for the site's own."""
        return path_url(self._request, 'media', self._request.registry.media_version, *path.split('/'))

    def flashes(self):
        """Return the messages left for this page, and forget them."""
        return self._request.session.pop_flash()


def add_shell(event):
    """Give every template `shell`."""
    if event['request'] is not None:
        event['shell'] = Shell(event['request'])


def includeme(config):
    config.add_subscriber(add_shell, BeforeRender)
