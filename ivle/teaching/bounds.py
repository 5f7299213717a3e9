"""What a text may cost: its length, the time to render it, and how many problems it is told."""

import time

LONGEST_SOURCE = 256 * 1024
MOST_SECONDS = 3.0
MOST_PROBLEMS = 50
DEEPEST = 40


class Unreadable(Exception):
    """A text of which nothing can be made. The message is a sentence for its author."""


class TooMuch(Unreadable):
    """A text that costs more than it may."""


class Clock:
    """Ends what takes too long: whoever works on a text calls `check` now and then."""

    def __init__(self, seconds=MOST_SECONDS):
        self._end = time.monotonic() + seconds

    def check(self):
        """Raise TooMuch when the time is over."""
        if time.monotonic() > self._end:
            raise TooMuch(
                'The text takes too long to read: divide it into several worksheets, or look for markup that is never closed.'
            )


class Problems:
    """The sentences for an author, in the order in which they were found."""

    def __init__(self):
        self.found = []

    def add(self, sentence, line=None):
        """Note a problem once; TooMuch when there are so many that a person would not read them."""
        told = f'Line {line}: {sentence}' if line else sentence
        if told not in self.found:
            self.found.append(told)
        if len(self.found) >= MOST_PROBLEMS:
            raise TooMuch(f'There are more problems than the {MOST_PROBLEMS} told here: mend these first.')
