"""How an unprivileged child of a daemon reaches the data when the superuser keeps it out of everybody's way.

Boxes and svnserve never run as root. Where the data lies below a directory their user id may not enter (/root, say),
the daemon moves into a mount namespace of its own and binds just the accounts, the repositories, the students'
Python environments and the sockets of the boxes at a place anybody may enter. Only this daemon and its children see
that place; it goes when they go, and nothing is left on the disk.
"""

import logging
import os
import stat
import sys
from pathlib import Path

from ivle import kernel

_PRIVATE = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
# Directories every system has and a daemon has no business with; the first that holds nothing of ours is covered.
_QUIET = ('/mnt', '/media', '/srv', '/opt')
_SHOWN = ('accounts', 'repositories', 'sockets', 'environments')

log = logging.getLogger('ivle.sandbox')


class PlacesError(Exception):
    """The data cannot be put where unprivileged children reach it. The message says why."""


class Places:
    """Paths of the data as an unprivileged child of this process may use them."""

    def __init__(self, settings):
        self._data = Path(settings.data)
        self._python = settings.python
        self._base = self._data

    def enter(self):
        """Make the data reachable. To be called once, before the process has a second thread.

        For an ordinary user nothing changes: its children are the same user.
        """
        if os.geteuid() != 0 or self._base != self._data:
            return
        if len(os.listdir('/proc/self/task')) > 1:
            raise PlacesError('The mount namespace must be made before the daemon starts threads.')
        for name in _SHOWN:
            folder = self._data / name
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            # Entered, never listed: a login's directory is found by its name only. A mode is only ever widened here.
            os.chmod(folder, stat.S_IMODE(folder.stat().st_mode) | 0o111)
        base = _quiet_place(self._data, self._python)
        try:
            kernel.unshare(kernel.NEWNS)
            kernel.mount(None, '/', None, kernel.MS_REC | kernel.MS_PRIVATE)
            sources = [os.open(self._data / name, os.O_PATH | os.O_DIRECTORY) for name in _SHOWN]
            kernel.mount('tmpfs', base, 'tmpfs', _PRIVATE, 'mode=0711,size=64k')
            for name, source in zip(_SHOWN, sources, strict=True):
                (base / name).mkdir(0o711)
                kernel.mount(f'/proc/self/fd/{source}', base / name, None, kernel.MS_BIND | kernel.MS_REC)
                os.close(source)
        except OSError as error:
            raise PlacesError(
                f'A private mount namespace cannot be made here: {error.strerror}. It takes CAP_SYS_ADMIN.'
            ) from error
        self._base = base

    def path(self, *parts):
        """Return a path below one of the directories shown that an unprivileged child can follow."""
        return self._base.joinpath(*parts)


def become_one_that_mounts():
    """Let this process, an ordinary user's, show boxes a directory. To be called before it has a second thread."""
    if os.geteuid() == 0:
        return
    uid, gid = os.geteuid(), os.getegid()
    try:
        kernel.unshare(kernel.NEWUSER | kernel.NEWNS)
    except OSError as error:
        # Boxes are made all the same, one by one, where bubblewrap may make them.
        log.warning('this host gives no user namespace to an ordinary user: %s', error.strerror)
        return
    kernel.map_ids('self', [(uid, uid, 1)], [(gid, gid, 1)], may_set_groups=False)


def _quiet_place(data, *others):
    needed = [Path(os.path.realpath(path)) for path in (data, *others, __file__, sys.prefix, sys.executable, os.getcwd())]
    in_use = {above for path in needed for above in (path, *path.parents)}
    for place in map(Path, _QUIET):
        # A link or a missing directory cannot be covered; one that holds the data or the program may not be.
        if place.is_dir() and not place.is_symlink() and place not in in_use:
            return place
    raise PlacesError(f'The data directory {data} leaves no quiet place: none of {", ".join(_QUIET)} can be covered.')
