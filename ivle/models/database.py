"""The database: an engine that never loses an update, and short transactions on it."""

import contextlib
import os
import sqlite3

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import sessionmaker

from ivle.settings import SettingsError

BUSY_MILLISECONDS = 5000
# A statement that takes longer than a person waits is a fault; a lock that does not come is a knot.
POSTGRESQL_OPTIONS = '-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s -c timezone=UTC'


def address_of(settings) -> URL:
    """Return the SQLAlchemy address that the settings name; SettingsError when it is unusable."""
    try:
        url = make_url(settings.database)
    except ArgumentError:
        raise SettingsError(
            'ivle.database.url is no address of a database: write for example sqlite:////srv/ivle/ivle.db or postgresql:///ivle.'
        ) from None
    if url.get_backend_name() == 'sqlite':
        if not url.database or url.database == ':memory:':
            raise SettingsError('ivle.database.url names no file: a database in memory would forget everything.')
        return url.set(drivername='sqlite')
    if url.get_backend_name() == 'postgresql':
        return url.set(drivername='postgresql+psycopg')
    raise SettingsError('ivle.database.url names a database that IVLE does not know: it runs on SQLite and PostgreSQL.')


def make_engine(url, **options):
    """Return an engine whose transactions begin as we say: `BEGIN IMMEDIATE`, or read-only where so asked."""
    if url.get_backend_name() == 'postgresql':
        options = {'pool_pre_ping': True, 'connect_args': {'options': POSTGRESQL_OPTIONS, 'connect_timeout': 5}} | options
        try:
            return create_engine(url, **options)
        except ModuleNotFoundError:
            raise SettingsError(
                'ivle.database.url names a PostgreSQL database, and its driver is missing: pip install "ivle[postgres]".'
            ) from None
    _make_private(url.database)
    engine = create_engine(url, **options)
    event.listen(engine, 'connect', _prepare_sqlite)
    event.listen(engine, 'begin', _begin_sqlite)
    return engine


def _make_private(path):
    """Create the database file readable by us alone; SQLite gives its companions the same mode."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _prepare_sqlite(connection: sqlite3.Connection, record):
    # The driver would begin by itself, too late and too weakly: updates from two threads are lost silently.
    connection.isolation_level = None
    for pragma in (f'busy_timeout = {BUSY_MILLISECONDS}', 'journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'):
        connection.execute(f'PRAGMA {pragma}').close()


def _begin_sqlite(connection):
    writes = connection.get_execution_options().get('writes', True)
    connection.exec_driver_sql(f'PRAGMA query_only = {"OFF" if writes else "ON"}')
    # A transaction that reads first and writes later could not wait for another's lock: it would fail at once.
    connection.exec_driver_sql('BEGIN IMMEDIATE' if writes else 'BEGIN')


class Database:
    """The site's database. Made once for each process; `close` it at the end."""

    def __init__(self, settings):
        # Each thread holds at most two connections: its request's, and a short one besides.
        pool = {'pool_size': settings.threads, 'max_overflow': settings.threads + 2, 'pool_timeout': 5}
        self.engine = make_engine(address_of(settings), **pool)
        self._sessions = {
            True: sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False),
            False: sessionmaker(self.engine.execution_options(writes=False, postgresql_readonly=True)),
        }

    def session(self, writes):
        """Return a new session; what it does is somebody else's transaction to end."""
        return self._sessions[writes]()

    @contextlib.contextmanager
    def reading(self):
        """Give a session for a short look. The database refuses to write in it; nothing of it may be used afterwards."""
        with self.session(writes=False) as db:
            yield db
            db.rollback()

    @contextlib.contextmanager
    def writing(self):
        """Give a session for a short change, committed at the end of the block unless it raises."""
        with self.session(writes=True) as db, db.begin():
            yield db

    def close(self):
        """Give the connections back."""
        self.engine.dispose()
