"""Courses as zip files: {name: bytes} into one and out of it, within the limits of folders."""

import io
import stat
import zipfile

from ivle.teaching.folder import DEEPEST_FOLDER, LARGEST_FILE, MOST_FILES
from ivle.teaching.problems import BadCourse, Problem

LARGEST_ZIP = 16 << 20
# Unpacked it is held in memory, and so is what comes of it.
MOST_UNPACKED = 48 << 20
_UNREADABLE = 'it is no zip file, or a damaged one: pack the folder again.'


def read_zip(content, name='the zip file'):
    """Return {name: bytes} of a zip file, without the one folder that everything may be in; BadCourse says what is wrong.

    Hidden files, and what systems add when they pack, are left out. What it says of its sizes is not believed.
    """
    if len(content) > LARGEST_ZIP:
        raise BadCourse([Problem(name, f'it is larger than {LARGEST_ZIP >> 20} MiB.')])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir() and not _is_left_out(entry.filename)]
            if len(entries) > MOST_FILES:
                raise BadCourse([Problem(name, f'it holds more than {MOST_FILES} files: is it a course?')])
            files, left = {}, MOST_UNPACKED
            for entry in entries:
                files[entry.filename] = _content(packed, entry, left)
                left -= len(files[entry.filename])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise BadCourse([Problem(name, _UNREADABLE)]) from error
    return _without_top(files)


def _is_left_out(path):
    parts = path.split('/')
    return any((part.startswith('.') and part not in ('.', '..')) or part in ('__MACOSX', '__pycache__') for part in parts)


def _content(packed, entry, left):
    path = entry.filename
    parts = path.split('/')
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadCourse([Problem(path, 'it is a link, and links are not followed: put the file itself here.')])
    if path.startswith('/') or '\\' in path or any(part in ('', '.', '..') for part in parts) or len(parts) > DEEPEST_FOLDER + 2:
        raise BadCourse([Problem(path, 'that cannot be the name of a file of a course.')])
    most = min(LARGEST_FILE, left)
    with packed.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        limit = LARGEST_FILE if most == LARGEST_FILE else MOST_UNPACKED
        raise BadCourse([Problem(path, f'with it there is more than the {limit >> 20} MiB that may be here.')])
    return content


def _without_top(files):
    """Return the files without the folder that all of them are in, where that is not one of a course."""
    tops = {path.split('/')[0] for path in files}
    if len(tops) != 1 or not all('/' in path for path in files) or tops & {'worksheets', 'exercises'}:
        return files
    return {path.partition('/')[2]: content for path, content in files.items()}


def zip_of(files):
    """Return the bytes of a zip file of {name: bytes}; of the same files always the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, 'w', zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, content)
    return made.getvalue()
