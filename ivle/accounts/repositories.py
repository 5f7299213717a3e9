"""Repositories: Subversion's, made and changed as the user they belong to, never as root."""

import os
import secrets
import shutil
import subprocess
from urllib.parse import quote

from ivle.accounts.disk import sync_directory
from ivle.accounts.names import Failure
from ivle.sandbox.svn import repository_identity

COMMAND_SECONDS = 30
_PLAIN = {'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'}
_MAKING, _LEAVING = '-making-', '-leaving-'


class Repositories:
    """The repositories of this host: `users/<login>` and `groups/<name>`."""

    def __init__(self, settings, places):
        self._settings = settings
        self._root = settings.path('repositories')
        self._identity = repository_identity(settings)
        # What an unprivileged child can reach; the same directory by another name where root hides the data.
        self._reachable = places.path('repositories')

    def prepare(self):
        """Make the places of all repositories and remove what a crash left half made."""
        self._root.mkdir(mode=0o711, parents=True, exist_ok=True)
        for kind in ('users', 'groups'):
            folder = self._root / kind
            folder.mkdir(mode=0o700, exist_ok=True)
            if self._identity:
                os.chown(folder, self._identity['user'], self._identity['group'])
            for left in folder.glob(f'{_MAKING}*'):
                shutil.rmtree(left)

    def make(self, kind, name):
        """Make a repository; one that is there already stays as it is."""
        if (self._root / kind / name).is_dir():
            return
        draft = f'{_MAKING}{secrets.token_hex(6)}'
        self._run('svnadmin', 'create', '--fs-type', 'fsfs', str(self._reachable / kind / draft))
        # The samples of hooks and the access files of the repository itself are never used: nothing there is run or read.
        shutil.rmtree(self._root / kind / draft / 'hooks')
        (self._root / kind / draft / 'hooks').mkdir(mode=0o700)
        os.rename(self._root / kind / draft, self._root / kind / name)
        sync_directory(self._root / kind)

    def make_directories(self, login, directories):
        """Make top-level directories in a login's repository, those that are missing, as one revision."""
        url = f'file://{quote(str(self._reachable / "users" / login))}'
        # The @ at the end keeps one inside a login from being read as a revision.
        there = {line.rstrip('/') for line in self._run('svn', 'list', f'{url}@').splitlines()}
        missing = [f'{url}/{quote(name, safe="+")}@' for name in dict.fromkeys(directories) if name not in there]
        if missing:
            self._run('svn', 'mkdir', '--username', 'ivle', '--message', 'Make the directories of the subjects', *missing)

    def _run(self, program, *arguments):
        options = ['--non-interactive', '--no-auth-cache', '--config-dir', '/nonexistent'] if program == 'svn' else []
        try:
            done = subprocess.run(
                [program, *options, *arguments], env=_PLAIN, cwd='/', umask=0o077, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=COMMAND_SECONDS, check=False, **self._identity,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f'{program} cannot be used: {error}') from error
        if done.returncode != 0:
            raise Failure(f'{program} failed: {done.stderr.decode(errors="replace").strip()[-300:]}')
        return done.stdout.decode()

    def take_away(self, login):
        """Move a login's repository to where svnserve does not find it any more."""
        users = self._root / 'users'
        if (users / login).is_dir():
            os.rename(users / login, users / f'{_LEAVING}{login}')
            sync_directory(users)

    def left(self, login):
        """Return the directory of a repository that was taken away."""
        return self._root / 'users' / f'{_LEAVING}{login}'
