"""Whether the host daemons and the gateway answer: for the health page and for whoever watches the site."""

import http.client

from ivle import chat, envelopes
from ivle.secrets import read_secret

ASK_SECONDS = 3.0


def daemon_states(settings):
    """Return {'sandbox': state, 'usrmgt': state}: the daemon's own status dict, or None where it does not answer."""
    return {name: _ask(settings, name) for name in ('sandbox', 'usrmgt')}


def gateway_works(settings):
    """Return whether the gateway of the consoles answers where it is to listen."""
    connection = http.client.HTTPConnection(settings.gateway_host, settings.gateway_port, timeout=ASK_SECONDS)
    try:
        connection.request('GET', '/health')
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _ask(settings, name):
    try:
        reply = envelopes.ask(
            settings.path('run', f'{name}.sock'), read_secret(settings, name), name, {'status': {}}, timeout=ASK_SECONDS
        )
    except (chat.ProtocolError, envelopes.RemoteError, OSError):
        return None
    return reply if isinstance(reply, dict) and 'error' not in reply else None
