"""Sessions and tokens: they begin, end, and say nothing to whoever reads the database."""

from datetime import timedelta

import pytest

from ivle.models import ApiToken, LoginSession, State, User, utc_now
from ivle.security import sessions, tokens
from ivle.settings import Settings
from tests.course import add_person

SETTINGS = Settings(session_idle_seconds=3600.0, session_total_seconds=86400.0)


@pytest.fixture
def db(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def user(db):
    return add_person(db, 'jdoe')


def begin(db, user):
    session_id = sessions.begin(db, user.id, SETTINGS, '10.0.0.1', 'Firefox')
    db.flush()
    return session_id


def is_open(db, session_id, later=timedelta(0)):
    return sessions.find(db, session_id, SETTINGS, utc_now() + later) is not None


def test_a_session_is_found_by_its_id_with_its_person(db, user):
    assert sessions.find(db, begin(db, user), SETTINGS, utc_now()).user.login == 'jdoe'


def test_the_id_is_long_and_not_in_the_database(db, user):
    session_id = begin(db, user)
    row = db.query(LoginSession).one()
    assert len(session_id) == 43
    assert session_id not in [row.id_digest, row.address, row.agent]


def test_an_unused_session_ends_after_a_while(db, user):
    session_id = begin(db, user)
    assert is_open(db, session_id, timedelta(minutes=59))
    assert not is_open(db, session_id, timedelta(minutes=61))


def test_a_used_session_goes_on_until_its_last_moment(db, user):
    session_id = begin(db, user)
    row = db.query(LoginSession).one()
    sessions.mark_seen(db, row.id, row.created + timedelta(hours=23, minutes=30))
    assert is_open(db, session_id, timedelta(hours=23, minutes=59))
    assert not is_open(db, session_id, timedelta(hours=24, minutes=1))


def test_a_session_that_ended_stays_ended_when_a_late_request_marks_it(db, user):
    session_id = begin(db, user)
    row_id = db.query(LoginSession).one().id
    sessions.end(db, session_id)
    sessions.mark_seen(db, row_id, utc_now())
    assert not is_open(db, session_id)


@pytest.mark.parametrize('columns', [{'state': State.DISABLED}, {'expires': utc_now() - timedelta(seconds=1)}])
def test_a_closed_or_expired_account_has_no_session_and_no_token(db, user, columns):
    session_id, token = begin(db, user), tokens.make(db, user.id, 'script')
    db.query(User).update(columns)
    assert not is_open(db, session_id)
    assert tokens.find(db, token, utc_now()) is None


def test_all_sessions_but_one_can_be_ended(db, user):
    kept, *others = [begin(db, user) for _ in range(3)]
    row_id = sessions.find(db, kept, SETTINGS, utc_now()).id
    assert sessions.end_all(db, user.id, keep_row_id=row_id) == 2
    assert [is_open(db, session_id) for session_id in (kept, *others)] == [True, False, False]


def test_sessions_of_others_are_not_ended(db, user):
    session_id = begin(db, user)
    sessions.end_all(db, add_person(db, 'asmith').id)
    assert is_open(db, session_id)


def test_whoever_signs_in_clears_away_what_ended_by_itself(db, user):
    begin(db, user)
    db.query(LoginSession).update({'last_seen': utc_now() - timedelta(hours=2)})
    begin(db, user)
    assert db.query(LoginSession).count() == 1


def test_the_last_use_is_written_at_most_once_a_minute(db, user):
    begin(db, user)
    row = db.query(LoginSession).one()
    assert not sessions.is_to_be_marked(row, SETTINGS, row.last_seen + timedelta(seconds=59))
    assert sessions.is_to_be_marked(row, SETTINGS, row.last_seen + timedelta(seconds=61))


def test_a_token_is_found_and_not_in_the_database(db, user):
    token = tokens.make(db, user.id, 'script')
    assert tokens.find(db, token, utc_now()).user.login == 'jdoe'
    assert token not in str(vars(db.query(ApiToken).one()))


def test_a_revoked_token_is_nothing(db, user):
    token = tokens.make(db, user.id, 'script')
    assert tokens.revoke(db, user.id, db.query(ApiToken).one().id)
    assert tokens.find(db, token, utc_now()) is None
    assert tokens.tokens_of(db, user.id) == []


def test_nobody_revokes_the_token_of_another(db, user):
    token, other = tokens.make(db, user.id, 'script'), add_person(db, 'asmith')
    db.flush()
    assert not tokens.revoke(db, other.id, db.query(ApiToken).one().id)
    assert tokens.find(db, token, utc_now()) is not None


@pytest.mark.parametrize('token', ['', 'ivle_', 'ivle_' + 'x' * 43, 'x' * 5000, "ivle_' OR 1=1 --" + 'x' * 27, '\udcff'])
def test_what_is_no_token_is_nobody(db, user, token):
    tokens.make(db, user.id, 'script')
    assert tokens.find(db, token, utc_now()) is None
