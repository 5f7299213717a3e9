"""Standard input of the student's programs: each line is asked for when a program reads."""

import io
import os
import socket

LONGEST_MESSAGE = 1 << 20


class Keyboard(io.RawIOBase):
    """A raw stream whose every message was typed by the person; an empty message is end of file.

    `ask` is called when something is wanted and nothing is left over.
    """

    def __init__(self, sock, ask):
        self._sock, self._ask = sock, ask
        self._left = b''
        self.was_used = False
        self._owner = os.getpid()

    def readable(self):
        return True

    def readinto(self, buffer):
        """Fill `buffer` with what was typed; returns 0 at end of file."""
        if os.getpid() != self._owner:
            # A process the student has forked: two readers would each get half.
            return 0
        if not self._left:
            self.was_used = True
            self._ask()
            self._left = self._sock.recv(LONGEST_MESSAGE)
        taken = self._left[: len(buffer)]
        self._left = self._left[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def forget(self):
        """Drop what was typed and not read."""
        try:
            while self._sock.recv(LONGEST_MESSAGE, socket.MSG_DONTWAIT):
                pass
        except BlockingIOError:
            pass


def text_of(keyboard):
    """Return the text stream that stands in `sys.stdin`."""
    return io.TextIOWrapper(io.BufferedReader(keyboard), encoding='utf-8', errors='surrogateescape')
