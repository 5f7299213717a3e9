"""`ivle lint-course`, `ivle course export` and `ivle course import`, as an administrator types them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivle.errors import NotFound
from ivle.models import Database, Exercise, upgrade
from ivle.scripts import ivle
from ivle.scripts.options import read_site
from ivle.teaching.course import Course, read_course, write_course
from ivle.teaching.definition import Definition
from tests.course import add_offering

SAMPLE = Path(__file__).parents[2] / 'ivle/scripts/sample_files/course/151'


@pytest.fixture
def ini(data):
    """Return the ini file of a site with the offering 151/2026/s1."""
    path = Path(data) / 'site.ini'
    path.write_text(f'[app:main]\nuse = egg:ivle\nivle.mode = development\nivle.data = {data}/var\n')
    settings = read_site(path, {})
    upgrade(settings)
    database = Database(settings)
    with database.writing() as db:
        add_offering(db, '151')
    database.close()
    return str(path)


def run(*words):
    return CliRunner().invoke(ivle, [str(word) for word in words])


def test_the_sample_has_no_problems():
    done = run('lint-course', SAMPLE)
    assert (done.exit_code, done.output) == (0, '')


def test_problems_are_lines_and_the_status_says_that_there_are_some(tmp_path):
    (tmp_path / 'course.toml').write_text('layout = "one\n')
    done = run('lint-course', tmp_path)
    assert done.exit_code == 1
    assert done.output == "course.toml:1: it is not TOML: Illegal character '\\n'.\n"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    done = run('lint-course', tmp_path / 'nowhere')
    assert (done.exit_code, done.output) == (1, f'{tmp_path}/nowhere: there is no such folder.\n')


def test_what_is_imported_is_exported_again(ini, tmp_path):
    into = run('course', 'import', '151/2026/s1', SAMPLE, '--ini', ini)
    assert into.exit_code == 0
    assert into.output.splitlines()[-1].startswith('1 worksheet and 3 exercises were read')
    out = run('course', 'export', '151/2026/s1', tmp_path / 'out', '--ini', ini)
    assert (out.exit_code, out.output) == (0, f'1 worksheet and 3 exercises were written to {tmp_path}/out.\n')
    assert read_course(tmp_path / 'out') == read_course(SAMPLE)


def test_a_second_import_says_that_nothing_changed(ini):
    run('course', 'import', '151/2026/s1', SAMPLE, '--ini', ini)
    assert run('course', 'import', '151/2026/s1', SAMPLE, '--ini', ini).output == (
        f'1 worksheet and 3 exercises were read from {SAMPLE}; 4 are as they were.\n'
    )


def test_deleting_wants_to_be_asked_for(ini, tmp_path):
    run('course', 'import', '151/2026/s1', SAMPLE, '--ini', ini)
    write_course(Course((), {'one': Definition('One')}), tmp_path / 'less')
    assert 'deleted' not in run('course', 'import', '151/2026/s1', tmp_path / 'less', '--ini', ini).output
    done = run('course', 'import', '151/2026/s1', tmp_path / 'less', '--replace', '--ini', ini)
    assert 'deleted: worksheet basics\n' in done.output and 'deleted: exercise hello\n' in done.output


def test_a_bad_course_changes_nothing(ini, tmp_path):
    write_course(read_course(SAMPLE), tmp_path / 'bad')
    (tmp_path / 'bad/exercises/hello/exercise.toml').write_text('rows = 3\n')
    done = run('course', 'import', '151/2026/s1', tmp_path / 'bad', '--ini', ini)
    assert (done.exit_code, done.output) == (1, 'exercises/hello/exercise.toml: name is missing.\n')
    assert run('course', 'export', '151/2026/s1', tmp_path / 'out', '--ini', ini).output.startswith(
        '0 worksheets and 0 exercises'
    )


def test_an_export_does_not_touch_a_folder_of_something_else(ini, tmp_path):
    (tmp_path / 'thesis.txt').write_text('years of work')
    done = run('course', 'export', '151/2026/s1', tmp_path, '--ini', ini)
    assert done.exit_code == 1 and 'choose an empty one' in done.output
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_a_place_that_cannot_be_written_is_told(ini, tmp_path):
    (tmp_path / 'file').write_text('')
    done = run('course', 'export', '151/2026/s1', tmp_path / 'file/below', '--ini', ini)
    assert done.exception.message == f'{tmp_path}/file/below cannot be written: Not a directory.'


def test_an_exercise_that_cannot_be_read_is_told(ini, tmp_path):
    run('course', 'import', '151/2026/s1', SAMPLE, '--ini', ini)
    database = Database(read_site(ini, {}))
    with database.writing() as db:
        db.query(Exercise).filter_by(identifier='hello').one().draft = '{}'
    database.close()
    done = run('course', 'export', '151/2026/s1', tmp_path / 'out', '--ini', ini)
    assert done.exception.message == 'An exercise of the bank cannot be read: name is missing.'


@pytest.mark.parametrize('command', ['import', 'export'])
def test_an_offering_that_is_not_there_is_told(ini, command):
    done = run('course', command, '151/2026/s9', SAMPLE, '--ini', ini)
    assert isinstance(done.exception, NotFound)
    assert done.exception.message == 'There is no offering called 151/2026/s9: write for example 151/2026/s1.'
