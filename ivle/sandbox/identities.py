"""Which user of the host each box is: one of a range, for as long as the box lives, and then another box's.

The files of all accounts belong to one user on the disk. A home is shown to a box through a map of ids, in which that user
is the box's own: what the box writes belongs to the one user again, whoever has the number tomorrow.
"""

import collections
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A user id of the host, and the user namespace that maps the files to it (None where they belong to it)."""

    uid: int
    namespace: int | None = None


class Identities:
    """Gives every box an Identity that no other box has; `spare` of them should wait to be given."""

    def __init__(self, first, count, spare):
        self._unused = iter(range(first, first + count))
        self._all, self._free = [], collections.deque()
        self._returned, self._is_used_up = [], False
        self._spare = spare

    def __len__(self):
        return len(self._all)

    @property
    def wanted(self):
        """How many new ones should be prepared."""
        return 0 if self._is_used_up else max(0, self._spare - len(self._free))

    def next_uid(self):
        """Return a number of which nothing was made yet, or None when there is none."""
        uid = self._returned.pop() if self._returned else next(self._unused, None)
        self._is_used_up = uid is None
        return uid

    def return_uid(self, uid):
        """Say that nothing was made of a number."""
        self._returned.append(uid)

    def add(self, uid, namespace):
        """Add a new Identity, whose namespace (a descriptor) is kept open, and return it."""
        identity = Identity(uid, namespace)
        self._all.append(identity)
        self._free.append(identity)
        return identity

    def take(self):
        """Return the Identity of the next box, or None when none is free; `give_back` ends it."""
        # The one that was given back longest ago.
        return self._free.popleft() if self._free else None

    def give_back(self, identity):
        """Say that a box has ended, with every process in it. Threads may do so."""
        self._free.append(identity)

    def close(self):
        """Close the namespaces."""
        for identity in self._all:
            os.close(identity.namespace)
        self._all.clear()
        self._free.clear()


class OneIdentity:
    """The same user for all boxes, where the host gives no others."""

    wanted = 0

    def __init__(self, uid):
        self._identity = Identity(uid)

    def __len__(self):
        return 1

    def next_uid(self):
        """Return None: there is no other number."""
        return None

    def take(self):
        """Return the Identity of every box."""
        return self._identity

    def give_back(self, identity):
        """Nobody waits for it."""

    def close(self):
        """There is nothing to close."""
