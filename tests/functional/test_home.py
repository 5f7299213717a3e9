"""The front page: one link to each place a person's work is, for readers and for scripts."""

import pytest


@pytest.fixture(scope='module')
def front(site):
    """Return a function that gives the front page of a person of the sample, as JSON."""
    return lambda login: site.person(login).get_json('/').json


def subjects_of(found):
    return {(subject['directory'], subject['url']) for subject in found['subjects']}


def test_a_student_finds_their_subjects_and_no_classes(front):
    found = front('studentb')
    # Other tests teach them more, at the same site.
    assert {('151', '/files/studentb/151'), ('152', '/files/studentb/152')} <= subjects_of(found)
    assert found['classes'] == []
    assert ('152', '/files/studenta/152') not in subjects_of(front('studenta'))


def test_a_tutor_finds_the_students_of_their_class_and_nobody_else(front):
    [group] = front('tutor')['classes']
    assert (group['offering'], group['role']) == ('151/2026/s1', 'tutor')
    assert [student['url'] for student in group['students']] == ['/files/studenta/151', '/files/studentb/151']


def test_a_person_without_subjects_still_has_files(front):
    found = front('admin')
    assert (found['files_url'], found['subjects'], found['classes']) == ('/files/admin', [], [])


def test_open_consoles_are_listed_with_their_addresses(site):
    student = site.person('studenta')
    key = student.post('/console/@@start', {'cwd': '/151'}).json['key']
    listed = student.get_json('/').json['consoles']
    assert (f'/console/{key}', '/151') in [(console['url'], console['cwd']) for console in listed]
    student.post(f'/console/{key}/@@terminate')


def test_the_front_page_says_of_a_console_what_the_page_of_the_consoles_says(site):
    student = site.person('studenta')
    key = student.post('/console/@@start', {'cwd': '/151'}).json['key']
    assert f'href="/console/{key}"' in student.get('/').text
    for address in ('/', '/console'):
        text = student.get(address).text
        assert 'ready' in text and 'waiting for you' not in text
    student.post(f'/console/{key}/@@terminate')


def test_a_browser_gets_the_page(site):
    page = site.person('tutor').get('/')
    assert page.status == 200
    assert 'href="/files/studenta/151"' in page.text
