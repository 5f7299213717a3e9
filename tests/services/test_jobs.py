"""Jobs run by a real worker, woken through a folder: they end once, whatever is killed on the way."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from ivle.errors import Conflict
from ivle.jobs.alive import SILENT_SECONDS, is_alive
from ivle.jobs.queue import enqueue
from ivle.jobs.worker import GOODBYE_SECONDS
from ivle.models import JobState
from ivle.models.job import MOST_TRIES, Job, cancel_job, claim_job, take_back_stale_jobs
from ivle.models.meta import utc_now
from tests.contract.consoles import eventually, takes_less
from tests.database import postgresql, postgresql_template
from tests.services.job_site import ROOT, JobSite

__all__ = ['postgresql', 'postgresql_template']

# The site waits for two seconds, of which a worker keeps some; on a busy machine it has more. Its jobs would take longer still.
QUICKLY_SECONDS = 20.0


@pytest.fixture
def jobs(data):
    with JobSite(data) as site:
        yield site


def test_a_job_runs_and_tells_its_result(jobs):
    jobs.worker()
    job = jobs.count_to(3)
    assert jobs.becomes(job, 'done')
    told = jobs.job(job)
    assert (told.result, told.done, told.total, jobs.counted()) == ({'counted': 3}, 3, 3, [1, 2, 3])


def test_a_worker_that_has_nothing_to_do_is_woken_within_a_second(jobs):
    jobs.worker()
    assert jobs.becomes(jobs.count_to(1, name='first'), 'done')
    # Whoever is not woken looks around each few seconds.
    assert takes_less(1.0, lambda: jobs.becomes(jobs.count_to(1, name='second'), 'done'))


@pytest.mark.parametrize('end', ['kill', 'stop'])
def test_a_worker_gives_signs_of_life_until_it_ends(jobs, end):
    assert not is_alive(jobs.settings)
    worker = jobs.worker()
    assert is_alive(jobs.settings)
    beat = jobs.settings.path('run', 'worker.beat')
    first = beat.stat().st_mtime_ns
    assert eventually(lambda: beat.stat().st_mtime_ns > first)
    getattr(worker, end)()
    last = beat.stat().st_mtime
    assert is_alive(jobs.settings, last + SILENT_SECONDS / 2) and not is_alive(jobs.settings, last + SILENT_SECONDS)


def test_a_worker_that_hangs_gives_no_sign_of_life(jobs):
    worker = jobs.worker()
    worker.process.send_signal(signal.SIGSTOP)
    beat = jobs.settings.path('run', 'worker.beat')
    os.utime(beat, (time.time() - SILENT_SECONDS,) * 2)
    assert not is_alive(jobs.settings)
    worker.process.send_signal(signal.SIGCONT)
    assert eventually(lambda: is_alive(jobs.settings))


def test_a_job_that_nobody_committed_is_no_job_and_wakes_nobody(jobs):
    with pytest.raises(RuntimeError), jobs.database.writing() as db:
        job = enqueue(db, jobs.settings, 'count', {}, title='A test')
        raise RuntimeError('the request failed')
    assert jobs.job(job) is None and jobs.messages() == []


def test_the_message_is_sent_after_the_commit(jobs):
    with jobs.database.writing() as db:
        enqueue(db, jobs.settings, 'count', {}, title='A test')
        assert jobs.messages() == []
    assert len(jobs.messages()) == 1


def test_a_job_that_cannot_be_done_says_why(jobs):
    jobs.worker()
    job = jobs.ask('refuse')
    assert jobs.becomes(job, 'failed') and jobs.job(job).message == 'There is nothing to count.'


def test_a_job_that_breaks_says_under_which_number_it_was_noted(jobs):
    jobs.worker()
    job = jobs.ask('stumble')
    assert jobs.becomes(job, 'failed')
    incident = re.search('incident ([0-9a-f]{8})', jobs.job(job).message)[1]
    assert f'incident {incident}: job {job} failed\nTraceback' in (jobs.data / 'log/worker.log').read_text()


def test_a_job_tells_how_far_it_is_and_how_long_the_rest_takes(jobs):
    jobs.worker()
    job = jobs.count_to(100, seconds=0.1)
    assert eventually(lambda: jobs.job(job).done >= 10)
    told = jobs.job(job)
    assert (told.total, told.message) == (100, 'Counting to 100.')
    assert 5 <= told.seconds_left(utc_now()) <= 20


def test_a_job_that_is_cancelled_stops(jobs):
    jobs.worker()
    job = jobs.count_to(1000, seconds=0.05)
    assert eventually(lambda: jobs.job(job).done > 0)
    with jobs.database.writing() as db:
        assert cancel_job(db, job)
    assert eventually(lambda: f'job {job} stops before its end' in (jobs.data / 'log/worker.log').read_text())
    assert jobs.job(job).state == JobState.CANCELLED and len(jobs.counted()) < 100


def test_what_is_over_cannot_be_cancelled(jobs):
    jobs.worker()
    job = jobs.count_to(1)
    assert jobs.becomes(job, 'done')
    with jobs.database.writing() as db:
        assert not cancel_job(db, job)
    assert jobs.job(job).state == JobState.DONE


def test_of_two_jobs_with_one_lock_the_second_hears_of_the_first(jobs):
    job = jobs.ask('count', lock='the same')
    with pytest.raises(Conflict) as refusal:
        jobs.ask('count', lock='the same')
    assert (refusal.value.code, refusal.value.extra) == ('running', {'job': job})
    with jobs.database.writing() as db:
        cancel_job(db, job)
    assert jobs.ask('count', lock='the same')


def test_as_many_jobs_run_at_once_as_the_settings_say_and_the_others_later(jobs):
    names = [f'notes{number}' for number in range(5)]
    started = [jobs.count_to(5, seconds=0.1, name=name) for name in names]
    jobs.worker()
    assert eventually(lambda: len([1 for job in started if jobs.job(job).state == JobState.RUNNING]) == 2)
    assert all(jobs.becomes(job, 'done') for job in started)
    assert [jobs.counted(name) for name in names] == [[1, 2, 3, 4, 5]] * 5


def test_two_workers_run_each_job_once(jobs):
    jobs.worker(), jobs.worker()
    names = [f'notes{number}' for number in range(20)]
    assert all(jobs.becomes(job, 'done') for job in [jobs.count_to(3, name=name) for name in names])
    assert [jobs.counted(name) for name in names] == [[1, 2, 3]] * 20
    assert jobs.messages() == []


def test_a_message_that_comes_twice_runs_its_job_once(jobs):
    job = jobs.count_to(3)
    with jobs.database.writing() as db:
        assert claim_job(db, job)
        assert claim_job(db, job) is None


def test_a_killed_worker_is_replaced_and_its_job_ends_once_with_the_right_result(jobs):
    first = jobs.worker()
    job = jobs.count_to(60, seconds=0.05)
    assert eventually(lambda: len(jobs.counted()) >= 10)
    first.kill()
    assert jobs.job(job).state == JobState.RUNNING
    jobs.let_the_beat_be_old(job)
    jobs.worker()
    assert jobs.becomes(job, 'done')
    assert (jobs.counted(), jobs.tries(job)) == (list(range(1, 61)), 2)


def test_the_same_holds_with_postgresql(data, postgresql, postgresql_template):
    address = postgresql.new_database(postgresql_template)
    with JobSite(data, **{'database.url': address}) as jobs:
        first = jobs.worker()
        job = jobs.count_to(60, seconds=0.05)
        assert eventually(lambda: len(jobs.counted()) >= 10)
        first.kill()
        jobs.let_the_beat_be_old(job)
        jobs.worker(), jobs.worker()
        assert jobs.becomes(job, 'done')
        assert (jobs.counted(), jobs.tries(job)) == (list(range(1, 61)), 2)


def test_a_worker_that_was_taken_for_dead_changes_nothing_when_it_comes_back(jobs):
    first = jobs.worker()
    job = jobs.count_to(20, seconds=0.1)
    assert eventually(lambda: len(jobs.counted()) >= 3)
    os.kill(first.process.pid, signal.SIGSTOP)
    jobs.let_the_beat_be_old(job)
    jobs.worker()
    assert eventually(lambda: jobs.tries(job) == 2)
    os.kill(first.process.pid, signal.SIGCONT)
    assert jobs.becomes(job, 'done')
    assert eventually(lambda: f'job {job} stops before its end' in (jobs.data / 'log/worker.log').read_text())
    assert (jobs.job(job).state, jobs.tries(job)) == (JobState.DONE, 2)


def test_a_job_whose_workers_always_die_is_given_up_with_a_sentence(jobs):
    job = jobs.ask('count', lock='this')
    for _ in range(MOST_TRIES):
        with jobs.database.writing() as db:
            assert claim_job(db, job)
        jobs.let_the_beat_be_old(job)
        with jobs.database.writing() as db:
            assert take_back_stale_jobs(db, utc_now()) == 1
    assert jobs.job(job).state == JobState.FAILED
    assert jobs.job(job).message.startswith('The worker ended 5 times before this was done.')
    assert jobs.ask('count', lock='this')


def test_a_job_that_shows_life_is_not_taken_back(jobs):
    job = jobs.ask('count')
    with jobs.database.writing() as db:
        claim_job(db, job)
        assert take_back_stale_jobs(db, utc_now()) == 0


ASK_AND_DIE = """
import os, signal, sys
import ivle.jobs.queue as queue
from ivle.models import Database
from ivle.sandbox.daemon import settings_from
queue.publish = lambda settings, job_id: os.kill(os.getpid(), signal.SIGKILL)
settings = settings_from(sys.argv[1], environ={})
with Database(settings).writing() as db:
    queue.enqueue(db, settings, 'count', {'notes': sys.argv[2], 'total': 3}, title='A test')
"""


def test_what_was_committed_by_a_process_that_was_killed_before_its_message_is_done_all_the_same(jobs):
    killed = subprocess.run([sys.executable, '-c', ASK_AND_DIE, jobs.ini, jobs.data / 'notes'], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL and jobs.messages() == []
    with jobs.database.reading() as db:
        job = db.query(Job).one().id
    jobs.worker()
    assert jobs.becomes(job, 'done') and jobs.counted() == [1, 2, 3]


def test_a_worker_ends_within_two_seconds_and_gives_back_what_it_was_at(jobs):
    worker = jobs.worker()
    job = jobs.count_to(1000, seconds=0.05)
    assert eventually(lambda: len(jobs.counted()) > 3)
    asked = time.monotonic()
    assert worker.stop() == 0
    assert GOODBYE_SECONDS < 2 and time.monotonic() - asked < QUICKLY_SECONDS
    # That was nobody's fault, and counts as no try.
    assert (jobs.job(job).state, jobs.tries(job)) == (JobState.QUEUED, 0)


def test_a_worker_ends_within_two_seconds_whatever_its_jobs_do_and_the_job_is_found_later(jobs):
    worker = jobs.worker()
    job = jobs.ask('ignore')
    assert eventually(lambda: jobs.job(job).message == 'Deaf.')
    asked = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - asked < QUICKLY_SECONDS
    jobs.let_the_beat_be_old(job)
    jobs.worker()
    assert eventually(lambda: jobs.tries(job) == 2)


def test_asking_for_a_job_does_not_fail_where_nobody_can_be_woken(jobs):
    # A file stands where the folder of messages should.
    (jobs.data / 'queue').write_text('')
    job = jobs.count_to(1)
    (jobs.data / 'queue').unlink()
    jobs.worker()
    assert jobs.becomes(job, 'done')


def test_what_a_worker_gave_back_the_next_one_takes_at_once(jobs):
    first = jobs.worker()
    job = jobs.count_to(30, seconds=0.05)
    assert eventually(lambda: len(jobs.counted()) > 3)
    first.stop()
    jobs.worker()
    assert jobs.becomes(job, 'done')
    assert jobs.counted() == list(range(1, 31))


@pytest.mark.parametrize('content', ['', '{"body"', 'x', '[]', '{}'])
def test_a_file_in_the_queue_that_is_no_message_is_in_nobodys_way(jobs, content):
    worker = jobs.worker()
    (jobs.data / 'queue/messages/1_x.ivle-jobs.msg').write_text(content)
    assert eventually(lambda: jobs.messages() == [])
    assert jobs.becomes(jobs.count_to(1), 'done') and worker.process.poll() is None


def test_a_message_is_never_seen_half(jobs, monkeypatch):
    seen = []

    def rename(source, target):
        seen.append((os.path.getsize(source) > 0, source.endswith('.draft'), target.endswith('.ivle-jobs.msg')))
        os.replace(source, target)

    monkeypatch.setattr('ivle.jobs.folder.os.rename', rename)
    jobs.count_to(1)
    assert seen == [(True, True, True)]


def test_a_kind_that_is_not_there_is_named_at_the_start(data):
    with JobSite(data, **{'jobs.kinds': 'no.such.module'}) as site:
        command = [sys.executable, ROOT / 'services/worker', '--ini', site.ini]
        found = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert found.returncode == 1
    assert found.stderr.startswith('worker: ivle.jobs.kinds names no.such.module, which has no kinds of jobs')
