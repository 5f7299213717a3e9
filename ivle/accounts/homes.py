"""Homes: the directories of accounts, and the archive they go to in the end."""

import os
import secrets
import shutil
import subprocess

from ivle.accounts.disk import sync_directory
from ivle.accounts.names import Failure

AREAS = ('home', 'trash', 'staging')
# No login starts with a dash, so an account that is being removed can neither be used nor made again.
_LEAVING = '-leaving-'
_MAKING = '-making-'


class Homes:
    """The account directories of this host."""

    def __init__(self, settings):
        self._data = settings.data
        self._root = settings.path('accounts')
        self._archive = settings.path('archive')
        self._uid = settings.sandbox_uid if os.geteuid() == 0 else None

    def prepare(self):
        """Make the place of all accounts and remove what a crash left half made."""
        self._root.mkdir(mode=0o711, parents=True, exist_ok=True)
        for left in self._root.glob(f'{_MAKING}*'):
            shutil.rmtree(left)

    def has(self, login):
        """Return whether an account has its directories."""
        return (self._root / login).is_dir()

    def make(self, login):
        """Make an account's directories; what is there already stays."""
        account = self._root / login
        if not account.is_dir():
            # Made aside, so that nobody ever sees an account without its home.
            draft = self._root / f'{_MAKING}{secrets.token_hex(6)}'
            draft.mkdir(mode=0o700)
            self._make_areas(draft)
            os.rename(draft, account)
            sync_directory(self._root)
        else:
            self._make_areas(account)

    def _make_areas(self, account):
        descriptor = os.open(account, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for area in AREAS:
                try:
                    os.mkdir(area, 0o700, dir_fd=descriptor)
                except FileExistsError:
                    continue
                self._give(area, dir_fd=descriptor, follow_symlinks=False)
            self._give(descriptor)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _give(self, path, **options):
        if self._uid is not None:
            os.chown(path, self._uid, self._uid, **options)

    def take_away(self, login):
        """Move an account to where no program finds it any more."""
        if (self._root / login).is_dir():
            os.rename(self._root / login, self._root / f'{_LEAVING}{login}')
            sync_directory(self._root)

    def left(self, login):
        """Return the directory of an account that was taken away."""
        return self._root / f'{_LEAVING}{login}'

    def archive(self, login, name, directories):
        """Pack directories into the archive `name` of a login, unless that is whole already; its file appears when it is."""
        folder = self._archive / login
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole, part = folder / name, folder / f'.{name}.part'
        if whole.exists():
            return
        there = [directory for directory in directories if directory.is_dir()]
        self._make_readable(there)
        with open(part, 'wb', opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW, 0o600)) as file:
            # GNU tar never follows a link inside, however quickly one is put there.
            sources = [str(directory.relative_to(self._data)) for directory in there]
            command = ['tar', '--create', '--gzip', '--sparse', '--directory', str(self._data), '--', *sources]
            done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, env=_PLAIN, check=False)
            os.fsync(file.fileno())
        # 1 says that a file changed while it was read, which the last program of a student may still do.
        if done.returncode not in (0, 1):
            part.unlink()
            raise Failure(f'The archive could not be written: {done.stderr.decode(errors="replace").strip()[-200:]}')
        os.rename(part, whole)
        sync_directory(folder)

    def _make_readable(self, directories):
        if self._uid is None and directories:
            # An ordinary user may have taken the right to read a directory from itself.
            subprocess.run(
                ['chmod', '-R', 'u+rwX', '--', *map(str, directories)], env=_PLAIN, check=False, stderr=subprocess.DEVNULL
            )

    def newest_archive(self, login):
        """Return the name of the newest archive of a login, or None."""
        return max((path.name for path in (self._archive / login).glob('*.tar.gz')), default=None)


_PLAIN = {'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'}
