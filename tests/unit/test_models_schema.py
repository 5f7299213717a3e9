"""The schema: it follows the models, goes up and down, and refuses what it does not know."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from ivle.models import Database, SchemaError, User, upgrade
from ivle.models.meta import Base
from ivle.models.schema import check, downgrade
from ivle.settings import Settings, SettingsError


def tables(settings):
    database = Database(settings)
    try:
        return set(inspect(database.engine).get_table_names()) - {'alembic_version'}
    finally:
        database.close()


def test_an_upgraded_database_has_the_tables_of_the_models(empty_database):
    upgrade(empty_database)
    assert tables(empty_database) == set(Base.metadata.tables)


def test_the_migrations_and_the_models_say_the_same(empty_database):
    upgrade(empty_database)
    check(empty_database)


def test_the_schema_goes_up_down_and_up_again(empty_database):
    upgrade(empty_database)
    downgrade(empty_database, 'base')
    assert tables(empty_database) == set()
    upgrade(empty_database)
    check(empty_database)


def test_upgrading_twice_keeps_the_rows(empty_database):
    upgrade(empty_database)
    database = Database(empty_database)
    with database.writing() as db:
        db.add(User(login='jdoe', name='Jane Doe'))
    upgrade(empty_database)
    with database.reading() as db:
        assert db.query(User).one().login == 'jdoe'
    database.close()


def test_several_processes_may_upgrade_at_once(empty_database):
    failures = []

    def upgrade_or_note():
        try:
            upgrade(empty_database)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade_or_note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    check(empty_database)


def test_a_database_of_a_newer_version_is_refused_in_one_sentence(empty_database):
    upgrade(empty_database)
    database = Database(empty_database)
    with database.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(SchemaError, match=r'^ivle\.database\.url: a newer IVLE made this database \(schema 9999\)\.'):
        upgrade(empty_database)


def test_a_migration_that_fails_leaves_the_old_schema(data, monkeypatch):
    settings = Settings(data=Path(data))
    monkeypatch.setattr('ivle.models.schema._check_foreign_keys', refuse)
    with pytest.raises(SchemaError):
        upgrade(settings)
    assert tables(settings) == set()


def refuse(connection):
    raise SchemaError('no')


def test_only_the_site_can_read_the_sqlite_file_and_its_companions(data):
    settings = Settings(data=Path(data) / 'below')
    upgrade(settings)
    database = Database(settings)
    with database.writing() as db:
        db.add(User(login='jdoe', name='Jane Doe'))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in settings.data.iterdir()}
    database.close()
    assert set(modes.values()) == {0o600}
    assert {'ivle.db', 'ivle.db-wal'} <= set(modes)
    assert stat.S_IMODE(settings.data.stat().st_mode) == 0o700


@pytest.mark.parametrize('address', ['nonsense', 'mysql://localhost/ivle', 'sqlite://', 'sqlite:///:memory:'])
def test_an_address_that_cannot_be_used_is_refused_by_its_key(data, address):
    with pytest.raises(SettingsError, match=r'^ivle\.database\.url'):
        upgrade(Settings(data=Path(data), database=address))


def test_a_server_that_does_not_answer_is_named_by_its_key(data):
    with pytest.raises(SettingsError, match=r'^ivle\.database\.url: the database cannot be reached'):
        upgrade(Settings(data=Path(data), database=f'postgresql:///ivle?host={data}'))


def test_a_login_that_could_not_stand_in_a_path_never_becomes_a_row():
    with pytest.raises(ValueError, match='cannot be a login'):
        User(login='../jdoe', name='Jane Doe')


def test_sqlite_keeps_its_promises(data):
    settings = Settings(data=Path(data))
    upgrade(settings)
    database = Database(settings)
    with database.reading() as db:
        found = {
            name: db.execute(text(f'PRAGMA {name}')).scalar()
            for name in ('journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout')
        }
    database.close()
    assert found == {'journal_mode': 'wal', 'synchronous': 2, 'foreign_keys': 1, 'busy_timeout': 5000}
    assert sqlite3.sqlite_version_info >= (3, 37)
