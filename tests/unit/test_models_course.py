"""Who may read whose subject directory, and what people take part in."""

import pytest

from ivle.models import Role, SemesterState, account, classes_of, enrolled_staff_scope, enrolments
from ivle.models.people import courses
from tests.course import add_offering, add_person, enrol


@pytest.fixture
def db(database):
    with database.writing() as session:
        yield session


def test_a_tutor_reads_the_subject_directory_of_an_active_student(db):
    tutor, student, offering = add_person(db, 'tutor'), add_person(db, 'jdoe'), add_offering(db, '151')
    enrol(db, tutor, offering, Role.TUTOR)
    enrol(db, student, offering)
    assert enrolled_staff_scope(db, tutor.id, 'jdoe') == {'151'}


def test_a_tutor_reads_no_other_subject_of_the_same_student(db):
    tutor, student, taught, other = (
        add_person(db, 'tutor'),
        add_person(db, 'jdoe'),
        add_offering(db, '151'),
        add_offering(db, '152'),
    )
    enrol(db, tutor, taught, Role.TUTOR)
    enrol(db, student, taught)
    enrol(db, student, other)
    assert enrolled_staff_scope(db, tutor.id, 'jdoe') == {'151'}


@pytest.mark.parametrize(
    'viewer_role, owner_role', [('student', 'student'), ('tutor', 'tutor'), ('tutor', 'lecturer'), ('lecturer', 'tutor')]
)
def test_nobody_reads_files_of_fellow_students_or_fellow_staff(db, viewer_role, owner_role):
    viewer, owner, offering = add_person(db, 'viewer'), add_person(db, 'owner'), add_offering(db, '151')
    enrol(db, viewer, offering, Role(viewer_role))
    enrol(db, owner, offering, Role(owner_role))
    assert enrolled_staff_scope(db, viewer.id, 'owner') == set()


@pytest.mark.parametrize('staff_is_active, student_is_active', [(False, True), (True, False), (False, False)])
def test_an_inactive_enrolment_gives_no_right(db, staff_is_active, student_is_active):
    tutor, student, offering = add_person(db, 'tutor'), add_person(db, 'jdoe'), add_offering(db, '151')
    enrol(db, tutor, offering, Role.TUTOR, active=staff_is_active)
    enrol(db, student, offering, active=student_is_active)
    assert enrolled_staff_scope(db, tutor.id, 'jdoe') == set()


@pytest.mark.parametrize('state', [SemesterState.PAST, SemesterState.FUTURE])
def test_staff_of_a_semester_that_is_not_current_read_nothing(db, state):
    tutor, student, offering = add_person(db, 'tutor'), add_person(db, 'jdoe'), add_offering(db, '151', state=state)
    enrol(db, tutor, offering, Role.TUTOR)
    enrol(db, student, offering)
    assert enrolled_staff_scope(db, tutor.id, 'jdoe') == set()


def test_staff_of_one_offering_are_strangers_to_another_of_the_same_subject(db):
    tutor, student = add_person(db, 'tutor'), add_person(db, 'jdoe')
    enrol(db, tutor, add_offering(db, '151', semester='s1'), Role.TUTOR)
    enrol(db, student, add_offering(db, '151', semester='s2'))
    assert enrolled_staff_scope(db, tutor.id, 'jdoe') == set()


def test_nobody_reads_the_files_of_somebody_who_does_not_exist(db):
    assert enrolled_staff_scope(db, add_person(db, 'tutor').id, 'ghost') == set()


def test_current_parts_come_before_past_ones(db):
    student = add_person(db, 'jdoe')
    enrol(db, student, add_offering(db, '152', year=2027, state=SemesterState.FUTURE))
    enrol(db, student, add_offering(db, '151'))
    assert [(part.offering, part.role, part.state.is_current) for part in enrolments(db, student.id)] == [
        ('151/2026/s1', 'student', True),
        ('152/2027/s1', 'student', False),
    ]


def test_a_class_lists_its_active_students_only(db):
    lecturer, offering = add_person(db, 'lecturer'), add_offering(db, '151')
    enrol(db, lecturer, offering, Role.LECTURER)
    enrol(db, add_person(db, 'jdoe'), offering)
    enrol(db, add_person(db, 'left'), offering, active=False)
    enrol(db, add_person(db, 'tutor'), offering, Role.TUTOR)
    enrol(db, lecturer, add_offering(db, '151', year=2025, state=SemesterState.PAST), Role.LECTURER)
    ((part, people),) = classes_of(db, enrolments(db, lecturer.id))
    assert (part.offering, people) == ('151/2026/s1', [('jdoe', 'Jdoe')])


def test_courses_count_who_takes_part(db):
    offering = add_offering(db, '151')
    enrol(db, add_person(db, 'lecturer'), offering, Role.LECTURER)
    enrol(db, add_person(db, 'jdoe'), offering)
    enrol(db, add_person(db, 'left'), offering, active=False)
    subjects, semesters, (line,) = courses(db)
    assert (subjects, semesters) == ([('151', 'Subject 151', '151')], [(2026, 's1', 's1', 'current')])
    assert (line.offering, line.students, line.staff) == ('151/2026/s1', 1, 1)


def test_an_account_is_plain_values_about_its_owner(db):
    user = add_person(db, 'jdoe')
    found = account(db, 'jdoe')
    assert (found.id, found.login, found.name, found.is_usable) == (user.id, 'jdoe', 'Jdoe', True)


@pytest.mark.parametrize('login', ['ghost', 'JDOE', '..', 'a' * 5000, 'jd%e'])
def test_there_is_no_account_of_another_spelling(db, login):
    add_person(db, 'jdoe')
    assert account(db, login) is None
