"""Judging: an attempt is written down, judged by sandbox-server, and its verdict written down once.

Nothing is lost on the way: whoever dies in between leaves an attempt that waits, and `sweep` has it judged.
"""

import contextlib
import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta

from ivle.errors import IvleError
from ivle.hosts.testing import Testing
from ivle.models import attempting
from ivle.models.attempt import AttemptState
from ivle.models.attempting import AttemptFacts
from ivle.models.meta import utc_now
from ivle.teaching.verdict import cases_of, told

WAIT_SECONDS = 1.0
# After that an attempt that cannot be tested costs its sender nothing, and does not stand in the way of others.
GIVEN_UP_AFTER = timedelta(days=1)
# Younger ones are waited for by whoever sent them.
LEFT_SECONDS = 30.0
MOST_AT_ONCE = 50
_AGAIN_SECONDS = 30

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """An attempt, and where it is while it waits: {"place", "seconds"}, or {"cases", "total"}; with a "message" if it must."""

    attempt: AttemptFacts
    waiting: dict | None = None


class Judging:
    """Has attempts judged. At most half of the site's threads wait for verdicts at once; the others answer right away."""

    def __init__(self, settings, database, testing=None):
        self._database = database
        self.testing = testing or Testing(settings)
        self._places = threading.BoundedSemaphore(max(1, settings.threads // 2))

    def submit(self, user_id, link_id, version_id, code, key=None):
        """Write an attempt down and have it judged; return its Outcome, after a second at most.

        The same key and code once more are the same attempt.
        """
        with self._database.writing() as db:
            attempt = attempting.record(db, user_id, link_id, version_id, key or secrets.token_hex(16), code)
        return self._outcome(attempt, WAIT_SECONDS, self._send)

    def collect(self, attempt, wait_seconds=WAIT_SECONDS):
        """Return the Outcome of an attempt, written down when it is over; one that sandbox-server has lost is sent again."""
        return self._outcome(attempt, wait_seconds, self._look)

    def _send(self, attempt, seconds):
        with self._database.reading() as db:
            login, definition = attempting.to_judge(db, attempt.id)
        # One that is known there is not judged twice.
        return self.testing.submit(login, attempt.test_key, definition, attempt.code, wait=seconds)

    def _look(self, attempt, seconds):
        found = self.testing.look(attempt.test_key, wait=seconds)
        return self._send(attempt, seconds) if found is None else found

    def _outcome(self, attempt, wait_seconds, ask):
        # No transaction is open while this waits.
        if attempt.state != AttemptState.WAITING:
            return Outcome(attempt)
        try:
            with self._turn(wait_seconds) as seconds:
                found = ask(attempt, seconds)
        except IvleError as error:
            log.warning('the attempt %s waits: %s', attempt.id, error)
            message = 'Programs cannot be tested for the moment. What you sent is kept, and is tested as soon as possible.'
            return Outcome(attempt, {'place': 1, 'seconds': _AGAIN_SECONDS, 'message': message})
        return self._note(attempt, found)

    @contextlib.contextmanager
    def _turn(self, seconds):
        """Give the seconds that one may wait: none when as many threads wait as may."""
        if not seconds or not self._places.acquire(blocking=False):
            yield 0.0
            return
        try:
            yield seconds
        finally:
            self._places.release()

    def _note(self, attempt, found):
        if found is None:
            return Outcome(attempt, {'place': 1, 'seconds': 1})
        if found['state'] == 'judged':
            verdict = found['verdict']
            with self._database.writing() as db:
                return Outcome(attempting.settle(db, attempt.id, told(verdict), verdict['python']))
        if found['state'] == 'fault':
            log.warning('the exercise of the attempt %s is at fault, %s: %s', attempt.id, found['where'], found['message'])
            with self._database.writing() as db:
                return Outcome(attempting.void(db, attempt.id, found['where'], found['message']))
        if found['state'] == 'running':
            return Outcome(attempt, {'cases': cases_of(found['suites']), 'total': found['total']})
        return Outcome(attempt, {'place': found['place'], 'seconds': found['seconds']})

    def sweep(self, now=None):
        """Have attempts judged, or verdicts collected, that nobody has asked about for a while; return how many are over."""
        now = now or utc_now()
        with self._database.reading() as db:
            left = attempting.left_waiting(db, now - timedelta(seconds=LEFT_SECONDS), MOST_AT_ONCE)
        return sum(self._is_over(attempt, now) for attempt in left)

    def _is_over(self, attempt, now):
        outcome = self.collect(attempt, 0.0)
        if outcome.waiting is not None and attempt.submitted < now - GIVEN_UP_AFTER:
            with self._database.writing() as db:
                outcome = Outcome(attempting.give_up(db, attempt.id))
        return outcome.attempt.state != AttemptState.WAITING
