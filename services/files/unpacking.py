"""Unpacking: uploads, and zip archives among them, all of them or none."""

import os
import stat
import time
import zipfile

from services.files import moving, names, room, saving
from services.files.errors import Trouble

MEMBERS = 5_000
# Text that repeats itself compresses some hundred times; bombs go into the thousands.
RATIO = 500
RATIO_FREE_BYTES = 1 << 20
TOTAL_BYTES = 512 << 20
# What other systems put into archives for themselves.
_CLUTTER = ('__MACOSX', '.DS_Store', 'Thumbs.db')


def upload(account, staging, parts, files, bodies, unpack, deadline, share):
    """Store uploaded files in a directory and return their names; nothing is overwritten.

    `files` is [{'name', 'size'}], `bodies` an iterator that gives for each an iterator over its bytes. With `unpack`
    a zip archive stands for what is in it.
    """
    chosen = [names.new_name(file['name']) for file in files]
    _no_name_twice(chosen)
    with account.directory(parts) as directory, staging.directory() as received, staging.directory() as ready:
        # Asked first: nobody should send a gigabyte to learn that the name is taken.
        moving.must_be_free(directory, [name for name in chosen if not (unpack and _is_zip(name))])
        # All at once and before the first byte, too; a size that is a lie shows when the file has arrived.
        share.take(sum(room.cost(file['size']) for file in files), len(files))
        for file, blocks in zip(files, bodies, strict=True):
            # Archives lie apart, because one may hold a file of its own name.
            target = received if unpack and _is_zip(file['name']) else ready
            size = target.store(file['name'], _up_to(blocks, file))[1]
            if size != file['size']:
                raise _not_whole(file)
        for name, _ in received.place.entries():
            _unpack(received, name, ready.place, deadline, share)
        # The archives themselves go. Until then they take room like everything else.
        for _, status in received.place.entries():
            share.replaces(room.cost(status.st_size))
        saved = sorted(name for name, _ in ready.place.entries())
        moving.must_be_free(directory, saved)
        ready.place.sync()
        moving.transfer(ready.place, saved, directory, saved)
    return saved


def _up_to(blocks, file):
    """Return the blocks of a file, of which there must not be more than was announced: room was taken for as many."""
    size = 0
    for block in blocks:
        size += len(block)
        if size > file['size']:
            raise _not_whole(file)
        yield block


def _not_whole(file):
    return Trouble('bad-request', f'"{file["name"]}" did not arrive whole. Send it again.')


def _is_zip(name):
    return name.lower().endswith('.zip')


def _no_name_twice(chosen):
    for position, name in enumerate(chosen):
        if name in chosen[:position]:
            raise Trouble('bad-request', f'Two files are called "{name}".')


def _unpack(received, zip_name, target, deadline, share):
    with open(received.place.open_file(zip_name), 'rb') as file:
        try:
            with zipfile.ZipFile(file) as archive:
                budget = _Budget(os.fstat(file.fileno()).st_size, deadline, share)
                members = _checked(archive.infolist(), zip_name)
                for steps, member in members:
                    _store_member(archive, member, steps, target, budget)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            # RuntimeError: encrypted; NotImplementedError: a compression that Python does not know.
            raise _refused(zip_name, 'it is damaged, encrypted or not a zip archive') from error


def _checked(members, zip_name):
    """Return [(path segments, member)] after checking every name, before a single byte is unpacked."""
    if len(members) > MEMBERS:
        raise _refused(zip_name, f'it holds more than {MEMBERS} files', 'too-large')
    checked = []
    for member in members:
        steps = member.filename.rstrip('/').split('/')
        if steps[0] in _CLUTTER or steps[-1] in _CLUTTER:
            continue
        _check_member(member, steps, zip_name)
        checked.append((steps, member))
    _check_together(checked, zip_name)
    return checked


def _check_together(members, zip_name):
    files = [tuple(steps) for steps, member in members if not member.is_dir()]
    directories = {tuple(steps[:depth]) for steps, member in members for depth in range(1, len(steps) + member.is_dir())}
    seen = set(directories)
    for path in files:
        if path in seen:
            raise _refused(zip_name, f'"{names.shown("/".join(path))}" is in it twice')
        seen.add(path)


def _check_member(member, steps, zip_name):
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(zip_name, f'"{names.shown(member.filename)}" in it is a link or a device')
    # ZipInfo cuts a name at NUL; the name as it was written must be meant.
    if '\\' in member.filename or '\0' in member.orig_filename or len(steps) > names.DEEPEST_PATH:
        raise _refused(zip_name, f'"{names.shown(member.filename)}" in it is not a usable path')
    for step in steps:
        try:
            names.new_name(step)
        except Trouble as trouble:
            raise _refused(zip_name, f'"{names.shown(member.filename)}" in it is not a usable path') from trouble


def _store_member(archive, member, steps, target, budget):
    made = steps if member.is_dir() else steps[:-1]
    current = target.duplicate()
    try:
        for step in made:
            try:
                os.mkdir(step, saving.NEW_DIRECTORY_MODE, dir_fd=current.descriptor)
                budget.share.take(room.cost(0))
            except FileExistsError:
                pass
            below = current.below(step)
            current.close()
            current = below
        if not member.is_dir():
            mode = 0o755 if (member.external_attr >> 16) & 0o100 else saving.NEW_FILE_MODE
            with archive.open(member) as content:
                saving.store(current, steps[-1], budget.share.metered(budget.spent_on(content)), mode)
    finally:
        current.close()


class _Budget:
    """Counts the bytes that really come out of an archive, whatever its table of contents says."""

    def __init__(self, packed_bytes, deadline, share):
        self._most = min(TOTAL_BYTES, max(RATIO_FREE_BYTES, packed_bytes * RATIO))
        self._spent, self._deadline, self.share = 0, deadline, share

    def spent_on(self, content):
        while block := content.read(1 << 18):
            self._spent += len(block)
            if self._spent > self._most or time.monotonic() > self._deadline:
                raise Trouble('too-large', 'There is far more in the archive than a course needs. Nothing was unpacked.')
            yield block


def _refused(zip_name, reason, code='bad-request'):
    return Trouble(code, f'"{zip_name}" was not unpacked: {reason}. Nothing was changed.')
