"""Consoles to talk to: the program python-console as a bare process, and the same in a real box."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from ivle import chat
from ivle.replies import read_reply
from ivle.sandbox.box import Launcher
from ivle.sandbox.limits import Limits
from ivle.sandbox.processes import family
from ivle.sandbox.spec import BoxSpec
from ivle.settings import Settings

PROGRAM = Path(__file__).parents[2] / 'services' / 'python-console'
# Nobody waits for so long but where something is wrong: a machine may be ten times slower than one thinks.
PATIENCE_SECONDS = 60.0
OUTPUT_LIMIT = 200_000
ENDINGS = {'okay', 'more', 'input', 'exc', 'terminate', 'matches', 'members', 'globals', 'refused'}
LOGIN = 'jdoe'


class Conversation:
    """A console and everything it says, read in order."""

    def __init__(self, channel, home, place, is_shared=False):
        self._channel, self.home, self.place = channel, Path(home), place
        channel.settimeout(PATIENCE_SECONDS)
        data, self.descriptors, _, _ = socket.recv_fds(channel, 1024, 3)
        assert data == chat.frame(b'{"ready":null}')
        if not is_shared:
            self.let_go()
            self.send('alone')

    def let_go(self):
        """Close the way to the interpreter that came with the first message."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []

    def send(self, cmd, text=''):
        chat.write_value(self._channel, {'cmd': cmd, 'text': text})

    def hear(self):
        """Return the next reply."""
        return read_reply(chat.read_value(self._channel, timeout=PATIENCE_SECONDS))

    def hear_out(self):
        """Return the replies up to the one after which the console waits for somebody."""
        replies = [self.hear()]
        while not ENDINGS & replies[-1].keys():
            replies.append(self.hear())
        return replies

    def ask(self, cmd, text=''):
        """Return all replies to a command."""
        self.send(cmd, text)
        return self.hear_out()

    def type(self, text):
        """Return all replies to a line."""
        return self.ask('chat', text)

    def start(self, text):
        """Type a line of a program that says `ready`, and return when it does."""
        self.send('chat', text)
        replies = [self.hear()]
        while 'ready' not in output_of(replies):
            replies.append(self.hear())

    def is_closed(self):
        return chat.read_frame(self._channel, timeout=PATIENCE_SECONDS) is None

    def write(self, path, text):
        """Put a file into the home."""
        place = self.home / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def output_of(replies, stream='output'):
    """Return what was written to a stream."""
    return ''.join(reply.get(stream, '') for reply in replies)


def last_line(replies):
    """Return the last line of the traceback that ends these replies."""
    return replies[-1]['exc'].rstrip('\n').rpartition('\n')[2]


@contextlib.contextmanager
def as_process(data, cpu_seconds=60, memory=512 << 20, output_limit=OUTPUT_LIMIT, wall_seconds=600, is_shared=False):
    """Give a Conversation with a console that runs without a box; only its limits are as there."""
    home = Path(data, 'home')
    home.mkdir()
    ours, theirs = socket.socketpair()
    limits = [f'--cpu={60 * cpu_seconds}:{60 * cpu_seconds + 2}', f'--as={memory}:{memory}']
    program = ['/usr/bin/prlimit', *limits, '--', '/usr/bin/python3', '-I', PROGRAM, output_limit, cpu_seconds, wall_seconds]
    environment = {'HOME': str(home), 'PATH': '/usr/bin:/bin', 'LANG': 'C.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1'}
    with ours:
        process = subprocess.Popen(list(map(str, program)), stdin=theirs, cwd=home, env=environment, stderr=sys.__stderr__)
        theirs.close()
        try:
            conversation = Conversation(ours, home, str(home), is_shared)
            yield conversation
            conversation.let_go()
        finally:
            ours.close()
            assert process.wait(PATIENCE_SECONDS) == 0


@contextlib.contextmanager
def in_box(data, cpu_seconds=60, memory=512 << 20, output_limit=OUTPUT_LIMIT, wall_seconds=600, settings=None):
    """Give a Conversation with a console in a real box."""
    settings = settings or Settings(data=Path(data), mode='development')
    os.chmod(data, 0o711)
    home = make_account(settings, LOGIN)
    launcher = Launcher(settings)
    ours, theirs = socket.socketpair()
    with contextlib.closing(launcher), ours:
        launcher.prepare()
        limits = Limits(cpu_seconds=cpu_seconds, memory=memory, commands=60)
        spec = BoxSpec('python-console', LOGIN, limits=limits, arguments=(str(output_limit), str(cpu_seconds), str(wall_seconds)))
        box = launcher.start(spec, theirs)
        theirs.close()
        try:
            yield Conversation(ours, home, f'/home/{LOGIN}')
        finally:
            ours.close()
            assert box.wait(PATIENCE_SECONDS) == 0


def make_account(settings, login):
    """Make an account as usrmgt-server does and return its home."""
    account = settings.path('accounts', login)
    # Boxes of a site that was started as root have a user id of their own.
    uid = {0: settings.sandbox_uid}.get(os.geteuid(), os.geteuid())
    for folder in (account, *(account / name for name in ('home', 'trash', 'staging'))):
        folder.mkdir(parents=True)
        os.chown(folder, uid, uid)
    for folder in (account, account.parent):
        folder.chmod(0o711)
    return account / 'home'


def children_of(pid):
    """Return the process ids of all processes below one."""
    return list(family(pid))[1:]


def kill(pid):
    """End a process; that it has ended already is as good."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def takes_less(seconds, act):
    """Return whether `act()` takes less than so long, if only once of many times: others may keep the machine busy meanwhile."""

    def is_quick():
        begun = time.monotonic()
        act()
        return time.monotonic() - begun < seconds

    return any(is_quick() for _ in range(20))


def eventually(is_so, seconds=PATIENCE_SECONDS):
    """Return whether `is_so()` comes true in time."""
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(is_so())
