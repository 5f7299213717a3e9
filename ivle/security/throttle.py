"""How often passwords may be tried: a sliding window of five minutes, in the memory of this process.

A restart forgets the tries. That gives a guesser ten more, which is cheaper than a write to the database for each wrong password.
"""

import math
import threading
import time
from collections import deque

WINDOW_SECONDS = 300
# A whole computer room may share one address.
PEOPLE_BEHIND_ADDRESS = 20
SWEEP_AT = 10_000


class Window:
    """Counts what happened under a key in the last five minutes."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._moments = {}
        self._lock = threading.Lock()
        self._sweep_at = SWEEP_AT

    def take(self, key, most):
        """Count one more unless there were `most` already; return 0, or the seconds until one more fits."""
        with self._lock:
            now, moments = self._recent(key)
            if len(moments) >= most:
                return max(1, math.ceil(moments[len(moments) - most] + WINDOW_SECONDS - now))
            moments.append(now)
            self._moments[key] = moments
            return 0

    def wait(self, key, most):
        """Return the seconds until one more fits, without counting it."""
        with self._lock:
            now, moments = self._recent(key)
            return 0 if len(moments) < most else max(1, math.ceil(moments[len(moments) - most] + WINDOW_SECONDS - now))

    def forget(self, key):
        """Forget what happened under a key."""
        with self._lock:
            self._moments.pop(key, None)

    def __len__(self):
        return len(self._moments)

    def _recent(self, key):
        now = self._clock()
        if len(self._moments) >= self._sweep_at:
            # Names are the guesser's choice, so keys must not pile up.
            self._moments = {name: moments for name, moments in self._moments.items() if moments[-1] > now - WINDOW_SECONDS}
            self._sweep_at = max(SWEEP_AT, 2 * len(self._moments))
        moments = self._moments.get(key, deque())
        while moments and moments[0] <= now - WINDOW_SECONDS:
            moments.popleft()
        return now, moments


class LoginThrottle:
    """Counts tries by account and by address.

    An account gives `tries` to all strangers together, and as many to each address that its owner is signed in from:
    so a stranger who guesses cannot lock the owner out.
    """

    def __init__(self, tries, clock=time.monotonic):
        self._tries = max(tries, 1)
        self._window = Window(clock)

    def take(self, login, address, is_familiar):
        """Count one try before the password is looked at; return 0, or the seconds to wait when there are none left."""
        seconds = self._window.wait(('address', address), self._tries * PEOPLE_BEHIND_ADDRESS)
        return seconds or self._window.take(_account_key(login, address, is_familiar), self._tries)

    def was_wrong(self, address):
        """Count a wrong password against the address it came from."""
        self._window.take(('address', address), self._tries * PEOPLE_BEHIND_ADDRESS)

    def was_right(self, login, address, is_familiar):
        """Forget the tries of somebody who now has given the right password."""
        self._window.forget(_account_key(login, address, is_familiar))


def _account_key(login, address, is_familiar):
    return 'account', login, address if is_familiar else None
