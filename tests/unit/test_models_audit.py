"""The record of looks: complete, short enough to read, and there for the owner."""

import threading
from datetime import timedelta

import pytest

from ivle.models import AuditRecord, Role, User, looks_at, record_act, record_view
from tests.course import add_offering, add_person, enrol, identity_of


class Course:
    """A tutor and a student of one offering."""

    def __init__(self, database):
        with database.writing() as db:
            tutor, student, offering = add_person(db, 'tutor'), add_person(db, 'jdoe'), add_offering(db, '151')
            enrol(db, tutor, offering, Role.TUTOR)
            enrol(db, student, offering)
            self.tutor, self.student_id = identity_of(tutor), student.id
        self.database = database

    def looks(self):
        with self.database.reading() as db:
            return looks_at(db, self.student_id)


@pytest.fixture
def course(database):
    return Course(database)


def test_the_owner_sees_who_looked_at_what_as_staff_of_which_offering(database, course):
    record_view(database, course.tutor, course.student_id, '151/proj1', 'list')
    (look,) = course.looks()
    assert (look.viewer, look.viewer_name, look.action, look.path, look.offering) == (
        'tutor',
        'Tutor',
        'list',
        '151/proj1',
        '151/2026/s1',
    )


def test_several_looks_into_one_directory_are_one_record(database, course):
    record_view(database, course.tutor, course.student_id, '151', 'list')
    record_view(database, course.tutor, course.student_id, '151/hello.py', 'edit')
    record_view(database, course.tutor, course.student_id, '151/notes.txt', 'read')
    assert [look.path for look in course.looks()] == ['151']


@pytest.mark.parametrize('action', ['download', 'history'])
def test_taking_a_directory_along_does_not_hide_behind_a_look_beside_it(database, course, action):
    record_view(database, course.tutor, course.student_id, '151', 'list')
    record_view(database, course.tutor, course.student_id, '151/proj1', 'list')
    for path in ('151', '151/proj1', '151/hello.py', '151'):
        record_view(database, course.tutor, course.student_id, path, action)
    with database.reading() as db:
        taken = [look.path for look in looks_at(db, course.student_id) if look.action == action]
    assert sorted(taken) == ['151', '151/hello.py', '151/proj1']


def test_another_directory_is_another_record(database, course):
    record_view(database, course.tutor, course.student_id, '151', 'list')
    record_view(database, course.tutor, course.student_id, '151/proj1', 'list')
    assert [look.path for look in course.looks()] == ['151/proj1', '151']


def test_a_look_after_ten_minutes_is_another_record(database, course):
    record_view(database, course.tutor, course.student_id, '151', 'list')
    with database.writing() as db:
        record = db.query(AuditRecord).one()
        record.recorded -= timedelta(minutes=11)
    record_view(database, course.tutor, course.student_id, '151', 'list')
    assert len(course.looks()) == 2


def test_looks_at_the_same_moment_are_one_record(database, course):
    threads = [
        threading.Thread(target=record_view, args=(database, course.tutor, course.student_id, '151', 'list')) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(course.looks()) == 1


def test_an_act_of_an_administrator_is_on_the_same_list(database, course):
    with database.writing() as db:
        admin = add_person(db, 'admin', is_admin=True)
        record_act(db, identity_of(admin), 'jdoe', 'disable', 'asked for it')
    (look,) = course.looks()
    assert (look.viewer, look.action, look.reason) == ('admin', 'admin:disable', 'asked for it')


def test_an_act_does_not_hide_a_look(database, course):
    with database.writing() as db:
        record_act(db, course.tutor, 'jdoe', 'enable')
    record_view(database, course.tutor, course.student_id, 'hello.py', 'read')
    assert [look.action for look in course.looks()] == ['read', 'admin:enable']


def test_a_record_outlives_the_account_of_the_viewer(database, course):
    record_view(database, course.tutor, course.student_id, '151', 'list')
    with database.writing() as db:
        db.delete(db.get(User, course.tutor.id))
    (look,) = course.looks()
    assert (look.viewer, look.viewer_name) == ('tutor', 'tutor')
