"""States: how things stand under version control, for listings. Never a reason for a listing to fail."""

import os

import pysvn

from services.files import names
from services.files.listing import NO_VERSION

_STATES = {
    'none', 'unversioned', 'normal', 'added', 'modified', 'deleted', 'missing', 'conflicted', 'ignored', 'replaced',
    'external', 'obstructed', 'incomplete',
}  # fmt: skip
# These have an entry in a listing even where no file is.
_WITHOUT_A_FILE = ('missing', 'deleted', 'conflicted', 'replaced')


class States:
    """What Subversion knows about the things of one account."""

    def __init__(self, subversion):
        self._subversion, self._tree = subversion, subversion.tree

    def of(self, parts):
        """Return the version of one path; NO_VERSION when Subversion cannot say."""
        if self._subversion.root(parts) is None:
            return NO_VERSION
        found = self._subversion.statuses(parts, pysvn.depth.empty)
        return _version(found[0]) if found else NO_VERSION

    def is_missing(self, parts):
        """Return whether nothing is at `parts` but Subversion knows that something should be."""
        return self.of(parts)['state'] in ('missing', 'deleted')

    def below(self, parts, present):
        """Return (version of the directory, {name: version}) for all names in it, present or missing."""
        path = self._tree.path(parts)
        if self._subversion.root(parts) is None:
            return NO_VERSION, self._roots_below(parts, present)
        found = self._subversion.statuses(parts, pysvn.depth.immediates)
        if found is None:
            # One name that is not UTF-8 makes Subversion refuse the whole directory: then ask for each by itself.
            return self.of(parts), {name: self.of([*parts, name]) for name in present if names.is_plain(name)}
        own, states, there = NO_VERSION, {}, set(present)
        for status in found:
            if status.path == path:
                own = _version(status)
            else:
                states[os.path.basename(status.path)] = _version(status)
        return own, {name: state for name, state in states.items() if name in there or state['state'] in _WITHOUT_A_FILE}

    def _roots_below(self, parts, present):
        """Return the versions of the names that are working copies themselves, such as a subject's directory."""
        roots = [name for name in present if names.is_plain(name) and self._subversion.is_working_copy([*parts, name])]
        return {name: self.of([*parts, name]) for name in roots}


def _version(status):
    state = str(status.node_status)
    if state == 'merged' or state not in _STATES:
        state = 'modified'
    number = status.changed_revision.number if status.is_versioned else -1
    return {'state': state, 'revision': number if number >= 0 else None}
