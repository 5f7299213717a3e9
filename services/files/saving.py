"""Saving: content that arrives becomes a file in one step, or nothing changes at all."""

import hashlib
import os
import secrets
import stat

from services.files import kinds, names, room, tree
from services.files.erasing import erase
from services.files.errors import Trouble

NEW_FILE_MODE = 0o644
NEW_DIRECTORY_MODE = 0o755
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Staging:
    """The place for half-written things: the home's file system, but out of sight of the student's programs."""

    def __init__(self, account):
        self._account = account

    def sweep(self):
        """Remove what a service that was killed left behind."""
        with self._account.directory([], 'staging') as staging:
            for name, _ in staging.entries():
                erase(staging, name)

    def directory(self):
        """Return a `Draft`: a fresh directory for one operation, gone at the end of a `with` block."""
        return Draft(self._account)


class Draft:
    """A fresh directory below staging for one operation."""

    def __init__(self, account):
        self._account = account

    def __enter__(self):
        self._staging = self._account.directory([], 'staging')
        self._name = secrets.token_hex(12)
        try:
            os.mkdir(self._name, 0o700, dir_fd=self._staging.descriptor)
            self.place = self._staging.below(self._name)
        except BaseException:
            self._staging.close()
            raise
        return self

    def __exit__(self, *exception):
        self.place.close()
        erase(self._staging, self._name)
        self._staging.close()

    @property
    def path(self):
        """The path of this directory, for Subversion, which knows no descriptors."""
        return os.path.join(self._account.root, 'staging', self._name)

    def store(self, name, blocks, mode=NEW_FILE_MODE):
        """Write bytes to a new file of the draft, wait until they are on the disk, and return (etag, size)."""
        return store(self.place, name, blocks, mode)


def store(directory, name, blocks, mode=NEW_FILE_MODE):
    """Write bytes to a new file, wait until they are on the disk, and return (etag, size)."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(name, _NEW, 0o600, dir_fd=directory.descriptor)
    try:
        for block in blocks:
            digest.update(block)
            size += len(block)
            view = memoryview(block)
            while view:
                view = view[os.write(descriptor, view) :]
        # The creation mask must not decide: a served page has to stay as readable as it was.
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest.hexdigest()[:32], size


def save(account, staging, lock, parts, blocks, share, if_match=None, if_none_match=None):
    """Replace or create one file; return (etag, whether it is new).

    `if_match` must be the etag of what is there now; `if_none_match` '*' says that nothing may be there.
    The answer comes after the bytes and their name are on the disk.
    """
    if (if_match is None) == (if_none_match is None):
        message = 'Say which version is replaced (If-Match), or that the file is new (If-None-Match: *).'
        raise Trouble('precondition-required', message)
    parent, name = account.parent(parts)
    with parent, staging.directory() as draft:
        if if_match is not None:
            _give_back(parent, name, share)
        # Received before the lock is taken: bytes come as slowly as the network.
        etag = draft.store('content', share.metered(blocks))[0]
        with lock:
            before = _expected(parent, name, if_match)
            if before is None:
                names.new_name(name)
                _create(draft, parent, name)
            else:
                _replace(draft, parent, name, before, if_match)
            parent.sync()
    return etag, before is None


def _give_back(parent, name, share):
    """Let the file that goes make room for the one that comes: who is full may still make a file shorter."""
    found = parent.look(name)
    # A file of several names stays under the others.
    if found is not None and stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        share.replaces(max(room.BLOCK_BYTES, found.st_blocks * 512))


def _expected(parent, name, if_match):
    """Return the stat of the file that may be replaced, or None when it may be created."""
    found = parent.look(name)
    if found is None:
        if if_match is not None:
            raise Trouble('stale', 'The file is no longer there. Save it under its name as a new file.', etag=None)
        return None
    if stat.S_ISDIR(found.st_mode):
        raise Trouble('is-a-directory', f'"{names.shown(name)}" is a directory.')
    descriptor = parent.open_file(name)
    try:
        found, etag = os.fstat(descriptor), kinds.etag_of(descriptor)
    finally:
        os.close(descriptor)
    if etag != if_match:
        raise _stale(etag)
    return found


def _stale(etag):
    return Trouble('stale', 'The file was changed by someone or something else since it was opened.', etag=etag)


def _create(draft, parent, name):
    try:
        tree.rename_new(draft.place, 'content', parent, name)
    except FileExistsError:
        raise _stale(_etag_now(parent, name)) from None


def _replace(draft, parent, name, before, if_match):
    os.chmod('content', stat.S_IMODE(before.st_mode), dir_fd=draft.place.descriptor)
    # The two change places in one step. What came out is looked at: a program of the student's may have
    # written the file since it was compared, and then its version goes back.
    tree.exchange(draft.place, 'content', parent, name)
    out = draft.place.look('content')
    if _same(out, before):
        return
    tree.exchange(draft.place, 'content', parent, name)
    raise _stale(_etag_now(parent, name))


def _same(one, other):
    return (one.st_ino, one.st_size, one.st_mtime_ns) == (other.st_ino, other.st_size, other.st_mtime_ns)


def _etag_now(parent, name):
    try:
        descriptor = parent.open_file(name)
    except (OSError, Trouble):
        return None
    try:
        return kinds.etag_of(descriptor)
    finally:
        os.close(descriptor)
