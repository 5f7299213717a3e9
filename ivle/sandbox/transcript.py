"""Transcript: the newest replies of one console, numbered, for whoever looks again after a reload or a lost line."""

import collections

from ivle import chat

MOST_REPLIES = 2000
MOST_BYTES = 1 << 20
# A page of a transcript must fit into one frame, whatever JSON makes of the characters a second time.
PAGE_BYTES = 256 * 1024


class Transcript:
    """Keeps replies within bounds; the oldest go first. Numbers start at `first` and never repeat."""

    def __init__(self, first=1):
        self._kept = collections.deque()
        self._bytes = 0
        self.last = first - 1

    def add(self, reply):
        """Number a reply and keep it."""
        self.last += 1
        numbered = {**reply, 'seq': self.last}
        size = len(chat.dumps(numbered).encode('utf-8', 'surrogatepass'))
        self._kept.append((numbered, size))
        self._bytes += size
        while len(self._kept) > MOST_REPLIES or (self._bytes > MOST_BYTES and len(self._kept) > 1):
            self._bytes -= self._kept.popleft()[1]

    def after(self, number, most_bytes=PAGE_BYTES):
        """Return (replies with a larger number, as many as fit; the number to go on from)."""
        if number >= self.last or not self._kept:
            return [], max(number, self.last)
        page, left = [], most_bytes
        first = self._kept[0][0]['seq']
        if number < first - 1:
            page.append({'cut': 'Older output of this console is no longer kept.', 'seq': first - 1})
        # From the end: what is asked for is nearly always the newest.
        start = min(self.last - number, len(self._kept))
        for numbered, size in (self._kept[index] for index in range(len(self._kept) - start, len(self._kept))):
            if left < size and left < most_bytes:
                break
            page.append(numbered)
            left -= size
        return page, page[-1]['seq']
