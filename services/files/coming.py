"""Coming: how much room Subversion is going to take, which a repository has not been asked to promise.

A working copy holds each file twice: as the student sees it, and as it was saved.
"""

import os
import stat

import pysvn

from services.files.room import BLOCK_BYTES, cost
from services.files.subversion import number

_COPIES = 2
_CHANGED = (pysvn.wc_status_kind.modified, pysvn.wc_status_kind.added, pysvn.wc_status_kind.replaced)


class Coming:
    """Takes the room of a share for what comes out of a repository, before it comes."""

    def __init__(self, subversion):
        self._subversion = subversion

    def take_for_checkout(self, url, share):
        """Take room for a whole directory of a repository, and return the revision that the room is for."""
        if not share.is_limited:
            return number(None)
        revision = number(self._subversion.client().info2(url, recurse=False)[0][1].rev.number)
        _take(self._files(url, revision), share)
        return revision

    def take_for_update(self, info, wanted, share):
        """Take room for what differs between a working copy and a revision; return the revision that the room is for."""
        if not share.is_limited:
            return wanted
        try:
            found = self._subversion.client().info2(info.URL, revision=wanted, peg_revision=wanted, recurse=False)[0][1]
            revision = number(found.rev.number)
            coming = self._files(info.URL, revision)
            if not share.fits(*_room_for(coming)):
                # Most of it is there already, as a rule. It takes a second question to know.
                there = self._files(info.URL, number(info.rev.number))
                coming = {path: seen for path, seen in coming.items() if there.get(path) != seen}
        except pysvn.ClientError:
            # The update itself says better what is wrong.
            return wanted
        if coming:
            _take(coming, share)
        return revision

    def _files(self, url, revision):
        """Return {path: (revision in which it changed, size; None for a directory)} of all below an address."""
        listed = self._subversion.client().list(url, revision=revision, peg_revision=revision, depth=pysvn.depth.infinity)
        return {
            entry.repos_path: (
                None if entry.kind == pysvn.node_kind.dir else entry.created_rev.number,
                None if entry.kind == pysvn.node_kind.dir else entry.size,
            )
            for entry, _ in listed
        }


def _take(found, share):
    share.take(*_room_for(found))


def _room_for(found):
    """Return (bytes, files) that files and directories take in a working copy."""
    sizes = [size for _, size in found.values()]
    files = [size for size in sizes if size is not None]
    directories = len(sizes) - len(files)
    return _COPIES * sum(map(cost, files)) + directories * BLOCK_BYTES, _COPIES * len(files) + directories


def take_for_commit(client, paths, share):
    """Take room for what a commit keeps of the files that changed: a copy of each as it is saved."""
    if share.is_limited:
        changed = [size for path in paths for state, size in _states(client, path).values() if state in _CHANGED]
        share.take(sum(map(cost, changed)), len(changed))


def _states(client, path):
    """Return {path: (state, size)} of what differs from the version it was saved as."""
    found = client.status2(path, get_all=False, ignore_externals=True, depth=pysvn.depth.infinity)
    return {status.path: (status.node_status, _size(status.path)) for status in found}


def _size(path):
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def take_for_revert(client, paths, share):
    """Take room for what comes back: each file as it was saved, less what is there in its place."""
    if not share.is_limited:
        return
    now = {path: size for one in paths for path, (_, size) in _states(client, one).items()}
    grown = []
    for one in paths:
        for path, info in client.info2(one, recurse=True):
            if path in now:
                grown.append(cost(_size(_kept(info.wc_info))) - (cost(now[path]) if now[path] else 0))
    share.take(sum(size for size in grown if size > 0), sum(size > 0 for size in grown))


def _kept(wc_info):
    """Return the path of the copy that a working copy keeps of a file as it was saved. It is only measured."""
    name = wc_info.checksum or ''
    return os.path.join(wc_info.wcroot_abspath, '.svn', 'pristine', name[:2], f'{name}.svn-base')
