"""Measuring: what an account takes on the disk, counted by descriptors so that nothing of its owner's leads elsewhere.

The owner's programs may run meanwhile, and may be hostile: directories move, vanish, nest ten thousand deep or shut their
owner out. One directory is open at a time, no link is followed, no other file system entered, nothing counted twice.
"""

import contextlib
import errno
import os
import stat
import threading
import time
from dataclasses import dataclass

AREAS = ('home', 'trash', 'staging')
# What an empty file costs: its inode and its name take room, too.
LEAST_BYTES = 4096
# Each time a directory has moved away while we were below it, the way to it is walked anew; a hundred times is a trick.
MOST_LOST_WAYS = 100
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_ENTERED = stat.S_IRUSR | stat.S_IXUSR


@dataclass(frozen=True)
class Measured:
    """The bytes and files of an account, and the bytes of its trash among them.

    `is_whole` is False when there may be more than was counted; `hides` is True when a directory of this very user could not
    be opened whatever was tried.
    """

    used: int
    files: int
    trash: int
    is_whole: bool
    hides: bool
    began: float
    processor_seconds: float


def measure(account: str | os.PathLike, most_files: int = 0, stop: threading.Event | None = None) -> Measured:
    """Return what lies in the areas of an account's directory; FileNotFoundError when there is no such account.

    With `most_files` the walk ends a little above that number: whoever has ten million files waits for no exact count.
    """
    began, started = time.monotonic(), time.thread_time()
    walk = _Walk(most_files, stop or threading.Event())
    top, trash = os.open(account, _DIRECTORY), 0
    try:
        walk.device = os.fstat(top).st_dev
        for area in AREAS:
            before = walk.used
            walk.area(top, area)
            trash = walk.used - before if area == 'trash' else trash
    finally:
        os.close(top)
    return Measured(walk.used, walk.files, trash, walk.is_whole, walk.hides, began, time.thread_time() - started)


class _Step:
    """A directory on the way from an area to where the walk is: which it is, and what is still to be seen below it."""

    def __init__(self, name, inode, below):
        self.name, self.inode, self.below = name, inode, below


class _Walk:
    def __init__(self, most_files, stop):
        self.used = self.files = self.device = 0
        self.is_whole, self.hides = True, False
        self._end = most_files + most_files // 5 + 1000 if most_files else None
        self._stop = stop
        self._seen, self._linked = set(), set()
        self._lost_ways = 0

    def area(self, top, name):
        """Count all below one area. The area itself is not its owner's doing."""
        here = self._enter(top, name)
        if here is None:
            return
        way = [_Step(name, os.fstat(here).st_ino, self._scan(here))]
        try:
            while way and not self._is_over():
                if way[-1].below:
                    here = self._down(here, way)
                else:
                    way.pop()
                    here = self._up(here, way, top)
        finally:
            os.close(here)

    def _is_over(self):
        if self._stop.is_set() or (self._end is not None and self.files > self._end):
            self.is_whole = False
            return True
        return False

    def _down(self, here, way):
        name = way[-1].below.pop()
        child = self._enter(here, name)
        if child is None:
            return here
        found = os.fstat(child)
        self._count(found)
        below = self._scan(child)
        if not below:
            os.close(child)
            return here
        way.append(_Step(name, found.st_ino, below))
        os.close(here)
        return child

    def _up(self, here, way, top):
        """Return the directory that `way` ends in, from one below it; `way` is cut where it no longer leads on."""
        if not way:
            return here
        try:
            above = os.open('..', _DIRECTORY, dir_fd=here)
        except OSError:
            above = None
        if above is not None:
            os.close(here)
            if self._is(above, way[-1]):
                return above
            # Somebody moved it: `..` is another place now, perhaps one that is not to be counted.
            here = above
        self._lost_ways += 1
        if self._lost_ways > MOST_LOST_WAYS:
            self.is_whole = False
            way.clear()
            return here
        os.close(here)
        return self._again(way, top)

    def _again(self, way, top):
        """Return the directory that `way` leads to from the top, by its names; it is cut where they lead elsewhere."""
        here = os.dup(top)
        for depth, step in enumerate(way):
            try:
                below = os.open(step.name, _DIRECTORY, dir_fd=here)
            except OSError:
                del way[depth:]
                break
            if not self._is(below, step):
                os.close(below)
                del way[depth:]
                break
            os.close(here)
            here = below
        return here

    def _is(self, descriptor, step):
        found = os.fstat(descriptor)
        return (found.st_dev, found.st_ino) == (self.device, step.inode)

    def _enter(self, above, name):
        """Return the directory `name`, open; None when it is not one that is to be counted, or was already."""
        try:
            descriptor = os.open(name, _DIRECTORY, dir_fd=above)
        except PermissionError:
            descriptor = self._enter_shut(above, name)
        except OSError as error:
            # Gone, or something else by now; or there is no descriptor to be had, and then it may hold anything.
            self.is_whole = self.is_whole and error.errno in _GONE
            return None
        if descriptor is None:
            return None
        found = os.fstat(descriptor)
        if found.st_dev != self.device or found.st_ino in self._seen:
            os.close(descriptor)
            return None
        self._seen.add(found.st_ino)
        if found.st_uid == os.geteuid() and found.st_mode & _ENTERED != _ENTERED:
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, stat.S_IMODE(found.st_mode) | _ENTERED)
        return descriptor

    def _enter_shut(self, above, name):
        """Return a directory that its owner, who is this user, may not read, after giving them that right back.

        A daemon that is not the superuser could else be shown an empty home.
        """
        try:
            handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        except OSError:
            return None
        try:
            found = os.fstat(handle)
            if found.st_uid != os.geteuid() or found.st_dev != self.device:
                return None
            # By the descriptor: whatever has that name by now, it is this directory that is changed.
            os.chmod(f'/proc/self/fd/{handle}', stat.S_IMODE(found.st_mode) | _ENTERED)
            return os.open(f'/proc/self/fd/{handle}', os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            self.hides = True
            return None
        finally:
            os.close(handle)

    def _scan(self, descriptor):
        """Count what is no directory and return the names of those that are."""
        below = []
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    try:
                        found = entry.stat(follow_symlinks=False)
                    except PermissionError:
                        self.hides = True
                        continue
                    except OSError:
                        continue
                    if stat.S_ISDIR(found.st_mode):
                        below.append(entry.name)
                    elif found.st_dev == self.device:
                        self._count_file(found)
                        if self.files % 1024 == 0 and self._is_over():
                            break
        except OSError as error:
            # Removed while it was read.
            self.is_whole = self.is_whole and error.errno in _GONE
        return below

    def _count_file(self, found):
        if found.st_nlink > 1:
            if found.st_ino in self._linked:
                return
            self._linked.add(found.st_ino)
        self._count(found)

    def _count(self, found):
        self.files += 1
        self.used += max(LEAST_BYTES, found.st_blocks * 512)
