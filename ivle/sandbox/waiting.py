"""The line: who may start a console now, and who waits until a place or a start of others is over.

A console needs a place, which it holds until it ends, and for the time of its start one of the few starts at once. Whoever
has fewer consoles comes first, and among those whoever has waited longer. A console that is started again has its place.
"""

import asyncio
import collections

# Of so many places that became free lately, how fast they do is measured.
MEASURED = 20
FIRST_GUESS_SECONDS = 0.1
MOST_SECONDS = 24 * 3600


class Line:
    """The places of one host. To be used in the event loop; `clock` tells its time."""

    def __init__(self, places, starts_at_once, life_seconds, clock):
        self._places, self._starts_at_once, self._life_seconds, self._clock = places, max(1, starts_at_once), life_seconds, clock
        self._holders = {}
        self._held = collections.Counter()
        self._turns = {}
        self._starting = {}
        self._start_seconds = FIRST_GUESS_SECONDS
        self._freed = collections.deque(maxlen=MEASURED)

    def __len__(self):
        return len(self._turns)

    @property
    def is_full(self):
        """Whether every place is taken."""
        return len(self._holders) >= self._places

    def enter(self, console):
        """Return a future that is done when this console may start; it is at once where there is nobody to wait for."""
        turn = self._turns[console] = asyncio.get_running_loop().create_future()
        self._call()
        return turn

    def started(self, console):
        """Take note that the start of a console is over, however it went."""
        begun = self._starting.pop(console, None)
        if begun is not None:
            self._start_seconds += (self._clock() - begun - self._start_seconds) / 8
        self._call()

    def leave(self, console):
        """Take back the place of a console, and its place in the line."""
        turn = self._turns.pop(console, None)
        if turn is not None:
            turn.cancel()
        if self._holders.pop(console, False):
            self._held[console.login] -= 1
            self._held += collections.Counter()
            self._freed.append(self._clock())
        self.started(console)

    def waiting(self):
        """Return [(console, seconds it has to wait at a guess)], the next one first."""
        order = sorted(self._turns, key=self._rank)
        return [(console, self._seconds(place)) for place, console in enumerate(order, 1)]

    def guess(self, console):
        """Return how many seconds one that is in line has to wait at a guess."""
        rank = self._rank(console)
        # It was the last to come: those of its own rank are before it.
        return self._seconds(sum(self._rank(other) <= rank for other in self._turns))

    def lacking(self):
        """Return how many consoles wait for a place."""
        return sum(console not in self._holders for console in self._turns)

    def _rank(self, console):
        # The dictionary is in the order in which they came, and sorting and min keep it.
        return console not in self._holders, self._held[console.login]

    def _call(self):
        while self._turns and len(self._starting) < self._starts_at_once:
            console = min(self._turns, key=self._rank)
            if console not in self._holders:
                if self.is_full:
                    return
                self._holders[console] = True
                self._held[console.login] += 1
            self._starting[console] = self._clock()
            self._turns.pop(console).set_result(None)

    def _seconds(self, place):
        seconds = place * self._start_seconds / self._starts_at_once
        if self.is_full:
            seconds += place * self._seconds_a_place()
        return min(MOST_SECONDS, seconds)

    def _seconds_a_place(self):
        if len(self._freed) < 2:
            return self._life_seconds / max(1, self._places)
        return (self._clock() - self._freed[0]) / len(self._freed)
