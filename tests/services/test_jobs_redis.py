"""Jobs with Redis between: a real server on a free port of this machine."""

import subprocess
import time

import pytest
import redis

from tests.contract.consoles import PATIENCE_SECONDS, eventually, takes_less
from tests.services.job_site import JobSite
from tests.site import free_ports


class RedisServer:
    """A Redis that keeps nothing, for as long as `with` lasts; it can be stopped and started meanwhile."""

    def __init__(self, folder):
        self.port, self._folder = free_ports(1), folder
        self.address = f'redis://127.0.0.1:{self.port}/0'
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        self._process = subprocess.Popen(
            ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--save', '', '--dir', self._folder],
            stdout=subprocess.DEVNULL,
        )
        assert eventually(self._answers)

    def _answers(self):
        try:
            with redis.Redis(port=self.port) as client:
                return client.ping()
        except redis.ConnectionError:
            return False

    def stop(self):
        self._process.terminate()
        self._process.wait(10)

    def client(self):
        return redis.Redis(port=self.port)


@pytest.fixture
def server(tmp_path):
    with RedisServer(tmp_path) as running:
        yield running


@pytest.fixture
def jobs(data, server):
    with JobSite(data, **{'jobs.broker': server.address}) as site:
        yield site


def test_a_job_runs_and_nothing_stands_in_the_folder(jobs, server):
    jobs.worker()
    job = jobs.count_to(3)
    assert jobs.becomes(job, 'done')
    assert jobs.counted() == [1, 2, 3] and jobs.messages() == []


def test_a_worker_is_woken_within_a_second(jobs):
    jobs.worker()
    assert jobs.becomes(jobs.count_to(1, name='first'), 'done')
    # Whoever is not woken looks around each few seconds.
    assert takes_less(1.0, lambda: jobs.becomes(jobs.count_to(1, name='second'), 'done'))


def test_messages_are_json(jobs, server):
    jobs.count_to(3)
    with server.client() as client:
        [message] = client.lrange('ivle:ivle-jobs', 0, -1)
    assert b'"content-type": "application/json"' in message


def test_a_killed_worker_is_replaced_and_its_job_ends_once(jobs):
    first = jobs.worker()
    job = jobs.count_to(60, seconds=0.05)
    assert eventually(lambda: len(jobs.counted()) >= 10)
    first.kill()
    jobs.let_the_beat_be_old(job)
    jobs.worker()
    assert jobs.becomes(job, 'done')
    assert (jobs.counted(), jobs.tries(job)) == (list(range(1, 61)), 2)


def test_what_was_asked_for_while_redis_was_away_is_done_when_it_is_back(jobs, server):
    jobs.worker()
    server.stop()
    asked = time.monotonic()
    job = jobs.count_to(3)
    # Whoever asks is not kept waiting for a broker that is away.
    assert time.monotonic() - asked < 30.0
    server.start()
    assert jobs.becomes(job, 'done', seconds=60)
    assert jobs.counted() == [1, 2, 3]


def test_a_worker_that_can_hear_the_queue_no_more_gives_back_its_jobs_and_makes_room_for_another(jobs, server):
    worker = jobs.worker()
    job = jobs.count_to(1000, seconds=0.05)
    assert eventually(lambda: len(jobs.counted()) > 3)
    with server.client() as client:
        client.lpush('ivle:ivle-jobs', b'nonsense')
    assert worker.process.wait(PATIENCE_SECONDS) == 1
    assert jobs.becomes(job, 'queued')


def test_a_worker_ends_within_two_seconds_also_when_redis_is_away(jobs, server):
    worker = jobs.worker()
    server.stop()
    asked = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - asked < 20.0
    server.start()
