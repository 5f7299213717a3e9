"""Turns: programs that take their time never hold every thread of the site."""

import collections
import contextlib
import threading

from ivle.errors import IvleError

# These threads are left for everything else, whatever is being served.
THREADS_KEPT_FREE = 2
WAIT_SECONDS = 5.0


class Turns:
    """Lets one owner's home answer so many requests at once, and all homes together no more than leaves threads free."""

    def __init__(self, threads, wait_seconds=WAIT_SECONDS):
        places = max(1, threads - THREADS_KEPT_FREE)
        self._places = threading.BoundedSemaphore(places)
        # The parts of one page are asked for together, so an owner gets most of the places, yet not the last.
        self._most = max(1, places - 2)
        self._wait_seconds = wait_seconds
        self._taken = collections.Counter()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def turn(self, login):
        """Hold a turn of this owner; IvleError `too-many` when there is none, or none comes free in time."""
        if not self._places.acquire(blocking=False):
            raise IvleError(
                'The site serves as many pages as it can. Load this one again in a moment.', code='too-many', status=503
            )
        try:
            with self._changed:
                if not self._changed.wait_for(lambda: self._taken[login] < self._most, self._wait_seconds):
                    raise IvleError(
                        'Other programs of yours are still running. Load this page again in a moment.',
                        code='too-many',
                        status=429,
                    )
                self._taken[login] += 1
            try:
                yield
            finally:
                with self._changed:
                    self._taken[login] -= 1
                    # Zeros are dropped, or the list of logins would only grow.
                    self._taken += collections.Counter()
                    self._changed.notify_all()
        finally:
            self._places.release()
