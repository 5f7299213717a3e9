"""Which Python students have: what is accepted, what a box must see of it, and what is refused in a sentence."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from ivle.sandbox import pythons
from ivle.sandbox.host import SandboxUnavailable
from ivle.sandbox.pythons import SERVICE_PYTHON, Mount, read_python
from ivle.sandbox.spec import BoxSpec
from ivle.sandbox.trial import check_preload
from ivle.settings import Settings

VERSION = subprocess.run(
    [SERVICE_PYTHON, '-c', 'import platform; print(platform.python_version())'], capture_output=True, text=True, check=True
).stdout.strip()


@pytest.fixture
def settings(data):
    return Settings(data=Path(data))


@pytest.fixture
def elsewhere():
    """Return a directory that could be of an administrator: outside the data, the system and what a box has for itself."""
    with tempfile.TemporaryDirectory(prefix='pythons-', dir='/var/tmp') as place:
        os.chmod(place, 0o755)
        yield Path(place)


def make_venv(place):
    subprocess.run([SERVICE_PYTHON, '-m', 'venv', '--without-pip', place], check=True)
    return place / 'bin' / 'python3'


def write_program(path, lines):
    path.write_text(f'#!/bin/sh\n{lines}\n')
    path.chmod(0o755)
    return path


def refusal(settings, python):
    with pytest.raises(SandboxUnavailable) as refused:
        read_python(replace(settings, python=str(python)))
    return str(refused.value)


def test_the_distribution_s_python_needs_nothing_shown(settings):
    python = read_python(settings)
    assert (python.version, python.title, python.mounts) == (VERSION, f'Python {VERSION}', ())
    assert (str(python.in_box), python.environment) == (SERVICE_PYTHON, {'PATH': '/usr/bin:/bin'})


def test_an_environment_is_shown_where_it_is_and_called_by_its_name(settings, elsewhere):
    executable = make_venv(elsewhere / 'spring')
    python = read_python(replace(settings, python=str(executable)))
    assert python.title == f'Python {VERSION} (environment spring)'
    assert (python.in_box, python.mounts) == (executable, (Mount(elsewhere / 'spring', elsewhere / 'spring'),))


def test_what_a_link_leads_to_is_shown_under_both_names(settings, elsewhere):
    make_venv(elsewhere / 'real')
    (elsewhere / 'current').symlink_to('real')
    python = read_python(replace(settings, python=str(elsewhere / 'current' / 'bin' / 'python3')))
    assert set(python.mounts) == {Mount(elsewhere / 'real', elsewhere / name) for name in ('current', 'real')}


def test_a_directory_inside_one_that_is_shown_is_not_shown_again(settings, elsewhere):
    assert pythons._mounts(settings, {elsewhere, elsewhere / 'lib'}) == [Mount(elsewhere, elsewhere)]


# -- what is refused --------------------------------------------------------------------------------


def test_a_python_that_is_not_there_is_named(settings):
    assert 'Python is not at /nowhere/python3: apt-get install python3' in refusal(settings, '/nowhere/python3')


def test_half_a_path_is_refused(settings):
    assert 'no whole path' in refusal(settings, 'python3')


def test_what_is_no_program_is_refused(settings, elsewhere):
    (elsewhere / 'python3').write_text('text')
    assert 'cannot be run' in refusal(settings, elsewhere / 'python3')
    assert 'cannot be run' in refusal(settings, elsewhere)


def test_an_environment_whose_python_is_gone_is_to_be_made_anew(settings, elsewhere):
    executable = make_venv(elsewhere / 'old')
    executable.unlink()
    executable.symlink_to('/usr/bin/python3.2')
    assert 'is gone, as after an upgrade' in refusal(settings, executable)


def test_a_program_that_is_no_python_is_refused_with_its_own_words(settings, elsewhere):
    assert 'no Python 3.9 or later that works (who are you)' in refusal(
        settings, write_program(elsewhere / 'python3', 'echo who are you >&2')
    )


def test_a_python_that_is_too_old_is_refused(settings, elsewhere):
    program = elsewhere / 'python3'
    answer = json.dumps({'version': [3, 8, 20], 'places': [str(program)] * 5})
    assert 'is Python 3.8.20, and consoles need 3.9' in refusal(settings, write_program(program, f"echo '{answer}'"))


def test_a_program_that_starts_a_python_is_refused_for_it(settings, elsewhere):
    program = write_program(elsewhere / 'python3', f'exec {SERVICE_PYTHON} "$@"')
    assert f'only starts another program: set ivle.sandbox.python to {SERVICE_PYTHON}' in refusal(settings, program)


def test_a_python_that_hangs_is_refused(settings, elsewhere, monkeypatch):
    monkeypatch.setattr(pythons, '_PATIENCE_SECONDS', 0.2)
    assert 'did not start within' in refusal(settings, write_program(elsewhere / 'python3', 'exec sleep 60'))


def test_a_python_that_may_not_be_run_is_refused(settings, elsewhere):
    # The kernel says so to everybody, the superuser too: what would run the program is no program itself.
    (elsewhere / 'interpreter').write_text('')
    (elsewhere / 'python3').write_text(f'#!{elsewhere}/interpreter\n')
    (elsewhere / 'python3').chmod(0o755)
    assert 'is out of reach for' in refusal(settings, elsewhere / 'python3')


def test_a_python_in_the_data_is_refused_unless_ivle_made_it(settings):
    for place in ('accounts/jdoe/home/env', 'environments/by-hand'):
        assert 'no student program may see it' in refusal(settings, make_venv(settings.path(place)))


def test_a_link_into_the_data_is_refused(settings, elsewhere):
    make_venv(settings.path('accounts', 'jdoe', 'home', 'env'))
    (elsewhere / 'env').symlink_to(settings.path('accounts', 'jdoe', 'home', 'env'))
    assert 'no student program may see it' in refusal(settings, elsewhere / 'env' / 'bin' / 'python3')


def test_what_the_site_itself_runs_on_is_refused(settings):
    assert 'is what the site itself runs on' in refusal(settings, sys.executable)


def test_a_python_around_the_data_is_refused(settings, elsewhere):
    executable = make_venv(elsewhere)
    assert 'where the site keeps what is its own' in refusal(replace(settings, data=elsewhere / 'data'), executable)


def test_a_python_where_a_box_has_something_else_is_refused(settings):
    with tempfile.TemporaryDirectory(prefix='python-') as place:
        os.chmod(place, 0o755)
        assert 'has another meaning' in refusal(settings, make_venv(Path(place, 'env')))


def test_an_environment_of_ours_on_another_python_is_to_be_made_anew(settings):
    executable = make_venv(settings.path('environments', 'autumn'))
    settings.path('environments', 'autumn', 'ivle.json').write_text('{}')
    settings.path('environments', 'autumn', 'lib').rename(settings.path('environments', 'autumn', 'lib-of-old'))
    assert 'was made for another Python' in refusal(settings, executable)


# -- what is imported -------------------------------------------------------------------------------


def test_libraries_take_one_thread_and_leave_no_files_in_the_home():
    environment = BoxSpec('python-console', 'jdoe').environment
    assert {environment[f'{library}_NUM_THREADS'] for library in ('OPENBLAS', 'OMP', 'MKL')} == {'1'}
    assert environment['MPLCONFIGDIR'].startswith('/tmp/')


def test_modules_that_cannot_be_imported_are_named_with_the_reason(settings):
    found = check_preload(replace(settings, preload=('json', 'nonesuch', 'os.path')))
    assert found == [('nonesuch', "ModuleNotFoundError: No module named 'nonesuch'")]


def test_without_a_module_to_import_nothing_is_tried(settings):
    assert check_preload(replace(settings, python='/nowhere/python3')) == []


def test_a_module_that_talks_is_no_trouble(settings):
    assert check_preload(replace(settings, preload=('this', 'json'))) == []


@pytest.fixture
def with_modules(settings, elsewhere):
    """Return settings whose Python has a module that ends it and one that takes more memory than there is."""
    executable = make_venv(elsewhere / 'env')
    library = next((elsewhere / 'env').glob('lib/python3.*/site-packages'))
    (library / 'crash.py').write_text('import os, sys\nprint("bad luck", file=sys.stderr, flush=True)\nos._exit(3)\n')
    (library / 'hungry.py').write_text('bytearray(2 << 30)\n')
    return replace(settings, python=str(executable))


def test_a_module_that_ends_the_interpreter_takes_those_after_it_along(with_modules):
    found = check_preload(replace(with_modules, preload=('json', 'crash', 're')))
    assert found == [(name, 'the interpreter ended: bad luck') for name in ('crash', 're')]


def test_a_module_that_takes_more_memory_than_a_student_has_is_named(with_modules):
    found = check_preload(replace(with_modules, preload=('hungry', 'json')))
    assert [(name, reason.startswith('MemoryError')) for name, reason in found] == [('hungry', True)]
