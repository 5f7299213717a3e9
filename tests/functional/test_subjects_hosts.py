"""Enrolling reaches the host: a student's directory of the subject, in the repository and among the files. On a real site."""

import secrets

import pytest

HERE = '/subjects/152/2026/s1'


@pytest.fixture(scope='module')
def lecturer(site):
    return site.person('lecturer')


@pytest.fixture
def newcomer(site, lecturer):
    """Return (login, Visitor) of a new person, whom the lecturer may enrol; their enrolment ends with the test."""
    login = f'new-{secrets.token_hex(4)}'
    made = site.person('admin').post('/admin/people/@@create', {'login': login, 'name': 'New Person'})
    assert made.status == 201, made.text
    visitor = site.visitor()
    visitor.get('/login')
    chosen = visitor.submit('/login', login=login, password=made.json['password'], new_password='words of my own', next='')
    assert chosen.status == 303, chosen.text
    visitor.get('/')
    yield login, visitor
    assert lecturer.post(f'{HERE}/people/{login}/@@remove').status == 200


def names(visitor, login, path=''):
    return [entry['name'] for entry in visitor.get_json(f'/files/{login}{path}').json['entries']]


def test_a_new_student_opens_the_directory_of_the_subject_and_keeps_versions_in_it(newcomer, lecturer):
    login, visitor = newcomer
    assert lecturer.post(f'{HERE}/people/@@enrol', {'login': login}).status == 201
    assert names(visitor, login) == []
    opened = visitor.submit(f'{HERE}/@@open-files')
    assert (opened.status, opened.location.endswith(f'/files/{login}/152')) == (303, True)
    assert visitor.put(f'/edit/{login}/152/tree.py', b'print(1)\n', if_none_match='*').status == 201
    assert visitor.post(f'/files/{login}/152/@@svn-add', {'names': ['tree.py']}).status == 200
    assert visitor.post(f'/files/{login}/152/@@svn-commit', {'message': 'First'}).status == 200


def test_opening_the_directory_again_changes_nothing_in_it(newcomer, lecturer):
    login, visitor = newcomer
    lecturer.post(f'{HERE}/people/@@enrol', {'login': login})
    for _ in range(2):
        assert visitor.post(f'{HERE}/@@open-files').status == 200
        visitor.put(f'/edit/{login}/152/mine.txt', b'mine', if_none_match='*')
    assert names(visitor, login, '/152') == ['mine.txt']


def test_staff_read_it_until_the_enrolment_is_made_inactive(newcomer, lecturer):
    login, visitor = newcomer
    lecturer.post(f'{HERE}/people/@@enrol', {'login': login})
    visitor.post(f'{HERE}/@@open-files')
    assert lecturer.get(f'/files/{login}/152').status == 200
    assert lecturer.post(f'{HERE}/people/{login}/@@active', {'active': False}).status == 200
    assert lecturer.get(f'/files/{login}/152').status == 404
    assert visitor.post(f'{HERE}/@@open-files').status == 404
    assert names(visitor, login) == ['152']


def test_a_class_list_enrols_and_prepares_like_one_by_one(newcomer, lecturer):
    login, visitor = newcomer
    told = lecturer.post(f'{HERE}/people/@@preview', {'list': f'login\n{login}'}).json
    assert [change['kind'] for change in told['changes']] == ['new']
    assert lecturer.post(f'{HERE}/people/@@apply', {'list': told['list'], 'digest': told['digest']}).status == 200
    assert visitor.post(f'{HERE}/@@open-files').status == 200
    assert names(visitor, login) == ['152']
