"""Finding: from a path of a URL to the open file it means, never out of the home."""

import os
import stat

INDEXES = ('__init__.py', 'index.html')


class Refusal(Exception):
    """The request cannot be answered; the code and the sentence go to the asker."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Redirect(Exception):
    """A directory was named without its final slash."""


def not_found():
    return Refusal('not-found', 'There is nothing at this address.')


class Target:
    """What a path leads to: an open file, the folder it stands in, and what is left of the path behind it."""

    def __init__(self, folder, descriptor, path, rest=''):
        self.folder, self.descriptor, self.path, self.rest = folder, descriptor, path, rest

    @property
    def is_program(self):
        return self.path.endswith('.py')


def open_below(folder, name):
    """Return (descriptor, is_folder) of a file or folder directly below `folder`; Refusal for anything else.

    Names that start with a dot are private. Links are not followed, so no path leads out of the home;
    without O_NONBLOCK a FIFO would hold us until somebody wrote to it.
    """
    if not name or name.startswith('.'):
        raise not_found()
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=folder)
    except PermissionError:
        raise Refusal('forbidden', f'{name} is not readable: its permissions forbid it.') from None
    except (OSError, ValueError):
        raise not_found() from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        os.close(descriptor)
        raise not_found()
    return descriptor, stat.S_ISDIR(mode)


def find(home, path):
    """Return the Target that `path`, relative to the open directory `home`, leads to; Refusal or Redirect else."""
    folder, names = home, path.split('/')
    for number, name in enumerate(names):
        if not name and number == len(names) - 1:
            return find_index(folder, path)
        descriptor, is_folder = open_below(folder, name)
        if not is_folder:
            target = Target(folder, descriptor, '/'.join(names[: number + 1]), path[len('/'.join(names[: number + 1])) :])
            if target.rest and not target.is_program:
                raise not_found()
            return target
        folder = descriptor
    raise Redirect()


def find_index(folder, path):
    for name in INDEXES:
        try:
            descriptor, is_folder = open_below(folder, name)
        except Refusal:
            continue
        if not is_folder:
            return Target(folder, descriptor, path + name)
    raise Refusal('forbidden', 'This directory has no page of its own: neither __init__.py nor index.html.')
