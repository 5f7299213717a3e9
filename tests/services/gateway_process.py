"""The console gateway as a process, and a scripted sandbox-server for it to talk to."""

import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

from websockets.sync.client import connect

from ivle import chat, envelopes, sockets
from ivle.gateway.token import make_token
from ivle.sandbox.daemon import settings_from
from ivle.secrets import read_secret

SERVICE = Path(__file__).resolve().parents[2] / 'services' / 'gateway'
KEY = 'ab' * 16


def free_port():
    """Return a port nobody listens at."""
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


class ScriptedHost:
    """Listens where sandbox-server would; each connection is played by `play(connection, question)`.

    `connection` is a Line: `say(value)`, `hear()`. The real sandbox-server is tried elsewhere: this one can
    misbehave in ways the real one does not.
    """

    def __init__(self, settings):
        settings.path('run').mkdir(parents=True, exist_ok=True)
        self._path, self._secret = settings.path('run', 'sandbox.sock'), read_secret(settings, 'sandbox')
        self._listening = None
        self.questions = []
        self.play = None
        self.ended = threading.Event()

    def start(self):
        self._listening = sockets.listen(self._path)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # shutdown wakes the thread that waits in accept; close alone does not.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._path.unlink(missing_ok=True)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            _, body = envelopes.Opener(self._secret, 'sandbox').open(chat.read_frame(connection))
            self.questions.append(body)
            try:
                self.play(Line(connection), body['console_stream'])
            except chat.ConnectionLost:
                self.ended.set()


class Line:
    """One connection to the gateway, from the host's side."""

    def __init__(self, sock):
        self.sock = sock

    def say(self, value, timeout=60):
        chat.write_value(self.sock, value, timeout=timeout)

    def hear(self):
        return chat.read_value(self.sock)


class GatewayProcess:
    """`services/gateway` on an ini file below `folder`: `with` starts it and ends it, whatever happens between."""

    def __init__(self, folder, **more):
        self.port = free_port()
        keys = {'data': 'data', 'mode': 'development', 'port': '6543', 'gateway.port': str(self.port), **more}
        self.ini = Path(folder, 'site.ini')
        self.ini.write_text('[app:main]\n' + ''.join(f'ivle.{key} = {value}\n' for key, value in keys.items()))
        self.settings = settings_from(self.ini, environ={})
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, SERVICE, '--ini', self.ini], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if self.process.stdout.readline() != b'ready\n':
            raise AssertionError(f'the gateway ended with status {self.stop()}')

    def stop(self):
        """End it as the site does, by its standard input; return its exit status. No harm when it has ended already."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(60)

    def connect(self, **options):
        """Return an open WebSocket that has not said anything yet."""
        return connect(f'ws://127.0.0.1:{self.port}/', compression=None, **options)

    def token(self, login='studenta', key=KEY, now=None):
        return make_token(read_secret(self.settings, 'gateway'), login, key, now)

    def log(self):
        return self.settings.path('log', 'gateway.log').read_text()
