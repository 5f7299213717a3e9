"""The line of attempts that wait to be judged: whose turn it is, and when it is that of what can wait."""

import asyncio
import collections
import itertools
from dataclasses import dataclass, field

MOST_IN_LINE, MOST_IN_LINE_OF_ONE = 20_000, 30
# What can wait is judged one at a time, and when nothing else has been judged for so long; but one in so many seconds at least.
CALM_SECONDS, LATEST_SECONDS = 0.05, 1.0


@dataclass
class Attempt:
    """One attempt on its way. `definition` is the JSON of the exercise; one that is not `first` gives way to all that are."""

    login: str
    key: str
    definition: str
    code: str
    first: bool
    number: int = 0
    state: str = 'queued'
    suites: list = field(default_factory=list)
    told: int = 0
    total: int = 0
    verdict: dict | None = None
    fault: dict | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self):
        """Whether there is nothing to wait for any more."""
        return self.state in ('judged', 'fault', 'lost')


class AttemptLine:
    """Attempts in line. Each that `next` returns is under way until it is `done`. `now()` tells the time in seconds."""

    def __init__(self, at_once, now):
        self._at_once, self._now = at_once, now
        # Nobody is in it with nothing.
        self._line = {}
        self._numbers, self._turns = itertools.count(), itertools.count()
        # When somebody's turn was last: whoever submits often does not come before whoever does not.
        self._last_turns = {}
        self._busy, self._under_way = collections.Counter(), collections.Counter()
        self._busy_until = self._later_since = -LATEST_SECONDS

    def __len__(self):
        return sum(map(len, self._line.values()))

    def put(self, attempt):
        """Put an attempt at its end; return False where that is too long already."""
        place = (not attempt.first, attempt.login)
        if len(self) >= MOST_IN_LINE or len(self._line.get(place, ())) >= MOST_IN_LINE_OF_ONE:
            return False
        attempt.number = next(self._numbers)
        self._line.setdefault(place, collections.deque()).append(attempt)
        return True

    def take_out(self, login):
        """Take everything of one login out of the line and return it."""
        return [attempt for late in (False, True) for attempt in self._line.pop((late, login), ())]

    def place(self, attempt):
        """Return the place of an attempt among those that wait, as turns are taken now."""
        mine = (not attempt.first, attempt.login)
        before = self._line[mine].index(attempt)
        place = before + 1
        for other, line in self._line.items():
            if other[0] < mine[0]:
                place += len(line)
            elif other[0] == mine[0] and other != mine:
                place += min(len(line), before + (self._rank(other) < self._rank(mine)))
        return place

    def next(self, is_full):
        """Take the next attempt out of the line and return it, or None: of whose turn was longest ago, of theirs the first.

        Nobody has more than half of the places at once. Where all places are full, one that can wait may still have its turn.
        """
        most = max(1, self._at_once // 2)
        waiting = [key for key, line in self._line.items() if not key[0] and line and self._busy[key[1]] < most]
        if (is_full or not waiting) and self.seconds_to_wait == 0:
            waiting = [key for key in self._line if key[0]]
        elif is_full:
            waiting = []
        return self._take(min(waiting, key=self._rank)) if waiting else None

    @property
    def seconds_to_wait(self):
        """In how many seconds something that can wait may be judged; None where there is nothing, or one is under way."""
        if self._under_way[False] or not any(late for late, _ in self._line):
            return None
        now = self._now()
        calm = CALM_SECONDS if self._under_way[True] else self._busy_until + CALM_SECONDS - now
        return max(0.0, min(calm, self._later_since + LATEST_SECONDS - now))

    def _take(self, key):
        attempt = self._line[key].popleft()
        if not self._line[key]:
            del self._line[key]
        self._last_turns[attempt.login] = next(self._turns)
        if len(self._last_turns) > MOST_IN_LINE:
            self._last_turns.clear()
        self._under_way[attempt.first] += 1
        if attempt.first:
            self._busy[attempt.login] += 1
        else:
            self._later_since = self._now()
        return attempt

    def done(self, attempt):
        """Take note that an attempt is no longer under way."""
        self._under_way[attempt.first] -= 1
        if attempt.first:
            self._busy_until = self._now()
            self._busy[attempt.login] -= 1
            # Nobody is remembered who has nothing.
            self._busy += collections.Counter()

    def _rank(self, key):
        late, login = key
        return late, self._last_turns.get(login, -1), self._line[key][0].number
