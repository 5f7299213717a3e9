"""A host with two accounts and a secret, and boxes on it in which the attempts of `probes.py` are made."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ivle.sandbox.box import BoxSpec, Launcher
from ivle.sandbox.limits import Limits
from ivle.sandbox.started import Box
from ivle.settings import Settings

PATIENCE_SECONDS = 20.0
SMALL = Limits(
    cpu_seconds=5, memory=192 << 20, box_memory=192 << 20, processes=30, file_size=2 << 20, open_files=64, tmp_size=2 << 20
)


@dataclass
class Attempt:
    """An attempt that has been started in a box."""

    box: Box
    channel: socket.socket

    def say(self, data):
        self.channel.sendall(data)

    def line(self):
        """Return the next line from the box, '' at the end."""
        line = b''
        while not line.endswith(b'\n') and (byte := self.channel.recv(1)):
            line += byte
        return line.decode().rstrip('\n')

    def report(self):
        return json.loads(self.line())

    def reason_of_end(self):
        self.box.wait(PATIENCE_SECONDS)
        return self.box.reason_of_end()


class Host:
    """Data with the accounts `jdoe` and `asmith` and a secret, and a launcher of boxes that can run the probes."""

    def __init__(self, data, stack):
        self.data = Path(data)
        self.data.chmod(0o711)
        self._stack = stack
        self.settings = Settings(data=self.data)
        self.secret = self.data / 'secret'
        self.secret.write_text('the secret')
        for login in ('jdoe', 'asmith'):
            self.add_account(login)
        self.launcher = Launcher(self.settings, programs={'probe': ('tests/attacks/probes.py',)})
        self.launcher.prepare()
        stack.callback(self.launcher.close)

    def add_account(self, login):
        account = self.data / 'accounts' / login
        for folder in (account / 'home', account / 'trash'):
            folder.mkdir(parents=True)
            # As usrmgt-server does it: boxes of a site started as root have a user id of their own.
            os.chown(folder, self.uid, self.uid)
        os.chown(account, self.uid, self.uid)
        for folder in (account, account.parent):
            folder.chmod(0o711)
        (account / 'home' / 'note.txt').write_text(f'by {login}')

    @property
    def uid(self):
        return {0: self.settings.sandbox_uid}.get(os.geteuid(), os.geteuid())

    @property
    def groups(self):
        """Return the groups of a program in a box: those of the site, for only the superuser can take any away."""
        known = {os.getegid(): '1000'}
        ours = ' '.join(known.get(group, '65534') for group in os.getgroups())
        return {0: ''}.get(os.geteuid(), ours)

    def home(self, login='jdoe'):
        return self.data / 'accounts' / login / 'home'

    def start(self, probe, login='jdoe', limits=SMALL, spec=None, stderr=None, **arguments):
        """Start a probe in a box that ends with the test."""
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        self._stack.callback(ours.close)
        spec = {'program': 'probe', 'login': login, 'limits': limits, **(spec or {})}
        with theirs:
            box = self.launcher.start(BoxSpec(**spec, arguments=(probe, json.dumps(arguments))), theirs, stderr)
        self._stack.callback(box.wait, PATIENCE_SECONDS)
        self._stack.callback(box.kill)
        return Attempt(box, ours)

    def attempt(self, probe, **options):
        """Return what came of a probe in a box: {'did': …} or {'refused': …}."""
        return self.start(probe, **options).report()
