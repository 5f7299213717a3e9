"""Enrolling, cloning and the catalogue in the database, of both kinds: what waits for what, and what is refused."""

import threading

import pytest

from ivle.errors import Conflict, FieldError, NotFound
from ivle.models import Enrolment, Offering, Role, Worksheet, user_called
from ivle.models.catalogue import add_offering as offer
from ivle.models.catalogue import can_move, change_offering, save_semester, save_subject
from ivle.models.cloning import clone_worksheets
from ivle.models.enrolling import apply_list, change_member, enrol, find_member, has_work, people_of, plan_list, remove_member
from ivle.models.offerings import find_offering, offerings_for
from ivle.teaching.class_list import digest_of, read_class_list
from tests.classroom import add_worksheet, send
from tests.course import add_offering, add_person, identity_of
from tests.course import enrol as give_part

EVERY_ROLE = tuple(Role)
DETAILS = {'description': '', 'url': '', 'show_marks': True, 'worksheet_cutoff': None}


@pytest.fixture
def offering_id(database):
    with database.writing() as db:
        add_person(db, 'ann')
        add_person(db, 'ben')
        return add_offering(db, '151').id


def at_once(*acts):
    """Run the acts in threads of their own, and return what each gave or raised."""
    outcomes = {}
    together = threading.Barrier(len(acts))

    def run(number, act):
        together.wait(10)
        try:
            outcomes[number] = act()
        except Exception as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return [outcomes[number] for number in range(len(acts))]


def test_who_is_enrolled_twice_at_the_same_moment_is_enrolled_once(database, offering_id):
    def act():
        with database.writing() as db:
            return enrol(db, offering_id, 'ann', 'student', EVERY_ROLE)

    outcomes = at_once(act, act, act)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ['FieldError', 'FieldError', 'Newcomer']


def test_of_two_lists_applied_at_the_same_moment_one_is_stale(database, offering_id):
    lines = read_class_list('ann\nben')
    with database.reading() as db:
        digest = digest_of(plan_list(db, offering_id, lines, EVERY_ROLE))

    def act():
        with database.writing() as db:
            return apply_list(db, offering_id, lines, EVERY_ROLE, digest, False)

    outcomes = at_once(act, act)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ['Conflict', 'tuple']


def test_of_two_who_clone_at_the_same_moment_one_is_refused(database, offering_id):
    with database.writing() as db:
        add_worksheet(db, add_offering(db, '151', 2025))
        source = find_offering(db, '151', 2025, 's1', None)[0].id
        target = find_offering(db, '151', 2026, 's1', None)[0]
        admin = identity_of(add_person(db, 'boss', is_admin=True))

    def act():
        with database.writing() as db:
            return clone_worksheets(db, target, source, admin, True)

    outcomes = at_once(act, act)
    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ['Conflict', 'int']
    with database.reading() as db:
        assert db.query(Worksheet).filter_by(offering_id=offering_id).count() == 1


def test_of_two_subjects_of_one_name_made_at_the_same_moment_one_is_refused(database):
    def act():
        with database.writing() as db:
            return save_subject(db, None, code='X', name='X', url_name='x')

    outcomes = at_once(act, act, act)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ['FieldError', 'FieldError', 'dict']


def test_people_are_listed_students_first(database, offering_id):
    with database.writing() as db:
        enrol(db, offering_id, 'ann', 'lecturer', EVERY_ROLE)
        enrol(db, offering_id, 'ben', 'student', EVERY_ROLE)
        assert [(member.login, member.role) for member in people_of(db, offering_id)] == [('ben', 'student'), ('ann', 'lecturer')]


def test_somebody_with_a_role_that_is_not_mine_to_take_is_not_there_to_me(database, offering_id):
    with database.writing() as db:
        enrol(db, offering_id, 'ann', 'lecturer', EVERY_ROLE)
        for act in (
            lambda: change_member(db, offering_id, 'ann', (Role.STUDENT, Role.TUTOR), active=False),
            lambda: remove_member(db, offering_id, 'ann', (Role.STUDENT, Role.TUTOR)),
            lambda: change_member(db, offering_id, 'ben', EVERY_ROLE, active=False),
            lambda: change_member(db, offering_id, 'nobody', EVERY_ROLE, active=False),
        ):
            with pytest.raises(NotFound):
                act()
        assert find_member(db, offering_id, 'ann').active


def test_work_keeps_an_enrolment(database, offering_id):
    with database.writing() as db:
        enrol(db, offering_id, 'ann', 'student', EVERY_ROLE)
        assert not has_work(db, offering_id, 'ann')
        offering = add_offering(db, '152')
        send(db, user_called(db, 'ann'), add_worksheet(db, offering)['hello'], passed=True)
        assert not has_work(db, offering_id, 'ann')
        assert has_work(db, offering.id, 'ann')
        give_part(db, user_called(db, 'ann'), offering)
        with pytest.raises(Conflict):
            remove_member(db, offering.id, 'ann', EVERY_ROLE)
        remove_member(db, offering_id, 'ann', EVERY_ROLE)
        db.flush()
        assert [row.offering_id for row in db.query(Enrolment).all()] == [offering.id]


def test_a_list_raises_and_brings_back_and_lowers_where_asked(database, offering_id):
    with database.writing() as db:
        for login, role, active in [('up', 'student', True), ('back', 'student', False), ('down', 'tutor', True)]:
            enrol(db, offering_id, add_person(db, login).login, role, EVERY_ROLE)
            change_member(db, offering_id, login, EVERY_ROLE, active=active)
        lines = read_class_list('ann\nup,tutor\nback\ndown,student')
        digest = digest_of(plan_list(db, offering_id, lines, EVERY_ROLE))
        made, students = apply_list(db, offering_id, lines, EVERY_ROLE, digest, True)
        assert [change.login for change in made] == ['ann', 'up', 'back', 'down']
        assert [student.login for student in students] == ['ann', 'back', 'down']
        found = {member.login: (str(member.role), member.active) for member in people_of(db, offering_id)}
    assert found == {
        'ann': ('student', True),
        'up': ('tutor', True),
        'back': ('student', True),
        'down': ('student', True),
    }


def test_an_offering_is_found_with_the_readers_active_role(database, offering_id):
    with database.writing() as db:
        ann = user_called(db, 'ann')
        add_offering(db, '152')
        give_part(db, ann, db.get(Offering, offering_id), Role.TUTOR, active=False)
        facts, role = find_offering(db, '151', 2026, 's1', ann.id)
        assert (facts.path, facts.subject_name, role) == ('151/2026/s1', 'Subject 151', None)
        change_member(db, offering_id, 'ann', EVERY_ROLE, active=True)
        assert find_offering(db, '151', 2026, 's1', ann.id)[1] == Role.TUTOR
        assert find_offering(db, '151', 2026, 's1', None)[1] is None
        assert find_offering(db, '151', 2026, 's2', ann.id) is None
        assert [facts.path for facts, _ in offerings_for(db, ann.id, only_mine=True)] == ['151/2026/s1']
        assert [facts.path for facts, _ in offerings_for(db, ann.id, subject='152')] == ['152/2026/s1']


def test_an_offering_moves_while_it_is_empty(database, offering_id):
    with database.writing() as db:
        save_subject(db, None, code='152', name='Other', url_name='152')
        save_semester(db, None, year='2027', code='s1', url_name='s1', state='future')
        assert change_offering(db, offering_id, **DETAILS, moved_to=('152', '2027/s1')) == '152/2027/s1'
        assert offer(db, subject='152', semester='2026/s1', description='', url='') == '152/2026/s1'
        with pytest.raises(FieldError):
            change_offering(db, offering_id, **DETAILS, moved_to=('152', '2026/s1'))


def test_an_offering_with_a_worksheet_does_not_move(database, offering_id):
    with database.writing() as db:
        save_subject(db, None, code='152', name='Other', url_name='152')
        assert can_move(db, offering_id)
        add_worksheet(db, db.get(Offering, offering_id))
        assert not can_move(db, offering_id)
        with pytest.raises(FieldError):
            change_offering(db, offering_id, **DETAILS, moved_to=('152', '2026/s1'))
