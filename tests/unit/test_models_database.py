"""The database: no update is lost, looking never writes, moments are UTC."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from ivle.models import User
from tests.course import add_person

PEOPLE, ROUNDS = 6, 20


def test_updates_from_many_threads_are_never_lost(database):
    with database.writing() as db:
        add_person(db, 'jdoe', name='0')

    def count_up():
        for _ in range(ROUNDS):
            with database.writing() as db:
                user = db.query(User).with_for_update().one()
                user.name = str(int(user.name) + 1)

    threads = [threading.Thread(target=count_up) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as db:
        assert db.query(User).one().name == str(PEOPLE * ROUNDS)


def test_a_reading_session_cannot_write(database):
    with pytest.raises(DBAPIError, match='(?i)read-?only'), database.reading() as db:
        add_person(db, 'jdoe')


def test_after_a_look_the_same_connection_writes_again(database):
    with database.reading() as db:
        db.query(User).all()
    with database.writing() as db:
        add_person(db, 'jdoe')
    with database.reading() as db:
        assert db.query(User).count() == 1


def test_a_block_that_raises_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.writing() as db:
        add_person(db, 'jdoe')
        raise ZeroDivisionError
    with database.reading() as db:
        assert db.query(User).count() == 0


def test_a_reader_does_not_wait_for_a_writer(database):
    with database.writing() as writer:
        add_person(writer, 'jdoe')
        with database.reading() as reader:
            assert reader.query(User).count() == 0


def test_two_people_cannot_have_one_login(database):
    with database.writing() as db:
        add_person(db, 'jdoe')
    with pytest.raises(IntegrityError), database.writing() as db:
        add_person(db, 'jdoe')


def test_the_database_refuses_a_state_that_does_not_exist(database):
    with pytest.raises((StatementError, IntegrityError)), database.writing() as db:
        add_person(db, 'jdoe', state='asleep')


def test_a_moment_comes_back_as_the_same_moment_in_utc(database):
    there = datetime(2026, 11, 20, 12, 30, 15, 123456, timezone(timedelta(hours=11)))
    with database.writing() as db:
        add_person(db, 'jdoe', last_login=there)
    with database.reading() as db:
        found = db.query(User).one().last_login
    assert found == there
    assert found.tzinfo == UTC


def test_a_moment_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match='has no time zone'), database.writing() as db:
        add_person(db, 'jdoe', last_login=datetime(2026, 11, 20, 12, 30))
