"""Re-tests for real: a worker that has attempts judged in sandboxes, and is killed while it does."""

import json

import pytest

from ivle.jobs.queue import enqueue
from ivle.models import AttemptState, JobState, Notice, RetestResult, Role, WorksheetExercise
from ivle.models.job import cancel_job
from ivle.models.retesting import begin_retest, find_link, latest_retest, lock_of, newest_attempt, take_results
from tests.classroom import add_worksheet, send
from tests.contract.consoles import eventually
from tests.course import add_offering, add_person, enrol
from tests.retests import publish_version
from tests.services.job_site import JobSite
from tests.services.judged import FACTORIAL, exercise, factorial, suite
from tests.services.sandbox_host import SandboxHost, a_place_for_all

WRONG = 'def fac(n):\n    return n\n'
NAP = 'import time\ntime.sleep(0.05)\n'


class Class:
    """Two students with attempts at one exercise, on a host that can judge them."""

    def __init__(self, host, site):
        self.host, self.site = host, site

    def prepare(self, definition, each=1):
        """Record `each` right attempts of studenta that failed and wrong ones of studentb that passed; publish a definition."""
        with self.site.database.writing() as db:
            offering = add_offering(db, '151')
            self.offering_id = offering.id
            enrol(db, add_person(db, 'teacher'), offering, Role.LECTURER)
            link = add_worksheet(db, offering, exercises=('factorial',))['factorial']
            for login, code, passed in (('studenta', FACTORIAL, False), ('studentb', WRONG, True)):
                person = add_person(db, login)
                enrol(db, person, offering)
                for _ in range(each):
                    send(db, person, link, passed=passed, code=NAP + code)
            publish_version(db, link, definition=definition.to_json())

    def link(self, db):
        return find_link(db, self.offering_id, 'basics', 'factorial')

    def start(self):
        """Ask for the re-test and return its job."""
        with self.site.database.writing() as db:
            link = self.link(db)
            arguments = {'newest': newest_attempt(db, link)}
            job = enqueue(db, self.site.settings, 'retest', arguments, title='Again', lock=lock_of(link))
            begin_retest(db, job, link, None)
        return job

    def results(self):
        """Return {attempt: (login, passed before, passed after, verdict)} of what was kept."""
        with self.site.database.reading() as db:
            rows = db.query(RetestResult).all()
            return {
                row.attempt_id: (row.passed_before, row.passed_after, str(row.state_after), row.verdict_after) for row in rows
            }


@pytest.fixture
def studied(tmp_path_factory):
    """Return a Class on a host of its own."""
    place = a_place_for_all(tmp_path_factory)
    with SandboxHost(place) as host, JobSite(place) as site:
        yield Class(host, site)


def test_all_attempts_are_judged_by_the_new_version_and_publishing_takes_that_over(studied):
    studied.prepare(factorial(1, 3))
    studied.site.worker()
    job = studied.start()
    assert studied.site.becomes(job, 'done', seconds=60)
    told = studied.site.job(job)
    assert (told.result, told.done, told.total) == ({'tested': 2, 'judged': 2}, 2, 2)
    found = sorted((before, after, state) for before, after, state, _ in studied.results().values())
    assert found == [(False, True, 'judged'), (True, False, 'judged')]
    failing = next(json.loads(verdict) for _, after, _, verdict in studied.results().values() if not after)
    assert {'name': 'fac(3)', 'expected': '6', 'actual': '3'}.items() <= failing['cases'][1].items()
    with studied.site.database.writing() as db:
        assert db.query(Notice).one().text.startswith('All attempts at Factorial in Basics were tested again.')
        assert take_results(db, latest_retest(db, studied.link(db)), studied.link(db), None) == 2
        kept = db.query(WorksheetExercise).one()
        assert kept.exercise.current == 2


def test_a_worker_that_is_killed_in_the_middle_is_replaced_and_no_attempt_is_judged_twice(studied):
    studied.prepare(factorial(3), each=30)
    first = studied.site.worker()
    job = studied.start()
    assert eventually(lambda: len(studied.results()) >= 5, 60)
    first.kill()
    kept = studied.results()
    assert len(kept) < 60 and studied.site.job(job).state == JobState.RUNNING
    studied.site.let_the_beat_be_old(job)
    studied.site.worker()
    assert studied.site.becomes(job, 'done', seconds=120)
    found = studied.results()
    assert len(found) == 60 and kept.items() <= found.items()
    assert sorted({(before, after) for before, after, _, _ in found.values()}) == [(False, True), (True, False)]
    assert studied.site.job(job).result == {'tested': 60, 'judged': 60}


def test_a_host_that_is_killed_in_the_middle_is_waited_for(studied):
    studied.prepare(factorial(3), each=20)
    studied.site.worker()
    job = studied.start()
    assert eventually(lambda: len(studied.results()) >= 3, 60)
    studied.host.kill()
    studied.host.start()
    assert studied.site.becomes(job, 'done', seconds=120)
    assert len(studied.results()) == 40
    assert {state for _, _, state, _ in studied.results().values()} == {AttemptState.JUDGED.value}


def test_a_re_test_that_is_cancelled_keeps_nothing_more(studied):
    studied.prepare(factorial(3), each=40)
    studied.site.worker()
    job = studied.start()
    assert eventually(lambda: len(studied.results()) >= 3, 60)
    with studied.site.database.writing() as db:
        cancel_job(db, job)
    kept = len(studied.results())
    assert eventually(lambda: f'job {job} stops' in (studied.site.data / 'log/worker.log').read_text(), 30)
    assert len(studied.results()) == kept < 80


def test_an_exercise_that_cannot_judge_is_said_to_be_at_fault(studied):
    studied.prepare(exercise('def fac(n):\n    raise ValueError(n)\n', suite(name='first', function='fac', arguments=['3'])))
    studied.site.worker()
    job = studied.start()
    assert studied.site.becomes(job, 'failed', seconds=60)
    assert studied.site.job(job).message.startswith('The exercise cannot judge any attempt; mend it')
    assert 'first' in studied.site.job(job).message
