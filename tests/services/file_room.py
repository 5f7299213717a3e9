"""A room for tests of the file service: an account, the service as a process of its own, and Subversion behind the tunnel."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

from ivle import chat
from ivle.accounts.actions import Actions
from ivle.accounts.histories import Histories
from ivle.accounts.homes import Homes
from ivle.accounts.outside import Outside
from ivle.accounts.repositories import Repositories
from ivle.accounts.rights import Rights
from ivle.sandbox.places import Places
from ivle.sandbox.svn import Tunnel
from ivle.settings import Settings

PROGRAM = Path(__file__).resolve().parents[2] / 'services' / 'fileservice'
PYTHON = '/usr/bin/python3'


class FileService:
    """The service as it runs in a box, but without the box: what it refuses, it refuses by itself."""

    def __init__(self, account, svn_socket='/nonexistent', options=(), within=()):
        self.account = Path(account)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [*within, PYTHON, '-I', str(PROGRAM), '--root', str(account), '--svn-socket', str(svn_socket), *options]
        with theirs:
            # In the box a private /tmp goes with it; here what a killed service leaves goes with the account.
            self.process = subprocess.Popen(
                command, stdin=theirs, stderr=subprocess.PIPE, env={**os.environ, 'TMPDIR': str(account)}
            )

    @property
    def home(self):
        return self.account / 'home'

    def begin(self, request):
        """Hand over a request and return the connection that it will be answered on."""
        ours, theirs = socket.socketpair()
        memory = os.memfd_create('request')
        with theirs, open(memory, 'w+b') as file:
            file.write(chat.dumps(request).encode())
            file.seek(0)
            socket.send_fds(self._channel, [b'request'], [theirs.fileno(), memory])
        return ours

    def reply(self, op, path='', *bodies, **properties):
        """Return the whole reply to one request."""
        with self.begin({'op': op, 'path': path, **properties}) as connection:
            for body in bodies:
                chat.write_data(connection, [body])
            reply = chat.read_value(connection, timeout=60)
            if reply == {'okay': {'follows': True}}:
                reply = chat.loads(b''.join(chat.read_data(connection)))
            return reply

    def do(self, op, path='', *bodies, **properties):
        """Return the `okay` object of an operation that succeeds."""
        reply = self.reply(op, path, *bodies, **properties)
        assert 'okay' in reply, reply
        return reply['okay']

    def refusal(self, op, path='', *bodies, **properties):
        """Return the error object of an operation that does not."""
        reply = self.reply(op, path, *bodies, **properties)
        assert 'error' in reply, reply
        return reply['error']

    def code(self, op, path='', *bodies, **properties):
        """Return the error code of an operation that does not succeed."""
        return self.refusal(op, path, *bodies, **properties)['code']

    def bytes(self, op, path='', **properties):
        """Return the data that follow the reply to `read` or `zip`."""
        with self.begin({'op': op, 'path': path, **properties}) as connection:
            reply = chat.read_value(connection)
            assert 'okay' in reply, reply
            return b''.join(chat.read_data(connection))

    def names(self, path=''):
        """Return the names in a directory as they are listed."""
        return [entry['name'] for entry in self.do('list', path)['entries']]

    def entry(self, path, name):
        """Return one entry of a listing."""
        return {entry['name']: entry for entry in self.do('list', path)['entries']}[name]

    def state(self, path, name):
        """Return the version state of one entry."""
        return self.entry(path, name)['version']['state']

    def kill(self):
        """End the service as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self):
        """End the service as sandbox-server does; return what it had to say."""
        self._channel.close()
        with self.process.stderr as said:
            text = said.read().decode()
        self.process.wait(10)
        return text


class Host:
    """The accounts and repositories of one host, made by usrmgt-server's own actions, and tunnels into them."""

    def __init__(self, data):
        os.chmod(data, 0o711)
        self.settings = Settings(data=Path(data), mode='development')
        self.settings.path('run').mkdir()
        self.places = Places(self.settings)
        parts = Homes(self.settings), Repositories(self.settings, self.places), Histories(self.settings), Rights(self.settings)
        for part in parts:
            part.prepare()
        self._actions = Actions(*parts, Outside(self.settings, self.places))
        self._stack = contextlib.ExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def do(self, action, **properties):
        """Do an action of usrmgt-server."""
        return self._actions.do({action: properties})

    def service(self, login, mode='write', scope=''):
        """Return a running file service of a login, with its tunnel."""
        tunnel = Tunnel(self.settings, self.places, login, mode == 'read')
        self._run(tunnel.open())
        self._stack.callback(lambda: self._run(tunnel.close()))
        options = [f'--scope={scope}', *(['--read-only'] if mode == 'read' else [])]
        service = FileService(self.settings.path('accounts', login), tunnel.path, options)
        self._stack.callback(service.close)
        return service

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def close(self):
        """End everything."""
        self._stack.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
