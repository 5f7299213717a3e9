"""Typed: what was typed into one console, by whichever page, and where among its replies each line stands."""

import collections

from ivle import chat

MOST_ENTRIES = 300
MOST_BYTES = 256 * 1024
COMMANDS = ('chat', 'block', 'run')


class Typed:
    """The newest commands of one console, within bounds."""

    def __init__(self):
        self._kept = collections.deque(maxlen=MOST_ENTRIES)
        self._characters = 0

    def add(self, after, cmd, text):
        """Keep a command that was given after reply number `after`; one that is too long to be shown is left out."""
        # The text of `run` is an object.
        characters = len(text) if type(text) is str else len(chat.dumps(text))
        if characters > MOST_BYTES:
            return
        if len(self._kept) == MOST_ENTRIES:
            self._characters -= self._kept[0][2]
        self._kept.append((after, cmd, characters, text))
        self._characters += characters
        while self._characters > MOST_BYTES:
            self._characters -= self._kept.popleft()[2]

    def list(self):
        """Return what is kept, oldest first: as much of the newest as fits into MOST_BYTES of JSON."""
        found, left = [], MOST_BYTES
        for after, cmd, _, text in reversed(self._kept):
            entry = {'after': after, 'cmd': cmd, 'text': text}
            size = len(chat.dumps(entry).encode('utf-8', 'backslashreplace'))
            if size > MOST_BYTES:
                continue
            left -= size
            if left < 0:
                break
            found.append(entry)
        return found[::-1]
