"""Carries what boxes write to standard error into a log of ours.

A box never gets the log itself: a program may open again, through /proc, whatever file its descriptors lead to, and
so read and spoil what other boxes have said. A socket cannot be opened again.
"""

import os
import socket
import threading
import time

# More than this in a second is a program that wants to fill the disk.
_BYTES_PER_SECOND = 64 << 10
_CUT = b'\n(more was said at once than is kept)\n'


class Relay:
    """A descriptor for boxes to write to, and a thread that copies what comes to `target`."""

    def __init__(self, target):
        self._target = target
        self._ours, self._theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._copy, name='errors of boxes', daemon=True)
        self._thread.start()

    def fileno(self):
        """Return the descriptor that boxes may have."""
        return self._theirs.fileno()

    def close(self):
        """Stop listening, with what boxes have said so far copied."""
        # A box that lives on still holds the other end; what is there already is read all the same.
        self._ours.shutdown(socket.SHUT_RD)
        self._theirs.close()
        self._thread.join()
        self._ours.close()

    def _copy(self):
        second, left = 0, 0
        while data := self._ours.recv(1 << 16):
            if int(time.monotonic()) != second:
                second, left = int(time.monotonic()), _BYTES_PER_SECOND
            if left > 0:
                self._write(data if len(data) <= left else data[:left] + _CUT)
                left -= len(data)

    def _write(self, data):
        try:
            os.write(self._target, data)
        except OSError:
            # A full disk must not end the reading: a box would wait for it for ever.
            pass
