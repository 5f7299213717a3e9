"""Execution: one job, from its claim to its end."""

import logging
import secrets
import threading

from sqlalchemy.exc import SQLAlchemyError

from ivle.models.job import JobState, beat_job, claim_job, end_job, give_back_job

log = logging.getLogger(__name__)


class Stopped(Exception):
    """The job is not ours any more, or the worker ends: leave everything as it is."""


class JobFailed(Exception):
    """The job cannot be done. The message is a sentence for the person who asked for it."""


class Run:
    """A job that is being run: what its kind works with. `settings`, `database` and `arguments` are there for it."""

    def __init__(self, settings, database, claimed):
        self.settings, self.database, self.claimed = settings, database, claimed
        self.done, self.total, self.message = 0, 0, ''
        self.is_lost = False
        self._stop = threading.Event()

    @property
    def job_id(self):
        return self.claimed.id

    @property
    def arguments(self):
        return self.claimed.arguments

    def progress(self, done, total, message=''):
        """Say how far it is; the row tells it within a second. Raises Stopped when it is to end."""
        self.done, self.total, self.message = done, total, message
        self.check()

    def check(self):
        """Raise Stopped when the job is to end. To be called every second or so."""
        if self._stop.is_set():
            raise Stopped()

    def pause(self, seconds):
        """Wait; raise Stopped as soon as the job is to end."""
        self._stop.wait(seconds)
        self.check()

    def stop(self, is_lost):
        """Have it end soon. One that `is_lost` has another owner, or none: nothing more may be said about it."""
        self.is_lost = self.is_lost or is_lost
        self._stop.set()

    def beat(self):
        """Write that it goes on, and stop it when it is not ours any more."""
        with self.database.writing() as db:
            is_ours = beat_job(db, self.claimed, self.done, self.total, self.message)
        if not is_ours:
            self.stop(is_lost=True)


def execute(settings, database, kinds, job_id, running):
    """Run a job unless it is another's already. `running` is a set that holds the Run meanwhile.

    What of ours breaks on the way puts the job back into the queue, to be tried again.
    """
    with database.writing() as db:
        claimed = claim_job(db, job_id)
    if claimed is None:
        return
    run = Run(settings, database, claimed)
    running.add(run)
    log.info('job %s (%s) begins, try %s', job_id, claimed.kind, claimed.tries)
    try:
        _end(run, *_outcome(run, kinds))
    except Stopped:
        log.info('job %s stops before its end', job_id)
        _give_back(run, is_our_fault=False)
    except SQLAlchemyError as error:
        log.warning('job %s must wait, the database does not answer: %s', job_id, error)
        _give_back(run, is_our_fault=True)
    finally:
        running.discard(run)


def _outcome(run, kinds):
    kind = kinds.get(run.claimed.kind)
    try:
        if kind is None:
            raise JobFailed(f'This worker knows no job of the kind {run.claimed.kind}: ivle.jobs.kinds may have changed.')
        result = kind(run)
        # Not before: the last message of a job is its own.
        return JobState.DONE, run.message, result
    except JobFailed as error:
        return JobState.FAILED, str(error), None
    except (Stopped, SQLAlchemyError):
        raise
    except Exception:
        incident = secrets.token_hex(4)
        log.exception('incident %s: job %s failed', incident, run.job_id)
        return JobState.FAILED, f'Something broke on our side, and it has been noted as incident {incident}.', None


def _end(run, state, message, result):
    with run.database.writing() as db:
        is_ours = end_job(db, run.claimed, state, run.done, run.total, message, result)
    log.info('job %s ends: %s%s', run.job_id, state, '' if is_ours else ', but it was taken away meanwhile')


def _give_back(run, is_our_fault):
    if run.is_lost:
        return
    try:
        with run.database.writing() as db:
            give_back_job(db, run.claimed, is_our_fault)
    except SQLAlchemyError as error:
        # Nobody hears its beat any more: it is taken back in half a minute.
        log.warning('job %s could not be given back: %s', run.job_id, error)
