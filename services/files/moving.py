"""Moving: make, rename, move, copy and delete by name, all of the names or none of them."""

import json
import os
import secrets
import shutil
import stat
import time
from datetime import UTC, datetime

from services.files import kinds, names, saving, tree
from services.files.errors import Trouble

_TRASH_RECORD_BYTES = 1 << 20


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
        _must_be_there(directory, [old])
        transfer(directory, [old], directory, [new])


def move(account, parts, chosen, to_parts):
    """Move the chosen names into another directory of the home."""
    with account.directory(parts) as directory, _target(account, to_parts) as target:
        _must_be_there(directory, chosen)
        _not_into_itself(parts, chosen, to_parts)
        transfer(directory, chosen, target, chosen)


def copy(account, staging, parts, chosen, to_parts, deadline):
    """Copy the chosen names, with all below them, into another directory of the home.

    Subversion's own directories are left out, so that a copy is new to it; a link is copied as a link.
    """
    with account.directory(parts) as directory, _target(account, to_parts) as target, staging.directory() as draft:
        _must_be_there(directory, chosen)
        _not_into_itself(parts, chosen, to_parts)
        must_be_free(target, chosen)
        for name in chosen:
            _copy_one(directory, name, draft.place, deadline)
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


def _copy_one(source, name, target, deadline, depth=1):
    names.check_depth(depth)
    if time.monotonic() > deadline:
        raise Trouble('too-large', 'That is too much to copy at once. Choose fewer files.')
    status = source.look(name)
    if stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=source.descriptor), name, dir_fd=target.descriptor)
    elif stat.S_ISDIR(status.st_mode):
        os.mkdir(name, 0o700, dir_fd=target.descriptor)
        with source.below(name) as below, target.below(name) as copied:
            for child, _ in below.entries():
                _copy_one(below, child, copied, deadline, depth + 1)
            os.fchmod(copied.descriptor, stat.S_IMODE(status.st_mode) | 0o700)
            copied.sync()
    else:
        with open(source.open_file(name), 'rb') as content:
            saving.store(target, name, iter(lambda: content.read(1 << 18), b''), stat.S_IMODE(status.st_mode))


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


def _must_be_there(directory, chosen):
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


# -- the trash --------------------------------------------------------------------------------------


def delete(account, parts, chosen):
    """Move the chosen names to the trash and return the id to bring them back with."""
    with account.directory(parts) as directory, account.directory([], 'trash') as trash:
        _must_be_there(directory, chosen)
        now = datetime.now(UTC)
        # The time comes first so that ids sort by age; the rest keeps two deletions of one moment apart.
        trash_id = f'{now:%Y%m%d%H%M%S%f}{secrets.token_hex(6)}'
        os.mkdir(trash_id, 0o700, dir_fd=trash.descriptor)
        with trash.below(trash_id) as item:
            record = {'path': '/'.join(parts), 'deleted': kinds.moment(now.timestamp())}
            try:
                saving.store(item, 'record.json', [json.dumps(record).encode('ascii')])
                os.mkdir('content', 0o700, dir_fd=item.descriptor)
                with item.below('content') as content:
                    transfer(directory, chosen, content, chosen)
                item.sync()
            except BaseException:
                shutil.rmtree(trash_id, dir_fd=trash.descriptor, ignore_errors=True)
                raise
        trash.sync()
    return trash_id


def trashed(account):
    """Return what lies in the trash, newest first."""
    with account.directory([], 'trash') as trash:
        ids = sorted((name for name, status in trash.entries() if stat.S_ISDIR(status.st_mode)), reverse=True)
        items = []
        for trash_id in ids:
            with trash.below(trash_id) as item:
                record = _record(item)
                if record is not None and record['names']:
                    items.append({'trash': trash_id, **record})
    return items


def restore(account, trash_id):
    """Bring a deletion back to where it was; return the path of that directory. Nothing is overwritten."""
    if type(trash_id) is not str or not trash_id.isascii() or not trash_id.isalnum():
        raise Trouble('not-found', 'That is not in the trash.')
    with account.directory([], 'trash') as trash:
        if trash.look(trash_id) is None:
            raise Trouble('not-found', 'That is not in the trash.')
        with trash.below(trash_id) as item:
            record = _record(item)
            if record is None:
                raise Trouble('not-found', 'That is not in the trash.')
            parts = account.parts(record['path'])
            with _made(account, parts) as target, item.below('content') as content:
                # A service killed half way through an earlier try may have brought some back already.
                chosen = [name for name, _ in content.entries()]
                transfer(content, chosen, target, chosen)
        shutil.rmtree(trash_id, dir_fd=trash.descriptor)
        trash.sync()
    return record['path']


def _record(item):
    try:
        with open(item.open_file('record.json'), 'rb') as file:
            record = json.loads(file.read(_TRASH_RECORD_BYTES))
        with item.below('content') as content:
            # What is there counts, not what was meant to be: the service may have been killed half way.
            kept = sorted(name for name, _ in content.entries())
        return {'path': record['path'], 'names': [names.shown(name) for name in kept], 'deleted': record['deleted']}
    except (OSError, Trouble, ValueError):
        # Killed before the record was whole: then nothing had been moved yet either.
        return None


def _made(account, parts):
    """Return the open directory at `parts`, making what is missing of it."""
    for depth in range(len(parts)):
        with account.directory(parts[:depth]) as above:
            if above.look(parts[depth]) is None:
                os.mkdir(parts[depth], saving.NEW_DIRECTORY_MODE, dir_fd=above.descriptor)
                above.sync()
    return account.directory(parts)
