"""The outer box and the prepared interpreter in it, seen from sandbox-server: what it is made of, its start, and orders.

Inside it is services/boxes. What is worked out here once holds for every box that is forked from it.
"""

import base64
import io
import os
import socket
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ivle import chat, kernel
from ivle.sandbox import seccomp
from ivle.sandbox.host import SandboxUnavailable, identity_of_boxes
from ivle.sandbox.limits import Limits
from ivle.sandbox.pythons import MATPLOTLIB_FILES, SERVICE_PYTHON
from ivle.sandbox.spec import OF_EVERYBODY
from ivle.sandbox.tree import DEVICES, ETC, SYSTEM_LINKS

# The first start of an environment with large packages reads them from the disk.
READY_SECONDS = 60.0
_ANSWER_SECONDS = 10.0
_LONGEST_ANSWER = 65536
_START = 'import sys; sys.path.insert(0, sys.argv[1]); from boxes.outer import main; main(*map(int, sys.argv[2:]))'
_READ_ONLY = kernel.ATTR_RDONLY | kernel.ATTR_NOSUID
# What of our source the zygote runs, below the place where it finds it.
SOURCES = (
    'ivle/__init__.py',
    'ivle/chat.py',
    'ivle/kernel.py',
    'services/boxes',
    'services/handed.py',
    'services/limited.py',
    'services/python_console',
    'services/serving',
    'services/testing',
)


@dataclass(frozen=True)
class Ids:
    """The user ids that boxes may have on the host: that of the files, and a range of others (or none)."""

    files: int
    first: int = 0
    count: int = 0

    @property
    def map(self):
        """The lines of the outer box's map; every id in it is the same outside."""
        ranges = [(self.files, self.files, 1)]
        return ranges + [(self.first, self.first, self.count)] if self.count else ranges


class Zygote:
    """A running zygote. `order_box` and `order_identity` return sockets on which they are answered."""

    def __init__(self, process, control, failures):
        self._process, self._control = process, control
        self.failures = failures
        self.forks = 0

    @property
    def is_alive(self):
        """Whether it still takes orders."""
        return self._process.poll() is None

    def order_box(self, uid, doors=(), rehearses=True):
        """Order a box of the host's user `uid`: {"prepared": null} with a descriptor of its process comes, or {"failed": text}.

        `doors` are those of its control group (`cgroups.Group.doors`). One that `rehearses` takes longer,
        and whoever claims it has to wait less.
        """
        self.forks += 1
        return self._order({'box': [uid, rehearses]}, doors)

    def order_identity(self, inside, outside):
        """Order a user namespace that has the host's `outside` as `inside`: {"identity": outside} comes with its descriptor."""
        return self._order({'identity': [inside, outside]})

    def close(self):
        """End it, and with it every box it has forked."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _order(self, words, doors=()):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._control, [chat.dumps(words).encode()], [theirs.fileno(), *doors])
            except OSError:
                ours.close()
                raise
        return ours


def start_zygote(settings, python, files, ids, hidden, spawn):
    """Start a zygote and return it when it takes orders; SandboxUnavailable says what this host cannot do.

    `python` is the StudentsPython, `files` are [(place, content, mode)] of our source, `ids` an Ids, `hidden` paths below
    /usr that no box sees, `spawn` starts a process as subprocess.Popen does, in the thread that stays.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(_ANSWER_SECONDS)
    trees = []
    process = None
    try:
        with theirs:
            trees, places = _trees(python)
            config = _memory(chat.dumps(_config(settings, python, files, places, hidden)).encode())
            program = _memory(_zip(files))
            process = _spawn(settings, spawn, theirs.fileno(), config, program)
        _hear(ours)
        is_root = os.geteuid() == 0
        kernel.map_ids(process.pid, ids.map, ids.map, may_set_groups=is_root)
        socket.send_fds(ours, [b'mapped'], trees)
        ours.settimeout(READY_SECONDS)
        failures = _hear(ours)['failures']
    except (OSError, chat.ProtocolError, KeyError) as error:
        ours.close()
        if process is not None:
            process.kill()
            process.wait()
        raise SandboxUnavailable(f'boxes cannot be kept ready here: {error}') from error
    finally:
        for tree in trees:
            os.close(tree)
    ours.setblocking(False)
    return Zygote(process, ours, failures)


def answer(line):
    """Return (message, descriptors) of the answer that has come on a line; no descriptors when it is none."""
    try:
        said, descriptors, _, _ = socket.recv_fds(line, _LONGEST_ANSWER, 1)
        return chat.loads(said) if said else 'it ended', descriptors
    except (OSError, chat.ProtocolError) as error:
        return str(error), []


def _spawn(settings, spawn, control, config, program):
    command = [SERVICE_PYTHON, '-I', '-c', _START, f'/proc/self/fd/{program}', str(control), str(config)]
    try:
        return spawn(
            command,
            env={},
            cwd='/',
            umask=0o022,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(control, config, program),
            start_new_session=True,
            **identity_of_boxes(settings),
        )
    finally:
        os.close(config)
        os.close(program)


def _hear(control):
    said = control.recv(_LONGEST_ANSWER)
    answer = chat.loads(said) if said else {'failed': 'it ended without a word'}
    if 'failed' in answer:
        raise OSError(answer['failed'])
    return answer


def _trees(python):
    """Return (descriptors of mounts, the places in a box where they belong)."""
    wanted = [('/usr', '/usr')]
    wanted += [(f'/{name}', f'/{name}') for name in SYSTEM_LINKS if Path('/', name).is_dir() and not Path('/', name).is_symlink()]
    wanted += [(f'/etc/{name}', f'/etc/{name}') for name in ETC if Path('/etc', name).exists()]
    wanted += [(str(mount.source), str(mount.where)) for mount in python.mounts]
    found = []
    try:
        for source, _ in wanted:
            found.append(_read_only(source, kernel.ATTR_NODEV))
        for name in DEVICES:
            wanted.append((f'/dev/{name}', f'/dev/{name}'))
            found.append(_read_only(f'/dev/{name}', kernel.ATTR_NOEXEC))
    except OSError:
        for tree in found:
            os.close(tree)
        raise
    return found, [place for _, place in wanted]


def _read_only(source, attributes):
    # A link of the host's leads somewhere else in a box; what it leads to here is meant.
    tree = kernel.clone_tree(os.path.realpath(source))
    try:
        kernel.change_tree(tree, _READ_ONLY | attributes)
    except OSError:
        os.close(tree)
        raise
    return tree


def _config(settings, python, files, places, hidden):
    first, last = seccomp.programs_of_prepared_box()
    # Most boxes will be consoles.
    usual = Limits.of(settings, 'console')
    prepared = {str(where): str(python.in_box.parent.parent / MATPLOTLIB_FILES / where.name) for where, _ in python.files}
    return {
        'python': str(python.in_box),
        'environment': {**OF_EVERYBODY, **python.environment},
        'trees': places,
        'covers': [str(path) for path in hidden],
        'links': {f'/{name}': os.readlink(f'/{name}') for name in SYSTEM_LINKS if Path('/', name).is_symlink()},
        'files': [(place, content.decode(), mode) for place, content, mode in files],
        'limits': usual.rlimits(),
        'tmp_bytes': usual.tmp_size,
        'tmp_links': prepared,
        'filters': [base64.b64encode(program).decode() for program in (first, last)],
        'preload': list(settings.preload),
    }


def _zip(files):
    """Return an archive of what the outer part imports before it has a root of its own."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for place, source, _ in files:
            name = place.removeprefix('/ivle/')
            if name.startswith(('services/boxes/', 'ivle/')):
                archive.writestr(name.removeprefix('services/'), source)
    return content.getvalue()


def _memory(content):
    descriptor = os.memfd_create('zygote')
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
