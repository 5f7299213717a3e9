"""The front page of those who teach: a way to each thing they do, and to nothing that they may not."""

import tempfile

import pytest

from ivle.models import Role, SemesterState, user_called
from tests.course import add_offering, add_person, enrol
from tests.functional.subjects_site import CLIENTS, HERE, School
from tests.queries import counted_queries
from tests.web import open_site

BANK = '/subjects/151/exercises'
TUTOR = {
    'Write worksheets': f'{HERE}/worksheets',
    'Exercises': BANK,
    'Progress': f'{HERE}/@@progress',
    'People': f'{HERE}/people',
}
LECTURER = TUTOR | {'Marks': f'{HERE}/@@marks'}


def links(browser):
    """Return {words: address} of what the front page offers in the only class."""
    [taught] = browser.get_json('/').json['classes']
    return {link['title']: link['url'] for link in taught['links']}


@pytest.mark.parametrize(('role', 'expected'), [('tutor', TUTOR), ('lecturer', LECTURER)])
def test_whoever_teaches_is_led_to_what_they_do(school, role, expected):
    teacher = school.person('teacher', role)
    assert links(teacher) == expected
    shown = {link['href'] for link in teacher.get('/').html.select('.class-links a')}
    assert shown == set(expected.values())
    assert {teacher.get(url).status_int for url in shown} == {200}


def test_a_tutor_is_led_to_nothing_that_the_policy_denies():
    policy = {'policy.tutors_can_edit_worksheets': 'false', 'policy.tutors_can_see_marks': 'true'}
    with tempfile.TemporaryDirectory(prefix='data-') as data, open_site(data, clients=CLIENTS, **policy) as site:
        tutor = School(site).person('tutor', 'tutor')
        assert sorted(links(tutor)) == ['Marks', 'People', 'Progress']
        assert {tutor.get(url).status_int for url in links(tutor).values()} == {200}


def test_a_student_is_led_to_nothing_of_the_kind(school):
    student = school.person('jdoe', 'student')
    assert student.get_json('/').json['classes'] == [] and 'class-links' not in student.get('/')


@pytest.mark.parametrize(('state', 'expected'), [(SemesterState.FUTURE, ['151/2027/s1']), (SemesterState.PAST, [])])
def test_a_class_to_come_is_prepared_and_one_of_the_past_is_over(school, state, expected):
    teacher = school.person('teacher')
    with school.database.writing() as db:
        offering = add_offering(db, '151', year=2027, state=state)
        enrol(db, user_called(db, 'teacher'), offering, Role.LECTURER)
        enrol(db, add_person(db, 'jdoe'), offering)
    assert [taught['offering'] for taught in teacher.get_json('/').json['classes']] == expected
    # Files are read by staff while the semester is current, and not before.
    assert '/files/jdoe' not in teacher.get('/')


def test_what_one_teaches_comes_before_ones_own_things(school):
    lecturer = school.person('lecturer', 'lecturer')
    headings = [heading.text for heading in lecturer.get('/').html.select('h2')]
    assert headings[:2] == ['My class: 151 Subject 151, 2026/s1', 'My files'] and 'My subjects' not in headings
    assert 'My subjects' in school.person('nobody').get('/')


def test_a_student_sees_which_semester_is_to_come(school):
    student = school.person('jdoe')
    with school.database.writing() as db:
        enrol(db, user_called(db, 'jdoe'), add_offering(db, '151', year=2027, state=SemesterState.FUTURE))
    assert '151/2027/s1 · to come' in ' '.join(student.get('/').html.main.text.split())


def test_the_page_of_the_offering_leads_to_the_bank_while_it_is_open(school):
    lecturer = school.person('lecturer', 'lecturer')
    assert f'href="{BANK}"' in lecturer.get(HERE)
    with school.database.writing() as db:
        school.offering(db).semester.state = SemesterState.PAST
    assert f'href="{BANK}"' not in lecturer.get(HERE)


def test_the_front_page_asks_the_database_as_much_for_many_classes_as_for_one(school):
    teacher = school.person('teacher', 'tutor')
    with counted_queries(school.database) as few:
        teacher.get('/')
    with school.database.writing() as db:
        for code in ('152', '153', '154'):
            offering = add_offering(db, code)
            enrol(db, user_called(db, 'teacher'), offering, Role.LECTURER)
            enrol(db, add_person(db, f's{code}'), offering)
    with counted_queries(school.database) as many:
        assert len(teacher.get_json('/').json['classes']) == 4
    assert len(many) == len(few) <= 8
