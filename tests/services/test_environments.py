"""Environments of students: made by `ivle env` from a requirements file, whole or not at all, and seen read-only in a box."""

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ivle.sandbox import environments
from ivle.sandbox.environments import (
    NotDone,
    list_environments,
    make_environment,
    program_of,
    remove_environment,
    worth_preloading,
)
from ivle.sandbox.pythons import environments_of, read_python
from ivle.sandbox.trial import run_in_box
from ivle.settings import Settings
from tests.services.sandbox_host import SandboxHost, a_place_for_all

IVLE = [sys.executable, '-c', 'from ivle.scripts import main; main()']
OFFLINE = {**os.environ, 'PIP_NO_INDEX': '1'}
METADATA = 'greeting-1.0.dist-info'
WHEEL = {
    'greeting.py': 'def main():\n    print("hello from", __file__)\n',
    f'{METADATA}/METADATA': 'Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n',
    f'{METADATA}/WHEEL': 'Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    f'{METADATA}/entry_points.txt': '[console_scripts]\ngreet = greeting:main\n',
    f'{METADATA}/RECORD': ''.join(
        f'{name},,\n'
        for name in ('greeting.py', *(f'{METADATA}/{part}' for part in ('METADATA', 'WHEEL', 'entry_points.txt', 'RECORD')))
    ),
}


def write_requirements(folder):
    """Write a small package, and a requirements file that asks for it."""
    wheel = Path(folder) / 'greeting-1.0-py3-none-any.whl'
    with zipfile.ZipFile(wheel, 'w') as packed:
        for name, content in WHEEL.items():
            packed.writestr(name, content)
    requirements = Path(folder) / 'Autumn.txt'
    requirements.write_text(f'{wheel}\n')
    return requirements


def ivle_env(host, *words, environment=OFFLINE):
    return subprocess.run(
        [*IVLE, 'env', *map(str, words), '--ini', host.ini], env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope='module')
def requirements():
    with tempfile.TemporaryDirectory(prefix='requirements-') as folder:
        yield write_requirements(folder)


@pytest.fixture(params=['open', 'closed'], scope='module')
def host(request, tmp_path_factory, requirements):
    """Return a host whose students have an environment; where the data is closed, only the site may go to it."""
    place = a_place_for_all(tmp_path_factory)
    data = place / 'above' / 'data'
    data.mkdir(parents=True)
    running = SandboxHost(data, **{'sandbox.python': data / 'environments/autumn/bin/python3'})
    # The command asks what application it is, as pserve does.
    running.ini.write_text(running.ini.read_text().replace('[app:main]', '[app:main]\nuse = egg:ivle'))
    place.joinpath('above').chmod({'open': 0o711, 'closed': 0o700}[request.param])
    running.made = ivle_env(running, 'create', requirements)
    assert running.made.returncode == 0, running.made.stderr
    running.settings = replace(running.settings, python=str(program_of(running.settings, 'autumn')))
    with running:
        yield running


@pytest.fixture
def console(host):
    """Return a function that gives a line to a console of studenta and returns what it says."""
    mine = host.console('studenta')
    key = mine.start()

    def say(line, cmd='chat'):
        replies = mine.chat(key, cmd, line)['replies']
        return ''.join(reply.get('output', '') + reply.get('error', '') for reply in replies)

    yield say
    host.ask(end={'login': 'studenta'})


def test_making_one_says_what_is_in_it_and_how_to_use_it(host):
    lines = host.made.stdout.splitlines()
    assert '  greeting 1.0' in lines
    assert f'ivle.sandbox.python = {host.data}/environments/autumn/bin/python3' in lines


def test_it_is_listed_as_the_one_that_students_have(host):
    line = ivle_env(host, 'list').stdout
    assert line.startswith('autumn\tPython 3.') and '\t1 package\t' in line and line.endswith('\tin use\n')


def test_a_console_says_which_environment_it_runs_in(console):
    assert '(environment autumn). Your variables' in console('', 'splash')


def test_a_console_has_its_packages(console):
    assert console('import greeting; greeting.main()\n').startswith('hello from /environments/autumn/lib/')


def test_what_a_program_starts_finds_them_too(console):
    line = 'import subprocess; [subprocess.run(it).returncode for it in (["greet"], ["python3", "-c", "import greeting"])]\n'
    assert console(line).endswith('[0, 0]\n')


def test_a_package_is_compiled_for_the_place_where_it_is_seen(console):
    console('import greeting, os\n')
    assert (
        console('os.path.exists(greeting.__cached__), greeting.main.__code__.co_filename == greeting.__file__\n')
        == '(True, True)\n'
    )


def test_a_student_cannot_write_to_it(console):
    lines = [
        'import greeting',
        'def attempt(path, mode):',
        '    try:',
        '        open(path, mode)',
        '    except OSError as error:',
        '        return error.strerror',
        'print(attempt(greeting.__file__, "a") is None)',
        'print(attempt("/environments/autumn/bin/new", "w"), attempt("/environments/new", "w"))',
    ]
    assert console('\n'.join(lines) + '\n', 'block') == 'False\nRead-only file system Read-only file system\n'


def test_of_the_data_a_student_sees_nothing_else(host, console):
    assert console('import os; os.listdir("/environments")\n') == "['autumn']\n"
    assert console(f'os.path.exists({str(host.data)!r}), os.path.exists({str(host.data.parents[1])!r})\n') == '(False, False)\n'


def test_the_file_service_keeps_the_python_that_has_subversion(host):
    assert 'okay' in host.file('studenta', op='list', path='')


def test_a_served_program_has_its_packages(host):
    host.write('studenta', 'page.py', 'import greeting\nprint("Content-Type: text/plain\\n")\ngreeting.main()\n')
    assert b'hello from /environments/autumn/' in host.serve('studenta', 'page.py')[1]


def test_nobody_but_its_owner_can_write_to_it_and_everybody_can_read_it(host):
    place = host.data / 'environments'
    modes = {path: path.stat().st_mode for path in (place, *place.rglob('*')) if not path.is_symlink()}
    assert [path for path, mode in modes.items() if mode & 0o066 != 0o044] == []


def test_it_names_the_place_where_it_is_seen_and_not_where_it_was_made(host):
    place = host.data / 'environments' / 'autumn'
    kept = [path for path in place.rglob('*') if path.is_file() and not path.is_symlink() and path.name != 'direct_url.json']
    assert [path for path in kept if os.fsencode(place.parent) in path.read_bytes()] == []


def test_one_in_use_is_not_removed(host):
    refused = ivle_env(host, 'remove', 'autumn')
    assert (refused.returncode, 'Students have the environment autumn' in refused.stderr) == (1, True)
    assert environments_of(host.settings) == ['autumn']


# -- what goes wrong --------------------------------------------------------------------------------


@pytest.fixture
def settings(data, monkeypatch):
    """Return the settings of a site without environments, on a machine whose pip asks nobody."""
    monkeypatch.setenv('PIP_NO_INDEX', '1')
    os.chmod(data, 0o711)
    return Settings(data=Path(data))


def left_of(settings):
    """Return everything that lies where environments are."""
    return sorted(path.name for path in settings.path('environments').iterdir())


def test_a_package_that_is_not_to_be_had_leaves_nothing(settings, tmp_path):
    wanted = tmp_path / 'wanted.txt'
    wanted.write_text('there-is-no-such-package==1.0\n')
    with pytest.raises(NotDone, match=r'pip could not install (.|\n)*No matching distribution found'):
        make_environment(settings, wanted)
    assert left_of(settings) == []


def test_a_missing_requirements_file_is_named(settings):
    with pytest.raises(NotDone, match='There is no file /nowhere/packages.txt'):
        make_environment(settings, '/nowhere/packages.txt')


@pytest.mark.parametrize('name', ['../out', 'a/b', '.hidden', 'Ä', 'a b', '-x'])
def test_a_name_that_is_none_is_refused(settings, requirements, name):
    with pytest.raises(NotDone, match='cannot be the name of an environment'):
        make_environment(settings, requirements, name)


def test_a_name_is_given_once(settings, requirements):
    make_environment(settings, requirements)
    with pytest.raises(NotDone, match='is there already'):
        make_environment(settings, requirements)
    assert left_of(settings) == ['autumn']


def test_an_editable_package_is_refused():
    listed = [{'name': 'mine', 'version': '1', 'editable_project_location': '/somewhere'}]
    with pytest.raises(NotDone, match='mine: an editable package stays where it is'):
        environments._refuse_editable(listed)


def test_what_a_killed_one_left_is_never_shown_and_goes_with_the_next(settings, requirements):
    half = settings.path('environments', '.autumn-killed')
    half.mkdir(parents=True)
    (half / 'ivle.json').write_text('{}')
    assert list_environments(settings) == []
    make_environment(settings, requirements)
    assert left_of(settings) == ['autumn']


def test_for_a_newer_python_than_the_site_s_its_own_pip_is_used_and_not_kept(settings, requirements, monkeypatch):
    monkeypatch.setattr(environments.sys, 'version_info', (3, 8))
    made = make_environment(settings, requirements)
    assert made.packages == {'greeting': '1.0'}
    assert list(settings.path('environments', 'autumn').rglob('*pip*')) == []


def test_two_are_not_made_at_once(settings, requirements):
    with environments._alone(settings), pytest.raises(NotDone, match='at this moment'):
        make_environment(settings, requirements)


def test_one_that_nobody_has_is_removed(settings, requirements):
    make_environment(settings, requirements)
    remove_environment(settings, 'autumn')
    assert left_of(settings) == []


def test_one_that_is_not_there_cannot_be_removed(settings):
    with pytest.raises(NotDone, match='There is no environment autumn'):
        remove_environment(settings, 'autumn')


# -- the large libraries ----------------------------------------------------------------------------


@pytest.fixture(scope='module')
def numbers():
    """Return settings whose Python has numpy and matplotlib, where their packages can be had."""
    with tempfile.TemporaryDirectory(prefix='numbers-') as data:
        os.chmod(data, 0o711)
        wanted = Path(data, 'numbers.txt')
        wanted.write_text('numpy\nmatplotlib\n')
        settings = Settings(data=Path(data))
        try:
            made = make_environment(settings, wanted)
        except NotDone as refused:
            pytest.skip(f'no packages of numpy and matplotlib here: {refused}')
        environments.keep_fonts(settings, made)
        yield replace(settings, python=str(program_of(settings, 'numbers')))


def in_a_box(settings, lines):
    done = run_in_box(settings, read_python(settings), lines)
    return done.stdout.decode(), done.stderr.decode()


def test_large_libraries_are_worth_importing_once(numbers):
    made = list_environments(numbers)[0]
    assert worth_preloading(numbers, made) == ['numpy', 'matplotlib.pyplot']


def test_numpy_computes_in_one_thread(numbers):
    lines = 'import numpy as np, os; a = np.ones((400, 400)); print((a @ a)[0, 0], len(os.listdir("/proc/self/task")))'
    assert in_a_box(numbers, lines) == ('400.0 1\n', '')


def test_matplotlib_draws_without_looking_for_fonts(numbers):
    lines = (
        'import os; before = os.listdir("/tmp/matplotlib")\n'
        'import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.title("drawn"); plt.savefig("/tmp/drawn.png")\n'
        'print(len(before), os.listdir("/tmp/matplotlib") == before, os.path.getsize("/tmp/drawn.png") > 5000)'
    )
    # Looking for fonts would also say on standard error what is missing in a box.
    assert in_a_box(numbers, lines) == ('1 True True\n', '')
