"""Tells what this host really isolates, by trying it: throwaway boxes with canaries, never version numbers."""

import contextlib
import json
import os
import resource
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from ivle.sandbox.box import Launcher
from ivle.sandbox.findings import DEGRADED, FAIL, PASS, Finding
from ivle.sandbox.host import SandboxUnavailable
from ivle.sandbox.limits import Limits
from ivle.sandbox.places import Places
from ivle.sandbox.programs import LIMITS_ITSELF, Program
from ivle.sandbox.pythons import SERVICE_PYTHON, read_python
from ivle.sandbox.readiness import not_ready, ready_boxes, user
from ivle.sandbox.spec import BoxSpec
from ivle.sandbox.trial import check_preload

_SECONDS = 10.0
_ENOUGH_OPEN_FILES = 4096
_PREFIX = 'ivle-check-'
_CANARY = Path(__file__).with_name('canary.py')
# Small, so that the check is quick and harms nobody.
_LIMITS = Limits(
    cpu_seconds=1, memory=128 << 20, box_memory=128 << 20, processes=24, file_size=1 << 20, open_files=64, tmp_size=1 << 20
)
# The count is in processes and one is the canary itself.
_PROGRAMS = {'canary': Program(('ivle/sandbox/canary.py', LIMITS_ITSELF), on_students_python=False, may_stand_ready=False)}
_FAIR_SHARE = _LIMITS.processes - 4


def is_unsafe(findings):
    """Return whether student code must not run on this host."""
    return any(finding.state == FAIL for finding in findings)


def run(settings, folder=None, places=None):
    """Return the findings about this host, most basic first. Takes about two seconds.

    The canaries live below `folder`, or else where temporary files do. `places` are those that the process has entered.
    """
    findings = [_subversion(), _open_files()]
    with _canary_host(settings, folder) as host:
        launcher = Launcher(host.settings, programs=_PROGRAMS)
        try:
            launcher.prepare()
        except SandboxUnavailable as error:
            return [Finding('sandbox', FAIL, str(error), 'Student programs do not run before this is mended.'), *findings]
        try:
            findings += _try_everything(launcher, host)
            findings.append(_control_groups(launcher))
            findings += _ready_boxes(launcher, host)
        finally:
            launcher.close()
    return [*findings, *_students_python(settings, places)]


def broken_walls(settings, folder=None):
    """Return the titles of the walls that a canary has come through: no student's code may run then.

    Takes a tenth of a second. What could not be tried, on a host that is too busy, is not held against it.
    """
    with _canary_host(settings, folder) as host:
        launcher = Launcher(host.settings, programs=_PROGRAMS)
        try:
            launcher.prepare()
            with _Canary(launcher, 'attempts', host.wanted) as canary:
                said = canary.report()
                broken = [_WHAT[name][0] for name in _WALLS if said.get(name) is False]
                return broken if not said or canary.leaves_nothing() else [*broken, 'leftovers']
        except SandboxUnavailable:
            # No box, no code in it; whoever asks for one is told.
            return []
        finally:
            launcher.close()


def remove_leftovers(folder):
    """Make `folder` ready for canaries, and remove those whose process was killed. To be called once, before any check."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    for leftover in folder.glob(f'{_PREFIX}*'):
        shutil.rmtree(leftover, ignore_errors=True)


# -- the host ---------------------------------------------------------------------------------------


def _subversion():
    missing = [name for name in ('svn', 'svnadmin', 'svnserve') if shutil.which(name) is None]
    if missing:
        return Finding('subversion', FAIL, f'{", ".join(missing)} cannot be found.', 'apt-get install subversion')
    return Finding('subversion', PASS, 'svn, svnadmin and svnserve are there.')


def _open_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < _ENOUGH_OPEN_FILES:
        sentence = f'A process may open {hard} files at most; with many consoles that is not enough.'
        return Finding('open files', DEGRADED, sentence, f'LimitNOFILE={_ENOUGH_OPEN_FILES} in the unit file, or ulimit -n.')
    return Finding('open files', PASS, 'A process may open enough files.')


def _students_python(settings, places):
    try:
        title = read_python(settings, places).title
        yield Finding('python', PASS, f'Student programs run {title}.')
        for name, reason in check_preload(settings, places):
            yield Finding(
                'preload',
                DEGRADED,
                f'{name} of ivle.sandbox.preload cannot be imported in {title}: {reason}.',
                'Install it with a new environment (ivle env create), or take it out of ivle.sandbox.preload.',
            )
    except SandboxUnavailable as error:
        yield Finding('python', FAIL, str(error), 'Student programs do not run before this is mended.')


# -- what the canaries say --------------------------------------------------------------------------

_WHAT = {
    'files_of_the_host': ('files', 'A box sees its own home and nothing else of the data or the host.'),
    'writing_outside_the_home': ('read-only system', 'A box writes to its home and its own /tmp only.'),
    'processes_of_the_host': ('processes', 'A box sees no process but its own.'),
    'network': ('network', 'A box has no network.'),
    'sockets_of_the_host': ('sockets', 'A box reaches no socket of the host.'),
    'being_the_superuser': ('privileges', 'A box has no capability and gains none.'),
    'forbidden_system_calls': ('system calls', 'The filter of system calls holds.'),
    'inherited_descriptors': ('descriptors', 'A box inherits nothing but its channel.'),
    'memory_over_the_limit': ('memory', 'The limit of memory holds for each process.'),
    'files_over_the_limit': ('file size', 'The limit of file size holds.'),
    'descriptors_over_the_limit': ('open files in a box', 'The limit of open files holds.'),
    'core_dumps': ('core dumps', 'A crash leaves no memory image.'),
    'full_tmp': ('/tmp', 'The private /tmp has its size.'),
    'pysvn_is_there': ('pysvn', 'Python in a box has pysvn.'),
    'locale_is_utf8': ('locale', 'Python in a box speaks UTF-8.'),
}
# Between the students, and around them. The rest is comfort, or a limit.
_WALLS = (
    'files_of_the_host',
    'writing_outside_the_home',
    'processes_of_the_host',
    'network',
    'sockets_of_the_host',
    'being_the_superuser',
    'forbidden_system_calls',
    'inherited_descriptors',
)
# The Python of students need not have pysvn.
_IN_READY_BOXES = {*_WHAT} - {'pysvn_is_there'}
_MEND = {
    'pysvn_is_there': 'apt-get install python3-svn (the package of that name on PyPI is something else)',
    'locale_is_utf8': 'The C.UTF-8 locale comes with libc-bin: apt-get install --reinstall libc-bin',
}
_NOT_HELD = 'It does not hold here: do not run student programs on this host.'


def _try_everything(launcher, host):
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(_Canary(launcher, 'processes', host.wanted)) for _ in range(2))
        spinner = stack.enter_context(_Canary(launcher, 'spin', host.wanted))
        eater = stack.enter_context(_Canary(launcher, 'memory', host.wanted))
        attempts = stack.enter_context(_Canary(launcher, 'attempts', host.wanted))
        said = attempts.report()
        yield from (_finding(name, said.get(name) is True) for name in _WHAT)
        yield _verdict('leftovers', attempts.leaves_nothing(), 'What a program leaves running ends with its box.')
        counts = [canary.report().get('processes', 0) for canary in (first, second)]
        held = all(_FAIR_SHARE <= count < _LIMITS.processes for count in counts)
        yield _verdict('process count', held, 'The limit of processes holds, for each box by itself.')
        yield _verdict(
            'memory of a box', eater.reason() == 'memory', 'A box whose processes together use too much memory is ended.'
        )
        yield _verdict('processor time', spinner.reason() == 'cpu', 'A program that uses up its processor time is ended.')


def _control_groups(launcher):
    if launcher.groups is not None:
        return Finding('control groups', PASS, f'{launcher.groups.title} hold each box to its memory, processes and cores.')
    return Finding(
        'control groups',
        DEGRADED,
        'The memory of a box is looked at from outside, its processes are counted by the kernel, and no box is held to a share '
        f'of the processor: {launcher.why_no_groups}',
        'Start the site as root, or set Delegate=yes and DelegateSubgroup=site in its unit file; ivle.sandbox.cgroups is auto.',
    )


def _ready_boxes(launcher, host):
    """Whether boxes stand ready, whether they hold what the others hold, and whose they are."""
    try:
        if host.settings.pool == 0:
            raise SandboxUnavailable('ivle.sandbox.pool is 0')
        with ready_boxes(launcher, Places(host.settings)) as boxes:
            yield user(host.settings, boxes.trouble)
            with _Canary(boxes, 'attempts', host.wanted, is_file=True) as canary:
                said = canary.report()
                broken = [_WHAT[name][0] for name in _WHAT if name in _IN_READY_BOXES and said.get(name) is not True]
                if not canary.leaves_nothing():
                    broken.append('leftovers')
            if broken:
                held = f'Boxes that stand ready do not hold: {", ".join(broken)}.'
                yield Finding('ready boxes', FAIL, held, 'Set ivle.sandbox.pool to 0 until it is mended.')
            else:
                yield Finding('ready boxes', PASS, 'Boxes stand ready, and hold what others hold.')
    except SandboxUnavailable as error:
        yield user(host.settings, 'boxes do not stand ready here')
        yield not_ready(error)


def _finding(name, held):
    title, sentence = _WHAT[name]
    return _verdict(title, held, sentence, _MEND.get(name, _NOT_HELD))


def _verdict(title, held, sentence, mend=_NOT_HELD):
    return Finding(title, PASS, sentence) if held else Finding(title, FAIL, f'Not so here: {sentence}', mend)


class _Canary:
    """One canary in its box; leaving the `with` ends it."""

    def __init__(self, launcher, task, wanted, is_file=False):
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(_SECONDS)
        with theirs:
            words = (task, json.dumps(wanted))
            # A launcher has it as a program; otherwise it is a file of its own home's, as students' programs are.
            program, arguments = ('script', (f'/home/canary/{_CANARY.name}', *words)) if is_file else ('canary', words)
            spec = BoxSpec(program, 'canary', limits=_LIMITS, arguments=arguments)
            self._box = launcher.start(spec, theirs)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._box.kill()
        self._box.wait(_SECONDS)
        self._channel.close()

    def report(self):
        """Return what the canary said, or nothing when it said nothing sensible."""
        with contextlib.suppress(OSError, ValueError), self._channel.makefile('rb') as file:
            said = json.loads(file.readline(65536))
            return said if type(said) is dict else {}
        return {}

    def leaves_nothing(self):
        """Return whether the last process of the box is gone when the box is: only then the channel ends."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._box.wait(_SECONDS)
            return self._channel.recv(1) == b''
        return False

    def reason(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._box.wait(_SECONDS)
        return self._box.reason_of_end()


@dataclass(frozen=True)
class _Host:
    settings: object
    wanted: dict


@contextlib.contextmanager
def _canary_host(settings, folder):
    """Give data of its own to the check: two accounts, a secret beside them, a socket that listens."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as fresh, socket.socket(socket.AF_UNIX) as listener:
        data = Path(fresh)
        name = f'{_PREFIX}{secrets.token_hex(8)}'
        listener.bind('\0' + name)
        listener.listen()
        for login in ('canary', 'other'):
            home = data / 'accounts' / login / 'home'
            home.mkdir(parents=True)
            shutil.copy(_CANARY, home)
            if os.geteuid() == 0:
                os.chown(home, settings.sandbox_uid, settings.sandbox_uid)
            for place in (home.parent, home.parent.parent, data):
                place.chmod(0o711)
        secret = data / 'secret'
        secret.write_text(name)
        yield _Host(
            # What the walls are tried with is ours; the Python of students may lie in the data, and is looked at by itself.
            replace(settings, data=data, python=SERVICE_PYTHON),
            {
                'secret': str(secret),
                'other': str(data / 'accounts' / 'other' / 'home'),
                'pid': os.getpid(),
                'abstract': name,
                'memory': _LIMITS.memory,
                'file_size': _LIMITS.file_size,
                'open_files': _LIMITS.open_files,
                'tmp_size': _LIMITS.tmp_size,
                'processes': _LIMITS.processes,
            },
        )
