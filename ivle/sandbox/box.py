"""Starts programs in boxes, looks after them and says how they ended."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ivle.sandbox import seccomp
from ivle.sandbox.host import PRLIMIT, SandboxUnavailable, check_ingredients, explain, identity_of_boxes
from ivle.sandbox.limits import Limits
from ivle.sandbox.memory import MemoryWatch
from ivle.sandbox.places import Places
from ivle.sandbox.relay import Relay
from ivle.sandbox.tree import BOX_ID, Words, etc_files, open_directory, system_words

SOURCE = Path(__file__).resolve().parents[2]

# What of our source each program finds below /ivle: the program first. A directory stands for its Python files.
# Two files of `ivle` are in every box besides.
PROGRAMS = {
    'fileservice': ('services/fileservice', 'services/files', 'services/svn-tunnel'),
    'python-console': ('services/python-console', 'services/python_console'),
    'serveservice': ('services/serveservice', 'services/serving'),
}
_IN_EVERY_BOX = ('ivle/__init__.py', 'ivle/chat.py')

_LOGIN = re.compile(r'[a-z0-9][a-z0-9_.+@-]{0,127}')
# Standard input carries the channel through bubblewrap; the shell moves it to 3, steps into the wanted directory (or
# stays at home when that is gone) and becomes the program. What the shell would add to the environment is taken out.
_LAST_STEP = 'cd -- "$1" 2>/dev/null; unset PWD OLDPWD; shift; exec "$@" 3<&0 0</dev/null'

_PATIENCE_SECONDS = 10

# Closed from the first word on. --unshare-user, unlike what --unshare-all does, fails rather than going without.
_CLOSED = (
    '--unshare-user --disable-userns --assert-userns-disabled --unshare-pid --unshare-net --unshare-ipc --unshare-uts '
    f'--unshare-cgroup --hostname box --uid {BOX_ID} --gid {BOX_ID} --cap-drop ALL --die-with-parent --new-session --clearenv'
).split()


class HomeMissing(Exception):
    """The login has no account on this host."""


@dataclass(frozen=True)
class BoxSpec:
    """What one box is for.

    `sees` is 'home' (only the student's files, at /home/<login>) or 'account' (home, trash and staging, at /account);
    `access` is 'write' or 'read'; `cwd` is relative to the home; `svn_socket` appears at /run/svn.sock.
    """

    program: str
    login: str
    sees: str = 'home'
    access: str = 'write'
    cwd: str = ''
    svn_socket: Path | None = None
    limits: Limits = field(default_factory=Limits)
    arguments: tuple = ()

    def __post_init__(self):
        if not _LOGIN.fullmatch(self.login):
            raise ValueError(f'{self.login!r} is not a login')
        if self.sees not in ('home', 'account') or self.access not in ('write', 'read'):
            raise ValueError(f'a box sees home or account and may write or read, not {self.sees} and {self.access}')

    @property
    def place(self):
        """Where in the box the student's files are."""
        return f'/home/{self.login}' if self.sees == 'home' else '/account'

    @property
    def environment(self):
        """The whole environment of the program.

        A file service has no home of the student's: what lies there must not configure the tools it uses.
        """
        return {
            'HOME': self.place if self.sees == 'home' else '/tmp',
            'PATH': '/usr/bin:/bin',
            'LANG': 'C.UTF-8',
            'USER': self.login,
            'LOGNAME': self.login,
            'TMPDIR': '/tmp',
            'PYTHONDONTWRITEBYTECODE': '1',
            # One thread each: thirty students who import numpy must not start thirty times as many threads as cores.
            'OPENBLAS_NUM_THREADS': '1',
        }


class Launcher:
    """Starts boxes. `prepare` once, when the daemon starts; then `start` from any thread."""

    def __init__(self, settings, places=None, programs=PROGRAMS, source=SOURCE):
        self._settings = settings
        self._places = places or Places(settings)
        self._programs, self._source = programs, Path(source)
        # The kernel ends a box when the *thread* that started it ends, so one thread starts them all and stays.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix='boxes')
        self._memory = MemoryWatch()
        self._relays = {}
        self._lock = threading.Lock()
        self._seccomp = self._system = self._files = None

    def prepare(self):
        """Read what every box needs and make one throwaway box. SandboxUnavailable when this host cannot."""
        check_ingredients(self._settings)
        try:
            self._seccomp = seccomp.program()
        except seccomp.SeccompMissing:
            raise SandboxUnavailable('python3-seccomp is missing: apt-get install python3-seccomp.') from None
        self._system = system_words(self._hidden())
        # Read once: a box never depends on who may read our source, and an edit takes effect at the next start.
        self._files = {name: self._read_sources(paths) for name, paths in self._programs.items()}
        self._try_one()

    def start(self, spec, channel, stderr=None):
        """Start the program of `spec` with the socket `channel` as its descriptor 3 and return the Box.

        The caller still owns `channel` and should close it. `stderr` is a descriptor to which what the box says to
        standard error is copied (the box itself gets a socket), or None for nowhere.
        HomeMissing when the login has no account here; SandboxUnavailable when bubblewrap cannot be run.
        """
        with Words(self._system) as words:
            self._furnish(words, spec)
            command = self._command(spec)
            # bubblewrap writes its report into memory: nobody has to read along, and it is there when the box has ended.
            report = os.memfd_create('report')
            words.add('--json-status-fd', words.keep(report))
            process = self._spawn(words, command, stdin=channel, stdout=None, stderr=self._relay(stderr))
            box = Box(process, os.dup(report))
        self._memory.add(box, spec.limits.box_memory)
        return box

    def close(self):
        """End the starting thread, and with it every box."""
        self._memory.close()
        self._starter.shutdown()
        while self._relays:
            self._relays.popitem()[1].close()

    def _relay(self, target):
        if target is None:
            return None
        with self._lock:
            if target not in self._relays:
                self._relays[target] = Relay(target)
            return self._relays[target]

    def _furnish(self, words, spec):
        names = [spec.login] if spec.sees == 'account' else [spec.login, 'home']
        try:
            root = open_directory(self._places.path('accounts'), *names)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise HomeMissing(f'{spec.login} has no account here') from error
        words.bind(root, spec.place, spec.access == 'write')
        if spec.svn_socket is not None:
            words.bind(os.open(spec.svn_socket, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC), '/run/svn.sock', writable=False)
        for where, content, mode in self._files[spec.program]:
            words.file(content, where, mode)
        for where, content in etc_files(spec.login, spec.environment['HOME']).items():
            words.file(content, where)
        words.add('--size', spec.limits.tmp_size, '--perms', '1777', '--tmpfs', '/tmp', '--remount-ro', '/')
        for name, value in spec.environment.items():
            words.add('--setenv', name, value)
        words.add('--chdir', spec.place)

    def _command(self, spec):
        program = f'/ivle/{self._programs[spec.program][0]}'
        limited = [PRLIMIT, *spec.limits.prlimit_options(), '--', self._settings.python, '-I', program, *spec.arguments]
        return ['/bin/sh', '-c', _LAST_STEP, 'sh', f'./{spec.cwd}', *map(str, limited)]

    def _spawn(self, words, command, **streams):
        words.add('--seccomp', words.content(self._seccomp))
        # Read from a descriptor, so that /proc/1/cmdline in the box tells nothing about the host.
        arguments = words.content('\0'.join([*_CLOSED, *words.words, '']).encode())
        try:
            return self._starter.submit(
                subprocess.Popen,
                [self._settings.bwrap, '--args', arguments, '--', *command],
                env={},
                cwd='/',
                umask=0o022,
                pass_fds=tuple(words.descriptors),
                start_new_session=True,
                **{name: subprocess.DEVNULL if stream is None else stream for name, stream in streams.items()},
                **identity_of_boxes(self._settings),
            ).result()
        except OSError as error:
            raise SandboxUnavailable(f'{self._settings.bwrap} cannot be run: {error.strerror}.') from error

    def _try_one(self):
        with Words(self._system) as words:
            words.add('--remount-ro', '/')
            process = self._spawn(words, ['/usr/bin/true'], stdin=None, stdout=None, stderr=subprocess.PIPE)
        try:
            said = process.communicate(timeout=_PATIENCE_SECONDS)[1].decode(errors='replace')
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise SandboxUnavailable(f'bubblewrap did not make a box within {_PATIENCE_SECONDS} seconds.') from None
        if process.returncode != 0:
            raise SandboxUnavailable(explain(said))

    def _read_sources(self, paths):
        found = []
        for path in map(self._source.joinpath, (*_IN_EVERY_BOX, *paths)):
            for file in sorted(path.rglob('*.py')) if path.is_dir() else [path]:
                try:
                    content, mode = file.read_bytes(), 0o555 if os.access(file, os.X_OK) else 0o444
                except OSError as error:
                    raise SandboxUnavailable(f'{file} cannot be read: {error.strerror}.') from error
                found.append((f'/ivle/{file.relative_to(self._source)}', content, mode))
        return found

    def _hidden(self):
        """Return what lies below /usr on this host but is no student's business."""
        ours = {Path(os.path.realpath(path)) for path in (self._settings.data, self._source)}
        return [path for path in sorted(ours) if Path('/usr') in path.parents and path.is_dir()]


class Box:
    """A started box. `pid` is that of bubblewrap on the host; when it ends, everything in the box ends."""

    def __init__(self, process, report):
        self.process, self._report = process, report
        self.pid = process.pid
        self._reason = self._said = None
        self._lock = threading.Lock()

    def poll(self):
        """Return None while the box lives, else the exit status of its program (128 and more: the signal)."""
        status = self.process.poll()
        if status is not None:
            self._close_report()
        return status

    def kill(self, reason='killed'):
        """End the box at once, whatever it does. No harm when it has ended already."""
        if self.poll() is None:
            self._reason = self._reason or reason
            if not self._kill_first_process():
                self.process.kill()

    def _kill_first_process(self):
        # Everything in a box ends with its first process. With bubblewrap it ends only after set-up is over: killed
        # in its first milliseconds, bubblewrap would leave a box behind that nobody looks after.
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.init_pid is None and self.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        try:
            process = os.pidfd_open(self.init_pid or 0)
        except OSError:
            return False
        try:
            if _parent_of(self.init_pid) != self.pid:
                return False
            signal.pidfd_send_signal(process, signal.SIGKILL)
            return True
        except OSError:
            return False
        finally:
            os.close(process)

    def wait(self, timeout=None):
        """Return the exit status when the box has ended; subprocess.TimeoutExpired when that takes too long."""
        self.process.wait(timeout)
        return self.poll()

    @property
    def init_pid(self):
        """The host's process id of the first process in the box, or None as long as there is none."""
        return self._reported().get('child-pid')

    def reason_of_end(self):
        """Return why the box ended, or None while it lives.

        'ended' and 'failed': the program did, by itself; 'killed': by us; 'cpu' and 'memory': it used up its processor
        time or its memory; 'stopped': by another signal, its own doing or the kernel's; 'broken': there never was a
        program.
        """
        status = self.poll()
        if status is None:
            return None
        if self._reason is not None or status < 0:
            return self._reason or 'killed'
        inside = self._reported().get('exit-code')
        if inside is None:
            return 'broken'
        if inside == 0:
            return 'ended'
        if inside == 128 + signal.SIGXCPU:
            return 'cpu'
        return 'stopped' if inside > 128 else 'failed'

    def _reported(self):
        with self._lock:
            return self._said if self._said is not None else _parse(os.pread(self._report, 65536, 0))

    def _close_report(self):
        with self._lock:
            if self._said is None:
                self._said = _parse(os.pread(self._report, 65536, 0))
                os.close(self._report)


def _parent_of(pid):
    with open(f'/proc/{pid}/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('PPid:'))


def _parse(report):
    said = {}
    # A line is written in pieces; what has no end yet is not a line.
    for line in report.rpartition(b'\n')[0].splitlines():
        said.update(json.loads(line))
    return said
