"""Rights: who may read and write which repository and with which key, kept in one record and written down for svnserve."""

import json
import os
import secrets

from ivle.accounts.disk import read_json, replace_file

KEY_BYTES = 24

_SVNSERVE_CONF = """# Written by usrmgt-server.
[general]
anon-access = none
auth-access = write
password-db = passwd
authz-db = authz
realm = IVLE
"""


class Rights:
    """The record of accounts and groups, and the files that follow from it.

    Changes are made in memory, then `save` replaces the record and after it the files. A crash between the two is
    mended by the next `save`, which `prepare` does at every start.
    """

    def __init__(self, settings):
        self._conf = settings.path('repositories', 'conf')
        self._group = settings.repository_uid if os.geteuid() == 0 else None

    def prepare(self):
        """Read the record, and write the files anew."""
        self._conf.mkdir(mode=0o750, parents=True, exist_ok=True)
        if self._group is not None:
            # svnserve reads its rights; only we change them.
            os.chown(self._conf, 0, self._group)
        record = read_json(self._conf / 'record.json', {'users': {}, 'groups': {}})
        self._users, self._groups = record['users'], record['groups']
        self.save()

    @property
    def users(self):
        """The logins that have an account here, sorted."""
        return sorted(self._users)

    def knows(self, login):
        """Return whether a login has an account here."""
        return login in self._users

    def admit(self, login):
        """Give a login its rights; its key stays if it has one."""
        self._users.setdefault(login, {'key': new_key()})['enabled'] = True

    def set_enabled(self, login, enabled):
        """Give back or take away the rights of a login; its key and repository stay."""
        self._users[login]['enabled'] = enabled

    def set_key(self, login, key):
        """Replace the key of a login."""
        self._users[login]['key'] = key

    def leaving(self, login):
        """Return the name of the archive that a login is on its way to, or None."""
        return self._users.get(login, {}).get('archive')

    def set_leaving(self, login, archive):
        """Take all rights from a login that is about to be removed."""
        self._users[login] = {'key': new_key(), 'enabled': False, 'archive': archive}

    def forget(self, login):
        """Drop a login from the record."""
        self._users.pop(login, None)

    def add_group(self, name):
        """Add a group without members, unless it is there."""
        self._groups.setdefault(name, {'write': [], 'read': []})

    def set_all(self, users, groups):
        """Let exactly these logins in, and exactly these groups have exactly these members."""
        for login, entry in self._users.items():
            entry['enabled'] = login in users and 'archive' not in entry
        for login in users:
            if login not in self._users:
                self.admit(login)
        self._groups = {
            name: {right: sorted(set(members[right])) for right in ('write', 'read')} for name, members in groups.items()
        }

    def save(self):
        """Write the record and what svnserve reads, each file whole in one step."""
        mode = 0o640
        replace_file(self._conf / 'record.json', json.dumps({'users': self._users, 'groups': self._groups}, indent=1), 0o600)
        replace_file(self._conf / 'passwd', self._passwd(), mode, self._group)
        replace_file(self._conf / 'authz', self._authz(), mode, self._group)
        replace_file(self._conf / 'svnserve.conf', _SVNSERVE_CONF, mode, self._group)

    def _enabled(self):
        return [login for login in self.users if self._users[login]['enabled']]

    def _passwd(self):
        lines = [
            '# Written by usrmgt-server.',
            '[users]',
            *(f'{login} = {self._users[login]["key"]}' for login in self._enabled()),
        ]
        return '\n'.join(lines) + '\n'

    def _authz(self):
        enabled = set(self._enabled())
        # What is not granted below is refused, whatever comes to lie in the directory of repositories.
        lines = ['# Written by usrmgt-server.', '[/]', '* =']
        for login in self.users:
            lines += ['', f'[users/{login}:/]', '* =', *([f'{login} = rw'] if login in enabled else [])]
        for name, members in sorted(self._groups.items()):
            write = enabled.intersection(members['write'])
            read = enabled.intersection(members['read']) - write
            lines += [
                '',
                f'[groups/{name}:/]',
                '* =',
                *(f'{login} = rw' for login in sorted(write)),
                *(f'{login} = r' for login in sorted(read)),
            ]
        return '\n'.join(lines) + '\n'


def new_key():
    """Return a fresh random key."""
    return secrets.token_urlsafe(KEY_BYTES)
