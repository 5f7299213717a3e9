"""Soundness: whether Subversion survives a look at a working copy, tried in a process that may die of it.

A program of the student's can write anything into `.svn`. What Subversion cannot make sense of it calls a bug of its
own and aborts, and a database can be made to keep it busy for ever: either way the file service would be gone, and with
it every listing. So a process of its own looks first, and again whenever somebody else has changed the database.
"""

import os
import subprocess
import time

LOOK_SECONDS = 5.0
# After a look that did not end, others wait: twenty such directories beside each other must not add up.
REST_SECONDS = 10.0


class Soundness:
    """Remembers which working copies were looked at, and the state they were in."""

    def __init__(self, config):
        self._config = config
        self._seen = {}
        self._rests_until = 0.0

    def holds(self, root):
        """Return whether the working copy at `root` (a path) can be used."""
        state = _state(root)
        if root not in self._seen or self._seen[root][0] != state:
            if time.monotonic() < self._rests_until:
                return False
            self._seen[root] = state, self._look(root)
        return self._seen[root][1]

    def keep(self, root):
        """Take the state that a change of our own has left as looked at."""
        self._seen[root] = _state(root), True

    def _look(self, root):
        command = ['/usr/bin/svn', 'status', '--verbose', '--no-ignore', '--ignore-externals', '--non-interactive']
        try:
            done = subprocess.run(
                # The @ at the end keeps one inside a name from being read as a revision.
                [*command, '--config-dir', self._config, '--', f'{root}@'],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=LOOK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self._rests_until = time.monotonic() + REST_SECONDS
            return False
        # An error is an answer, which Subversion gives us as well; only a signal is none.
        return done.returncode >= 0


def _state(root):
    try:
        status = os.stat(os.path.join(root, '.svn', 'wc.db'))
    except OSError:
        return None
    # The time of change, unlike that of modification, nobody can set.
    return status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns
