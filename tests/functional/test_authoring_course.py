"""The course of an offering as a zip file: out, in, and what is shown before."""

import io
import zipfile

import pytest
from webtest import Upload

from ivle.models import Exercise, ExerciseVersion
from ivle.teaching.zips import zip_of
from tests.functional.subjects_site import HERE

LIST = f'{HERE}/worksheets'
SOLUTION = 'def fac(n):\n    return 1\n'
FILES = {
    'course.toml': b'layout = 1\n',
    'worksheets/basics/worksheet.toml': b'name = "Basics"\npublished = true\n',
    'worksheets/basics/worksheet.rst': b'.. exercise:: fac\n',
    'exercises/fac/exercise.toml': b'name = "Factorial"\n[wrong_answers]\n"always two" = "def fac(n): return 2"\n',
    'exercises/fac/solution.py': SOLUTION.encode(),
}


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


def send_zip(browser, content, accept='text/html', **fields):
    parts = [('csrf_token', browser.csrf_token()), *fields.items(), ('zip', Upload('course.zip', content))]
    return browser.post(
        f'{LIST}/@@import', parts, content_type='multipart/form-data', headers={'Accept': accept}, expect_errors=True
    )


def apply_form(page):
    return next(form for form in page.forms.values() if 'digest' in form.fields)


def count(school, kind):
    with school.database.reading() as db:
        return db.query(kind).count()


def test_a_zip_file_changes_nothing_before_one_has_seen_what_it_would(school, lecturer):
    page = send_zip(lecturer, zip_of(FILES))
    assert page.status_int == 200
    assert 'worksheet basics' in page.text and 'exercise fac' in page.text
    assert (count(school, Exercise), lecturer.get_json(LIST).json['worksheets']) == (0, [])
    answer = apply_form(page).submit()
    assert answer.status_int == 303 and '2 new' in answer.follow().text
    assert [line['name'] for line in lecturer.get_json(LIST).json['worksheets']] == ['Basics']
    told = lecturer.get_json('/subjects/151/exercises/fac').json
    # Students get neither before its author has tested and published it.
    assert (told['version'], told['versions']) == (None, [])
    assert not lecturer.get_json(LIST).json['worksheets'][0]['published']
    assert told['definition']['wrong_answers'] == {'always two': 'def fac(n): return 2'}


def test_what_is_there_already_offers_nothing_to_do(lecturer):
    apply_form(send_zip(lecturer, zip_of(FILES))).submit()
    page = send_zip(lecturer, zip_of(FILES))
    assert 'everything in the file is here already' in page.text and 'Do this' not in page.text


def test_what_changed_since_the_preview_is_shown_again_and_not_done(school, lecturer):
    page = send_zip(lecturer, zip_of(FILES))
    lecturer.send(f'{LIST}/@@create', name='Basics', identifier='basics', format='rst')
    again = apply_form(page).submit(expect_errors=True)
    assert again.status_int == 409 and 'Nothing was taken' in again.text
    assert count(school, ExerciseVersion) == 0
    assert apply_form(again).submit().status_int == 303


def test_a_script_imports_in_the_same_two_steps(school, lecturer):
    told = send_zip(lecturer, zip_of(FILES), 'application/json').json
    assert told['made'] == ['exercise fac', 'worksheet basics']
    assert send_zip(lecturer, zip_of(FILES), 'application/json', digest=told['digest']).json['made'] == told['made']
    assert (count(school, Exercise), count(school, ExerciseVersion)) == (1, 0)


def test_the_export_is_what_the_import_takes(lecturer):
    apply_form(send_zip(lecturer, zip_of(FILES))).submit()
    sent = lecturer.get(f'{LIST}/@@export')
    assert sent.content_disposition == 'attachment; filename="course-151-2026-s1.zip"'
    with zipfile.ZipFile(io.BytesIO(sent.body)) as packed:
        assert packed.read('exercises/fac/solution.py').decode() == SOLUTION
    assert 'everything in the file is here already' in send_zip(lecturer, sent.body).text


@pytest.mark.parametrize(
    ('content', 'sentence'),
    [
        (b'nonsense', 'no zip file'),
        (zip_of({'course.toml': b'layout = 9\n'}), 'course.toml'),
        (zip_of(FILES | {'exercises/fac/exercise.toml': b'rows = 1'}), 'exercises/fac/exercise.toml'),
    ],
)
def test_what_is_no_course_is_told_by_file_and_changes_nothing(school, lecturer, content, sentence):
    page = send_zip(lecturer, content)
    assert page.status_int == 400 and sentence in page.html.select_one('[role=alert]').text
    assert send_zip(lecturer, content, 'application/json').status_int == 400
    assert count(school, Exercise) == 0


def test_without_a_file_one_is_asked_for(lecturer):
    page = lecturer.send(f'{LIST}/@@import')
    assert page.status_int == 400 and 'Choose the zip file' in page.text
    assert lecturer.send(f'{LIST}/@@import', again='!').status_int == 400
    assert lecturer.send_json(f'{LIST}/@@import', {'zip': 'x'}).status_int == 400


@pytest.mark.parametrize('path', ['@@course', '@@export'])
def test_others_find_nothing(school, lecturer, path):
    assert lecturer.get(f'{LIST}/{path}').status_int == 200
    assert school.person('jdoe', 'student').get(f'{LIST}/{path}', expect_errors=True).status_int == 404
