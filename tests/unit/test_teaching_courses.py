"""Courses as folders of files: what is read of them, what is written, and what is said about what is wrong."""

import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivle.teaching import folder as folders
from ivle.teaching import toml
from ivle.teaching.clean import is_file_name
from ivle.teaching.course import Course, WorksheetText, course_of, files_of, read_course, write_course
from ivle.teaching.definition import CallSuite, Case, Check, Definition, PytestSuite
from ivle.teaching.exercise_files import exercise_files, read_exercise
from ivle.teaching.lint import lint
from ivle.teaching.problems import BadCourse

SAMPLE = Path(__file__).parents[2] / 'ivle/scripts/sample_files/course/151'
SCHEMA = json.loads((Path(__file__).parents[2] / 'ivle/teaching/exercise.schema.json').read_text('utf-8'))

# -- any course -------------------------------------------------------------------------------------

odd = st.sampled_from('"\'\\\n\r\t #=[]{}\ufeffé\x7f')
texts = st.text(odd | st.characters(exclude_characters='\0', exclude_categories=['Cs']), max_size=30).filter(
    lambda text: '\r\n' not in text
)
lines = st.text(st.characters(exclude_characters='\0\r', exclude_categories=['Cs']), max_size=20)
titles = lines.filter(str.strip)
printable = titles.filter(str.isprintable)
identifiers = st.from_regex(r'[a-z0-9][a-z0-9_.+-]{0,8}', fullmatch=True)
python_names = st.sampled_from(['x', 'n', 'größe', 'a.b'])
file_names = st.from_regex(r'[a-z0-9][a-z0-9 _-]{0,5}(\.[a-z]{1,3})?(/[a-z]{1,4}\.txt)?', fullmatch=True).filter(is_file_name)
seconds = st.floats(min_value=0.001, max_value=60)
weights = st.integers(0, 1000)
checks = st.builds(
    Check, st.sampled_from(['result', 'stdout', 'stderr', 'exception', 'code']), st.sampled_from(['match', 'norm']), texts
) | st.builds(Check, st.just('file'), st.just('check'), texts.filter(str.strip), file_names, st.booleans())
cases = st.builds(Case, lines, lines, st.lists(checks, max_size=3).map(tuple), weights)
expressions = st.integers().map(repr) | texts.map(repr) | st.sampled_from(['[1, 2]', 'None', ' 1 + 1 ', '(1,\n 2)'])


def call_suites_of(function, **called_with):
    return st.builds(
        CallSuite,
        name=lines,
        function=function,
        variables=st.dictionaries(python_names, expressions, max_size=2),
        allowed_exceptions=st.lists(st.just('ValueError'), max_size=1).map(tuple),
        stdin=texts,
        files=st.dictionaries(file_names, texts, max_size=2),
        seconds=seconds,
        is_hidden=st.booleans(),
        cases=st.lists(cases, max_size=2).map(tuple),
        **called_with,
    )


call_suites = call_suites_of(st.just('')) | call_suites_of(
    python_names,
    arguments=st.lists(expressions, max_size=3).map(tuple),
    keywords=st.dictionaries(python_names, expressions, max_size=2),
)
pytest_suites = st.builds(PytestSuite, titles, texts, seconds, weights, st.booleans())
definitions = st.builds(
    Definition,
    titles,
    texts,
    st.sampled_from(['rst', 'md', 'text']),
    texts,
    texts,
    texts,
    st.integers(1, 200),
    st.lists(texts, max_size=2).map(tuple),
    st.lists(call_suites | pytest_suites, max_size=3).map(tuple),
    st.dictionaries(printable, texts.filter(str.strip), max_size=2),
)


def fit_into_one_folder(files):
    return not any(name.startswith(f'{other}/') for name in files for other in files)


worksheets = st.builds(
    WorksheetText,
    identifiers,
    printable,
    st.sampled_from(['rst', 'md', 'xml']),
    texts,
    st.booleans(),
    st.booleans(),
    st.dictionaries(file_names, st.binary(max_size=20), max_size=3).filter(fit_into_one_folder),
)
courses = st.builds(
    Course,
    st.lists(worksheets, max_size=3, unique_by=lambda worksheet: worksheet.identifier).map(tuple),
    st.dictionaries(identifiers, definitions, max_size=3).map(lambda found: dict(sorted(found.items()))),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(courses)
def test_the_files_of_any_course_are_read_as_the_same_course(course):
    assert course_of(files_of(course)) == course


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(courses, courses)
def test_any_course_is_read_from_the_folder_it_was_written_to(tmp_path, earlier, course):
    write_course(earlier, tmp_path)
    write_course(course, tmp_path)
    assert read_course(tmp_path) == course


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(definitions)
def test_the_schema_takes_every_exercise_that_is_written(definition):
    jsonschema.validate(tomllib.loads(exercise_files(definition)['exercise.toml'].decode('utf-8')), SCHEMA)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(texts, texts | st.booleans() | st.integers() | st.dictionaries(texts, texts, max_size=3), max_size=3))
def test_what_is_written_as_toml_is_toml(value):
    assert tomllib.loads(toml.dumps(value)) == value


def test_the_sample_is_in_order():
    course = read_course(SAMPLE)
    assert [worksheet.identifier for worksheet in course.worksheets] == ['basics']
    assert sorted(course.exercises) == ['factorial', 'fizzbuzz', 'hello']
    assert [str(problem) for problem in lint(course)] == []


# -- exercises --------------------------------------------------------------------------------------

TEST = b'from attempt import f\n\n\ndef test_it():\n    assert f() == 1\n'


def an_exercise(table='name = "One"\n', **files):
    return {
        'exercise.toml': table.encode(),
        **{name.replace('__', '/').replace('_py', '.py'): text for name, text in files.items()},
    }


def problems_of(files):
    problems = []
    assert read_exercise(files, problems, 'exercises/one/') is None
    return [str(problem) for problem in problems]


def test_an_exercise_needs_no_more_than_a_name():
    assert read_exercise(an_exercise(), []) == Definition('One')


def test_a_test_file_that_the_table_does_not_name_is_a_suite():
    found = read_exercise({**an_exercise(), 'tests/test_small_numbers.py': TEST}, [])
    assert found.suites == (PytestSuite('small numbers', TEST.decode()),)


def test_a_description_in_markdown_is_one():
    found = read_exercise({**an_exercise(), 'description.md': b'**x**'}, [])
    assert (found.description, found.description_format) == ('**x**', 'md')


def test_lines_of_other_systems_are_lines():
    assert read_exercise({**an_exercise(), 'starter.py': b'\xef\xbb\xbfx = 1\r\ny = 2\r\n'}, []).starter == 'x = 1\ny = 2\n'


@pytest.mark.parametrize(
    ('table', 'problem'),
    [
        ('name = "One\n', 'exercises/one/exercise.toml:1: it is not TOML: Illegal character'),
        ('rows = 3\n', 'exercises/one/exercise.toml: name is missing.'),
        ('name = "One"\nrows = 0\n', 'exercises/one/exercise.toml:2: rows is a whole number'),
        ('name = "One"\nweight = 1\n', 'exercises/one/exercise.toml: the exercise has no weight'),
        ('name = "One"\nsolution = "x"\n', 'exercises/one/exercise.toml:2: solution stands in a file of its own'),
        ('name = "One"\nsuites = 1\n', 'exercises/one/exercise.toml:2: suites are written as tables'),
        (
            'name = "One"\n[[suites]]\nname = "a"\n[[suites]]\nname = "b"\nkind = "other"\n',
            'exercises/one/exercise.toml:4: suites[1].kind is calls or pytest.',
        ),
        (
            'name = "One"\n[[suites]]\n[[suites.cases]]\n[[suites.cases]]\nchecks = [{ aspect = "colour" }]\n',
            'exercises/one/exercise.toml:4: suites[0].cases[1].checks[0].aspect is one of',
        ),
        (
            'name = "One"\n[[suites]]\nname = "a"\n[[suites]]\n[[suites.cases]]\nweight = -1\n',
            'exercises/one/exercise.toml:5: suites[1].cases[0].weight is a whole number',
        ),
        (
            'name = "One"\n[[suites]]\nname = "a"\nkind = "pytest"\nfile = "tests/test_no.py"\n',
            'exercises/one/exercise.toml:2: suites[0].file is the name of a test file here',
        ),
        (
            'name = "One"\n[[suites]]\nname = "a"\nkind = "pytest"\nfile = "../../../etc/passwd"\n',
            'exercises/one/exercise.toml:2: suites[0].file is the name of a test file here',
        ),
    ],
)
def test_a_problem_of_an_exercise_has_its_line(table, problem):
    assert [found[: len(problem)] for found in problems_of(an_exercise(table))] == [problem]


def test_all_problems_of_an_exercise_are_told_at_once():
    table = 'name = "One"\nrows = 0\n[[suites]]\nseconds = 0\n[[suites]]\nseconds = 99\n'
    found = problems_of(
        {**an_exercise(table), 'notes.txt': b'', 'description.rst': b'', 'description.md': b'', 'solution.py': b'\xff'}
    )
    assert [problem.split(': ')[0] for problem in found] == [
        'exercises/one/description.md',
        'exercises/one/solution.py:1',
        'exercises/one/notes.txt',
        'exercises/one/exercise.toml:2',
        'exercises/one/exercise.toml:3',
        'exercises/one/exercise.toml:5',
    ]


@pytest.mark.parametrize(
    'wrong',
    [
        {'name': ''},
        {'name': '   '},
        {'name': 'x' * 201},
        {'rows': 0},
        {'rows': 201},
        {'rows': '12'},
        {'rows': True},
        {'hints': 'x'},
        {'wrong_answers': ['x']},
        {'wrong_answers': {'empty': ' '}},
        {'wrong_answers': {' ': 'x'}},
        {'hints': [1]},
        {'hints': ['x'] * 21},
        {'other': 1},
        {'suites': {}},
        {'suites': [{'kind': 'other'}]},
        {'suites': [{'kind': 'pytest', 'name': 'a'}]},
        {'suites': [{'kind': 'pytest', 'name': ' ', 'file': 'tests/test_x.py'}]},
        {'suites': [{'kind': 'pytest', 'name': 'a', 'file': 'test_x.py'}]},
        {'suites': [{'kind': 'pytest', 'name': 'a', 'file': 'tests/test_x.py', 'function': 'f'}]},
        {'suites': [{'file': 'tests/test_x.py'}]},
        {'suites': [{'function': 'no name'}]},
        {'suites': [{'function': '1a'}]},
        {'suites': [{'arguments': [1]}]},
        {'suites': [{'arguments': '1'}]},
        {'suites': [{'keywords': {'no name': '1'}}]},
        {'suites': [{'variables': {'x': 1}}]},
        {'suites': [{'allowed_exceptions': ['']}]},
        {'suites': [{'files': {'../x': ''}}]},
        {'suites': [{'files': {'/x': ''}}]},
        {'suites': [{'files': {'a//b': ''}}]},
        {'suites': [{'seconds': 0}]},
        {'suites': [{'seconds': 61}]},
        {'suites': [{'is_hidden': 'yes'}]},
        {'suites': [{'cases': [{'weight': -1}]}]},
        {'suites': [{'cases': [{'passes': 'x' * 501}]}]},
        {'suites': [{'cases': [{'checks': [{'aspect': 'colour'}]}]}]},
        {'suites': [{'cases': [{'checks': [{'test': 'guess'}]}]}]},
        {'suites': [{'cases': [{'checks': [{'test': 'check'}]}]}]},
        {'suites': [{'cases': [{'checks': [{'test': 'check', 'source': ' '}]}]}]},
        {'suites': [{'cases': [{'checks': [{'aspect': 'file'}]}]}]},
        {'suites': [{'cases': [{'checks': [{'as_text': 1}]}]}]},
    ],
    ids=repr,
)
def test_what_the_schema_refuses_is_refused_by_the_reader_too(wrong):
    value = {'name': 'One', **wrong}
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(value)
    problems = []
    files = {'exercise.toml': toml.dumps(value).encode(), 'tests/test_x.py': TEST}
    assert read_exercise(files, problems) is None
    assert problems != []


# -- folders ----------------------------------------------------------------------------------------


def a_course(**changes):
    return replace(Course((WorksheetText('basics', 'Basics', files={'fig.png': b'PNG'}),), {'one': Definition('One')}), **changes)


def said(course_files):
    with pytest.raises(BadCourse) as caught:
        course_of(course_files)
    return [str(problem) for problem in caught.value.problems]


def test_a_folder_without_its_table_is_no_course():
    assert said({'worksheets/a/worksheet.rst': b''}) == ['course.toml: the file is missing: write layout = 1 into it.']


def test_another_layout_is_not_guessed_at():
    assert said({'course.toml': b'layout = 2\n'}) == ['course.toml: this site reads layout = 1.']


def test_all_problems_of_a_course_are_told_at_once():
    files = {
        'course.toml': b'layout = 1\n',
        'worksheets/a/worksheet.toml': b'name = ""\norder = "first"\npublished = 1\ncolour = "red"\n',
        'worksheets/a/worksheet.rst': b'',
        'worksheets/a/worksheet.md': b'',
        'worksheets/Big/worksheet.rst': b'caf\xe9',
        'worksheets/empty/fig.png': b'',
        'worksheets/loose.rst': b'',
        'exercises/one/exercise.toml': b'name = "',
        'exercises/two/solution.py': b'',
    }
    assert [problem.split(': ')[0] for problem in said(files)] == [
        'exercises/one/exercise.toml:1',
        'exercises/two/exercise.toml',
        'worksheets/loose.rst',
        'worksheets/Big',
        'worksheets/Big/worksheet.rst:1',
        'worksheets/a/worksheet.toml',
        'worksheets/a/worksheet.toml',
        'worksheets/a/worksheet.toml',
        'worksheets/a/worksheet.toml',
        'worksheets/a/worksheet.md',
        'worksheets/empty/worksheet.rst',
    ]


def test_worksheets_stand_in_their_order():
    files = {'course.toml': b'layout = 1\n'}
    for name, order in (('a', 3), ('b', 1), ('c', 1)):
        files |= {f'worksheets/{name}/worksheet.toml': f'order = {order}'.encode(), f'worksheets/{name}/worksheet.md': b''}
    assert [worksheet.identifier for worksheet in course_of(files).worksheets] == ['b', 'c', 'a']


@pytest.mark.parametrize(
    'names', [('worksheet.md',), ('../x',), ('.hidden',), ('a', 'a/b'), ('a/b/c', 'a'), ('x~',), ('x.pyc',), ('a/__pycache__/b',)]
)
def test_a_course_whose_files_would_not_be_read_again_is_not_written(names, tmp_path):
    course = a_course(worksheets=(WorksheetText('basics', 'Basics', files=dict.fromkeys(names, b'')),))
    with pytest.raises(BadCourse):
        write_course(course, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / 'thesis.txt').write_text('years of work')
    with pytest.raises(BadCourse, match='holds no course.toml'):
        write_course(a_course(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_what_was_there_stays_when_the_new_cannot_be_written(tmp_path):
    write_course(a_course(), tmp_path)
    with pytest.raises(OSError):
        folders.write_folder(
            {'course.toml': b'', 'worksheets': b'', 'worksheets/a': b''}, tmp_path, ('course.toml', 'worksheets')
        )
    assert read_course(tmp_path) == a_course()
    assert sorted(path.name for path in tmp_path.iterdir()) == ['course.toml', 'exercises', 'worksheets']


def test_what_is_beside_a_course_stays_when_it_is_written_again(tmp_path):
    write_course(a_course(), tmp_path)
    (tmp_path / 'README.md').write_text('ours')
    (tmp_path / '.git').mkdir()
    write_course(a_course(worksheets=()), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['.git', 'README.md', 'course.toml', 'exercises']


def test_what_git_keeps_is_not_read(tmp_path):
    write_course(a_course(), tmp_path)
    (tmp_path / 'worksheets/basics/.git').mkdir()
    (tmp_path / 'worksheets/basics/.git/HEAD').write_text('x')
    assert read_course(tmp_path) == a_course()


@pytest.mark.parametrize('place', ['worksheets/basics/x.txt', 'exercises/one/solution.py', 'worksheets/other', 'exercises/other'])
def test_links_are_not_followed_when_a_course_is_read(place, tmp_path):
    course, elsewhere = tmp_path / 'course', tmp_path / 'elsewhere'
    write_course(a_course(), course)
    elsewhere.mkdir()
    (elsewhere / 'worksheet.rst').write_text('secret')
    os.symlink(elsewhere, course / place)
    with pytest.raises(BadCourse) as caught:
        read_course(course)
    assert str(caught.value) == f'{place}: it is a link, and links are not followed: put the file itself here.'


@pytest.mark.parametrize('place', ['worksheets', 'worksheets/basics', 'worksheets/basics/fig.png', 'course.toml'])
def test_links_are_not_followed_when_a_course_is_written(place, tmp_path):
    course, elsewhere = tmp_path / 'course', tmp_path / 'elsewhere'
    write_course(a_course(), course)
    os.rename(course / place, elsewhere)
    os.symlink(elsewhere, course / place)
    before = sorted((path.name, path.is_file() and path.read_bytes()) for path in [elsewhere, *elsewhere.rglob('*')])
    write_course(a_course(exercises={}), course)
    assert sorted((path.name, path.is_file() and path.read_bytes()) for path in [elsewhere, *elsewhere.rglob('*')]) == before
    assert read_course(course) == a_course(exercises={})


def test_what_is_no_file_is_not_opened(tmp_path):
    write_course(a_course(), tmp_path)
    os.mkfifo(tmp_path / 'worksheets/basics/pipe')
    with pytest.raises(BadCourse, match='worksheets/basics/pipe: it is no file'):
        read_course(tmp_path)


def test_a_name_that_is_not_text_is_told(tmp_path):
    write_course(a_course(), tmp_path)
    (tmp_path / 'worksheets/basics' / os.fsdecode(b'caf\xe9.txt')).write_bytes(b'')
    with pytest.raises(BadCourse, match='the name is not UTF-8'):
        read_course(tmp_path)


@pytest.mark.parametrize(
    ('limit', 'value', 'sentence'),
    [
        ('LARGEST_FILE', 2, 'the file is larger than'),
        ('MOST_FILES', 3, 'more than 3 files'),
        ('MOST_BYTES', 3, 'more than 0 MiB'),
    ],
)
def test_a_folder_has_bounds(limit, value, sentence, tmp_path, monkeypatch):
    write_course(a_course(), tmp_path)
    monkeypatch.setattr(folders, limit, value)
    with pytest.raises(BadCourse, match=sentence):
        read_course(tmp_path)


def test_folders_are_not_nested_for_ever(tmp_path):
    write_course(a_course(), tmp_path)
    (tmp_path / 'worksheets/basics/1/2/3/4/5/6/7/8/9').mkdir(parents=True)
    with pytest.raises(BadCourse, match='nested more than 8 deep'):
        read_course(tmp_path)


# -- lint -------------------------------------------------------------------------------------------


def test_lint_tells_what_students_would_stumble_over():
    source = 'x\n\n.. exercise:: missing\n\n.. image:: gone.png\n\n*open\n'
    course = Course(
        (WorksheetText('basics', 'Basics', 'rst', source),),
        {
            'one': Definition(
                'One', description='*open', hints=('*open',), solution='def f(:', suites=(PytestSuite('a', 'assert ('),)
            ),
            'two': Definition('Two'),
        },
    )
    assert [str(problem) for problem in lint(course)] == [
        'worksheets/basics/worksheet.rst:7: Inline emphasis start-string without end-string.',
        'worksheets/basics/worksheet.rst:3: there is no exercise missing: add exercises/missing/.',
        'worksheets/basics/worksheet.rst:5: there is no file gone.png beside the worksheet.',
        'exercises/one/description.rst:1: Inline emphasis start-string without end-string.',
        'exercises/one/exercise.toml: hint 1: Line 1: Inline emphasis start-string without end-string.',
        'exercises/one/solution.py:1: it is not Python: invalid syntax.',
        "exercises/one/tests/test_a.py:1: it is not Python: '(' was never closed.",
        'exercises/two/exercise.toml: nothing is tested: add a suite with checks, or tests/test_….py.',
        'exercises/two/solution.py: there is no solution: attempts are compared with what it does.',
    ]
