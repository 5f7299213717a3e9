"""Tending: the two threads of a worker that keep rows and reality together.

The one says once a second that this worker's jobs live. The other looks for jobs that a lost message or a lost worker has left.
"""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from ivle.jobs.queue import publish
from ivle.models.job import has_stale_jobs, take_back_stale_jobs, waiting_jobs
from ivle.models.meta import utc_now

BEAT_SECONDS = 1.0
SWEEP_SECONDS = 3.0

log = logging.getLogger(__name__)


class Repeated(threading.Thread):
    """Does something again and again until it is told to end."""

    def __init__(self, name, seconds, action):
        super().__init__(name=name, daemon=True)
        self._seconds, self._action = seconds, action
        self._is_ending = threading.Event()

    def run(self):
        while not self._is_ending.wait(self._seconds):
            try:
                self._action()
            except SQLAlchemyError as error:
                # At the first start the tables are still being made.
                log.warning('%s must wait, the database does not answer: %s', self.name, str(error).splitlines()[0])

    def end(self):
        """Do it no more."""
        self._is_ending.set()


def heartbeat(running):
    """Return the thread by which the jobs in a set of Runs say that they live."""
    return Repeated('heartbeat', BEAT_SECONDS, lambda: [run.beat() for run in tuple(running)])


def sweeper(settings, database, running, seconds=SWEEP_SECONDS):
    """Return the thread that takes back jobs of lost workers, and wakes this one for what nobody has taken."""
    return Repeated('sweeper of jobs', seconds, lambda: sweep(settings, database, max(1, settings.jobs_at_once) - len(running)))


def sweep(settings, database, places):
    """Look once. A worker with no free `places` wakes nobody: it would only fill the queue."""
    with database.reading() as db:
        waiting, is_stale = waiting_jobs(db, max(0, places)), has_stale_jobs(db, utc_now())
    if is_stale:
        with database.writing() as db:
            taken_back = take_back_stale_jobs(db, utc_now())
        log.warning('%s jobs were taken back: their workers gave no sign of life', taken_back)
    for job_id in waiting:
        publish(settings, job_id)
