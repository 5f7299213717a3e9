"""Room: what may still be added to the account, and what of that is promised to requests that are at work.

The daemon outside measures and says so with each request. What was added since it looked is kept here, so that two uploads
at once cannot both have the same room: it counts until a measurement has begun after its end.
"""

import threading
import time

from services.files.errors import Trouble

# What even an empty file takes: the daemon counts like this, too.
BLOCK_BYTES = 4096
_SHOWN = ('used', 'limit', 'files', 'most_files', 'trash', 'hides')
_NO_ROOM = 'There is not enough room for that, and nothing was changed.'


def cost(size):
    """Return what a file of `size` bytes takes."""
    return max(1, -(-size // BLOCK_BYTES)) * BLOCK_BYTES


class Room:
    """The room of one account, for all requests of one service."""

    def __init__(self, now=time.monotonic):
        self.lock, self._now = threading.RLock(), now
        self._shares, self._disk = [], None

    def share(self, disk):
        """Return a new `Share`. `disk` is what was measured last, None where there is no limit."""
        if disk is None:
            return Share(None)
        with self.lock:
            # Requests may come in another order than they were measured.
            if self._disk is None or disk['at'] >= self._disk['at']:
                self._disk = disk
            self._shares = [share for share in self._shares if share.ended is None or share.ended >= self._disk['at']]
            self._shares.append(Share(self))
            return self._shares[-1]

    def end(self, share, is_done):
        """Count what a share took from now on, or no longer when its request came to nothing."""
        with self.lock:
            share.ended = self._now()
            if not is_done or (share.size <= 0 and share.files <= 0):
                self._shares.remove(share)

    def disk(self):
        """Return what is taken now, with what was added since the last measurement."""
        with self.lock:
            added = sum(share.size for share in self._shares), sum(share.files for share in self._shares)
            shown = {key: self._disk[key] for key in _SHOWN if key in self._disk}
            return shown | {'used': max(0, shown['used'] + added[0]), 'files': max(0, shown['files'] + added[1])}

    def left(self):
        """Return (bytes, files) that may still be added; infinite where there is no limit, negative when it was passed."""
        now = self.disk()
        if now.get('hides'):
            return 0, 0
        most = now['limit'] or float('inf'), now['most_files'] or float('inf')
        return most[0] - now['used'], most[1] - now['files']


class Share:
    """What one request takes of the room, from its first byte to the next measurement; a `with` block is the request."""

    def __init__(self, room):
        self._room, self.ended = room, None
        self.size = self.files = 0
        self._gives = (0, 0)

    def __enter__(self):
        return self

    def __exit__(self, kind, *exception):
        if self._room is not None:
            self.size, self.files = self.size - self._gives[0], self.files - self._gives[1]
            self._room.end(self, kind is None)

    @property
    def is_limited(self):
        """Whether there is a limit at all."""
        return self._room is not None

    @property
    def disk(self):
        """Return what is taken now as replies tell it, None without a limit."""
        return self._room.disk() if self._room is not None else None

    def replaces(self, size, files=1):
        """Take note that this much goes when the request is done, so that as much may come."""
        self._gives = self._gives[0] + size, self._gives[1] + files

    def fits(self, size, files):
        """Return whether this much more may be added."""
        if self._room is None:
            return True
        with self._room.lock:
            grows = self.size + size > self._gives[0] or self.files + files > self._gives[1]
            left = self._room.left()
            return not grows or (size <= left[0] + self._gives[0] and files <= left[1] + self._gives[1])

    def take(self, size, files=1):
        """Take bytes and files of the room; Trouble 'quota' when that is more than there is."""
        if self._room is None:
            return
        with self._room.lock:
            if not self.fits(size, files):
                raise Trouble('quota', _NO_ROOM, disk=self.disk)
            self.size, self.files = self.size + size, self.files + files

    def metered(self, blocks):
        """Return an iterator over the blocks of one new file that takes room as they come."""
        paid = size = 0
        for block in blocks:
            size += len(block)
            if cost(size) > paid:
                self.take(cost(size) - paid, files=not paid)
                paid = cost(size)
            yield block
        if not paid:
            self.take(BLOCK_BYTES)
