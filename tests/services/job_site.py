"""A site's database and its worker as a process, for tests of jobs."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from ivle.jobs.queue import enqueue
from ivle.models import Database, JobState, upgrade
from ivle.models.job import Job, find_job
from ivle.sandbox.daemon import settings_from
from tests.contract.consoles import eventually

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / 'services' / 'worker'
END_SECONDS = 10


class Worker:
    """One worker. It ends when its standard input does, as under the site's own supervisor."""

    def __init__(self, ini):
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, '--ini', ini],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, 'PYTHONPATH': str(ROOT)},
        )
        if self.process.stdout.readline() != b'ready\n':
            raise AssertionError(f'the worker ended with status {self.stop()}')

    def stop(self):
        """End it as the site does, and return its exit status."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(END_SECONDS)

    def kill(self):
        """End it as a power cut does."""
        self.process.kill()
        return self.stop()


class JobSite:
    """The data of a site, without web: `with` gives workers that are ended at the end."""

    def __init__(self, data, **settings):
        self.data = Path(data)
        self.data.chmod(0o711)
        self.ini = self.data / 'site.ini'
        keys = {'data': self.data, 'jobs.kinds': 'tests.counting ivle.jobs.retest ivle.jobs.publishing', **settings}
        self.ini.write_text('[app:main]\n' + ''.join(f'ivle.{key} = {value}\n' for key, value in keys.items()))
        self.settings = settings_from(self.ini, environ={})
        upgrade(self.settings)
        self.database = Database(self.settings)
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._stack.close()
        self.database.close()

    def worker(self):
        """Return a worker that is ready."""
        worker = Worker(self.ini)
        self._stack.callback(worker.kill)
        return worker

    def ask(self, kind='count', lock=None, **arguments):
        """Ask for a job and return its id."""
        with self.database.writing() as db:
            return enqueue(db, self.settings, kind, arguments, title='A test', lock=lock)

    def count_to(self, total, seconds=0.0, name='notes'):
        """Ask for a job that counts, and return its id."""
        return self.ask('count', notes=str(self.data / name), total=total, seconds=seconds)

    def counted(self, name='notes'):
        """Return the lines that such a job has written."""
        path = self.data / name
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def job(self, job_id):
        """Return the JobFacts of a job."""
        with self.database.reading() as db:
            return find_job(db, job_id)

    def tries(self, job_id):
        with self.database.reading() as db:
            return db.get(Job, job_id).tries

    def becomes(self, job_id, state, seconds=120):
        """Wait until a job is in a state, and return whether it came to that."""
        return eventually(lambda: self.job(job_id).state == JobState(state), seconds)

    def let_the_beat_be_old(self, job_id):
        """Let half a minute pass without a sign of life of whoever runs a job."""
        with self.database.writing() as db:
            db.get(Job, job_id).beat = db.get(Job, job_id).beat.replace(year=2020)

    def messages(self):
        """Return the names of the messages in the folder of the queue."""
        return [path.name for path in self.data.glob('queue/messages/*')]
