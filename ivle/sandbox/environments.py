"""Makes and removes the Python environments of students: packages from a requirements file, in a directory of the data.

One is made aside and renamed when it is whole, so nobody ever meets half of one. It is written for the place where boxes
see it (`/environments/<name>`), which is the same whatever its directory is called meanwhile.
"""

import contextlib
import datetime
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from ivle.sandbox.pythons import ENVIRONMENTS, MARK, MATPLOTLIB_FILES, environments_of, read_python
from ivle.sandbox.trial import check_preload, run_in_box

# What takes long to import, by the name of its package.
_SLOW = {'numpy': 'numpy', 'scipy': 'scipy', 'pandas': 'pandas', 'matplotlib': 'matplotlib.pyplot'}
_NAME = re.compile(r'[a-z0-9][a-z0-9._-]{0,63}')
_LAST_LINES = 12
_HELPER = '.pip'
_LONGEST_FONT_LIST = 4 << 20
# Written for boxes: their user may neither keep a list of fonts nor wait for a new one each time.
_FONTS = """
import json, os, sys
import matplotlib.font_manager
place = os.environ['MPLCONFIGDIR']
names = [name for name in os.listdir(place) if name.startswith('fontlist-')]
json.dump({name: open(os.path.join(place, name)).read() for name in names}, sys.stdout)
"""


class NotDone(Exception):
    """An environment cannot be made or removed. The message says why and what to do."""


@dataclass(frozen=True)
class Environment:
    """An environment that is there. `packages` maps names to versions."""

    name: str
    python: str
    made: str
    packages: dict
    is_in_use: bool


def list_environments(settings):
    """Return the Environments of a site, by name."""
    return [_read(settings, name) for name in environments_of(settings)]


def program_of(settings, name):
    """Return what `ivle.sandbox.python` must be for students to have this environment."""
    return settings.path('environments', name, 'bin', 'python3')


def make_environment(settings, requirements, name=None, python='/usr/bin/python3', say=lambda sentence: None):
    """Make an environment and return it; NotDone or SandboxUnavailable when that cannot be. `say` hears of each step."""
    requirements = Path(requirements)
    name = name or requirements.stem.lower()
    if not requirements.is_file():
        raise NotDone(f'There is no file {requirements}: name one with a package on each line, as pip takes it.')
    if not _NAME.fullmatch(name):
        raise NotDone(
            f'{name} cannot be the name of an environment: give one of lower-case letters, digits and . _ - with --name.'
        )
    # To the end of all links: an environment must not change its Python when a link does.
    base = read_python(replace(settings, python=os.path.realpath(python)))
    with _alone(settings) as folder:
        if os.path.lexists(folder / name):
            raise NotDone(f'{folder / name} is there already: choose another name with --name, or ivle env remove {name} first.')
        building = Path(tempfile.mkdtemp(prefix=f'.{name}-', dir=folder))
        try:
            _fill(building, ENVIRONMENTS / name, base, requirements, say)
            # What is shown must be on the disk before its name is.
            os.sync()
            os.rename(building, folder / name)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    return _read(settings, name)


def remove_environment(settings, name):
    """Remove an environment; NotDone when students have it or there is none."""
    if name not in environments_of(settings):
        raise NotDone(f'There is no environment {name}: ivle env list shows those there are.')
    if _is_in_use(settings, name):
        raise NotDone(
            f'Students have the environment {name}: set ivle.sandbox.python to another, start the site again, then remove it.'
        )
    with _alone(settings) as folder:
        going = Path(tempfile.mkdtemp(prefix=f'.{name}-', dir=folder))
        os.rename(folder / name, going / name)
        shutil.rmtree(going)


def keep_fonts(settings, environment, places=None):
    """Put the list of fonts that a box finds into the environment, so that not each box has to look for them.

    Without it matplotlib works as well. `places` are those that the process has entered, where it has.
    """
    if 'matplotlib' not in environment.packages:
        return
    python = read_python(replace(settings, python=str(program_of(settings, environment.name))), places)
    told = run_in_box(settings, python, _FONTS)
    try:
        found = json.loads(told.stdout[:_LONGEST_FONT_LIST])
        kept = {
            name: json.dumps(json.loads(text)) for name, text in found.items() if re.fullmatch(r'fontlist-v[\w.-]+\.json', name)
        }
    except (ValueError, TypeError, AttributeError):
        # Whatever it is that this matplotlib keeps, it goes on finding it out by itself.
        return
    folder = settings.path('environments', environment.name, MATPLOTLIB_FILES)
    folder.mkdir(exist_ok=True)
    for name, text in kept.items():
        (folder / f'.{name}').write_text(text, 'utf-8')
        os.rename(folder / f'.{name}', folder / name)
    _open_to_all(folder)


def worth_preloading(settings, environment, places=None):
    """Return the modules of an environment that take long to import and can be, under the limits of a student's program."""
    names = tuple(module for package, module in _SLOW.items() if package in environment.packages)
    tried = replace(settings, python=str(program_of(settings, environment.name)), preload=names)
    failed = dict(check_preload(tried, places))
    return [name for name in names if name not in failed]


def _read(settings, name):
    kept = json.loads((settings.path('environments', name) / MARK).read_text('utf-8'))
    return Environment(name, kept['python'], kept['made'], kept['packages'], _is_in_use(settings, name))


def _is_in_use(settings, name):
    return settings.path('environments', name) in Path(settings.python).parents


@contextlib.contextmanager
def _alone(settings):
    """Give the directory of the environments to one process at a time, free of what a killed one left there."""
    folder = settings.path('environments')
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.chmod(0o755)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for leftover in folder.glob('.*'):
            shutil.rmtree(leftover)
        yield folder
    except BlockingIOError:
        raise NotDone('Another environment is being made or removed at this moment: wait until that is done.') from None
    finally:
        os.close(lock)


# -- the making -------------------------------------------------------------------------------------


def _fill(building, place, base, requirements, say):
    # Links, no copies: an update of the system's Python reaches students too. Neither pip nor setuptools: nothing can be
    # installed in a box, and what a package needs of them it asks for itself.
    _run([base.executable, '-I', '-m', 'venv', '--without-pip', '--symlinks', building], 'The environment cannot be made')
    say(f'Installing the packages of {requirements}…')
    pip = [_python_with_pip(building, base), '-I', '-m', 'pip', '--disable-pip-version-check', '--no-input']
    into = ['--python', building / 'bin/python3', 'install', '--no-compile', '--no-warn-script-location', '-r', requirements]
    _run([*pip, *into], f'pip could not install the packages of {requirements}')
    library = next(path for path in building.glob('lib/python3.*/site-packages') if path.is_dir())
    listed = json.loads(_run([*pip, 'list', '--format', 'json', '--path', library], 'pip cannot list what it installed'))
    _refuse_editable(listed)
    shutil.rmtree(building / _HELPER, ignore_errors=True)
    say('Compiling…')
    _settle(building, place)
    # By the Python below, which runs nothing of what was installed. What cannot be compiled is no module for this Python.
    compiled = [base.executable, '-I', '-m', 'compileall', '-qq', '-j', '0', '-s', building, '-p', place, building / 'lib']
    subprocess.run(list(map(str, compiled)), env=_environment(), capture_output=True, umask=0o022)
    packages = {package['name'].lower(): package['version'] for package in listed}
    made = datetime.datetime.now(datetime.UTC).strftime('%Y-%m-%dT%H:%M:%SZ')
    (building / MARK).write_text(json.dumps({'python': base.version, 'made': made, 'packages': packages}, indent=1), 'utf-8')
    _open_to_all(building)


def _python_with_pip(building, base):
    """Return a Python whose pip can install into the environment, which has none itself."""
    if tuple(map(int, base.version.split('.')[:2])) <= sys.version_info[:2]:
        return sys.executable
    # The site's pip does not know a Python that is newer than the site's; a new one brings its own.
    _run([base.executable, '-I', '-m', 'venv', building / _HELPER], f'{base.executable} brings no pip')
    return building / _HELPER / 'bin/python3'


def _run(command, failure):
    """Return what a program said to standard output; NotDone, with its last lines, when it failed."""
    done = subprocess.run(
        list(map(str, command)),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors='replace',
        umask=0o022,
    )
    if done.returncode != 0:
        said = [line.rstrip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        if 'No module named pip' in done.stderr:
            raise NotDone('pip is missing in the Python that the site runs on: run bin/setup, then try again.')
        raise NotDone('\n'.join([f'{failure}; its last lines:', *(f'  {line}' for line in said[-_LAST_LINES:])]))
    return done.stdout


def _environment():
    # What configures pip stays; what configures the administrator's own Python must not leak into the students'.
    return {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}


def _refuse_editable(listed):
    names = [package['name'] for package in listed if 'editable_project_location' in package]
    if names:
        raise NotDone(
            f'{", ".join(names)}: an editable package stays where it is, out of sight of sandboxes. Write its line without -e.'
        )


def _settle(building, place):
    """Write the place where boxes see it into what names the place where it was made."""
    for program in (building / 'bin').iterdir():
        if program.name.lower().startswith('activate'):
            # They are for a shell at a terminal, and name a place that there is not.
            program.unlink()
        elif not program.is_symlink() and (content := program.read_bytes()).startswith(b'#!'):
            program.write_bytes(content.replace(os.fsencode(building), os.fsencode(place)))
    configuration = building / 'pyvenv.cfg'
    lines = configuration.read_text('utf-8').splitlines()
    configuration.write_text('\n'.join([line for line in lines if not line.startswith('command')]) + '\n', 'utf-8')


def _open_to_all(building):
    """Let everybody read it and nobody but its owner write to it."""
    for folder, _, files in os.walk(building):
        os.chmod(folder, 0o755)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
