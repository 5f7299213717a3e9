"""A room for tests of the serve service: homes with files, and requests answered in real boxes."""

import contextlib
import json
import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from ivle import chat
from ivle.sandbox.box import Launcher
from ivle.sandbox.spec import BoxSpec
from ivle.settings import Settings

ENDED_SECONDS = 10


@dataclass
class Answer:
    """What the serve service answered, and how long the box was there."""

    reply: dict
    body: bytes = b''
    ended: dict = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def okay(self):
        return self.reply['okay']

    @property
    def code(self):
        return self.reply['error']['code']

    @property
    def page(self):
        """What the program printed after its headers."""
        return self.body.decode().partition('\n\n')[2]


class Room:
    """Accounts below one directory and a launcher of boxes for them."""

    def __init__(self, data):
        self.settings = Settings(data=Path(data), mode='development')
        os.chmod(data, 0o711)
        self.settings.path('accounts').mkdir(mode=0o711)
        self.launcher = Launcher(self.settings)
        self.launcher.prepare()

    def home(self, login, files=()):
        """Make a home with files {path: content} and return its place."""
        home = self.settings.path('accounts', login, 'home')
        home.mkdir(parents=True, exist_ok=True)
        for path, content in dict(files).items():
            place = home / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        self.give(home.parent)
        return home

    def give(self, place):
        """Let the sandbox's user own everything at a place, as the accounts' maker does."""
        if os.geteuid() == 0:
            for path in [place, *place.rglob('*')]:
                os.chown(path, self.settings.sandbox_uid, self.settings.sandbox_uid, follow_symlinks=False)

    def open(self, login, request, arguments=()):
        """Start a box with a request handed over; return (our end of the connection, box)."""
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection, handed = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        memory = os.memfd_create('request')
        os.write(memory, json.dumps(request).encode())
        with channel, theirs, handed:
            box = self.launcher.start(BoxSpec('serveservice', login, arguments=tuple(map(str, arguments))), theirs)
            socket.send_fds(channel, [b'request'], [handed.fileno(), memory])
        os.close(memory)
        return connection, box

    def ask(self, login, path, method='GET', query='', headers=(), body=(), arguments=(), **more):
        """Return the Answer to a request."""
        begun = time.monotonic()
        connection, box = self.open(login, request_for(login, path, method, query, headers, **more), arguments)
        with connection, ended(box):
            chat.write_data(connection, body)
            answer = Answer(chat.read_value(connection, timeout=60))
            kind = answer.reply.get('okay', {}).get('kind')
            if kind in ('static', 'cgi'):
                answer.body = b''.join(chat.read_data(connection, timeout=60))
            if kind == 'cgi':
                answer.ended = chat.read_value(connection, timeout=60)['ended']
            answer.seconds = time.monotonic() - begun
            return answer

    def close(self):
        self.launcher.close()


@contextlib.contextmanager
def ended(box):
    """See the box end by itself; kill it where it does not."""
    try:
        yield
        box.wait(ENDED_SECONDS)
    finally:
        box.kill()
        box.wait()


def request_for(login, path, method='GET', query='', headers=(), **more):
    """Return a request as the web sends it."""
    return {
        'method': method,
        'path': path,
        'query': query,
        'headers': dict(headers),
        'script_name': f'/serve/{login}',
        'server_name': 'ivle.example.org',
        'server_port': '80',
        'scheme': 'http',
        'remote_user': login,
        'remote_addr': '192.0.2.7',
        **more,
    }
