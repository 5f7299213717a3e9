"""Listing: what is in a directory, or what one file is, with its state under version control."""

import os
import stat

from services.files import kinds, names
from services.files.errors import Trouble

NO_VERSION = {'state': 'none', 'revision': None}


def describe(tree, version_states, parts):
    """Return the reply of `list` for a path of the working files: a directory with its entries, or one file."""
    if parts:
        parent, name = tree.parent(parts)
        with parent:
            found = parent.look(name)
            if found is None and not version_states.is_missing(parts):
                raise Trouble('not-found', f'There is no "{names.shown(name)}" here.')
            if found is None:
                return _gone_file(name, version_states.of(parts))
            if not stat.S_ISDIR(found.st_mode):
                return _file(parent, name) | {'version': version_states.of(parts)}
    with tree.directory(parts) as directory:
        return _directory(directory, version_states, parts)


def _file(parent, name):
    descriptor = parent.open_file(name)
    try:
        status = os.fstat(descriptor)
        kind, mime = kinds.of_file(parent, name)
        modified, etag = kinds.moment(status.st_mtime), kinds.etag_of(descriptor)
        return {'kind': kind, 'size': status.st_size, 'type': mime, 'modified': modified, 'etag': etag}
    finally:
        os.close(descriptor)


def _directory(directory, version_states, parts):
    found = directory.entries()
    own, states = version_states.below(parts, [name for name, status in found])
    entries = [_entry(directory, name, status, states.pop(name, NO_VERSION)) for name, status in found]
    # What is left has a state but no file: deleted, or missing because a program removed it.
    entries.extend(_gone(name, state) for name, state in states.items())
    entries.sort(key=lambda entry: (entry['kind'] != 'directory', entry['name'].casefold(), entry['name']))
    return {'kind': 'directory', 'entries': entries, 'version': own}


def _entry(directory, name, status, version):
    entry = names.described(name) | {'modified': kinds.moment(status.st_mtime), 'version': version}
    if stat.S_ISDIR(status.st_mode):
        return entry | {'kind': 'directory', 'size': 0}
    special = kinds.special(status.st_mode)
    if special:
        return entry | {'kind': 'binary', 'size': 0, 'special': special}
    try:
        kind = kinds.of_file(directory, name)[0]
    except Trouble:
        # It became something else since it was listed.
        kind = 'binary'
    return entry | {'kind': kind, 'size': status.st_size}


def _gone_file(name, version):
    about = {'kind': _kind_of_missing(name), 'size': 0, 'type': _type_of_missing(name)}
    return about | {'modified': None, 'etag': None, 'version': version}


def _gone(name, version):
    return names.described(name) | {'kind': _kind_of_missing(name), 'size': 0, 'modified': None, 'version': version}


def _kind_of_missing(name):
    return kinds.of_type(_type_of_missing(name))


def _type_of_missing(name):
    return kinds.type_of(name) or 'application/octet-stream'
