"""Reading: the bytes of one file, or of many as a zip, sent as data frames."""

import io
import os
import stat
import time
import zipfile

from services.files import kinds, names
from services.files.errors import Trouble

BLOCK_BYTES = 256 * 1024
# Up to this size a file is read before it is described, so that etag and bytes surely belong together.
HELD_BYTES = 8 << 20
ZIP_ENTRIES = 20_000


def open_for_sending(tree, parts, limit=None):
    """Return (description, iterator of bytes) of a file; at most `limit` bytes are sent, `size` tells them all.

    The iterator ends in Trouble when the file changed underneath: the connection is then cut, and what was read is not used.
    """
    parent, name = tree.parent(parts)
    with parent:
        # Closed where its last block is read.
        file = os.fdopen(parent.open_file(name), 'rb')
        status = os.fstat(file.fileno())
        kind, mime = kinds.of_file(parent, name)
    if status.st_size <= HELD_BYTES:
        content = _all(file)
        etag, size, blocks = kinds.etag(content), len(content), iter([content[:limit]])
    else:
        etag, size = kinds.etag_of(file.fileno()), status.st_size
        blocks = _blocks(file, etag, size, limit)
    return {'kind': kind, 'size': size, 'type': mime, 'etag': etag, 'modified': kinds.moment(status.st_mtime)}, blocks


def _all(file):
    with file:
        # One byte more than fits shows that the file grew, which a program may do for ever.
        content = file.read(2 * HELD_BYTES + 1)
    if len(content) > 2 * HELD_BYTES:
        raise Trouble('too-large', 'This file grows while it is read. Stop the program that writes it.')
    return content


def _blocks(file, etag, size, limit):
    left = size if limit is None else min(limit, size)
    with file:
        while left > 0:
            block = file.read(min(left, BLOCK_BYTES))
            if not block:
                raise Trouble('internal', 'The file became shorter while it was read.')
            left -= len(block)
            yield block
        if kinds.etag_of(file.fileno()) != etag:
            raise Trouble('internal', 'The file changed while it was read.')


def zipped(tree, parts, chosen, deadline):
    """Return an iterator over the bytes of a zip of the `chosen` names in a directory, or of all of it.

    Links and what is not a file are left out, and so is what Subversion keeps for itself.
    """
    directory = tree.directory(parts)
    if chosen is None:
        chosen = sorted(name for name, status in directory.entries())
    missing = [names.shown(name) for name in chosen if directory.look(name) is None]
    if missing:
        raise Trouble('not-found', f'There is no "{missing[0]}" here.', names=missing)
    _try(directory, chosen, deadline)
    return _zip_blocks(directory, chosen, deadline)


def _try(directory, chosen, deadline):
    """Look at everything that is to be sent: once the first byte has gone out, nobody can be told why there is no more."""
    for count, (_, folder, name, status) in enumerate(_walk(directory, chosen, '')):
        if count >= ZIP_ENTRIES or time.monotonic() > deadline:
            raise Trouble('too-large', 'That is too much for one download. Choose fewer files.')
        if stat.S_ISREG(status.st_mode):
            os.close(folder.open_file(name))


def _zip_blocks(directory, chosen, deadline):
    sink = _Sink()
    with directory, zipfile.ZipFile(sink, 'w', zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for prefix, folder, name, status in _walk(directory, chosen, ''):
            if time.monotonic() > deadline:
                raise Trouble('too-large', 'That is too much for one download. Choose fewer files.')
            yield from _zip_member(archive, sink, prefix, folder, name, status)
    yield sink.taken()


def _walk(directory, chosen, prefix, depth=1):
    names.check_depth(depth)
    for name in chosen:
        status = directory.look(name)
        if status is None or kinds.special(status.st_mode):
            continue
        yield prefix, directory, name, status
        if stat.S_ISDIR(status.st_mode):
            with directory.below(name) as below:
                inside = sorted(found for found, _ in below.entries())
                yield from _walk(below, inside, f'{prefix}{names.shown(name)}/', depth + 1)


def _zip_member(archive, sink, prefix, folder, name, status):
    when = time.gmtime(max(0, min(status.st_mtime, 4_000_000_000)))
    info = zipfile.ZipInfo(prefix + names.shown(name), max(when[:6], (1980, 1, 1, 0, 0, 0)))
    info.compress_type = zipfile.ZIP_DEFLATED
    if stat.S_ISDIR(status.st_mode):
        info.filename += '/'
        info.external_attr = (0o40755 << 16) | 0x10
        archive.writestr(info, b'')
        return
    info.external_attr = (stat.S_IFREG | (0o755 if status.st_mode & 0o100 else 0o644)) << 16
    with open(folder.open_file(name), 'rb') as source, archive.open(info, 'w', force_zip64=status.st_size > 1 << 30) as target:
        while block := source.read(BLOCK_BYTES):
            target.write(block)
            if sink.is_full():
                yield sink.taken()


class _Sink(io.RawIOBase):
    """Collects what the zip writer writes until it is taken; cannot seek, so the archive is a stream."""

    def __init__(self):
        self._held = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self._held += data
        return len(data)

    def is_full(self):
        return len(self._held) >= BLOCK_BYTES

    def taken(self):
        """Return what was collected and forget it."""
        taken, self._held = bytes(self._held), bytearray()
        return taken
