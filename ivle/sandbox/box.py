"""Starts programs in boxes: what a box is for, and what it is made of."""

import os
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ivle.sandbox import seccomp
from ivle.sandbox.host import PRLIMIT, SandboxUnavailable, check_ingredients, explain, identity_of_boxes
from ivle.sandbox.limits import Limits
from ivle.sandbox.memory import MemoryWatch
from ivle.sandbox.places import Places
from ivle.sandbox.relay import Relay
from ivle.sandbox.started import Box
from ivle.sandbox.tree import BOX_ID, Words, etc_files, open_directory, system_words

SOURCE = Path(__file__).resolve().parents[2]

# What of our source each program finds below /ivle: the program first. A directory stands for its Python files.
# Two files of `ivle` are in every box besides.
PROGRAMS = {
    'fileservice': ('services/fileservice', 'services/files', 'services/handed.py', 'services/svn-tunnel'),
    'python-console': ('services/python-console', 'services/python_console'),
    'serveservice': ('services/serveservice', 'services/serving', 'services/handed.py'),
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
            try:
                words.add('--json-status-fd', words.keep(os.dup(report)))
                process = self._spawn(words, command, stdin=channel, stdout=None, stderr=self._relay(stderr))
            except BaseException:
                os.close(report)
                raise
        box = Box(process, report)
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
