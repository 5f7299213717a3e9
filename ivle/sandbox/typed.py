"""Typed: what was typed into one console, by whichever page, and where among its replies each line stands."""

import collections

from ivle import chat

MOST_ENTRIES = 300
MOST_BYTES = 256 * 1024
COMMANDS = ('chat', 'block', 'run')


class Typed:
    """The newest commands of one console, within bounds."""

    def __init__(self):
        self._kept = collections.deque()
        self._bytes = 0

    def add(self, after, cmd, text):
        """Keep a command that was given after reply number `after`; one that is too long to be shown is left out."""
        entry = {'after': after, 'cmd': cmd, 'text': text}
        size = len(chat.dumps(entry).encode('utf-8', 'backslashreplace'))
        if size > MOST_BYTES:
            return
        self._kept.append((entry, size))
        self._bytes += size
        while len(self._kept) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self._bytes -= self._kept.popleft()[1]

    def list(self):
        """Return what is kept, oldest first."""
        return [entry for entry, _ in self._kept]
