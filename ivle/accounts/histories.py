"""Histories: what accounts typed into their consoles. sandbox-server writes them; they go to the archive with the account."""

import os
import shutil

from ivle.accounts.disk import sync_directory

# As with homes: no login starts with a dash.
_LEAVING = '-leaving-'


class Histories:
    """The histories of this host's accounts, a directory each."""

    def __init__(self, settings):
        self._root = settings.path('history')

    def prepare(self):
        """Make the place of all histories."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def forget(self, login):
        """Remove what is there under the login of a new account: it is somebody else's."""
        if (self._root / login).is_dir():
            shutil.rmtree(self._root / login)
            sync_directory(self._root)

    def take_away(self, login):
        """Move a history to where nobody looks for it any more."""
        if (self._root / login).is_dir():
            if self.left(login).is_dir():
                # Written after the account was on its way: it is the rest of the same history.
                shutil.rmtree(self._root / login)
            else:
                os.rename(self._root / login, self.left(login))
            sync_directory(self._root)

    def left(self, login):
        """Return the directory of a history that was taken away."""
        return self._root / f'{_LEAVING}{login}'
