"""Folders as plain values, {name: bytes}: reads and writes them without ever following a link."""

import os
import shutil
import stat
import tempfile

from ivle.teaching.problems import BadCourse, Problem

MOST_FILES = 5000
LARGEST_FILE = 5 * 1024 * 1024
MOST_BYTES = 100 * 1024 * 1024
DEEPEST_FOLDER = 8
# What tools leave behind and nobody wrote.
_LEFT_BEHIND = ('__pycache__',)


def read_folder(folder):
    """Return {name: bytes} of a folder, names relative to it; BadCourse when it is too large or holds what is no file.

    Hidden files, such as those of git, are left out.
    """
    files, problems, size = {}, [], 0
    for directory, name, handle in _entries(folder, problems):
        path = f'{directory}/{name}' if directory else name
        content, problem = _content(path, name, handle)
        if problem:
            problems.append(problem)
            continue
        files[path] = content
        size += len(content)
        if len(files) > MOST_FILES or size > MOST_BYTES:
            limit = f'more than {MOST_FILES} files' if len(files) > MOST_FILES else f'more than {MOST_BYTES >> 20} MiB'
            problems.append(Problem(os.fspath(folder), f'the folder holds {limit}: is it a course?'))
            break
    if problems:
        raise BadCourse(problems)
    return files


def _entries(folder, problems):
    """Give (directory, name, descriptor of the directory) of everything in a folder that is no directory."""
    if not os.path.isdir(folder):
        raise BadCourse([Problem(os.fspath(folder), 'there is no such folder.')])
    top = os.fspath(folder)

    def cannot(error):
        problems.append(Problem(os.path.relpath(error.filename, top), f'the folder cannot be read: {error.strerror}.'))

    for place, directories, names, handle in os.fwalk(top, follow_symlinks=False, onerror=cannot):
        directory = '' if place == top else os.path.relpath(place, top)
        shown = sorted(name for name in directories if not _is_left_out(name))
        links = {name for name in shown if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)}
        directories[:] = [name for name in shown if name not in links]
        if directory.count('/') >= DEEPEST_FOLDER and directories:
            problems.append(Problem(directory, f'folders are nested more than {DEEPEST_FOLDER} deep.'))
            directories[:] = []
        for name in sorted([*names, *links]):
            if not _is_left_out(name):
                yield directory, name, handle


def _is_left_out(name):
    return name.startswith('.') or name in _LEFT_BEHIND or name.endswith(('.pyc', '~'))


def _content(path, name, handle):
    """Return (bytes, None) of a file, or (None, what is wrong with it)."""
    shown = path.encode('utf-8', 'backslashreplace').decode()
    if shown != path:
        return None, Problem(shown, 'the name is not UTF-8: rename the file.')
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
    except OSError as error:
        is_link = stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)
        reason = 'it is a link, and links are not followed: put the file itself here.' if is_link else f'{error.strerror}.'
        return None, Problem(path, reason)
    with open(descriptor, 'rb') as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None, Problem(path, 'it is no file.')
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        return None, Problem(path, f'the file is larger than {LARGEST_FILE >> 20} MiB.')
    return content, None


def write_folder(files, folder, owned):
    """Make a folder hold these files. Below the names `owned`, whatever else is there is removed; the rest stays as it is."""
    os.makedirs(folder, exist_ok=True)
    # Beside the old, which goes only when the new is there; its name is one that is not read.
    with tempfile.TemporaryDirectory(prefix='.course-', dir=folder) as new:
        for name, content in files.items():
            place = os.path.join(new, name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, 'xb') as file:
                file.write(content)
        for name in owned:
            _remove(os.path.join(folder, name))
            if os.path.lexists(os.path.join(new, name)):
                os.rename(os.path.join(new, name), os.path.join(folder, name))


def _remove(place):
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place)
    elif os.path.lexists(place):
        os.unlink(place)
