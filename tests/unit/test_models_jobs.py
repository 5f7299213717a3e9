"""Jobs as rows: who holds one, who is too late, and what is taken back, on both databases."""

from datetime import timedelta

import pytest

from ivle.errors import Conflict
from ivle.models import Job, JobState
from ivle.models.job import (
    MOST_TRIES,
    STALE_SECONDS,
    add_job,
    beat_job,
    cancel_job,
    claim_job,
    end_job,
    find_job,
    give_back_job,
    holds_job,
    take_back_stale_jobs,
    waiting_jobs,
)
from ivle.models.meta import utc_now

LATER = timedelta(seconds=STALE_SECONDS + 1)


@pytest.fixture
def db(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def job(db):
    return ask(db)


def ask(db, lock=None):
    return add_job(db, 'count', {'to': 3}, title='Counting', url='', requested_by=None, lock=lock)


def row(db, job):
    return db.get(Job, job, populate_existing=True)


def test_a_job_is_claimed_once(db, job):
    claimed = claim_job(db, job)
    assert (claimed.kind, claimed.arguments, claimed.tries) == ('count', {'to': 3}, 1)
    assert claim_job(db, job) is None


def test_who_holds_a_job_says_how_it_goes_and_ends_it(db, job):
    claimed = claim_job(db, job)
    assert beat_job(db, claimed, 1, 3, 'One.') and holds_job(db, claimed)
    assert end_job(db, claimed, JobState.DONE, 3, 3, 'Three.', {'counted': 3})
    found = row(db, job)
    assert (found.state, found.done, found.message, found.claim) == (JobState.DONE, 3, 'Three.', None)
    assert find_job(db, job).result == {'counted': 3}


@pytest.fixture
def late(db, job):
    """Return what a worker holds of a job that was taken from it and given to another."""
    claimed = claim_job(db, job)
    assert take_back_stale_jobs(db, utc_now() + LATER) == 1
    claim_job(db, job)
    return claimed


def test_whose_job_was_taken_away_says_nothing_more_about_it(db, job, late):
    assert not beat_job(db, late, 2, 3, 'Late.')
    assert not holds_job(db, late)
    assert not end_job(db, late, JobState.FAILED, 2, 3, 'Late.')
    assert not give_back_job(db, late, is_our_fault=True)
    assert (row(db, job).state, row(db, job).message, row(db, job).tries) == (JobState.RUNNING, '', 2)


def test_whose_job_was_cancelled_says_nothing_more_about_it(db, job):
    claimed = claim_job(db, job)
    assert cancel_job(db, job)
    assert not beat_job(db, claimed, 2, 3, '') and not holds_job(db, claimed)
    assert not end_job(db, claimed, JobState.DONE, 3, 3)
    assert row(db, job).state == JobState.CANCELLED


def test_what_is_over_is_not_cancelled(db, job):
    end_job(db, claim_job(db, job), JobState.DONE, 3, 3)
    assert not cancel_job(db, job)


@pytest.mark.parametrize('is_our_fault, tries', [(True, 1), (False, 0)])
def test_a_job_that_is_given_back_can_be_taken_again(db, job, is_our_fault, tries):
    assert give_back_job(db, claim_job(db, job), is_our_fault)
    assert (row(db, job).tries, waiting_jobs(db, 5)) == (tries, [job])


def test_a_sign_of_life_keeps_a_job_where_it_is(db, job):
    claimed = claim_job(db, job)
    row(db, job).beat = utc_now() - LATER
    db.flush()
    beat_job(db, claimed, 1, 3, '')
    assert take_back_stale_jobs(db, utc_now()) == 0


def test_after_the_last_try_a_job_fails_and_frees_its_lock(db):
    job = ask(db, lock='this')
    for _ in range(MOST_TRIES):
        assert claim_job(db, job)
        take_back_stale_jobs(db, utc_now() + LATER)
    found = row(db, job)
    assert (found.state, found.lock, found.tries, found.ended is not None) == (JobState.FAILED, None, MOST_TRIES, True)


def test_before_the_last_try_a_job_keeps_its_lock(db):
    job = ask(db, lock='this')
    claim_job(db, job)
    take_back_stale_jobs(db, utc_now() + LATER)
    with pytest.raises(Conflict):
        ask(db, lock='this')


@pytest.mark.parametrize('state', [JobState.DONE, JobState.FAILED])
def test_the_end_of_a_job_frees_its_lock(db, state):
    end_job(db, claim_job(db, ask(db, lock='this')), state, 3, 3)
    assert ask(db, lock='this')


def test_jobs_without_a_lock_are_in_nobodys_way(db):
    assert ask(db) != ask(db)


def test_waiting_jobs_are_the_oldest_and_no_more_than_asked_for(db):
    jobs = [ask(db) for _ in range(4)]
    claim_job(db, jobs[0])
    assert waiting_jobs(db, 2) == jobs[1:3]
    assert waiting_jobs(db, 0) == []


def test_the_rest_is_estimated_from_what_was_done_since_the_last_claim(db, job):
    claimed = claim_job(db, job)
    beat_job(db, claimed, 50, 100, '')
    give_back_job(db, claimed, is_our_fault=False)
    claimed = claim_job(db, job)
    assert find_job(db, job).seconds_left(utc_now()) is None
    beat_job(db, claimed, 60, 100, '')
    row(db, job).started = utc_now() - timedelta(seconds=10)
    db.flush()
    assert find_job(db, job).seconds_left(utc_now()) == 40
