"""Whether this host keeps boxes ready, and which user they become: found out by starting one."""

import os
import pwd
from contextlib import contextmanager

from ivle.sandbox.claim import home_for, try_mapping, words_for
from ivle.sandbox.findings import DEGRADED, PASS, Finding
from ivle.sandbox.host import SandboxUnavailable
from ivle.sandbox.identities import Identity
from ivle.sandbox.prepared import PreparedBox
from ivle.sandbox.zygote import answer

_SUBORDINATE = '/etc/subuid'


class ReadyBoxes:
    """Boxes that stood ready, started in the way of a `box.Launcher`. `trouble` is why all boxes share a user id, or None."""

    def __init__(self, zygote, launcher, places):
        self._zygote, self._launcher, self._places = zygote, launcher, places
        self._identity = Identity(launcher.ids.files)
        self.trouble = self._map_ids()

    def start(self, spec, channel):
        """Start the program of `spec` with the socket `channel`. SandboxUnavailable when that cannot be."""
        try:
            line, process = self._ordered(self._zygote.order_box(self._identity.uid))
            # There is one for all of them.
            box = PreparedBox(line, process, self._identity, on_end=lambda identity: None)
            home = home_for(self._places, spec, self._identity)
            try:
                box.claim(words_for(spec, usual=None), [home, channel.fileno(), channel.fileno()])
            finally:
                os.close(home)
            return box
        except OSError as error:
            raise SandboxUnavailable(f'a box that stood ready cannot be used: {error}') from error

    def close(self):
        """End them all."""
        self._zygote.close()
        if self._identity.namespace is not None:
            os.close(self._identity.namespace)

    def _map_ids(self):
        ids = self._launcher.ids
        if os.geteuid() != 0:
            return 'only the superuser may give each box a user id'
        if ids.count == 0:
            return 'there is no range of user ids in ivle.sandbox.uids that this host allows'
        try:
            line, namespace = self._ordered(self._zygote.order_identity(ids.files, ids.first))
            line.close()
            try:
                try_mapping(self._places, namespace)
            except OSError:
                os.close(namespace)
                raise
        except OSError as error:
            return f'the file system of the accounts cannot map ids ({error.strerror or error})'
        self._identity = Identity(ids.first, namespace)
        return None

    def _ordered(self, line):
        message, descriptors = answer(line)
        if not descriptors:
            line.close()
            raise OSError(str(message))
        return line, descriptors[0]


@contextmanager
def ready_boxes(launcher, places):
    """Give ReadyBoxes for a while; SandboxUnavailable where this host cannot keep boxes ready."""
    boxes = ReadyBoxes(launcher.start_zygote(), launcher, places)
    try:
        yield boxes
    finally:
        boxes.close()


def not_ready(reason):
    """Return the finding that boxes are made one by one."""
    mend = 'Student programs run all the same; a console takes a fifth of a second longer to start.'
    return Finding('ready boxes', DEGRADED, f'Each box is made when it is needed: {reason}.', mend)


def user(settings, trouble):
    """Return the finding about the users of the host that boxes run as; `trouble` is why they share one, or None."""
    first, count = settings.sandbox_uids
    if os.geteuid() != 0:
        return Finding(
            'user',
            DEGRADED,
            f'Boxes run under the user id of the site ({os.geteuid()}): only name spaces stand between them.',
            'Start the site as root: each box then has a user id of its own.',
        )
    if trouble is not None:
        return Finding(
            'user',
            DEGRADED,
            f'All boxes run under user id {settings.sandbox_uid}, apart from the site: {trouble}.',
            'Put the data on ext4, xfs, btrfs or tmpfs under Linux 5.15 or later, and set ivle.sandbox.uids.',
        )
    others = _who_else_has(first, first + count - 1)
    if others:
        return Finding(
            'user',
            DEGRADED,
            f'The user ids of ivle.sandbox.uids ({first}-{first + count - 1}) are those of {others} too.',
            'Set ivle.sandbox.uids to a range that nobody has.',
        )
    return Finding('user', PASS, f'Each box has a user id of the host to itself while it lives ({first}-{first + count - 1}).')


def _who_else_has(first, last):
    found = [entry.pw_name for entry in pwd.getpwall() if first <= entry.pw_uid <= last]
    try:
        with open(_SUBORDINATE, encoding='utf-8', errors='replace') as file:
            ranges = [line.strip().split(':') for line in file if line.count(':') == 2]
    except OSError:
        # Nobody on this host has any.
        ranges = []
    for name, start, count in ranges:
        if start.isdigit() and count.isdigit() and int(start) <= last and first < int(start) + int(count):
            found.append(f'{name} in {_SUBORDINATE}')
    return ', '.join(found)
