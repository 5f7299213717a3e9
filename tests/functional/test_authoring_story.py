"""From nothing to a solved exercise, by forms alone: a subject, an offering, an exercise tested in sandboxes, a worksheet."""

import re
import secrets
import time

import pytest

PATIENCE_SECONDS = 60
SOLUTION = 'def area(width, height):\n    return width * height\n'


@pytest.fixture(scope='module')
def subject():
    """Return the URL name of a subject that no other test knows."""
    return f's{secrets.token_hex(3)}'


def sent(visitor, path, **fields):
    """Send a form, whose answer must lead elsewhere, and return the path of that."""
    answer = visitor.submit(path, **fields)
    assert answer.status == 303, (path, answer.status, re.findall(r'role="alert".*?</p>', answer.text, re.S))
    return re.sub('^https?://[^/]+', '', answer.location)


@pytest.fixture(scope='module')
def here(site, subject):
    """Make a subject and an offering with a lecturer and a student; return the path of the offering; they leave it at the end."""
    admin = site.person('admin')
    sent(admin, '/subjects/@@add-subject', code=subject, name='Shapes', url_name=subject)
    sent(admin, '/subjects/@@add-offering', subject=subject, semester='2026/s1', description='', url='')
    path = f'/subjects/{subject}/2026/s1'
    for login, role in (('lecturer', 'lecturer'), ('studentb', 'student')):
        sent(admin, f'{path}/people/@@enrol', login=login, role=role)
    yield path
    # The site goes on with other tests, whose people take part in what the sample says.
    for login in ('lecturer', 'studentb'):
        assert admin.post(f'{path}/people/{login}/@@active', {'active': False}).status == 200


@pytest.fixture(scope='module')
def lecturer(site):
    return site.person('lecturer')


@pytest.fixture(scope='module')
def exercise(lecturer, here, subject):
    """Make an exercise by its forms, and return the path."""
    path = sent(lecturer, f'/subjects/{subject}/exercises/@@create', name='Area', identifier='area', start='function')
    sent(lecturer, f'{path}/@@save', do='save', **written(lecturer, path))
    return path


def written(lecturer, path, wrong='def area(width, height):\n    return width + height\n'):
    """Return the fields of an exercise: two suites, one of them pytest, and a wrong answer."""
    return {
        'opened': lecturer.get_json(path).json['digest'],
        'name': 'Area',
        'rows': '8',
        'description': 'Write ``area(width, height)``.',
        'description_format': 'rst',
        'starter': 'def area(width, height):\n    ...\n',
        'solution': SOLUTION,
        'include': '',
        'suite.0.kind': 'calls',
        'suite.0.name': 'a rectangle',
        'suite.0.function': 'area',
        'suite.0.arguments': '3\n4',
        'suite.0.case.0.passes': 'Right.',
        'suite.0.case.0.fails': 'Not the area.',
        'suite.0.case.0.check.0.aspect': 'result',
        'suite.0.case.0.check.0.test': 'match',
        'suite.1.kind': 'pytest',
        'suite.1.name': 'squares',
        'suite.1.source': 'from attempt import area\n\n\ndef test_square():\n    assert area(5, 5) == 25\n',
        'wrong.0.name': 'adds',
        'wrong.0.code': wrong,
    }


def over(lecturer, path):
    """Return what is told of a test when it is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (told := lecturer.get_json(path).json)['state'] == 'running':
        assert time.monotonic() < deadline, told
    return told


def publish(lecturer, path, fields):
    """Press Publish, and once more when the tests are over where they took long; return the path that leads to."""
    to = sent(lecturer, f'{path}/@@save', do='publish', **fields)
    tests = re.search('(.*/tests/([0-9a-f]{32}))', to)
    if tests is None:
        return to
    over(lecturer, tests[1])
    return sent(lecturer, f'{path}/@@publish', key=tests[2])


def test_tests_are_run_against_the_solution_and_the_wrong_answer(lecturer, exercise):
    told = over(lecturer, sent(lecturer, f'{exercise}/@@save', do='test', **written(lecturer, exercise)))
    assert told['state'] == 'good'
    assert [(one['name'], one['passed']) for one in told['programs']] == [(None, True), ('adds', False)]
    assert [suite['name'] for suite in told['programs'][0]['suites']] == ['a rectangle', 'squares']


def test_tests_that_let_a_wrong_answer_pass_are_not_published(lecturer, exercise):
    fields = written(lecturer, exercise, wrong='area = lambda width, height: height * width')
    to = publish(lecturer, exercise, fields)
    assert '/tests/' in to
    assert 'The tests let the wrong answer “adds” pass.' in lecturer.get(to).text
    assert lecturer.get_json(exercise).json['version'] is None


def test_a_published_exercise_in_a_published_worksheet_is_solved_by_a_student(site, lecturer, exercise, here):
    assert publish(lecturer, exercise, written(lecturer, exercise)) == exercise
    assert lecturer.get_json(exercise).json['version'] == 1
    worksheet = sent(lecturer, f'{here}/worksheets/@@create', name='Shapes', identifier='shapes', format='rst')
    opened = lecturer.get_json(worksheet).json['digest']
    text = {'name': 'Shapes', 'format': 'rst', 'source': 'Rectangles\n==========\n\n.. exercise:: area\n'}
    sent(lecturer, f'{worksheet}/@@save', opened=opened, published='1', assessable='1', **text)
    student = site.person('studentb')
    place = here.replace('/subjects/', '/tutorial/') + '/shapes'
    assert 'Rectangles' in student.get(place).text
    answer = student.post(f'{place}/area/@@submit', {'code': SOLUTION})
    assert answer.status in (200, 202), answer.text
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not student.get_json(f'{place}/area/@@attempts').json[0]['passed']:
        assert time.monotonic() < deadline, answer.text
    refused = lecturer.submit(f'{worksheet}/@@delete')
    assert refused.status == 409 and 'Students have worked at this worksheet' in refused.text
