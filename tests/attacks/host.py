"""A host with two accounts and a secret, and boxes on it, cold and warm, in which the attempts of `probes.py` are made."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from ivle import chat
from ivle.sandbox.box import Launcher
from ivle.sandbox.limits import Limits
from ivle.sandbox.programs import LIMITS_ITSELF, PROGRAMS, Program
from ivle.sandbox.spec import BoxSpec, HomeMissing
from ivle.sandbox.started import Box
from ivle.settings import Settings

SOURCE = Path(__file__).parents[2]
PROBES = 'tests/attacks/probes.py'
PATIENCE_SECONDS = 60.0
SMALL = Limits(
    cpu_seconds=5, memory=192 << 20, box_memory=192 << 20, processes=30, file_size=2 << 20, open_files=64, tmp_size=2 << 20
)
CONSOLE_ARGUMENTS = ('200000', '60', '600')
_LONGEST_ANSWER = 1 << 20


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
    """Data with the accounts `jdoe` and `asmith` and a secret, and a launcher of cold boxes that can run the probes."""

    kind = 'cold'

    def __init__(self, data, stack, launcher=None, **settings):
        """Make a host, with a launcher of its own if none is given; that one goes on when the test has ended."""
        self._furnish(data, stack, Settings(data=Path(data), **settings))
        self.launcher = launcher or new_launcher(self.settings, stack)

    def _furnish(self, data, stack, settings):
        self.data, self.settings, self._stack = Path(data), settings, stack
        self.data.chmod(0o711)
        (self.data / 'accounts').mkdir(exist_ok=True)
        for account in (self.data / 'accounts').iterdir():
            # Another test may have put anything there.
            (Path.unlink if account.is_symlink() else shutil.rmtree)(account)
        self.secret = self.data / 'secret'
        self.secret.write_text('the secret')
        for login in ('jdoe', 'asmith'):
            self.add_account(login)

    def add_account(self, login):
        account = self.data / 'accounts' / login
        for folder in (account / 'home', account / 'trash'):
            folder.mkdir(parents=True)
            # As usrmgt-server does it: boxes of a site started as root have a user id of their own.
            os.chown(folder, self.uid, self.uid)
        os.chown(account, self.uid, self.uid)
        for folder in (account, account.parent):
            folder.chmod(0o711)
        self.write('note.txt', f'by {login}', login)

    def write(self, path, text, login='jdoe'):
        """Put a file into a home, as its owner's."""
        place = self.home(login) / path
        place.write_text(text)
        os.chown(place, self.uid, self.uid)

    @property
    def uid(self):
        """Return the user to whom the files of all accounts belong."""
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
        words = {'program': 'probe', 'login': login, **(spec or {}), 'arguments': (probe, json.dumps(arguments))}
        return self._start(words, limits, stderr)

    def console(self, login='jdoe', limits=None):
        """Start a console in a box that ends with the test, and return a Talk."""
        words = {'program': 'python-console', 'login': login, 'arguments': CONSOLE_ARGUMENTS}
        return Talk(self._start(words, limits or Limits.of(self.settings, 'console'), None))

    def attempt(self, probe, **options):
        """Return what came of a probe in a box: {'did': …} or {'refused': …}."""
        return self.start(probe, **options).report()

    def _start(self, words, limits, stderr):
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        self._stack.callback(ours.close)
        with theirs:
            box = self.launcher.start(BoxSpec(**words, limits=limits), theirs, stderr)
        self._stack.callback(box.wait, PATIENCE_SECONDS)
        self._stack.callback(box.kill)
        return Attempt(box, ours)


def new_launcher(settings, stack):
    """Return a launcher of boxes that can run the probes; it ends with the stack."""
    probe = Program((PROBES, LIMITS_ITSELF), on_students_python=False)
    launcher = Launcher(settings, programs={'probe': probe, 'python-console': PROGRAMS['python-console']})
    stack.callback(launcher.close)
    launcher.prepare()
    return launcher


class WarmHost(Host):
    """The same accounts, and boxes that stand ready: those of a WarmDaemon, which many tests share."""

    kind = 'warm'

    def __init__(self, daemon, stack):
        self.daemon = daemon
        self._furnish(daemon.data, stack, daemon.settings)

    def start(self, probe, login='jdoe', limits=SMALL, spec=None, **arguments):
        """Start a probe in a box that ends with the test."""
        words = {'program': 'script', 'login': login, **(spec or {})}
        return self._start({**words, 'arguments': (f'/ivle/{PROBES}', probe, json.dumps(arguments))}, limits, None)

    def _start(self, words, limits, stderr):
        box, channel = self.daemon.start(words, limits)
        channel.settimeout(PATIENCE_SECONDS)
        self._stack.callback(channel.close)
        self._stack.callback(box.end)
        return Attempt(box, channel)


class WarmDaemon:
    """A process that keeps boxes ready (`tests.attacks.daemon`). `close` ends it and with it all boxes."""

    def __init__(self, data, **settings):
        self.data = Path(data)
        self.data.chmod(0o711)
        Path(data, 'accounts').mkdir(mode=0o711)
        self.settings = Settings(data=self.data, **settings)
        self._lock = threading.Lock()
        self._questions, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._questions.settimeout(3 * PATIENCE_SECONDS)
        command = [sys.executable, '-m', 'tests.attacks.daemon', theirs.fileno(), data, json.dumps(settings)]
        with theirs:
            self.process = subprocess.Popen(list(map(str, command)), cwd=SOURCE, pass_fds=[theirs.fileno()])
        try:
            ready = json.loads(self._questions.recv(_LONGEST_ANSWER) or '{"reason": "it ended", "is_warm": false}')
            assert ready['is_warm'], ready['reason']
        except BaseException:
            self._questions.close()
            self.process.wait(PATIENCE_SECONDS)
            raise

    def close(self):
        self._questions.close()
        assert self.process.wait(PATIENCE_SECONDS) == 0

    def start(self, words, limits):
        """Return (RemoteBox, its channel); HomeMissing as from a Launcher. The box is a warm one."""
        answer, descriptors = self.ask('start', spec=words, limits=asdict(limits))
        if answer.get('refused') == 'not-found':
            raise HomeMissing(answer['message'])
        assert answer.get('is_warm'), answer
        return RemoteBox(self, answer['number']), socket.socket(fileno=descriptors[0])

    def state(self):
        return self.ask('state')[0]

    @property
    def outer(self):
        """Return the process ids of the outer box: of its maker, and of its first process, the zygote."""
        [maker] = [pid for pid in _below(self.process.pid) if b'boxes.outer' in Path(f'/proc/{pid}/cmdline').read_bytes()]
        return [maker, *_below(maker)]

    @property
    def keepers(self):
        """Return the process ids of the first processes of all warm boxes."""
        return _below(self.outer[1])

    def ask(self, question, **arguments):
        """Return the answer of the daemon's method of that name and the descriptors that come with it."""
        # Threads of a test may ask at once.
        with self._lock:
            self._questions.send(json.dumps({question: arguments}).encode())
            answer, descriptors, _, _ = socket.recv_fds(self._questions, _LONGEST_ANSWER, 1)
        words = json.loads(answer)
        assert 'failed' not in words, words['failed']
        return words, descriptors


class RemoteBox:
    """A box of a WarmDaemon, with the interface of a Box."""

    def __init__(self, daemon, number):
        self._daemon, self._number = daemon, number

    def poll(self):
        return self._ask('poll')

    def kill(self):
        return self._ask('kill')

    def wait(self, seconds=None):
        words, _ = self._daemon.ask('wait', number=self._number, seconds=seconds)
        if 'late' in words:
            raise subprocess.TimeoutExpired('a prepared box', seconds)
        return words['value']

    def reason_of_end(self):
        return self._ask('reason_of_end')

    def end(self):
        """End the box and let go of its user id, as the daemon does with whatever has ended."""
        return self._daemon.ask('end', number=self._number)[0]['value']

    @property
    def pid(self):
        return self._ask('pid')

    @property
    def init_pid(self):
        return self._ask('init_pid')

    @property
    def failure(self):
        return self._ask('failure')

    def _ask(self, attribute):
        return self._daemon.ask('ask', number=self._number, attribute=attribute)[0]['value']


def _below(pid):
    return [int(word) for path in Path(f'/proc/{pid}/task').glob('*/children') for word in path.read_text().split()]


class Talk:
    """A conversation with a console in a box."""

    def __init__(self, attempt):
        self.box, self.channel = attempt.box, attempt.channel
        self.first = self.hear()

    def hear(self):
        """Return the next reply, None at the end."""
        try:
            frame = chat.read_frame(self.channel, timeout=PATIENCE_SECONDS)
        except chat.ConnectionLost as error:
            # Ended before it had read all that was said to it.
            if 'reset' in str(error):
                return None
            raise
        return None if frame is None else chat.loads(frame)

    def send(self, cmd, text=''):
        with contextlib.suppress(OSError, chat.ConnectionLost):
            # It has ended; what it said last is still to be read.
            chat.write_value(self.channel, {'cmd': cmd, 'text': text})

    def ask(self, cmd, text=''):
        """Return the replies to a command, up to the one after which the console waits for somebody, or to its end."""
        self.send(cmd, text)
        return self.hear_out()

    def hear_out(self):
        replies = []
        while (reply := self.hear()) is not None:
            replies.append(reply)
            if _LAST & reply.keys():
                break
        return replies

    def hear_all(self):
        """Return all replies to the end of the console."""
        return list(iter(self.hear, None))

    def run(self, text):
        """Return what a block of code writes."""
        replies = self.ask('block', text)
        assert 'okay' in replies[-1], replies
        return ''.join(reply.get('output', '') for reply in replies)


_LAST = {'okay', 'more', 'input', 'exc', 'terminate', 'matches', 'members', 'globals', 'refused'}
