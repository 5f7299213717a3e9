"""Users: the web zone's way to usrmgt-server, which keeps homes, repositories and repository keys."""

import logging

from ivle import chat, envelopes
from ivle.errors import IvleError, ServiceDown
from ivle.hosts.shapes import Misshapen, one_of, record, text, whole
from ivle.secrets import read_secret

# Making a repository takes a tenth of a second; others may be before us in the queue, and archives take longer.
ANSWER_SECONDS = 60.0
REMOVE_SECONDS = 600.0

_OKAY = one_of('okay')
_DONE = record({'response': _OKAY})
_SHAPES = {
    'remove_user': record({'response': _OKAY, 'archive': text(255)}),
    'reset_svn_key': record({'response': _OKAY, 'key': text(64, r'[A-Za-z0-9_-]{16,64}')}),
    'status': record({'response': _OKAY, 'users': whole(), 'version': text(40), 'svnserve': one_of('off', 'running', 'stopped')}),
}
_FAILURE = record({'response': one_of('failure'), 'msg': text(1000)})

log = logging.getLogger(__name__)


class Users:
    """Every action on accounts, one method each. Each can be repeated; IvleError says why one failed."""

    def __init__(self, settings):
        self._settings = settings

    def activate(self, login, directories=()):
        """Make the home and the repository of a login, with these top-level directories; what is there stays."""
        self._ask('activate_user', login=login, directories=list(directories))

    def disable(self, login):
        """Take away the rights of a login on all repositories."""
        self._ask('disable_user', login=login)

    def enable(self, login):
        """Give back the rights of a login."""
        self._ask('enable_user', login=login)

    def remove(self, login):
        """Move home and repository of a login into an archive; return the file name of that."""
        return self._ask('remove_user', REMOVE_SECONDS, login=login)['archive']

    def create_group_repository(self, name):
        """Make the repository of a group."""
        self._ask('create_group_repository', name=name)

    def rebuild_svn_config(self, users, groups):
        """Let exactly these logins in; `groups` is {name: {'write': [logins], 'read': [logins]}}."""
        self._ask('rebuild_svn_config', users=list(users), groups=groups)

    def reset_svn_key(self, login):
        """Return a new repository key of a login; the old one stops working."""
        return self._ask('reset_svn_key', login=login)['key']

    def status(self):
        """Return {'users': number, 'version', 'svnserve': 'off', 'running' or 'stopped'}."""
        reply = self._ask('status')
        return {key: reply[key] for key in ('users', 'version', 'svnserve')}

    def _ask(self, action, seconds=ANSWER_SECONDS, **properties):
        path, secret = self._settings.path('run', 'usrmgt.sock'), read_secret(self._settings, 'usrmgt')
        try:
            reply = envelopes.ask(path, secret, 'usrmgt', {action: properties}, timeout=seconds)
            if type(reply) is dict and reply.get('response') == 'failure':
                raise IvleError(_FAILURE(reply, action)['msg'], code='account-failed', status=409)
            return _SHAPES.get(action, _DONE)(reply, action)
        except (chat.ProtocolError, envelopes.RemoteError, Misshapen) as error:
            log.error('%s was not answered properly: %s', action, error)
            raise ServiceDown(
                'Accounts cannot be reached for the moment. Nothing is lost; try again in a few seconds.'
            ) from error
