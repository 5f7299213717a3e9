"""How often passwords may be tried: a sliding window of five minutes, in the memory of this process.

A restart forgets the tries. That gives a guesser ten more, which is cheaper than a write to the database for each wrong password.
"""

import math
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

WINDOW_SECONDS = 300
# A whole computer room may share one address.
PEOPLE_BEHIND_ADDRESS = 20


class LoginThrottle:
    """Counts tries by account and by address.

    An account gives `tries` to all strangers together, and as many to each address that its owner is signed in from:
    so a stranger who guesses cannot lock the owner out.
    """

    def __init__(self, tries):
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._account = RateLimitItemPerSecond(max(tries, 1), WINDOW_SECONDS)
        self._address = RateLimitItemPerSecond(max(tries, 1) * PEOPLE_BEHIND_ADDRESS, WINDOW_SECONDS)

    def take(self, login, address, is_familiar):
        """Count one try before the password is looked at; return 0, or the seconds to wait when there are none left."""
        if not self._window.test(self._address, 'address', address):
            return self._seconds_left(self._address, 'address', address)
        key = _account_key(login, address, is_familiar)
        return 0 if self._window.hit(self._account, *key) else self._seconds_left(self._account, *key)

    def was_wrong(self, address):
        """Count a wrong password against the address it came from."""
        self._window.hit(self._address, 'address', address)

    def was_right(self, login, address, is_familiar):
        """Forget the tries of somebody who now has given the right password."""
        self._window.clear(self._account, *_account_key(login, address, is_familiar))

    def _seconds_left(self, item, *key):
        return max(1, math.ceil(self._window.get_window_stats(item, *key).reset_time - time.time()))


def _account_key(login, address, is_familiar):
    return ('account', login, address if is_familiar else 'strangers')
