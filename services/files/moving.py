"""Moving: make, rename, move and copy by name, all of the names or none of them."""

import os
import stat
import time

from services.files import names, room, saving, tree
from services.files.errors import Trouble


def make_directory(account, parts, name):
    """Make a directory called `name`."""
    names.new_name(name)
    with account.directory(parts) as directory:
        try:
            os.mkdir(name, saving.NEW_DIRECTORY_MODE, dir_fd=directory.descriptor)
        except FileExistsError:
            raise _taken([name]) from None
        directory.sync()


def rename(account, parts, old, new):
    """Give something a new name in the same directory."""
    names.new_name(new)
    with account.directory(parts) as directory:
        must_be_there(directory, [old])
        transfer(directory, [old], directory, [new])


def move(account, parts, chosen, to_parts):
    """Move the chosen names into another directory of the home."""
    with account.directory(parts) as directory, _target(account, to_parts) as target:
        must_be_there(directory, chosen)
        _not_into_itself(parts, chosen, to_parts)
        transfer(directory, chosen, target, chosen)


def copy(account, staging, parts, chosen, to_parts, deadline, share):
    """Copy the chosen names, with all below them, into another directory of the home.

    Subversion's own directories are left out, so that a copy is new to it; a link is copied as a link.
    """
    with account.directory(parts) as directory, _target(account, to_parts) as target, staging.directory() as draft:
        must_be_there(directory, chosen)
        _not_into_itself(parts, chosen, to_parts)
        must_be_free(target, chosen)
        for name in chosen:
            _copy_one(directory, name, draft.place, deadline, share)
        draft.place.sync()
        transfer(draft.place, chosen, target, chosen)


def _target(account, to_parts):
    """Return the open directory that things go to. Where there is none it was mistyped, and the answer says which."""
    try:
        return account.directory(to_parts)
    except (FileNotFoundError, Trouble) as error:
        if isinstance(error, Trouble) and error.code != 'not-found':
            raise
        raise Trouble('bad-path', f'There is no directory "/{names.shown("/".join(to_parts))}". Nothing was changed.') from error


def _copy_one(source, name, target, deadline, share, depth=1):
    names.check_depth(depth)
    if time.monotonic() > deadline:
        raise Trouble('too-large', 'That is too much to copy at once. Choose fewer files.')
    status = source.look(name)
    if stat.S_ISLNK(status.st_mode):
        share.take(room.cost(0))
        os.symlink(os.readlink(name, dir_fd=source.descriptor), name, dir_fd=target.descriptor)
    elif stat.S_ISDIR(status.st_mode):
        share.take(room.cost(0))
        os.mkdir(name, 0o700, dir_fd=target.descriptor)
        with source.below(name) as below, target.below(name) as copied:
            for child, _ in below.entries():
                _copy_one(below, child, copied, deadline, share, depth + 1)
            os.fchmod(copied.descriptor, stat.S_IMODE(status.st_mode) | 0o700)
            copied.sync()
    else:
        with open(source.open_file(name), 'rb') as content:
            blocks = share.metered(iter(lambda: content.read(1 << 18), b''))
            saving.store(target, name, blocks, stat.S_IMODE(status.st_mode))


def transfer(source, old, target, new):
    """Rename `old` names to `new` ones, never over anything; on any failure all have their old names again."""
    done = []
    try:
        for name, new_name in zip(old, new, strict=True):
            tree.rename_new(source, name, target, new_name)
            done.append((name, new_name))
    except OSError as error:
        for name, new_name in reversed(done):
            tree.rename_new(target, new_name, source, name)
        if isinstance(error, FileExistsError):
            raise _taken([name for name in new if target.look(name) is not None]) from None
        raise
    target.sync()
    source.sync()


def must_be_there(directory, chosen):
    """Trouble 'not-found' with those of the names that are not there."""
    missing = [names.shown(name) for name in chosen if directory.look(name) is None]
    if missing:
        raise Trouble('not-found', f'There is no "{missing[0]}" here.', names=missing)


def must_be_free(directory, chosen):
    """Trouble 'exists' with those of the names that are taken."""
    taken = [name for name in chosen if directory.look(name) is not None]
    if taken:
        raise _taken(taken)


def _taken(chosen):
    shown = [names.shown(name) for name in chosen]
    listed = ', '.join(f'"{name}"' for name in shown[:5])
    return Trouble('exists', f'There is already something called {listed} there. Nothing was changed.', names=shown)


def _not_into_itself(parts, chosen, to_parts):
    if any(to_parts[: len(parts) + 1] == [*parts, name] for name in chosen):
        raise Trouble('bad-path', 'A directory cannot go into itself.')
