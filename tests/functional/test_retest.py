"""Testing all attempts again: who may, what the page says, and what publishing changes. The worker's part is another test's."""

import tempfile

import pytest

from ivle.models import Attempt, AttemptState, Exercise, Notice, RetestResult, WorksheetExercise, user_called
from ivle.models.job import find_job
from ivle.models.retest import Retest
from tests.classroom import add_worksheet, send
from tests.course import add_person, enrol
from tests.functional.subjects_site import CLIENTS, HERE, School
from tests.queries import counted_queries
from tests.retests import PASSES, VOID, fails, judge, publish_version
from tests.services.judged import factorial
from tests.web import open_site

RETEST = f'{HERE}/retest/basics/hello'


@pytest.fixture(scope='module')
def retest_site():
    """Return a Site with subjects and jobs, shared by the tests of this module."""
    with tempfile.TemporaryDirectory(prefix='data-') as data, open_site(data, clients=f'{CLIENTS} jobs') as opened:
        yield opened


@pytest.fixture
def school(retest_site):
    """Return a School: asmith has failed twice, jdoe passed, idle sent nothing; then a second version was published."""
    retest_site.clear()
    made = School(retest_site)
    for login in ('asmith', 'jdoe', 'idle'):
        made.add(login, 'student')
    made.add('tutor', 'tutor')
    with made.database.writing() as db:
        link = add_worksheet(db, made.offering(db))['hello']
        send(db, user_called(db, 'asmith'), link, passed=False, message='expected 1')
        send(db, user_called(db, 'asmith'), link, passed=False, message='expected 1')
        send(db, user_called(db, 'jdoe'), link, passed=True)
        # Whoever teaches tries things out, and is nobody's concern.
        send(db, user_called(db, 'tutor'), link, passed=False)
        publish_version(db, link)
    return made


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


@pytest.fixture
def start(school, lecturer):
    """Return a function that has a re-test begun and ended with some outcomes, and returns the number of its job."""

    def start_one(outcomes=None):
        job = lecturer.send_json(f'{RETEST}/@@start').json['job']
        judge(school.database, job, outcomes or {})
        return job

    return start_one


def attempts(school):
    """Return {(login, number): (state, passed, version)}."""
    with school.database.reading() as db:
        return {(row.user.login, row.number): (str(row.state), row.passed, row.version.number) for row in db.query(Attempt)}


def preview(lecturer):
    return lecturer.get_json(RETEST).json['preview']


# -- starting ---------------------------------------------------------------------------------------


def test_before_it_starts_the_page_says_how_much_is_tested_and_by_what(lecturer):
    page = lecturer.get(RETEST)
    assert '3 attempts of 2 students will be tested by the current version, 2' in page


def test_starting_leads_to_the_job(school, lecturer):
    answer = lecturer.send(f'{RETEST}/@@start')
    assert answer.status_int == 303
    assert 'Testing all attempts at Hello again' in lecturer.get(answer.location)


def test_the_statistics_of_a_worksheet_lead_to_it_those_who_may(school, lecturer):
    assert f'href="{RETEST}"' in lecturer.get(f'{HERE}/worksheets/basics/@@statistics')


def test_the_page_of_the_exercise_leads_to_it(school, lecturer):
    with school.database.writing() as db:
        db.query(Exercise).filter_by(identifier='hello').one().draft = factorial().to_json()
    page = lecturer.get('/subjects/151/exercises/hello')
    assert f'href="{RETEST}"' in page and 'Basics of 151/2026/s1' in page


def test_a_second_one_is_told_that_one_is_running(school, lecturer):
    job = lecturer.send_json(f'{RETEST}/@@start').json['job']
    refused = lecturer.send(f'{RETEST}/@@start')
    assert refused.status_int == 409
    assert 'That is running already.' in refused and f'href="/jobs/{job}"' in refused
    assert lecturer.send_json(f'{RETEST}/@@start').json['error']['code'] == 'running'
    with school.database.reading() as db:
        assert db.query(Retest).count() == 1


def test_another_exercise_can_be_tested_meanwhile(school, lecturer):
    with school.database.writing() as db:
        other = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='factorial')).one()
        send(db, user_called(db, 'jdoe'), other, passed=True)
    lecturer.send_json(f'{RETEST}/@@start')
    assert lecturer.send_json(f'{HERE}/retest/basics/factorial/@@start').status_int == 200


def test_an_exercise_that_nobody_tried_is_not_tested(lecturer):
    refused = lecturer.send(f'{HERE}/retest/basics/factorial/@@start')
    assert refused.status_int == 409 and 'there is nothing to test' in refused
    assert '@@start' not in lecturer.get(f'{HERE}/retest/basics/factorial')


def test_when_it_is_cancelled_another_one_can_start(school, lecturer):
    job = lecturer.send_json(f'{RETEST}/@@start').json['job']
    lecturer.send(f'/jobs/{job}/@@cancel')
    assert 'The last test was cancelled.' in lecturer.get(RETEST)
    assert lecturer.send_json(f'{RETEST}/@@start').status_int == 200


# -- the preview ------------------------------------------------------------------------------------


def test_the_preview_says_for_whom_what_changes_and_why(start, lecturer):
    start({('asmith', 1): PASSES, ('asmith', 2): fails(), ('jdoe', 1): fails('expected 2')})
    found = preview(lecturer)
    assert (found['up'], found['down'], found['stay'], found['tested'], found['unjudged']) == (1, 1, 0, 3, 0)
    assert found['changes'] == [
        {'login': 'asmith', 'name': 'Asmith', 'turn': 'up', 'attempts': [1], 'reason': 'first: expected 1'},
        {'login': 'jdoe', 'name': 'Jdoe', 'turn': 'down', 'attempts': [1], 'reason': 'first: expected 2'},
    ]


def test_the_preview_is_a_page_with_two_ways_to_go_on(start, lecturer):
    start({('jdoe', 1): fails('expected <2>')})
    page = lecturer.get(RETEST)
    assert '1 student has done it from now on' in page and '1 student has not done it any more' in page
    assert 'first: expected &lt;2&gt;' in page and '@@publish' in page and '@@discard' in page


def test_an_attempt_that_changes_where_another_one_passes_leaves_the_exercise_done(school, start, lecturer):
    with school.database.writing() as db:
        link = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='hello')).one()
        send(db, user_called(db, 'jdoe'), link, passed=True)
    start({('asmith', 1): fails(), ('asmith', 2): fails(), ('jdoe', 1): fails()})
    found = preview(lecturer)
    assert (found['up'], found['down'], found['stay']) == (0, 0, 2)
    assert [(change['login'], change['turn'], change['attempts']) for change in found['changes']] == [('jdoe', 'stays-done', [1])]


def test_whoever_has_passed_meanwhile_keeps_that(school, start, lecturer):
    start({('jdoe', 1): fails()})
    with school.database.writing() as db:
        link = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='hello')).one()
        send(db, user_called(db, 'jdoe'), link, passed=True)
    assert preview(lecturer)['down'] == 0


def test_what_could_not_be_judged_stays_as_it_is(school, start, lecturer):
    job = start({('jdoe', 1): VOID})
    assert preview(lecturer)['unjudged'] == 1
    lecturer.send_json(f'{RETEST}/@@publish', {'job': job})
    assert attempts(school)['jdoe', 1] == ('judged', True, 1)


def test_when_nothing_changes_the_page_says_so(start, lecturer):
    start({('asmith', 1): fails(), ('asmith', 2): fails()})
    assert 'No attempt changes.' in lecturer.get(RETEST)


# -- publishing -------------------------------------------------------------------------------------


def test_nothing_changes_before_it_is_published(school, start):
    before = attempts(school)
    start({('jdoe', 1): fails()})
    assert attempts(school) == before


def test_publishing_gives_the_attempts_their_new_verdicts_and_keeps_the_old_ones(school, start, lecturer):
    job = start({('asmith', 2): fails(), ('jdoe', 1): fails()})
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).json == {'taken': 3}
    assert attempts(school) == {
        ('asmith', 1): ('judged', True, 2),
        ('asmith', 2): ('judged', False, 2),
        ('jdoe', 1): ('judged', False, 2),
        ('tutor', 1): ('judged', False, 1),
    }
    with school.database.reading() as db:
        kept = db.query(RetestResult).join(Attempt).filter(Attempt.user.has(login='jdoe')).one()
        assert (kept.passed_before, kept.was_taken, '"passed": true' in kept.verdict_before) == (True, True, True)
        assert 'expected 2' in db.query(Attempt).filter(Attempt.user.has(login='jdoe')).one().verdict


def test_publishing_by_the_form_says_how_many(start, lecturer):
    job = start()
    answer = lecturer.send(f'{RETEST}/@@publish', job=str(job))
    assert answer.status_int == 303
    page = answer.follow()
    assert '3 attempts took the new verdicts.' in page and 'by version 2, was published' in page


def test_what_was_void_is_judged_now(school, lecturer):
    with school.database.writing() as db:
        link = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='hello')).one()
        send(db, user_called(db, 'idle'), link, passed=False, state=AttemptState.VOID)
    job = lecturer.send_json(f'{RETEST}/@@start').json['job']
    judge(school.database, job, {})
    lecturer.send_json(f'{RETEST}/@@publish', {'job': job})
    assert attempts(school)['idle', 1] == ('judged', True, 2)


def test_publishing_twice_is_refused_and_tells_nobody_twice(school, start, lecturer):
    job = start({('jdoe', 1): fails()})
    lecturer.send_json(f'{RETEST}/@@publish', {'job': job})
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).status_int == 409
    with school.database.reading() as db:
        assert db.query(Notice).count() == 2


def test_an_attempt_that_was_sent_meanwhile_is_not_touched(school, start, lecturer):
    job = start()
    with school.database.writing() as db:
        link = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='hello')).one()
        send(db, user_called(db, 'idle'), link, passed=False)
    lecturer.send_json(f'{RETEST}/@@publish', {'job': job})
    assert attempts(school)['idle', 1] == ('judged', False, 1)


def test_an_attempt_that_was_set_aside_meanwhile_is_not_touched(school, start, lecturer):
    job = start({('jdoe', 1): fails()})
    with school.database.writing() as db:
        db.query(Attempt).filter(Attempt.user.has(login='jdoe')).one().active = False
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).json == {'taken': 2}
    assert attempts(school)['jdoe', 1] == ('judged', True, 1)


def test_after_the_exercise_was_published_anew_an_old_test_is_not_published(school, start, lecturer):
    job = start()
    with school.database.writing() as db:
        link = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='hello')).one()
        publish_version(db, link, 3)
    assert 'only a new test can be published' in lecturer.get(RETEST)
    refused = lecturer.send(f'{RETEST}/@@publish', job=str(job))
    assert refused.status_int == 409 and 'published anew meanwhile' in refused
    assert attempts(school)['asmith', 1] == ('judged', False, 1)


def test_what_is_discarded_changes_nothing_and_cannot_be_published(school, start, lecturer):
    before, job = attempts(school), start({('jdoe', 1): fails()})
    page = lecturer.send(f'{RETEST}/@@discard', job=str(job)).follow()
    assert 'was discarded' in page
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).status_int == 409
    assert attempts(school) == before


def test_a_page_that_has_been_overtaken_publishes_nothing(school, start, lecturer):
    old, new = start({('jdoe', 1): fails()}), start()
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': old}).status_int == 409
    assert attempts(school)['jdoe', 1] == ('judged', True, 1)
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': new}).status_int == 200


def test_a_test_that_is_not_finished_is_not_published(school, lecturer):
    job = lecturer.send_json(f'{RETEST}/@@start').json['job']
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).status_int == 409


@pytest.mark.parametrize('job', ['', 'x', '٣', True, None, [1]], ids=str)
def test_a_test_that_cannot_be_meant_is_refused(lecturer, job):
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).status_int == 400


# -- what students see ------------------------------------------------------------------------------


def test_students_whose_exercise_changed_are_told_on_their_front_page_until_they_dismiss_it(school, start, lecturer):
    lecturer.send_json(f'{RETEST}/@@publish', {'job': start({('jdoe', 1): fails()})})
    jdoe = school.site.person('jdoe')
    page = jdoe.get('/')
    assert 'The tests of Hello in Basics were corrected' in page and 'the exercise is not done any more' in page
    [notice] = jdoe.get_json('/').json['notices']
    assert (notice['url'], 'is done.' in school.site.person('asmith').get('/')) == (HERE, True)
    assert jdoe.send('/@@dismiss', notice=str(notice['id'])).status_int == 303
    assert jdoe.get_json('/').json['notices'] == []
    assert 'What you should know' not in jdoe.get('/')


def test_whom_it_does_not_concern_is_told_nothing(school, start, lecturer):
    lecturer.send_json(f'{RETEST}/@@publish', {'job': start()})
    assert school.site.person('jdoe').get_json('/').json['notices'] == []


def test_nobody_dismisses_a_notice_of_somebody_else(school, start, lecturer):
    lecturer.send_json(f'{RETEST}/@@publish', {'job': start()})
    asmith = school.site.person('asmith')
    [notice] = asmith.get_json('/').json['notices']
    assert lecturer.send_json('/@@dismiss', {'notice': notice['id']}).status_int == 404
    assert len(asmith.get_json('/').json['notices']) == 1


@pytest.mark.parametrize('number', ['', 'x', '9' * 30, None])
def test_a_notice_that_cannot_be_meant_is_refused(lecturer, number):
    assert lecturer.send_json('/@@dismiss', {'notice': number}).status_int == 400


# -- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize('login', ['jdoe', 'stranger'])
def test_to_students_and_strangers_it_is_not_there(school, login):
    school.site.add('stranger')
    person = school.site.person(login)
    assert person.get_json(RETEST, expect_errors=True).status_int == 404
    acts = [person.send_json(f'{RETEST}/@@{act}', {'job': 1}).status_int for act in ('start', 'publish', 'discard')]
    assert acts == [404, 404, 404]


def test_the_anonymous_are_sent_to_sign_in(school):
    assert '/login' in school.site.browser().get(RETEST).location


def test_tutors_may_where_they_write_worksheets(school):
    assert school.site.person('tutor').send_json(f'{RETEST}/@@start').status_int == 200


def test_a_tutor_sees_what_would_change_and_leaves_publishing_it_to_a_lecturer(school, lecturer):
    tutor = school.site.person('tutor')
    job = tutor.send_json(f'{RETEST}/@@start').json['job']
    judge(school.database, job, {})
    page = tutor.get(RETEST)
    assert 'a lecturer of this offering does it' in page and '@@publish' not in page and '@@discard' in page
    before = attempts(school)
    assert tutor.send_json(f'{RETEST}/@@publish', {'job': job}).status_int == 404
    assert attempts(school) == before
    assert 'a lecturer of this offering does it' not in lecturer.get(RETEST)
    assert lecturer.send_json(f'{RETEST}/@@publish', {'job': job}).json == {'taken': 3}


def test_an_administrator_publishes_what_a_tutor_has_tested(school):
    job = school.site.person('tutor').send_json(f'{RETEST}/@@start').json['job']
    judge(school.database, job, {})
    assert school.person('boss', is_admin=True).send_json(f'{RETEST}/@@publish', {'job': job}).json == {'taken': 3}


def test_a_job_of_a_colleague_is_not_seen_but_what_comes_of_it_is(school, lecturer):
    job = lecturer.send_json(f'{RETEST}/@@start').json['job']
    tutor = school.site.person('tutor')
    assert tutor.get(f'/jobs/{job}', expect_errors=True).status_int == 404
    judge(school.database, job, {})
    assert tutor.get_json(RETEST).json['preview']['up'] == 1


@pytest.mark.parametrize('path', ['', '/basics', '/basics/nothing', '/nothing/hello', '/basics/hello/more', '/basics/-'])
def test_where_no_exercise_is_there_is_nothing(lecturer, path):
    assert lecturer.get(f'{HERE}/retest{path}', expect_errors=True).status_int == 404


@pytest.mark.parametrize('act', ['start', 'publish', 'discard'])
def test_a_get_changes_nothing(lecturer, act):
    assert lecturer.get(f'{RETEST}/@@{act}', expect_errors=True).status_int == 405


def test_the_page_asks_the_database_as_much_for_many_as_for_few(school, lecturer):
    with school.database.writing() as db:
        link = db.query(WorksheetExercise).filter(WorksheetExercise.exercise.has(identifier='hello')).one()
        for number in range(60):
            student = add_person(db, f's{number:03}')
            enrol(db, student, school.offering(db))
            send(db, student, link, passed=False)
    judge(school.database, lecturer.send_json(f'{RETEST}/@@start').json['job'], {})
    with counted_queries(school.database) as queries:
        assert lecturer.get_json(RETEST).json['preview']['up'] == 61
    assert len(queries) <= 8


def test_the_job_says_where_its_result_is(school, lecturer):
    job = lecturer.send_json(f'{RETEST}/@@start').json['job']
    with school.database.reading() as db:
        assert '/' + find_job(db, job).url == RETEST
