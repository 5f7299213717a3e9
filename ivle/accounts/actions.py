"""Actions: what the web zone may ask of usrmgt-server. Each can be repeated, also after a crash in the middle."""

import threading
from datetime import UTC, datetime

from ivle import __version__
from ivle.accounts.disk import remove_tree
from ivle.accounts.names import Failure, login_in, url_name_in
from ivle.accounts.rights import new_key

MOST_DIRECTORIES = 100
_NEEDED = {
    'activate_user': {'login', 'directories'},
    'disable_user': {'login'},
    'enable_user': {'login'},
    'remove_user': {'login'},
    'create_group_repository': {'name'},
    'rebuild_svn_config': {'users', 'groups'},
    'reset_svn_key': {'login'},
    'status': set(),
}


class Actions:
    """The actions on the accounts of one host, one at a time."""

    def __init__(self, homes, repositories, histories, rights, outside):
        self._homes, self._repositories, self._histories = homes, repositories, histories
        self._rights, self._outside = rights, outside
        self._one_at_a_time = threading.Lock()

    def do(self, body):
        """Return what the action in a request's body adds to the reply; Failure when it cannot be done."""
        if type(body) is not dict or len(body) != 1:
            raise Failure('A request names one action.')
        ((name, properties),) = body.items()
        if name not in _NEEDED or type(properties) is not dict or set(properties) != _NEEDED[name]:
            raise Failure('There is no such action, or its properties are others.')
        with self._one_at_a_time:
            return getattr(self, f'_{name}')(**properties)

    def _activate_user(self, login, directories):
        login = login_in(login)
        wanted = [url_name_in(name) for name in _list_in(directories, MOST_DIRECTORIES)]
        if self._rights.leaving(login):
            raise Failure(f'{login} is being removed. Finish that first.')
        if not self._homes.has(login):
            self._histories.forget(login)
        self._homes.make(login)
        self._repositories.make('users', login)
        self._repositories.make_directories(login, wanted)
        # Rights come last: whoever has them has all the rest.
        self._rights.admit(login)
        self._rights.save()
        return {}

    def _disable_user(self, login):
        self._rights.set_enabled(self._known(login), False)
        self._rights.save()
        return {}

    def _enable_user(self, login):
        login = self._known(login)
        if self._rights.leaving(login):
            raise Failure(f'{login} is being removed.')
        self._rights.set_enabled(login, True)
        self._rights.save()
        return {}

    def _remove_user(self, login):
        login = login_in(login)
        if not self._rights.knows(login):
            earlier = self._homes.newest_archive(login)
            if earlier is None:
                raise Failure(f'There is no account {login} on this host.')
            return {'archive': earlier}
        archive = self._rights.leaving(login) or f'{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz'
        # The name is written down first: whoever repeats this after a crash goes on with the same archive.
        self._rights.set_leaving(login, archive)
        self._rights.save()
        self._homes.take_away(login)
        self._repositories.take_away(login)
        self._histories.take_away(login)
        left = [part.left(login) for part in (self._homes, self._repositories, self._histories)]
        self._homes.archive(login, archive, left)
        for directory in left:
            if directory.is_dir():
                remove_tree(directory)
        self._rights.forget(login)
        self._rights.save()
        return {'archive': archive}

    def _create_group_repository(self, name):
        name = url_name_in(name)
        self._repositories.make('groups', name)
        self._rights.add_group(name)
        self._rights.save()
        return {}

    def _rebuild_svn_config(self, users, groups):
        users = {login_in(login) for login in _list_in(users)}
        if type(groups) is not dict:
            raise Failure('groups is an object: repository name to members.')
        for name, members in groups.items():
            url_name_in(name)
            if type(members) is not dict or set(members) != {'write', 'read'}:
                raise Failure('Each group has "write" and "read".')
            for login in _list_in(members['write']) + _list_in(members['read']):
                login_in(login)
        self._rights.set_all(users, groups)
        self._rights.save()
        return {}

    def _reset_svn_key(self, login):
        login, key = self._known(login), new_key()
        self._rights.set_key(login, key)
        self._rights.save()
        return {'key': key}

    def _status(self):
        return {'users': len(self._rights.users), 'version': __version__, 'svnserve': self._outside.state}

    def _known(self, login):
        login = login_in(login)
        if not self._rights.knows(login):
            raise Failure(f'There is no account {login} on this host.')
        return login


def _list_in(value, most=100_000):
    if type(value) is not list or len(value) > most:
        raise Failure('A list was expected.')
    return value
