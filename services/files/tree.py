"""Tree: the account's directories by descriptor, walked name by name so that no link is ever followed."""

import ctypes
import os
import stat

from services.files import names
from services.files.errors import Trouble

_libc = ctypes.CDLL(None, use_errno=True)
_AT_NOREPLACE, _AT_EXCHANGE = 1, 2
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking, so that a FIFO put there by a program cannot hold the service.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Directory:
    """An open directory: a descriptor that closes at the end of a `with` block, or when nobody holds it any more."""

    def __init__(self, descriptor):
        self.descriptor = descriptor

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __del__(self):
        self.close()

    def close(self):
        """Close the descriptor. No harm when it is closed already."""
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)

    def below(self, name):
        """Return the directory called `name` in this one; never through a link."""
        return Directory(os.open(name, _DIRECTORY, dir_fd=self.descriptor))

    def duplicate(self):
        """Return the same directory by a descriptor of its own."""
        return Directory(os.dup(self.descriptor))

    def look(self, name):
        """Return the stat of `name` itself (not of what a link points to), or None when there is nothing."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open_file(self, name):
        """Return a descriptor for reading a regular file; Trouble 'not-a-file' for a link, FIFO, socket or device.

        A file with several hard links is opened: the box sees one file system, the login's own, so the
        other names are the student's too, and whoever could make the link could have made a copy.
        """
        descriptor = os.open(name, _FILE, dir_fd=self.descriptor)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return descriptor
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise Trouble('is-a-directory', f'"{names.shown(name)}" is a directory.')
        raise Trouble('not-a-file', f'"{names.shown(name)}" is not a file that can be opened.')

    def sync(self):
        """Wait until the names in this directory are on the disk."""
        os.fsync(self.descriptor)

    def entries(self):
        """Return [(name, stat)] of everything in this directory except Subversion's own, unsorted."""
        found = []
        with os.scandir(self.descriptor) as scan:
            for entry in scan:
                if entry.name == '.svn':
                    continue
                try:
                    found.append((entry.name, entry.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    # Deleted between the two calls.
                    continue
        return found


class Tree:
    """One account: `home`, and beside it `trash` and `staging`, which only the file service sees."""

    def __init__(self, root, scope=''):
        self.root = os.fspath(root)
        self.scope = names.segments(scope)
        self._descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def parts(self, path):
        """Return the segments of a path, refusing one outside the scope as if nothing were there."""
        parts = names.segments(path)
        if parts[: len(self.scope)] != self.scope:
            raise Trouble('not-found', 'There is nothing here by that name.')
        return parts

    def directory(self, parts, area='home'):
        """Return the open directory at `parts` below an area of the account."""
        current = Directory(os.open(area, _DIRECTORY, dir_fd=self._descriptor))
        try:
            for part in parts:
                below = current.below(part)
                current.close()
                current = below
        except OSError as error:
            current.close()
            # With O_DIRECTORY a link counts as "not a directory", which is right: it leads nowhere here.
            if isinstance(error, NotADirectoryError):
                raise Trouble('not-found', 'There is nothing here by that name.') from error
            raise
        return current

    def parent(self, parts):
        """Return (open parent directory, name) of a path that is not the home itself."""
        if not parts:
            raise Trouble('is-a-directory', 'That is the home directory itself.')
        return self.directory(parts[:-1]), parts[-1]

    def path(self, parts):
        """Return the path of `parts` as text, for Subversion, which knows no descriptors."""
        return os.path.join(self.root, 'home', *parts)


def rename_new(source, name, target, new_name):
    """Rename into a name that is free; FileExistsError when it is not, whatever another process does meanwhile."""
    _renameat2(source, name, target, new_name, _AT_NOREPLACE)


def exchange(source, name, target, other):
    """Let two names change places in one step."""
    _renameat2(source, name, target, other, _AT_EXCHANGE)


def _renameat2(source, name, target, new_name, flags):
    result = _libc.renameat2(source.descriptor, os.fsencode(name), target.descriptor, os.fsencode(new_name), ctypes.c_uint(flags))
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), names.shown(new_name))
