"""Databases for tests: SQLite in a file, and PostgreSQL from a private server that only this run knows."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from ivle.models import Database, upgrade
from ivle.models.database import address_of
from ivle.settings import Settings

_PROGRAMS = Path('/usr/lib/postgresql')
# Durability is not what these tests are about, and costs most of their time.
_QUICK = {
    'fsync': 'off',
    'synchronous_commit': 'off',
    'full_page_writes': 'off',
    'shared_buffers': '16MB',
    'max_connections': '60',
}


def _program(name):
    found = sorted(_PROGRAMS.glob(f'*/bin/{name}'), key=lambda path: int(path.parts[-3]))
    assert found, (
        f'{name} of PostgreSQL is missing below {_PROGRAMS}: type apt-get install postgresql, or make test, which does it.'
    )
    return str(found[-1])


class PostgreSQL:
    """A server in a directory of its own, reached by a socket there and not over the network."""

    def __init__(self, place):
        self.place = place
        # The server refuses to run as root.
        self._owner = pwd.getpwnam('postgres') if os.geteuid() == 0 else None
        self._server = None

    @property
    def _user(self):
        return {'user': self._owner.pw_uid, 'group': self._owner.pw_gid, 'extra_groups': []} if self._owner else {}

    def start(self):
        """Make the cluster and wait until it answers."""
        shutil.chown(self.place, *((self._owner.pw_uid, self._owner.pw_gid) if self._owner else (os.getuid(), os.getgid())))
        data, log = os.path.join(self.place, 'cluster'), os.path.join(self.place, 'log')
        made = subprocess.run(
            [_program('initdb'), '-D', data, '-U', 'ivle', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
            **self._user,
            cwd=self.place,
            env={'PATH': os.environ['PATH']},
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stderr
        options = [item for name, value in _QUICK.items() for item in ('-c', f'{name}={value}')]
        with open(log, 'wb') as output:
            self._server = subprocess.Popen(
                [_program('postgres'), '-D', data, '-k', self.place, '-c', 'listen_addresses=', *options],
                **self._user,
                cwd=self.place,
                env={'PATH': os.environ['PATH']},
                stdout=output,
                stderr=output,
            )
        for _ in range(2400):
            with contextlib.suppress(psycopg.OperationalError):
                self._run('SELECT 1')
                return
            assert self._server.poll() is None, Path(log).read_text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(0.05)
        raise AssertionError(f'PostgreSQL did not answer in two minutes: {Path(log).read_text()}')

    def stop(self):
        """End the server and whoever is still connected."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(120)

    def new_database(self, template='template1'):
        """Return the SQLAlchemy address of an empty database, or of a copy of another."""
        name = 'test_' + uuid.uuid4().hex
        self._run(f'CREATE DATABASE {name} TEMPLATE {template}')
        return f'postgresql://ivle@/{name}?host={self.place}'

    def _run(self, statement):
        with psycopg.connect(host=self.place, user='ivle', dbname='postgres', autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope='session')
def postgresql():
    """Return a running PostgreSQL server."""
    with tempfile.TemporaryDirectory(prefix='pg-') as place:
        server = PostgreSQL(place)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope='session')
def postgresql_template(postgresql):
    """Return the name of a database with our tables, to be copied: that is quicker than to make them each time."""
    address = postgresql.new_database()
    upgrade(Settings(database=address))
    return make_url(address).database


@pytest.fixture(params=['sqlite', 'postgresql'])
def empty_database(request, data):
    """Return Settings that name an empty database, once of each kind."""
    addresses = {'sqlite': lambda: '', 'postgresql': lambda: request.getfixturevalue('postgresql').new_database()}
    return Settings(mode='development', data=Path(data), database=addresses[request.param]())


@pytest.fixture(scope='session')
def sqlite_template():
    """Return the path of a database with our tables, to be copied: that is quicker than to make them each time."""
    with tempfile.TemporaryDirectory(prefix='sqlite-') as place:
        settings = Settings(data=Path(place))
        upgrade(settings)
        yield address_of(settings).database


def _sqlite(request, data):
    settings = Settings(mode='development', data=Path(data))
    shutil.copyfile(request.getfixturevalue('sqlite_template'), address_of(settings).database)
    return settings


def _postgresql(request, data):
    template = request.getfixturevalue('postgresql_template')
    address = request.getfixturevalue('postgresql').new_database(template)
    return Settings(mode='development', data=Path(data), database=address)


@pytest.fixture(params=[_sqlite, _postgresql], ids=['sqlite', 'postgresql'])
def database(request, data):
    """Return an open Database with our tables, once of each kind."""
    opened = Database(request.param(request, data))
    try:
        yield opened
    finally:
        opened.close()
