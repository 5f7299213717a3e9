"""The students' Python: which one it is, what of the host a box must see so that it runs there, and what it is called.

It is Debian's, any interpreter or virtual environment that the ini names, or an environment that `ivle env create` made.
One of ours lies below the data, where others may not go: boxes see it at a place of its own, wherever the data is.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ivle.sandbox.host import SandboxUnavailable, identity_of_boxes
from ivle.sandbox.places import Places

# Our own services of a box run on the distribution's: only that one has pysvn.
SERVICE_PYTHON = '/usr/bin/python3'
OLDEST = (3, 9)
# Where boxes see the environments that `ivle env create` made, and the file that tells one of them.
ENVIRONMENTS = Path('/environments')
MARK = 'ivle.json'
# Where matplotlib keeps what it found out, and what of that an environment brings along.
MATPLOTLIB_PLACE = Path('/tmp/matplotlib')
MATPLOTLIB_FILES = 'matplotlib'

_SOURCE = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 10
_LONGEST_ANSWER = 65536
# What has another meaning in a box, so that nothing of the host can be shown there.
_TAKEN = tuple(
    Path('/', name) for name in ('home', 'root', 'tmp', 'dev', 'proc', 'sys', 'run', 'etc', 'ivle', 'account', 'environments')
)
_SYSTEM = (Path('/usr'), Path('/bin'), Path('/lib'), Path('/lib64'), Path('/etc/alternatives'))
# The imports are what our own programs in a box cannot do without.
_QUESTION = """
import sys
if sys.version_info >= (3, 9):
    import ctypes, select, socket
import json
places = [sys.executable, sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
print(json.dumps({'version': list(sys.version_info[:3]), 'places': places}))
"""


@dataclass(frozen=True)
class Mount:
    """A directory of the host (`source`) that a box must see, read-only, at `where`."""

    source: Path
    where: Path


@dataclass(frozen=True)
class StudentsPython:
    """The Python of student programs.

    `executable` is what the ini names, `in_box` the same file as a box sees it. `files` are (where, content) that a box
    finds in its own /tmp: they spare each box what the environment has worked out once.
    """

    executable: Path
    in_box: Path
    version: str
    title: str
    mounts: tuple = ()
    files: tuple = ()

    @property
    def environment(self):
        """What joins the environment of a student's program: what it starts as `python3` is this Python too."""
        return {'PATH': ':'.join(dict.fromkeys([str(self.in_box.parent), '/usr/bin', '/bin']))}

    def furnish(self, words):
        """Add the mounts to the words of a bubblewrap; each is opened here, so what is shown is what is there now."""
        for mount in self.mounts:
            try:
                descriptor = os.open(mount.source, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError as error:
                raise SandboxUnavailable(
                    f'{mount.source}, a part of the Python of students, cannot be shown: {error.strerror}.'
                ) from error
            words.bind(descriptor, mount.where, writable=False)

    def lay_out(self, words):
        """Add the files; to be called when the box has its /tmp."""
        for folder in sorted({where.parent for where, _ in self.files}):
            words.add('--perms', '0755', '--dir', folder)
        for where, content in self.files:
            words.file(content, where, 0o644)


def read_python(settings, places=None):
    """Return the StudentsPython of a site; SandboxUnavailable says what is wrong with it and what to do.

    `places` are those that the process has entered, where it has.
    """
    executable = Path(settings.python)
    if not executable.is_absolute():
        raise SandboxUnavailable(f'ivle.sandbox.python = {executable} is no whole path: write one such as {SERVICE_PYTHON}.')
    environment = _environment_of(executable)
    name = _name_of_ours(settings, environment)
    if name is None:
        _refuse_private(settings, executable)
    if not executable.exists():
        raise SandboxUnavailable(_missing(executable))
    if not executable.is_file() or not os.access(executable, os.X_OK):
        raise SandboxUnavailable(f'{executable} cannot be run: name the program python3 itself in ivle.sandbox.python.')
    _refuse_own(environment)
    # One of ours may lie where only the site may go. What it runs on does not, and is the same program.
    version, prefixes = _ask(settings, executable if name is None else Path(os.path.realpath(executable)))
    shown, files = [], ()
    in_box = executable
    if name is not None:
        _check_version(environment, version)
        in_box = ENVIRONMENTS / name / executable.relative_to(environment)
        shown = [Mount((places or Places(settings)).path('environments', name), ENVIRONMENTS / name)]
        files = _prepared_files(environment)
    seen = [path for path in _links(executable) if name is None or environment not in path.parents]
    shown += _mounts(settings, {*prefixes, *map(_home_of, seen)})
    title = f'Python {version}' + (f' (environment {name or environment.name})' if environment else '')
    return StudentsPython(executable, in_box, version, title, tuple(shown), files)


def environments_of(settings):
    """Return the names of the environments that `ivle env create` made for this site."""
    try:
        return sorted(path.name for path in settings.path('environments').iterdir() if _is_ours(path))
    except FileNotFoundError:
        return []


def _is_ours(environment):
    return not environment.name.startswith('.') and (environment / MARK).is_file()


def _environment_of(executable):
    """Return the virtual environment that a program belongs to, or None."""
    # Here Python itself looks, and with the name it was called by.
    return next((folder for folder in list(executable.parents)[:2] if (folder / 'pyvenv.cfg').is_file()), None)


def _name_of_ours(settings, environment):
    if environment is None or environment.parent != settings.path('environments') or not _is_ours(environment):
        return None
    return environment.name


def _links(path):
    """Return a path and what it leads to, link by link."""
    found = [path]
    while path.is_symlink() and len(found) < 40:
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
        found.append(path)
    return found


def _home_of(program):
    return program.parent.parent if program.parent.name == 'bin' else program.parent


# -- what is refused --------------------------------------------------------------------------------


def _refuse_private(settings, executable):
    data = {settings.data, Path(os.path.realpath(settings.data))}
    for path in _links(executable):
        if data & {*path.parents, *Path(os.path.realpath(path.parent), path.name).parents}:
            raise SandboxUnavailable(
                f'{path} lies in the data directory and is no environment of this site, so no student program may see it: '
                'ivle env list shows those there are, ivle env create makes one.'
            )


def _refuse_own(environment):
    own = [_SOURCE / '.venv', *([Path(sys.prefix)] if sys.prefix != sys.base_prefix else [])]
    if environment is not None and os.path.realpath(environment) in map(os.path.realpath, own):
        raise SandboxUnavailable(
            f'{environment} is what the site itself runs on, and an update of the site would change what students have: '
            'make them an environment of their own with ivle env create, and name it in ivle.sandbox.python.'
        )


def _missing(executable):
    if os.path.lexists(executable):
        return (
            f'{executable} leads to {os.path.realpath(executable)}, which is gone, as after an upgrade of the system: '
            'make the environment anew with ivle env create, or set ivle.sandbox.python to another Python.'
        )
    return f'Python is not at {executable}: apt-get install python3, or set ivle.sandbox.python to one that is there.'


def _check_version(environment, version):
    library = environment / 'lib' / f'python{version.rpartition(".")[0]}'
    if not library.is_dir():
        raise SandboxUnavailable(
            f'{environment} was made for another Python than {version}, which it runs on now: make it anew with ivle env create.'
        )


def _ask(settings, program):
    """Return (version, prefixes) as the program tells them, run as the boxes' user."""
    who = f'user id {settings.sandbox_uid}' if os.geteuid() == 0 else 'this user'
    try:
        told = subprocess.run(
            [program, '-I', '-c', _QUESTION],
            env={},
            cwd='/',
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            **identity_of_boxes(settings),
        )
    except PermissionError:
        raise SandboxUnavailable(
            f'{program} is out of reach for {who}, whom student programs run as: open the directories above it for everybody '
            '(not /root: choose a place such as /opt), or set ivle.sandbox.python to /usr/bin/python3.'
        ) from None
    except subprocess.TimeoutExpired:
        raise SandboxUnavailable(
            f'{program} did not start within {_PATIENCE_SECONDS} seconds: set ivle.sandbox.python to another Python.'
        ) from None
    except OSError as error:
        raise SandboxUnavailable(
            f'{program} cannot be run: {error.strerror}. Set ivle.sandbox.python to another Python.'
        ) from None
    try:
        answer = json.loads(told.stdout[:_LONGEST_ANSWER])
        numbers, (itself, *prefixes) = tuple(map(int, answer['version'])), map(Path, answer['places'])
    except (ValueError, TypeError, KeyError):
        said = told.stderr[-_LONGEST_ANSWER:].decode(errors='replace').strip().rpartition('\n')[2] or 'it said nothing'
        raise SandboxUnavailable(
            f'{program} is no Python 3.9 or later that works ({said}): set ivle.sandbox.python to one that does.'
        ) from None
    version = '.'.join(map(str, numbers))
    if numbers < OLDEST:
        raise SandboxUnavailable(
            f'{program} is Python {version}, and consoles need 3.9 or later: set ivle.sandbox.python to one.'
        )
    if os.path.realpath(itself) != os.path.realpath(program):
        raise SandboxUnavailable(f'{program} only starts another program: set ivle.sandbox.python to {itself}.')
    return version, prefixes


# -- what a box must see ----------------------------------------------------------------------------


def _mounts(settings, folders):
    """Return the Mounts for directories of the host that are not in every box anyway; one inside another is left out."""
    names = {name for folder in folders for name in (folder, Path(os.path.realpath(folder)))}
    outside = sorted(name for name in names if not _is_at_or_below(name, _SYSTEM))
    for where in outside:
        _refuse_place(settings, where)
    mounts = []
    for where in outside:
        mount = Mount(Path(os.path.realpath(where)), where)
        if not any(
            above.where in where.parents and above.source / where.relative_to(above.where) == mount.source for above in mounts
        ):
            mounts.append(mount)
    return mounts


def _refuse_place(settings, where):
    if _is_at_or_below(where, _TAKEN):
        raise SandboxUnavailable(
            f'The Python of students needs {where}, but in a sandbox that place has another meaning: '
            'install it elsewhere, below /opt for example, or set ivle.sandbox.python to /usr/bin/python3.'
        )
    for private in (settings.data, _SOURCE):
        real = Path(os.path.realpath(private))
        if _is_at_or_below(real, (Path(os.path.realpath(where)),)) or _is_at_or_below(where, (real,)):
            raise SandboxUnavailable(
                f'The Python of students needs {where}, where the site keeps what is its own ({private}): '
                'install it in a directory of its own, below /opt for example.'
            )


def _is_at_or_below(path, places):
    return any(place in (path, *path.parents) for place in places)


def _prepared_files(environment):
    folder = environment / MATPLOTLIB_FILES
    found = sorted(path for path in folder.glob('*.json') if path.is_file()) if folder.is_dir() else []
    return tuple((MATPLOTLIB_PLACE / path.name, path.read_bytes()) for path in found)
