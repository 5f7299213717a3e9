"""Runs a few lines in the students' Python, in a throwaway box with nobody's files: whether it works, what can be imported."""

import json
import subprocess

from ivle.sandbox import seccomp
from ivle.sandbox.host import SHELL, SandboxUnavailable, explain, identity_of_boxes
from ivle.sandbox.limits import Limits
from ivle.sandbox.pythons import read_python
from ivle.sandbox.spec import BoxSpec
from ivle.sandbox.tree import BOX_ID, Words, furnish_etc, system_words

# A module that takes longer would hold up every start of the site.
_PATIENCE_SECONDS = 60
_LONGEST_ANSWER = 4 << 20
_CLOSED = [
    '--unshare-all',
    '--unshare-user',
    '--disable-userns',
    '--cap-drop',
    'ALL',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
]
# A module may write to standard output while it is imported: the answer goes where only we write.
_IMPORTS = """
import json, os, sys
answers = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)
for name in sys.argv[1:]:
    try:
        __import__(name)
        reason = None
    except BaseException as error:
        reason = f'{type(error).__name__}: {error}'[:300]
    answers.write(json.dumps([name, reason]) + '\\n')
    answers.flush()
"""


def check_preload(settings, places=None):
    """Return [(name, reason)] of the modules of `ivle.sandbox.preload` that the students' Python cannot import.

    Each is tried in the company of those before it, under the limits of a student's program. SandboxUnavailable when there
    is no such Python, or no box.
    """
    if not settings.preload:
        return []
    python = read_python(settings, places)
    told = run_in_box(settings, python, _IMPORTS, *settings.preload)
    reasons = {}
    for line in told.stdout[:_LONGEST_ANSWER].splitlines():
        try:
            name, reason = json.loads(line)
        except (ValueError, TypeError):
            continue
        reasons[name] = reason
    last = _last_line(told.stderr) or 'it used up its time or its memory'
    found = [(name, reasons.get(name, f'the interpreter ended: {last}')) for name in settings.preload]
    return [(name, ' '.join(str(reason).split())) for name, reason in found if reason is not None]


def run_in_box(settings, python, lines, *arguments, seconds=_PATIENCE_SECONDS):
    """Return what came of `lines` in a box that holds no files of anybody: the CompletedProcess, with bytes.

    Time that is used up ends it with exit status 137. SandboxUnavailable when there is no box.
    """
    with Words(_CLOSED) as words:
        words.add('--uid', BOX_ID, '--gid', BOX_ID, *system_words())
        python.furnish(words)
        furnish_etc(words, 'trial', '/tmp')
        words.add('--size', 64 << 20, '--perms', '1777', '--tmpfs', '/tmp', '--remount-ro', '/')
        python.lay_out(words)
        for name, value in {**BoxSpec('python-console', 'trial').environment, **python.environment, 'HOME': '/tmp'}.items():
            words.add('--setenv', name, value)
        words.add('--chdir', '/tmp', '--seccomp', words.content(_filter()))
        limits = Limits.of(settings, 'console').by_shell()
        limited = [SHELL, '-c', f'{limits} && exec "$@"', 'sh', python.in_box, '-I', '-c', lines, *arguments]
        try:
            told = subprocess.run(
                [settings.bwrap, '--args', words.content('\0'.join([*words.words, '']).encode()), '--', *limited],
                env={},
                cwd='/',
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                umask=0o022,
                pass_fds=tuple(words.descriptors),
                **identity_of_boxes(settings),
            )
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(late.cmd, 137, late.stdout or b'', late.stderr or b'')
        except OSError as error:
            raise SandboxUnavailable(f'{settings.bwrap} cannot be run: {error.strerror}.') from error
    if told.returncode != 0 and told.stderr.startswith(b'bwrap: '):
        raise SandboxUnavailable(explain(told.stderr.decode(errors='replace')))
    return told


def _filter():
    try:
        return seccomp.program()
    except seccomp.SeccompMissing:
        raise SandboxUnavailable('python3-seccomp is missing: apt-get install python3-seccomp.') from None


def _last_line(said):
    return said.decode(errors='replace').strip().rpartition('\n')[2][:300]
