"""A host with accounts and a real sandbox-server, and the questions that tests ask it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from ivle import chat, envelopes, sockets
from ivle.console import Console
from ivle.settings import Settings
from tests.contract.consoles import PATIENCE_SECONDS, children_of, eventually, make_account, takes_less

PROGRAM = Path(__file__).parents[2] / 'services' / 'sandbox-server'
EVERYBODY = ('studenta', 'studentb')

__all__ = ['SandboxHost', 'a_place_for_all', 'children_of', 'eventually', 'make_account', 'parent_of', 'takes_less']


class SandboxHost:
    """A data directory with two accounts, and sandbox-server for it: `with` starts it and ends it, whatever happens between."""

    def __init__(self, data, **settings):
        self.data = Path(data)
        self.data.chmod(0o711)
        self.settings = Settings(data=self.data)
        self.ini = self.data / 'site.ini'
        keys = {'ivle.data': self.data, **{f'ivle.{key}': value for key, value in settings.items()}}
        self.ini.write_text('[app:main]\n' + ''.join(f'{key} = {value}\n' for key, value in keys.items()))
        for login in EVERYBODY:
            make_account(self.settings, login)
        self.settings.path('repositories', 'conf').mkdir(parents=True)
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, '--ini', self.ini], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.__stderr__
        )
        if self.process.stdout.readline() != b'ready\n':
            self.stop()
            raise AssertionError(self.log())

    def stop(self):
        """End it as the web process does, and return its exit status. No harm when it has ended already."""
        self.process.stdin.close()
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            # That it does not end is for this test to tell, not for all after it.
            self.kill()
            raise
        finally:
            self.process.stdout.close()

    def kill(self):
        """End it as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)
        self.process.stdin.close()
        self.process.stdout.close()

    def log(self):
        return self.settings.path('log', 'sandbox-server.log').read_text()

    @property
    def secret(self):
        return self.settings.path('secrets', 'sandbox').read_bytes()

    @property
    def socket(self):
        return self.settings.path('run', 'sandbox.sock')

    def home(self, login):
        return self.settings.path('accounts', login, 'home')

    def write(self, login, path, text):
        """Put a file into a home, as the student's own."""
        place = self.home(login) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        owner = self.home(login).stat()
        for made in (place, place.parent):
            os.chown(made, owner.st_uid, owner.st_gid)

    # -- questions ----------------------------------------------------------------------------------

    def ask(self, **body):
        """Return the reply to one action."""
        try:
            return envelopes.ask(self.socket, self.secret, 'sandbox', body, PATIENCE_SECONDS)
        except envelopes.RemoteError as error:
            # The reply names an incident; what it was stands only there.
            error.add_note(self.log()[-4000:])
            raise

    def status(self):
        return self.ask(status={})

    @contextlib.contextmanager
    def line(self, **body):
        """Give a connection on which an action was asked for."""
        with sockets.connect(self.socket, PATIENCE_SECONDS) as connection:
            chat.write_frame(connection, envelopes.seal(body, self.secret, 'sandbox'))
            yield connection

    def file(self, login, mode='write', scope='', **request):
        """Return the file service's reply."""
        with self.line(file={'login': login, 'mode': mode, 'scope': scope, 'request': request}) as connection:
            return chat.read_value(connection, timeout=PATIENCE_SECONDS)

    def serve(self, login, path):
        """Return (first reply, body, last reply) of a served page."""
        request = {
            **{'method': 'GET', 'path': path, 'query': '', 'headers': {}, 'script_name': '', 'server_name': 'localhost'},
            **{'server_port': '80', 'scheme': 'http', 'remote_user': login},
        }
        with self.line(serve={'login': login, 'request': request}) as connection:
            chat.write_frame(connection, b'')
            reply = chat.read_value(connection, timeout=PATIENCE_SECONDS)
            body = b''.join(chat.read_data(connection, timeout=PATIENCE_SECONDS))
            return reply, body, chat.read_value(connection, timeout=PATIENCE_SECONDS)

    def console(self, login):
        return Console(self.settings, login)

    def processes(self):
        """Return the process ids of everything the daemon has started."""
        return children_of(self.process.pid)

    def programs(self, name):
        """Return the process ids of the programs of ours that run in boxes."""
        # Not bubblewrap and the shell, which name the program too.
        start = f'{self.settings.python} -I /ivle/services/{name}'
        return [pid for pid in self.processes() if _command(pid).startswith(start)]

    def named(self, name):
        """Return the process ids of what calls itself so: a program of a student's may choose its name."""
        return [pid for pid in self.processes() if _read(f'/proc/{pid}/comm') == name + '\n']


def parent_of(pid):
    """Return the process id of a process' parent, 0 when it has ended."""
    return int([*_read(f'/proc/{pid}/stat').rpartition(')')[2].split(), '0', '0'][1])


def a_place_for_all(tmp_path_factory):
    """Return a directory whose path a box's user may go along."""
    place = tmp_path_factory.mktemp('host')
    for folder in (place, *place.parents[:2]):
        folder.chmod(0o711)
    return place


def _command(pid):
    return _read(f'/proc/{pid}/cmdline').replace('\0', ' ')


def _read(path):
    try:
        return Path(path).read_text()
    except OSError:
        # It has ended meanwhile.
        return ''


def raw_connection(path):
    """Return a connection on which nothing was said."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE_SECONDS)
    connection.connect(str(path))
    return connection
