"""Re-tests as rows: what is tested, what is kept, what publishing takes over, on both databases."""

import json

import pytest

from ivle.errors import Conflict
from ivle.models import Attempt, AttemptState, JobState, Notice, RetestResult, Role, User
from ivle.models.job import add_job, cancel_job, claim_job, end_job
from ivle.models.outdated import retest_places
from ivle.models.retest_notices import tell_lecturers, tell_students, withdraw_from_lecturers
from ivle.models.retest_preview import Turn, preview
from ivle.models.retesting import (
    begin_retest,
    count_judged,
    count_to_test,
    discard,
    find_link,
    keep_results,
    latest_retest,
    load_to_test,
    newest_attempt,
    plan_of,
    take_results,
)
from tests.classroom import add_worksheet, send
from tests.course import add_offering, add_person, enrol
from tests.retests import PASSES, VOID, fails, publish_version


@pytest.fixture
def db(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def hello(db):
    """Return the row of an exercise in a worksheet; jdoe and asmith are students of the offering, both have failed."""
    offering = add_offering(db, '151')
    row = add_worksheet(db, offering)['hello']
    for login in ('jdoe', 'asmith'):
        person = add_person(db, login)
        enrol(db, person, offering)
        send(db, person, row, passed=False)
    return row


def link_of(db, row):
    return find_link(db, row.worksheet.offering_id, 'basics', 'hello')


def begin(db, row):
    """Begin a re-test and return what a worker holds of its job."""
    link = link_of(db, row)
    job = add_job(db, 'retest', {'newest': newest_attempt(db, link)}, title='Again', url='', requested_by=None)
    begin_retest(db, job, link, None)
    return claim_job(db, job)


def keep(db, claimed, outcome, count=None):
    """Keep an outcome for attempts that are still to be tested, all or some; return how many."""
    _, ids, _ = plan_of(db, claimed.id, claimed.arguments['newest'])
    assert keep_results(db, claimed, [(attempt, outcome) for attempt in load_to_test(db, ids[:count])])
    return len(ids[:count])


def finish(db, row, outcome):
    """Have a re-test come to its end with an outcome for all; return its facts."""
    claimed = begin(db, row)
    keep(db, claimed, outcome)
    end_job(db, claimed, JobState.DONE, 1, 1)
    return latest_retest(db, link_of(db, row))


def test_a_link_tells_the_current_version(db, hello):
    assert link_of(db, hello).version == 1
    version = publish_version(db, hello)
    assert (link_of(db, hello).version, link_of(db, hello).version_id) == (2, version)


def test_an_exercise_that_was_taken_out_of_the_worksheet_or_stands_in_none_is_not_found(db, hello):
    offering = hello.worksheet.offering_id
    assert find_link(db, offering, 'basics', 'nothing') is None and find_link(db, offering + 1, 'basics', 'hello') is None
    hello.active = False
    db.flush()
    assert link_of(db, hello) is None


def places(db, row, login, is_admin=False, tutors_may=True):
    reader = db.query(User).filter_by(login=login).one()
    return [place.segments[1:] for place in retest_places(db, row.exercise_id, reader.id, is_admin, tutors_may)]


def test_an_exercise_is_tested_again_where_one_teaches(db, hello):
    other = add_offering(db, '151', year=2027)
    add_worksheet(db, other, exercises=('hello',))
    enrol(db, add_person(db, 'lecturer'), other, Role.LECTURER)
    enrol(db, add_person(db, 'tutor'), hello.worksheet.offering, Role.TUTOR)
    enrol(db, add_person(db, 'gone'), other, Role.LECTURER, active=False)
    assert places(db, hello, 'lecturer') == [('2027', 's1')]
    assert places(db, hello, 'tutor') == [('2026', 's1')]
    assert places(db, hello, 'tutor', tutors_may=False) == places(db, hello, 'gone') == places(db, hello, 'jdoe') == []
    assert places(db, hello, 'gone', is_admin=True) == [('2027', 's1'), ('2026', 's1')]


def outdated(db, row):
    reader = db.query(User).filter_by(login='jdoe').one()
    return [place.outdated for place in retest_places(db, row.exercise_id, reader.id, True, True)]


@pytest.mark.parametrize('changes', [{'solution': 'other'}, {'include': 'other'}, {'suites': [{'name': 'more'}]}])
def test_attempts_that_other_tests_judged_are_outdated(db, hello, changes):
    count, _ = count_to_test(db, link_of(db, hello))
    publish_version(db, hello, 2, json.dumps({'solution': 'first', 'suites': []} | changes))
    assert outdated(db, hello) == [count]


def test_a_word_put_right_makes_no_attempt_outdated(db, hello):
    publish_version(db, hello, 2, json.dumps({'description': 'Another word.', 'hints': ['New.'], 'wrong_answers': {'bad': 'x'}}))
    assert outdated(db, hello) == [0]


def test_what_a_retest_has_judged_anew_and_what_came_later_is_not_outdated(db, hello):
    version_id = publish_version(db, hello, 2, json.dumps({'solution': 'other'}))
    count, _ = count_to_test(db, link_of(db, hello))
    db.query(Attempt).filter(Attempt.user.has(login='jdoe')).one().version_id = version_id
    db.flush()
    assert outdated(db, hello) == [count - 1]


def test_tested_are_attempts_of_active_students_judged_or_void(db, hello):
    offering = hello.worksheet.offering
    for login, role, active in (('gone', Role.STUDENT, False), ('tutor', Role.TUTOR, True)):
        person = add_person(db, login)
        enrol(db, person, offering, role, active)
        send(db, person, hello, passed=False)
    send(db, add_person(db, 'stranger'), hello, passed=False)
    jdoe = db.query(Attempt).filter(Attempt.user.has(login='jdoe')).one().user
    send(db, jdoe, hello, passed=False, active=False)
    send(db, jdoe, hello, passed=False, state=AttemptState.WAITING)
    send(db, jdoe, hello, passed=False, state=AttemptState.VOID)
    assert count_to_test(db, link_of(db, hello)) == (3, 2)


def test_a_plan_goes_on_where_results_end(db, hello):
    claimed = begin(db, hello)
    _, before, total = plan_of(db, claimed.id, claimed.arguments['newest'])
    keep(db, claimed, PASSES, count=1)
    _, after, same_total = plan_of(db, claimed.id, claimed.arguments['newest'])
    assert (len(before), after, total, same_total) == (2, before[1:], 2, 2)
    assert count_judged(db, claimed.id) == 1


def test_what_was_sent_after_the_start_is_not_in_the_plan(db, hello):
    claimed = begin(db, hello)
    send(db, db.query(Attempt).first().user, hello, passed=False)
    assert plan_of(db, claimed.id, claimed.arguments['newest'])[2] == 2


def test_who_does_not_hold_the_job_keeps_nothing(db, hello):
    claimed = begin(db, hello)
    _, ids, _ = plan_of(db, claimed.id, claimed.arguments['newest'])
    cancel_job(db, claimed.id)
    assert not keep_results(db, claimed, [(attempt, PASSES) for attempt in load_to_test(db, ids)])
    assert db.query(RetestResult).count() == 0


def test_publishing_takes_the_results_over_once(db, hello):
    version = publish_version(db, hello)
    retest = finish(db, hello, PASSES)
    assert take_results(db, retest, link_of(db, hello), None) == 2
    db.expire_all()
    assert {(row.passed, row.version_id, row.python) for row in db.query(Attempt)} == {(True, version, 'Python')}
    with pytest.raises(Conflict):
        take_results(db, retest, link_of(db, hello), None)


def test_what_could_not_be_judged_is_not_taken_over(db, hello):
    assert take_results(db, finish(db, hello, VOID), link_of(db, hello), None) == 0
    db.expire_all()
    assert {row.state for row in db.query(Attempt)} == {AttemptState.JUDGED}


@pytest.mark.parametrize('change', [{'state': AttemptState.VOID}, {'active': False}, {'version_id': 'another'}], ids=str)
def test_an_attempt_that_is_not_what_it_was_any_more_is_left_alone(db, hello, change):
    another = publish_version(db, hello)
    retest = finish(db, hello, PASSES)
    changed = db.query(Attempt).filter(Attempt.user.has(login='jdoe')).one()
    for name, value in change.items():
        setattr(changed, name, {'another': another}.get(value, value))
    db.flush()
    assert take_results(db, retest, link_of(db, hello), None) == 1
    db.expire_all()
    assert not changed.passed


def test_of_another_exercise_nothing_is_taken_over(db, hello):
    others = add_worksheet(db, hello.worksheet.offering, 'other', exercises=('hello',))
    send(db, db.query(Attempt).first().user, others['hello'], passed=False)
    assert take_results(db, finish(db, hello, PASSES), link_of(db, hello), None) == 2
    db.expire_all()
    assert [row.passed for row in db.query(Attempt).filter_by(worksheet_exercise_id=others['hello'].id)] == [False]


def test_a_new_one_discards_those_that_nobody_decided_about(db, hello):
    old = finish(db, hello, PASSES)
    finish(db, hello, fails())
    with pytest.raises(Conflict):
        take_results(db, old, link_of(db, hello), None)


def test_what_is_discarded_is_decided(db, hello):
    retest = finish(db, hello, PASSES)
    discard(db, retest, None)
    with pytest.raises(Conflict):
        discard(db, retest, None)


def test_a_preview_counts_students_and_tells_them(db, hello):
    asmith = db.query(Attempt).filter(Attempt.user.has(login='asmith')).one().user
    send(db, asmith, hello, passed=True)
    claimed = begin(db, hello)
    keep(db, claimed, PASSES, count=1)
    keep(db, claimed, fails('expected 3'))
    end_job(db, claimed, JobState.DONE, 3, 3)
    link = link_of(db, hello)
    found = preview(db, latest_retest(db, link), link)
    assert (found.up, found.down, found.stay, found.tested) == (1, 1, 0, 3)
    assert [(change.login, change.turn, change.reason) for change in found.changes] == [
        ('jdoe', Turn.UP, 'first: expected 1'),
        ('asmith', Turn.DOWN, 'first: expected 3'),
    ]
    tell_students(db, found.changes, link, 'subjects/151/2026/s1')
    db.flush()
    assert [notice.text.endswith('the exercise is done.') for notice in db.query(Notice).order_by(Notice.id)] == [True, False]


def test_what_an_attempt_was_is_kept(db, hello):
    retest = finish(db, hello, PASSES)
    take_results(db, retest, link_of(db, hello), None)
    db.expire_all()
    kept = db.query(RetestResult).first()
    assert (kept.was_taken, kept.passed_before, json.loads(kept.verdict_before)['cases'][0]['message']) == (
        True,
        False,
        'expected 1',
    )


def test_whoever_may_publish_a_retest_is_told_once_that_it_waits_and_not_when_it_is_decided(db, hello):
    for login, role in (('boss', Role.LECTURER), ('other', Role.LECTURER), ('helper', Role.TUTOR)):
        enrol(db, add_person(db, login), hello.worksheet.offering, role)
    job = finish(db, hello, PASSES).job.id

    def told():
        rows = db.query(Notice, User.login).join(User, Notice.user_id == User.id).filter(~Notice.seen).order_by(User.login)
        return [(login, notice.text) for notice, login in rows]

    for _ in range(2):
        tell_lecturers(db, job)
        db.flush()
    [(first, text), (second, _)] = told()
    assert (first, second) == ('boss', 'other') and text.startswith('All attempts at Hello in Basics were tested again.')
    withdraw_from_lecturers(db, job)
    assert told() == []
