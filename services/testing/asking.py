"""Asks the box of an attempt to run it, from the judge's box: the runner at the other end may have been taken over long since."""

import time

from ivle import chat
from services.testing.claims import checked_exception
from services.testing.errors import without_result
from services.testing.runner import SPENT

# Beside the seconds that a run has, and all runs together: to make processes and to tell what came of them.
SPARE_SECONDS = 5.0


class Attempt:
    """An attempt in its own box. `fault` is {} or {"exception"}: why its source is no program.

    Whatever it is asked, in `seconds` it is over: who is late with each answer is late as a whole. A run may take `stretch` times
    its seconds. `renew()` returns a socket to another box where runs can go on; without it they cannot. With `has_sessions` there
    will be more than runs.
    """

    def __init__(self, channel, source, seconds, stretch, renew=None, has_sessions=False):
        self._channel, self.source, self._stretch = channel, source, stretch
        self._renew, self._has_sessions = renew, has_sessions
        self._deadline = time.monotonic() + seconds + SPARE_SECONDS
        self._session, self._is_over, self._is_lost, self._late = 0, True, False, 0
        told = self._begin() or {}
        self.fault = {}
        if 'exception' in told:
            try:
                self.fault = {'exception': checked_exception(told['exception'])}
            except (KeyError, TypeError, ValueError):
                self._is_lost = True

    @property
    def is_clean(self):
        """Whether its box has answered everything that it was asked."""
        return self._is_over and not self._is_lost

    def runs(self, orders):
        """Yield what its box says came of each run, which is to be checked; where nobody answers, that it ended everything."""
        told = self._ask({'runs': orders}, orders[0]['seconds']) if orders else None
        for place in range(len(orders)):
            if told == SPENT:
                told = self._go_on(orders[place:])
            self._late += told is not None and told.get('end') == 'time'
            yield told or self._lost()
            if told is not None and place + 1 < len(orders):
                told = self._next(orders[place + 1]['seconds'])

    def close(self):
        """Let go of its box."""
        self._channel.close()

    def _begin(self):
        return self._ask({'source': self.source, 'late': self._late, 'sessions': self._has_sessions})

    def _go_on(self, orders):
        """Ask another box for these runs and return its first answer."""
        if self._renew is None:
            self._is_lost = True
            return None
        self._channel.close()
        self._channel = self._renew()
        told = self._begin()
        if told is not None:
            told = self._ask({'runs': orders}, orders[0]['seconds'])
        if told == SPENT:
            self._is_lost = True
            return None
        return told

    def open_session(self, order):
        """Have the program loaded in a process that answers calls; return the answer to that, None where there is none."""
        self._session += 1
        self._is_over = False
        return self.ask({'session': {**order, 'number': self._session}}, order['seconds'])

    def ask(self, question, seconds):
        """Return the answer of the open session to a call, None where none comes."""
        told = None if self._is_over else self._ask(question, seconds)
        if told is None or self._says_over(told):
            self._is_over = True
            return None
        return told

    def close_session(self):
        """End the session, if it has not ended."""
        told = None if self._is_over else self._ask({'end': None})
        while told is not None and not self._says_over(told):
            # What it said late, or without being asked.
            told = self._next(0.0)
        self._is_over = True

    def _says_over(self, told):
        return told == {'over': self._session}

    def _lost(self):
        return without_result('time' if time.monotonic() > self._deadline else 'left')

    def _ask(self, question, seconds=0.0):
        if self._is_lost:
            return None
        try:
            chat.write_value(self._channel, question)
        except chat.ProtocolError:
            self._is_lost = True
            return None
        return self._next(seconds)

    def _next(self, seconds):
        seconds = self._stretch * seconds + SPARE_SECONDS
        try:
            told = chat.read_value(self._channel, timeout=max(0.0, min(seconds, self._deadline - time.monotonic())))
        except chat.ProtocolError:
            told = None
        if type(told) is not dict:
            self._is_lost = True
            return None
        return told
