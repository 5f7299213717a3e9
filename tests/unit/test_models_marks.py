"""Marks, statistics and progress, as the database tells them."""

import pytest

from ivle.models import AttemptState, Role, WorksheetExercise
from ivle.models.marks import mark_of, marks_sheet, standing
from ivle.models.progress import class_progress
from ivle.models.statistics import failure_in, find_worksheet, worksheet_figures
from tests.classroom import NOON, add_worksheet, minutes, send
from tests.course import add_offering, add_person, enrol

LATER = NOON + minutes(60)


@pytest.fixture
def db(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def offering(db):
    return add_offering(db, '151')


@pytest.fixture
def student(db, offering):
    student = add_person(db, 'jdoe')
    enrol(db, student, offering)
    return student


def mark(db, offering, student, cutoff=LATER):
    """Return (percent, mark) of a student, which the sheet of all and the page of one must agree about."""
    _, rows = marks_sheet(db, offering.id, cutoff)
    found = next(row for row in rows if row.login == student.login).mark
    assert mark_of(standing(db, offering.id, student.id, cutoff, False)) == found
    return found.percent, found.mark


def test_a_passed_exercise_counts_once_however_often_it_passed(db, offering, student):
    links = add_worksheet(db, offering)
    send(db, student, links['hello'], passed=True)
    send(db, student, links['hello'], passed=True)
    assert mark(db, offering, student) == (50, 3)


def test_an_exercise_that_failed_after_it_had_passed_stays_done(db, offering, student):
    links = add_worksheet(db, offering)
    send(db, student, links['hello'], passed=True)
    send(db, student, links['hello'], passed=False)
    assert mark(db, offering, student) == (50, 3)


@pytest.mark.parametrize(
    'columns',
    [
        {'passed': False},
        {'passed': True, 'active': False},
        {'passed': True, 'state': AttemptState.VOID},
        {'passed': True, 'state': AttemptState.WAITING},
        {'passed': True, 'submitted': LATER + minutes(1)},
    ],
)
def test_an_attempt_that_does_not_count_gives_no_mark(db, offering, student, columns):
    send(db, student, add_worksheet(db, offering)['hello'], **columns)
    assert mark(db, offering, student) == (0, 0)


def test_an_attempt_at_the_very_cutoff_counts(db, offering, student):
    send(db, student, add_worksheet(db, offering)['hello'], passed=True, submitted=LATER)
    assert mark(db, offering, student) == (50, 3)


@pytest.mark.parametrize('columns', [{'published': False}, {'assessable': False}])
def test_a_worksheet_that_does_not_count_is_neither_done_nor_missing(db, offering, student, columns):
    links = add_worksheet(db, offering, **columns)
    counting = add_worksheet(db, offering, 'loops', exercises=('while', 'for'))
    send(db, student, links['hello'], passed=True)
    send(db, student, counting['for'], passed=True)
    assert mark(db, offering, student) == (50, 3)


def test_optional_exercises_and_those_taken_out_of_the_text_do_not_count(db, offering, student):
    links = add_worksheet(db, offering, optional=('extra',))
    send(db, student, links['extra'], passed=True)
    send(db, student, links['hello'], passed=True)
    db.get(WorksheetExercise, links['factorial'].id).active = False
    db.flush()
    assert mark(db, offering, student) == (100, 5)


def test_without_exercises_there_is_nothing_to_mark(db, offering, student):
    assert mark(db, offering, student) == (0, 0)


def test_only_active_students_are_marked(db, offering, student):
    enrol(db, add_person(db, 'gone'), offering, active=False)
    enrol(db, add_person(db, 'tutor'), offering, Role.TUTOR)
    _, rows = marks_sheet(db, offering.id, LATER)
    assert [row.login for row in rows] == ['jdoe']


def test_the_same_exercise_in_another_offering_is_another_matter(db, offering, student):
    add_worksheet(db, offering)
    other = add_offering(db, '151', semester='s2')
    enrol(db, student, other)
    send(db, student, add_worksheet(db, other)['hello'], passed=True)
    assert mark(db, offering, student) == (0, 0)
    assert mark(db, other, student) == (50, 3)


def test_a_reader_sees_all_that_is_done_and_what_of_it_counts(db, offering, student):
    links = add_worksheet(db, offering)
    add_worksheet(db, offering, 'draft', exercises=('new',), published=False)
    send(db, student, links['hello'], passed=True)
    send(db, student, links['factorial'], passed=True, submitted=LATER + minutes(1))
    (line,) = standing(db, offering.id, student.id, LATER, sees_unpublished=False)
    assert (line.identifier, line.total, line.done, line.counted) == ('basics', 2, 2, 1)
    assert [line.identifier for line in standing(db, offering.id, student.id, None, True)] == ['basics', 'draft']


# -- statistics -------------------------------------------------------------------------------------


def figures(db, offering, identifier='basics'):
    count, found = worksheet_figures(db, offering.id, find_worksheet(db, offering.id, identifier)[0])
    return count, {line.identifier: (line.attempted, line.passed, line.failures) for line in found}


def test_a_failure_is_that_of_the_newest_attempt(db, offering, student):
    links, other = add_worksheet(db, offering), add_person(db, 'other')
    enrol(db, other, offering)
    send(db, student, links['hello'], passed=False, message='first')
    send(db, student, links['hello'], passed=False, message='a capital is missing')
    send(db, other, links['hello'], passed=False, message='a capital is missing')
    send(db, student, links['factorial'], passed=False)
    send(db, student, links['factorial'], passed=True)
    assert figures(db, offering) == (
        2,
        {'hello': (2, 0, (('first: a capital is missing', 2),)), 'factorial': (1, 1, ())},
    )


def test_who_passed_once_has_passed_though_the_newest_attempt_failed(db, offering, student):
    links = add_worksheet(db, offering)
    send(db, student, links['hello'], passed=True)
    send(db, student, links['hello'], passed=False, message='broken again')
    assert figures(db, offering)[1]['hello'] == (1, 1, (('first: broken again', 1),))


def test_staff_and_those_who_left_are_in_no_statistics(db, offering, student):
    links = add_worksheet(db, offering)
    for login, role, active in [('tutor', Role.TUTOR, True), ('gone', Role.STUDENT, False)]:
        person = add_person(db, login)
        enrol(db, person, offering, role, active)
        send(db, person, links['hello'], passed=False)
    assert figures(db, offering) == (1, {'hello': (0, 0, ()), 'factorial': (0, 0, ())})


@pytest.mark.parametrize(
    ('verdict', 'words'),
    [
        ('{"cases": [{"passed": true}, {"passed": false, "message": "not 4"}, {"passed": false, "message": "x"}]}', 'not 4'),
        ('{"cases": [{"passed": false, "message": "did not pass", "name": "fac(3)"}]}', 'fac(3): did not pass'),
        ('{"cases": [{"passed": false, "message": "It did not pass.", "name": "Hidden", "hidden": true}]}', 'It did not pass.'),
        (
            '{"cases": [], "error": {"name": "SyntaxError", "message": "invalid syntax", "line": 3}}',
            'SyntaxError: invalid syntax',
        ),
        ('{"cases": [], "error": "It took too long."}', 'It took too long.'),
        ('{"passed": false, "cases": [], "error": null}', 'The program did not pass.'),
        (None, 'The program did not pass.'),
    ],
)
def test_a_verdict_names_the_first_thing_that_failed(verdict, words):
    assert failure_in(verdict) == words


# -- progress ---------------------------------------------------------------------------------------


def place(db, offering, login='jdoe', now=NOON):
    return next(place for place in class_progress(db, offering.id, now) if place.login == login)


def test_who_has_sent_nothing_is_listed(db, offering, student):
    found = place(db, offering)
    assert (found.exercise, found.result, found.failures, found.stuck) == (None, None, 0, None)


def test_failures_are_counted_since_the_last_pass_at_the_last_exercise(db, offering, student):
    links = add_worksheet(db, offering)
    send(db, student, links['factorial'], passed=False)
    for passed in (False, True, False, False, False):
        send(db, student, links['hello'], passed=passed)
    found = place(db, offering)
    assert (found.exercise, found.result, found.failures, found.stuck) == ('hello', 'failed', 3, '3 failures in a row')
    assert (found.done, found.total, found.worksheet) == (1, 2, 'basics')


def test_what_is_void_or_waiting_is_no_failure(db, offering, student):
    links = add_worksheet(db, offering)
    send(db, student, links['hello'], passed=False)
    send(db, student, links['hello'], passed=False, state=AttemptState.WAITING)
    send(db, student, links['hello'], passed=False, state=AttemptState.VOID)
    found = place(db, offering)
    assert (found.result, found.failures) == ('waiting', 1)


def test_silence_is_told_while_the_class_works(db, offering, student):
    links, other = add_worksheet(db, offering), add_person(db, 'other')
    enrol(db, other, offering)
    send(db, student, links['hello'], passed=True, submitted=NOON - minutes(20))
    send(db, other, links['hello'], passed=True, submitted=NOON - minutes(1))
    assert place(db, offering).stuck == 'nothing for 20 minutes'
    assert place(db, offering, 'other').stuck is None


def test_the_board_shows_active_students_of_this_offering_alone(db, offering, student):
    enrol(db, add_person(db, 'gone'), offering, active=False)
    enrol(db, add_person(db, 'tutor'), offering, Role.TUTOR)
    other = add_offering(db, '152')
    enrol(db, student, other)
    send(db, student, add_worksheet(db, other)['hello'], passed=False)
    found = class_progress(db, offering.id, NOON)
    assert [(place.login, place.exercise) for place in found] == [('jdoe', None)]
