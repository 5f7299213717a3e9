"""What a box that stands ready has gone through already: it shortens the wait of whoever comes, and they find nothing of it."""

import contextlib
import tempfile
import time

import pytest

from tests.services.sandbox_host import SandboxHost, children_of, eventually, parent_of

# Of some five hundred in each of the two processes that a console touches for the first time where nothing was rehearsed.
MOST_PAGES = 200
TRACES = """\
import builtins, gc, os, signal, sys
print('Content-Type: text/plain\\n')
print([name for name in ('ps1', 'ps2') if hasattr(sys, name)])
print('' in sys.path, sys.argv, hasattr(builtins, 'display'), sys.displayhook is sys.__displayhook__)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL)
print(sorted(os.listdir('/home')), sorted(os.listdir('/etc/person')), os.environ.get('HOME'))
print([name for name in sys.modules if name.split('.')[0] in ('boxes', 'services', 'python_console', 'ivle')])
print(os.listdir('/tmp'), sys.modules.get('module'))
print(sorted(map(int, os.listdir('/proc/self/fd')))[:3], len(os.listdir('/proc/self/fd')))
"""


@pytest.fixture
def host():
    """Return a running host with one box that stands ready."""
    with tempfile.TemporaryDirectory(prefix='host-') as folder, SandboxHost(folder, **{'sandbox.pool': 1}) as host:
        # The identities of accounts are made beside it, by processes that come and go.
        assert eventually(lambda: host.status()['ready'] == 1 and len(boxes(host)) == 1)
        yield host


def ready_box(host):
    """Return the process ids of the two processes of the box that stands ready."""
    [box] = boxes(host)
    return box


def boxes(host):
    """Return (keeper, worker) of each box, as the process ids of the host: the keeper is the first process of a name space."""
    [outer] = [pid for pid in children_of(host.process.pid) if 'sys.path.insert' in command(pid)]
    zygote, *others = children_of(outer)
    inside = {pid: names_of(pid) for pid in others}
    keepers = [pid for pid, names in inside.items() if names[-1:] == ['1'] and parent_of(pid) == zygote]
    return [(keeper, worker) for keeper in keepers for worker in children_of(keeper)]


def names_of(pid):
    """Return the numbers of a process in each name space it is seen from, the outermost first; none of one that has ended."""
    try:
        with open(f'/proc/{pid}/status') as file:
            return next((line.split()[1:] for line in file if line.startswith('NSpid:')), [])
    except OSError:
        return []


def command(pid):
    # What has just ended has none.
    with contextlib.suppress(OSError), open(f'/proc/{pid}/cmdline', 'rb') as file:
        return file.read().replace(b'\0', b' ').decode()
    return ''


def pages_touched(pid):
    with open(f'/proc/{pid}/stat') as file:
        return int(file.read().rpartition(')')[2].split()[7])


def is_at_rest(pid):
    """Return whether a process has run before and sleeps now, as far as a moment tells."""
    before = pages_touched(pid)
    time.sleep(0.05)
    return pages_touched(pid) == before


def test_a_console_finds_its_memory_copied_when_its_owner_comes(host):
    processes = ready_box(host)
    # A box is ready when its keeper is; the worker may need a moment more.
    assert eventually(lambda: all(map(is_at_rest, processes)))
    before = list(map(pages_touched, processes))
    console = host.console('studenta')
    replies = console.chat(console.start(), 'chat', 'print(6 * 7)')['replies']
    assert ''.join(reply.get('output', '') for reply in replies) == '42\n'
    touched = [pages_touched(pid) - pages for pid, pages in zip(processes, before, strict=True)]
    assert max(touched) < MOST_PAGES


def test_a_program_finds_nothing_of_what_was_rehearsed(host):
    host.write('studenta', 'traces.py', TRACES)
    _, body, ended = host.serve('studenta', 'traces.py')
    assert (body.decode().splitlines()[2:], ended['ended']['exit']) == (
        [
            '[]',
            "False ['/home/studenta/traces.py'] False True",
            'True True',
            "['studenta'] ['group', 'passwd'] /home/studenta",
            '[]',
            '[] None',
            '[0, 1, 2] 4',
        ],
        0,
    )


def test_a_console_begins_with_nothing_but_what_every_console_has(host):
    console = host.console('studenta')
    key = console.start()
    replies = console.chat(key, 'chat', "print(sorted(globals()), 'prepared' in dir())")['replies']
    assert ''.join(reply.get('output', '') for reply in replies) == (
        "['__builtins__', '__doc__', '__loader__', '__name__', '__package__', '__spec__'] False\n"
    )


def test_who_keeps_a_console_has_no_capability_and_can_get_none(host):
    keeper, worker = ready_box(host)
    console = host.console('studenta')
    # The worker has stepped down when it answers.
    console.chat(console.start(), 'chat', 'pass')
    assert [capabilities(pid) for pid in (keeper, worker)] == [{0}, {0}]


def capabilities(pid):
    """Return the sets of capabilities of a process, as numbers."""
    with open(f'/proc/{pid}/status') as file:
        return {int(line.split()[1], 16) for line in file if line.startswith('Cap')}
