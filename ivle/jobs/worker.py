"""Worker: takes jobs from the queue and runs some at a time, as threads of one process: they wait for hosts most of the time."""

import importlib
import logging
import os
import threading
import time

from ivle.jobs.alive import note_alive
from ivle.jobs.execution import execute
from ivle.jobs.queue import QUEUE, TASK, make_app
from ivle.jobs.tending import BEAT_SECONDS, Repeated, heartbeat, sweeper
from ivle.models import Database
from ivle.settings import SettingsError

# Whoever ends us waits two seconds in all.
GOODBYE_SECONDS = 1.2

log = logging.getLogger(__name__)


def kinds_of(settings):
    """Return {kind: function} of the modules that the settings name; SettingsError when one is missing."""
    found = {}
    for name in settings.jobs_kinds:
        try:
            found |= importlib.import_module(name).KINDS
        except (ImportError, AttributeError) as error:
            raise SettingsError(f'ivle.jobs.kinds names {name}, which has no kinds of jobs: {error}.') from error
    return found


class Worker:
    """What `ivle.sandbox.daemon.run` starts and closes."""

    def __init__(self, settings):
        self._settings = settings
        self._running = set()
        self._is_ending = threading.Event()
        self._tending = []

    def start(self):
        """Begin to take jobs; return when the next one would be taken."""
        from celery.worker import WorkController

        # It tells of every message; execution tells of every job.
        logging.getLogger('celery').setLevel(logging.WARNING)
        settings = self._settings
        kinds = kinds_of(settings)
        self._database = Database(settings)
        app = make_app(settings)

        @app.task(name=TASK, ignore_result=True)
        def run_job(job_id):
            if not self._is_ending.is_set():
                execute(settings, self._database, kinds, job_id, self._running)

        class Controller(WorkController):
            """Celery's worker, which waits for the jobs at hand before it stops: they are told to come to their end."""

            def stop(controller, *arguments, **options):
                self._stop_jobs()
                super().stop(*arguments, **options)

        self._controller = Controller(
            app=app,
            pool_cls='threads',
            concurrency=max(1, settings.jobs_at_once),
            queues=[QUEUE],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            task_events=False,
        )
        self._tending = [
            # By itself: a database that does not answer is no dead worker.
            Repeated('signs of life', BEAT_SECONDS, lambda: note_alive(settings)),
            heartbeat(self._running),
            sweeper(settings, self._database, self._running),
        ]
        note_alive(settings)
        for thread in (threading.Thread(target=self._listen, name='queue', daemon=True), *self._tending):
            thread.start()

    def _listen(self):
        """Take messages until the end of the process. A worker that hears nothing any more is none: it makes room for another."""
        self._controller.start()
        if not self._is_ending.is_set():
            log.error('the queue is heard no more; this worker ends')
            self.close()
            os._exit(1)

    def _stop_jobs(self):
        for run in tuple(self._running):
            run.stop(is_lost=False)

    def close(self):
        """Take no more jobs, and put those at hand back into the queue."""
        self._is_ending.set()
        self._stop_jobs()
        deadline = time.monotonic() + GOODBYE_SECONDS
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._running:
            log.warning('%s jobs did not stop in time: another worker takes them in half a minute', len(self._running))
        for thread in self._tending:
            thread.end()
