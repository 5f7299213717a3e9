"""Transcript: the newest replies of one console, numbered, for whoever looks again after a reload or a lost line."""

import collections
import json

from ivle import chat

MOST_REPLIES = 2000
MOST_BYTES = 1 << 20
# A page of a transcript must fit into one frame, whatever JSON makes of the characters a second time.
PAGE_BYTES = 256 * 1024


class Transcript:
    """Keeps replies within bounds; the oldest go first. Numbers start at `first` and never repeat.

    They are kept as the JSON that a stream sends: written once, however many look.
    """

    def __init__(self, first=1):
        self._kept = collections.deque()
        self._bytes = 0
        self.last = first - 1

    def add(self, reply):
        """Number a reply and keep it."""
        self.last += 1
        # The number as its last member.
        text = f'{chat.dumps(reply)[:-1]},"seq":{self.last}}}'.encode('utf-8', 'backslashreplace')
        self._kept.append(text)
        self._bytes += len(text)
        while len(self._kept) > MOST_REPLIES or (self._bytes > MOST_BYTES and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft())

    def after(self, number, most_bytes=PAGE_BYTES):
        """Return (replies with a larger number, as many as fit; the number to go on from)."""
        texts, following = self.texts_after(number, most_bytes)
        return [json.loads(text) for text in texts], following

    def texts_after(self, number, most_bytes=PAGE_BYTES):
        """Return as `after`, each reply as the bytes of its JSON."""
        if number >= self.last or not self._kept:
            return [], max(number, self.last)
        page, left = [], most_bytes
        oldest = self.last - len(self._kept) + 1
        if number < oldest - 1:
            number = oldest - 1
            page.append(chat.dumps({'cut': 'Older output of this console is no longer kept.', 'seq': number}).encode())
        # From the end: what is asked for is nearly always the newest.
        for index in range(len(self._kept) - (self.last - number), len(self._kept)):
            text = self._kept[index]
            if left < len(text) and left < most_bytes:
                break
            page.append(text)
            left -= len(text)
            number += 1
        return page, number
