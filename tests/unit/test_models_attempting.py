"""Attempts in the database, on either kind: written down once, ended once, counted up to the first that passes."""

import threading

import pytest

from ivle.errors import IvleError
from ivle.models import Attempt, AttemptState, Enrolment, Role
from ivle.models.attempting import (
    MOST_WAITING,
    attempts_at,
    faults_at,
    give_up,
    left_waiting,
    record,
    settle,
    student_in,
    tries,
    void,
)
from ivle.models.going_on import going_on
from ivle.models.marks import standing
from ivle.models.notice import notices_of
from ivle.models.statistics import failure_in
from ivle.models.tutorial import exercises_in, reveal_hint, save_draft, standings
from ivle.teaching.verdict import told
from tests.classroom import NOON, add_worksheet, minutes, send
from tests.course import add_offering, add_person, enrol
from tests.functional.tutorial_site import judged

PASSED, FAILED = told(judged(True)['verdict']), told(judged(False)['verdict'])


class Room:
    """A student, an offering with a worksheet, and its exercise `hello`, as ids."""

    def __init__(self, database):
        self.database = database
        with database.writing() as db:
            offering = add_offering(db, '151')
            student = add_person(db, 'stu')
            enrol(db, student, offering)
            links = add_worksheet(db, offering)
            self.offering_id, self.user_id = offering.id, student.id
            self.link_id, self.worksheet_id = links['hello'].id, links['hello'].worksheet_id
            self.version_id = exercises_in(db, self.worksheet_id, student.id, 'hello')[0].version_id

    def record(self, code='x', key='key'):
        with self.database.writing() as db:
            return record(db, self.user_id, self.link_id, self.version_id, key, code)

    def settle(self, attempt, verdict):
        with self.database.writing() as db:
            return settle(db, attempt.id, verdict, '3.11.2')

    def tries(self):
        with self.database.reading() as db:
            return tries(db, self.user_id, [self.link_id])[self.link_id]


@pytest.fixture
def room(database):
    return Room(database)


def at_once(*steps):
    """Run steps in threads and return what each gave."""
    found = [None] * len(steps)

    def run(place, step):
        found[place] = step()

    threads = [threading.Thread(target=run, args=(place, step)) for place, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_click_at_the_same_moment_is_one_attempt(room):
    found = at_once(*[lambda: room.record('x', 'key')] * 4)
    assert {attempt.number for attempt in found} == {1} and len({attempt.id for attempt in found}) == 1


def test_attempts_at_the_same_moment_have_numbers_of_their_own(room):
    found = at_once(*[lambda key=key: room.record('x', key) for key in 'abcd'])
    assert sorted(attempt.number for attempt in found) == [1, 2, 3, 4]


def test_whoever_has_many_that_wait_must_wait(room):
    for number in range(MOST_WAITING):
        room.record(str(number))
    with pytest.raises(IvleError, match='still wait'):
        room.record('one more')
    assert room.record('0').number == 1


def test_an_attempt_is_ended_once(room):
    attempt = room.record()
    first, second = room.settle(attempt, PASSED), room.settle(attempt, FAILED)
    assert (first.state, first.passed, second.passed) == (AttemptState.JUDGED, True, True)
    with room.database.writing() as db:
        assert void(db, attempt.id, 'where', 'what').state == AttemptState.JUDGED
        assert give_up(db, attempt.id).state == AttemptState.JUDGED
        assert notices_of(db, room.user_id) == []


def test_two_verdicts_at_the_same_moment_are_one(room):
    attempt = room.record()
    found = at_once(*[lambda verdict=verdict: room.settle(attempt, verdict).passed for verdict in (PASSED, FAILED) * 2])
    assert len(set(found)) == 1


def test_a_void_attempt_costs_nothing_and_is_told_to_staff(room):
    attempt = room.record()
    with room.database.writing() as db:
        void(db, attempt.id, 'five', 'broken')
    assert (room.tries().attempts, room.tries().completed, room.tries().latest.told) == (0, False, None)
    with room.database.reading() as db:
        assert [(where, message, version) for _, where, message, version in faults_at(db, room.link_id)] == [
            ('five', 'broken', 1)
        ]


def test_an_attempt_that_was_given_up_is_no_fault_of_its_exercise_and_its_sender_is_told(room):
    attempt = room.record()
    with room.database.writing() as db:
        assert give_up(db, attempt.id).was_given_up
    assert (room.tries().attempts, room.tries().latest.told) == (0, None)
    with room.database.reading() as db:
        assert faults_at(db, room.link_id) == []
        [(_, text, url, _)] = notices_of(db, room.user_id)
        assert 'could not be tested' in text and url == 'tutorial/151/2026/s1/basics/hello'
        assert [line.was_given_up for line in attempts_at(db, room.user_id, room.link_id)] == [True]


def test_an_attempt_that_is_void_for_its_exercise_was_not_given_up(room):
    attempt = room.record()
    with room.database.writing() as db:
        assert not void(db, attempt.id, 'five', 'broken').was_given_up
        assert notices_of(db, room.user_id) == []
    with room.database.reading() as db:
        assert [line.was_given_up for line in attempts_at(db, room.user_id, room.link_id)] == [False]


def test_attempts_are_counted_up_to_the_first_that_passed(room):
    for number, verdict in enumerate((FAILED, PASSED, FAILED)):
        room.settle(room.record(str(number)), verdict)
    found = room.tries()
    assert (found.attempts, found.completed, found.latest.number) == (2, True, 3)
    with room.database.reading() as db:
        assert [line.number for line in attempts_at(db, room.user_id, room.link_id)] == [3, 2, 1]


def test_statistics_read_what_is_kept_of_a_verdict(room):
    assert failure_in(room.settle(room.record(), FAILED).verdict) == 'fac(5): wrong value'


def test_what_waits_is_found_the_oldest_first(room):
    attempts = [room.record(str(number)) for number in range(3)]
    with room.database.writing() as db:
        for attempt, moment in zip(attempts, (minutes(2), minutes(1), minutes(9)), strict=True):
            db.get(Attempt, attempt.id).submitted = NOON + moment
    with room.database.reading() as db:
        assert [attempt.number for attempt in left_waiting(db, NOON + minutes(5), 10)] == [2, 1]
        assert [attempt.number for attempt in left_waiting(db, NOON + minutes(5), 1)] == [2]


def test_the_list_of_all_offerings_agrees_with_that_of_one(room):
    with room.database.writing() as db:
        other = add_offering(db, '152')
        links = add_worksheet(db, other, optional=('extra',))
        send(db, add_person(db, 'other'), links['hello'], passed=True)
        ids = [room.offering_id, other.id]
    room.settle(room.record(), PASSED)
    with room.database.reading() as db:
        found = standings(db, ids, room.user_id)
        assert found == {offering_id: standing(db, offering_id, room.user_id, None, True) for offering_id in ids}
        assert [one.done for one in found[room.offering_id]] == [1]


def test_a_draft_is_one_and_hints_end_with_the_last(room):
    with room.database.writing() as db:
        for code in ('one', 'two'):
            save_draft(db, room.user_id, room.link_id, code, NOON)
            db.flush()
        assert [reveal_hint(db, room.user_id, room.link_id, 2) for _ in range(3)] == [1, 2, 2]
    with room.database.reading() as db:
        [given] = exercises_in(db, room.worksheet_id, room.user_id, 'hello')
        assert (given.draft, given.hints_seen) == ('two', 2)


def test_one_goes_on_with_what_was_attempted_or_typed_last(room):
    ids = [room.offering_id]
    with room.database.reading() as db:
        found = going_on(db, room.user_id, ids, ids)
        assert (found.has_begun, found.is_all_done, found.step.exercise) == (False, False, 'hello')
    room.record()
    with room.database.writing() as db:
        [given] = exercises_in(db, room.worksheet_id, room.user_id, 'factorial')
        save_draft(db, room.user_id, given.link_id, 'typed', NOON + minutes(60 * 24 * 365 * 5))
    with room.database.reading() as db:
        found = going_on(db, room.user_id, ids, ids)
        step = found.step
        assert (found.has_begun, step.segments, step.worksheet, step.exercise) == (
            True,
            ('151', '2026', 's1'),
            'basics',
            'factorial',
        )
        assert going_on(db, room.user_id, [], []).step is None


@pytest.mark.parametrize(('columns', 'is_student'), [({}, True), ({'active': False}, False), ({'role': Role.TUTOR}, False)])
def test_only_active_students_are_students(room, columns, is_student):
    with room.database.writing() as db:
        row = db.get(Enrolment, (room.user_id, room.offering_id))
        for name, value in columns.items():
            setattr(row, name, value)
        db.flush()
        assert (student_in(db, room.offering_id, 'stu') is not None) == is_student
        assert student_in(db, room.offering_id, 'nobody') is None
