"""Subjects, semesters and offerings: listed for everybody, made by administrators, described by lecturers."""

import pytest

from ivle.clients import Client
from ivle.models import (
    Exercise,
    Role,
    Semester,
    SemesterState,
    Subject,
    Worksheet,
    WorksheetExercise,
    WorksheetFile,
    user_called,
)
from ivle.resources.base import Resource
from tests.classroom import NOON, add_worksheet, minutes, send
from tests.course import add_offering, enrol
from tests.functional.subjects_site import CLIENTS, HERE, School
from tests.queries import counted_queries
from tests.web import open_site

LIST, SUBJECT, SEMESTERS = '/subjects', '/subjects/151', '/subjects/+semesters'


@pytest.fixture
def admin(school):
    return school.person('boss', is_admin=True)


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


@pytest.fixture
def student(school):
    return school.person('jdoe', 'student')


def test_somebody_without_a_part_is_told_who_enrols(school):
    page = school.person('new').get(LIST)
    assert 'The lecturer of a subject enrols you' in page.text


def test_the_current_semester_comes_first_then_those_to_come_then_the_past(school, student):
    with school.database.writing() as db:
        for year, state in [(2025, SemesterState.PAST), (2027, SemesterState.FUTURE)]:
            enrol(db, user_called(db, 'jdoe'), add_offering(db, '151', year, state=state))
    found = student.get_json(LIST).json['offerings']
    assert [offering['semester'] for offering in found] == ['2026/s1', '2027/s1', '2025/s1']
    text = student.get(LIST).text
    assert text.index('2026/s1') < text.index('2027/s1') < text.index('2025/s1')


def test_an_administrator_sees_every_offering_and_subject(admin):
    found = admin.get_json(LIST).json
    assert [(offering['offering'], offering['role']) for offering in found['offerings']] == [('151/2026/s1', None)]
    assert found['subjects'] == [{'code': '151', 'name': 'Subject 151', 'url_name': '151'}]


def test_nobody_else_is_shown_what_only_administrators_can_make(lecturer, admin):
    for address in ('new-offering', 'new-subject', '+semesters'):
        assert address in admin.get(LIST).text
        assert address not in lecturer.get(LIST).text


def test_the_pages_of_the_administration_lead_here(admin):
    text = admin.get('/admin/courses').text
    assert 'href="/subjects/151/2026/s1"' in text and 'href="/subjects"' in text


def test_the_list_asks_no_more_for_many_offerings(school, student):
    with counted_queries(school.database) as few:
        student.get(LIST)
    with school.database.writing() as db:
        for year in range(2000, 2020):
            enrol(db, user_called(db, 'jdoe'), add_offering(db, '151', year))
    with counted_queries(school.database) as many:
        student.get(LIST)
    assert len(many) == len(few) <= 8


# -- subjects ---------------------------------------------------------------------------------------


def test_a_subject_is_made_and_shown(admin):
    answer = admin.send('/subjects/@@add-subject', code='COMP1', name='Programming  One', url_name='comp1')
    assert (answer.status_int, answer.location) == (303, 'http://127.0.0.1:6543/subjects/comp1')
    assert 'COMP1 Programming One' in answer.follow().text


def test_a_script_is_told_what_was_made(admin):
    answer = admin.send_json('/subjects/@@add-subject', {'code': 'C', 'name': 'N', 'url_name': 'c'})
    assert (answer.status_int, answer.json) == (201, {'code': 'C', 'name': 'N', 'url_name': 'c'})


@pytest.mark.parametrize(
    ('field', 'values'),
    [
        ('code', {'code': '151'}),
        ('code', {'code': ' '}),
        ('code', {'code': 'x' * 65}),
        ('name', {'name': ''}),
        ('name', {'name': 'x' * 201}),
        ('url_name', {'url_name': '151'}),
        ('url_name', {'url_name': 'Big'}),
        ('url_name', {'url_name': '../x'}),
        ('url_name', {'url_name': '@@edit'}),
        ('url_name', {'url_name': '+semesters'}),
        ('url_name', {'url_name': 'x' * 65}),
    ],
)
def test_a_subject_that_cannot_be_made_says_at_which_field(admin, field, values):
    sent = {'code': 'NEW', 'name': 'New', 'url_name': 'new', **values}
    page = admin.send('/subjects/@@add-subject', **sent)
    assert page.status_int == 400
    assert f'id="field-{field}-error"' in page.text
    assert page.forms[1]['code'].value == sent['code']
    answer = admin.send_json('/subjects/@@add-subject', sent)
    assert (answer.status_int, answer.json['error']['field']) == (400, field)


def test_a_subject_is_renamed_but_its_directory_stays_once_somebody_is_enrolled(school, admin, student):
    assert admin.send(f'{SUBJECT}/@@save', code='X151', name='Other', url_name='151').status_int == 303
    answer = admin.send_json(f'{SUBJECT}/@@save', {'code': 'X151', 'name': 'Other', 'url_name': 'x151'})
    assert (answer.status_int, answer.json['error']['field']) == (400, 'url_name')
    assert student.get_json(SUBJECT).json['name'] == 'Other'


def test_the_directory_of_a_subject_without_people_can_change(admin):
    assert admin.send(f'{SUBJECT}/@@save', code='151', name='Other', url_name='x151').location.endswith('/subjects/x151')


def test_a_subject_keeps_its_own_names_when_it_is_saved(admin):
    assert admin.send(f'{SUBJECT}/@@save', code='151', name='Subject 151', url_name='151').status_int == 303


def test_an_unknown_subject_is_not_there(admin):
    assert admin.get('/subjects/999', expect_errors=True).status_int == 404
    assert admin.get('/subjects/999/@@edit', expect_errors=True).status_int == 404
    assert admin.send('/subjects/999/@@save', code='1', name='1', url_name='1').status_int == 404


# -- semesters --------------------------------------------------------------------------------------


def test_a_semester_is_made_and_listed(admin):
    assert admin.send(f'{SEMESTERS}/@@add', year='2027', code='S2', url_name='s2', state='future').status_int == 303
    assert admin.get_json(SEMESTERS).json['semesters'][0] == {'year': 2027, 'code': 'S2', 'url_name': 's2', 'state': 'future'}
    assert 'href="/subjects/+semesters/2027/s2"' in admin.get(SEMESTERS).text


@pytest.mark.parametrize(
    ('field', 'values'),
    [
        ('year', {'year': ''}),
        ('year', {'year': '26'}),
        ('year', {'year': '1066'}),
        ('year', {'year': '٢٠٢٦'}),
        ('code', {'code': 's1'}),
        ('code', {'code': ''}),
        ('url_name', {'url_name': 's1'}),
        ('url_name', {'url_name': 'S 1'}),
        ('state', {'state': 'never'}),
    ],
)
def test_a_semester_that_cannot_be_made_says_at_which_field(admin, field, values):
    sent = {'year': '2026', 'code': 'S2', 'url_name': 's2', 'state': 'current', **values}
    page = admin.send(f'{SEMESTERS}/@@add', **sent)
    assert page.status_int == 400
    assert f'id="field-{field}-error"' in page.text
    assert admin.send_json(f'{SEMESTERS}/@@add', sent).json['error']['field'] == field


def test_a_new_semester_is_to_come_while_another_one_is_current(school, admin):
    chosen = admin.get(f'{SEMESTERS}/@@new').html.select_one('#field-state option[selected]')
    assert chosen['value'] == 'future'
    assert admin.get_json(f'{SEMESTERS}/@@new').json['fields']['state'] == 'future'
    made = admin.send_json(f'{SEMESTERS}/@@add', {'year': 2027, 'code': 'S2', 'url_name': 's2'})
    assert (made.status_int, made.json['state']) == (201, 'future')


def test_a_new_semester_is_current_where_no_other_one_is(school, admin):
    with school.database.writing() as db:
        school.offering(db).semester.state = SemesterState.PAST
    chosen = admin.get(f'{SEMESTERS}/@@new').html.select_one('#field-state option[selected]')
    assert chosen['value'] == 'current'


def test_a_semester_that_is_changed_keeps_its_state_in_the_form(admin):
    chosen = admin.get(f'{SEMESTERS}/2026/s1').html.select_one('#field-state option[selected]')
    assert chosen['value'] == 'current'


def test_a_semester_is_closed_and_stays_readable(school, admin, student):
    path = f'{SEMESTERS}/2026/s1/@@save'
    assert admin.send(path, year='2026', code='s1', url_name='s1', state='past').status_int == 303
    assert student.get_json(HERE).json['state'] == 'past'


def test_the_address_of_a_semester_stays_once_somebody_is_enrolled(admin, student):
    path = f'{SEMESTERS}/2026/s1/@@save'
    answer = admin.send_json(path, {'year': 2027, 'code': 's1', 'url_name': 's1', 'state': 'past'})
    assert (answer.status_int, answer.json['error']['field']) == (400, 'year')
    answer = admin.send_json(path, {'year': 2026, 'code': 's1', 'url_name': 's9', 'state': 'past'})
    assert (answer.status_int, answer.json['error']['field']) == (400, 'url_name')
    assert student.get_json(HERE).json['state'] == 'current'


@pytest.mark.parametrize('path', ['/2026/s9', '/x/s1', '/2026/S1', '/0000/s1'])
def test_an_unknown_semester_is_not_there(admin, path):
    assert admin.get(SEMESTERS + path, expect_errors=True).status_int == 404


# -- offerings --------------------------------------------------------------------------------------


def test_an_offering_is_made_and_entered(school, admin):
    admin.send(f'{SEMESTERS}/@@add', year='2027', code='s1', url_name='s1', state='future')
    answer = admin.send('/subjects/@@add-offering', subject='151', semester='2027/s1', description='Hello', url='')
    assert answer.location.endswith('/subjects/151/2027/s1')
    assert 'Hello' in answer.follow().text


@pytest.mark.parametrize(
    ('field', 'values'),
    [
        ('subject', {'subject': '999'}),
        ('semester', {'semester': '2027/s1'}),
        ('semester', {'semester': 'nonsense'}),
        ('semester', {'semester': '2026/s1'}),
        ('url', {'url': 'javascript:alert(1)'}),
        ('url', {'url': 'www.example.org'}),
        ('description', {'description': 'x' * 20_001}),
    ],
)
def test_an_offering_that_cannot_be_made_says_at_which_field(school, admin, field, values):
    with school.database.writing() as db:
        db.add(Semester(year=2026, code='s2', url_name='s2'))
    sent = {'subject': '151', 'semester': '2026/s2', **values}
    page = admin.send('/subjects/@@add-offering', **sent)
    assert page.status_int == 400
    assert f'id="field-{field}-error"' in page.text
    assert admin.send_json('/subjects/@@add-offering', sent).json['error']['field'] == field


def test_the_form_of_a_new_offering_begins_with_the_subject_one_came_from(admin):
    assert admin.get('/subjects/@@new-offering?subject=151').forms[1]['subject'].value == '151'


def test_without_a_subject_or_a_semester_the_form_says_what_to_make_first(web_admin):
    text = web_admin.get('/subjects/@@new-offering').text
    assert 'There is no subject yet' in text and 'There is no semester yet' in text
    assert 'Make a subject and a semester' in web_admin.get(LIST).text


@pytest.fixture
def web_admin(school):
    """Return an administrator of a site in which nothing is taught yet."""
    school.site.clear()
    school.site.add('boss', is_admin=True)
    return school.site.person('boss')


def test_an_offering_says_what_it_is_and_who_teaches(school, lecturer, student):
    assert lecturer.send(f'{HERE}/@@save', description='Two\nlines <b>', url='https://example.org/151').status_int == 303
    found = student.get_json(HERE).json
    assert (found['description'], found['page']) == ('Two\nlines <b>', 'https://example.org/151')
    assert (found['role'], found['staff']) == ('student', [{'name': 'Lecturer', 'role': 'lecturer'}])
    text = student.get(HERE).text
    assert 'lines &lt;b&gt;' in text and 'href="https://example.org/151"' in text and 'Lecturer' in text


def test_a_cutoff_is_local_time_of_the_site_and_kept_in_utc(lecturer, student):
    lecturer.send(f'{HERE}/@@save', worksheet_cutoff='2026-05-04T12:00', show_marks='1')
    assert student.get_json(HERE).json['cutoff'] == '2026-05-04T12:00:00Z'
    assert lecturer.get(f'{HERE}/@@edit').forms[1]['worksheet_cutoff'].value == '2026-05-04T12:00'


def test_a_cutoff_in_another_zone_is_what_its_clocks_say(tmp_path):
    with open_site(tmp_path, clients=CLIENTS, timezone='Australia/Melbourne') as site:
        lecturer = School(site).person('lecturer', 'lecturer')
        assert 'in the time of Australia/Melbourne' in lecturer.get(f'{HERE}/@@edit').text
        lecturer.send(f'{HERE}/@@save', worksheet_cutoff='2026-05-04T12:00')
        assert lecturer.get_json(HERE).json['cutoff'] == '2026-05-04T02:00:00Z'


@pytest.mark.parametrize('written', ['tomorrow', '2026-05-04', '0001-01-01T00:00', '9999-01-01T00:00'])
def test_a_cutoff_that_is_no_time_is_refused_at_its_field(lecturer, written):
    page = lecturer.send(f'{HERE}/@@save', worksheet_cutoff=written)
    assert page.status_int == 400
    assert 'id="field-worksheet_cutoff-error"' in page.text


def test_what_a_script_does_not_name_stays_as_it_is(lecturer):
    lecturer.send(f'{HERE}/@@save', description='Kept', show_marks='1', worksheet_cutoff='2026-05-04T12:00')
    assert lecturer.send_json(f'{HERE}/@@save', {'show_marks': False}).status_int == 200
    fields = lecturer.get_json(f'{HERE}/@@edit').json['fields']
    assert (fields['description'], fields['show_marks'], fields['worksheet_cutoff']) == ('Kept', False, '2026-05-04T12:00')


def test_a_lecturer_cannot_move_an_offering(school, lecturer):
    with school.database.writing() as db:
        db.add(Subject(code='152', name='Other', url_name='152'))
    assert 'field-subject' not in lecturer.get(f'{HERE}/@@edit').text
    assert lecturer.send(f'{HERE}/@@save', subject='152', semester='2026/s1').status_int == 303
    assert lecturer.get_json(HERE).json['code'] == '151'


def test_an_administrator_moves_an_empty_offering_and_no_other(school, admin):
    with school.database.writing() as db:
        db.add(Subject(code='152', name='Other', url_name='152'))
    answer = admin.send(f'{HERE}/@@save', subject='152', semester='2026/s1', description='', url='')
    assert answer.location.endswith('/subjects/152/2026/s1')
    school.add('other')
    with school.database.writing() as db:
        enrol(db, user_called(db, 'other'), school.offering(db, '152/2026/s1'))
    assert 'field-subject' not in admin.get('/subjects/152/2026/s1/@@edit').text
    answer = admin.send_json('/subjects/152/2026/s1/@@save', {'subject': '151'})
    assert (answer.status_int, answer.json['error']['field']) == (400, 'subject')


def test_the_details_can_be_saved_without_moving_while_people_are_enrolled(admin, student):
    assert admin.send(f'{HERE}/@@save', subject='151', semester='2026/s1', description='New').status_int == 303


# -- worksheets of an offering ----------------------------------------------------------------------


def test_a_student_sees_published_worksheets_with_their_own_completion_and_mark(school, student):
    with school.database.writing() as db:
        offering = school.offering(db)
        links = add_worksheet(db, offering)
        add_worksheet(db, offering, 'draft', exercises=('new',), published=False)
        send(db, user_called(db, 'jdoe'), links['hello'], passed=True)
    found = student.get_json(HERE).json
    assert [(line['identifier'], line['done'], line['total']) for line in found['worksheets']] == [('basics', 1, 2)]
    assert found['mark'] == {'percent': 50, 'mark': 3, 'most': 5}
    text = student.get(HERE).text
    assert '1 of 2' in text and '3 of 5' in text and 'Draft' not in text


def test_a_mark_is_not_shown_where_marks_are_not(school, lecturer, student):
    lecturer.send(f'{HERE}/@@save', description='')
    assert student.get_json(HERE).json['mark'] is None
    assert 'Your mark' not in student.get(HERE).text


@pytest.mark.parametrize('role', ['tutor', 'lecturer'])
def test_staff_see_what_is_not_published_flagged_as_that(school, role):
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db), published=False)
    page = school.person('staff', role).get(HERE)
    assert 'Basics' in page.text and 'not published' in page.text


def test_after_the_cutoff_the_page_says_that_attempts_do_not_count(school, lecturer, student):
    with school.database.writing() as db:
        links = add_worksheet(db, school.offering(db))
        send(db, user_called(db, 'jdoe'), links['hello'], passed=True, submitted=NOON + minutes(1))
    lecturer.send(f'{HERE}/@@save', worksheet_cutoff='2026-05-04T12:00', show_marks='1')
    found = student.get_json(HERE).json
    assert (found['worksheets'][0]['done'], found['mark']['mark']) == (1, 0)
    assert 'do not count for marks' in student.get(HERE).text


def test_without_the_tutorial_no_worksheet_is_linked(school, student):
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db))
    assert '/tutorial/' not in student.get(HERE).text
    assert student.get_json(HERE).json['worksheets'][0]['url'] is None


def test_with_the_tutorial_each_worksheet_is_linked(tmp_path):
    with open_site(tmp_path, clients=CLIENTS) as site:
        # Stands for the client of worksheets, which is not on here: only that it is there counts.
        site.app.registry.clients.add(Client('tutorial', 'tutorial', Resource))
        school = School(site)
        student = school.person('jdoe', 'student')
        with school.database.writing() as db:
            add_worksheet(db, school.offering(db))
        assert 'href="/tutorial/151/2026/s1/basics"' in student.get(HERE).text


def test_the_page_of_an_offering_asks_no_more_for_many_worksheets(school, lecturer):
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db))
    with counted_queries(school.database) as few:
        lecturer.get(HERE)
    with school.database.writing() as db:
        for number in range(20):
            add_worksheet(db, school.offering(db), f'sheet{number}', exercises=('hello', f'more{number}'))
    with counted_queries(school.database) as many:
        lecturer.get(HERE)
    assert len(many) == len(few) <= 8


@pytest.mark.parametrize(
    ('role', 'words'),
    [('student', set()), ('tutor', {'progress', 'people'}), ('lecturer', {'progress', 'people', 'marks', 'edit', 'sources'})],
)
def test_links_lead_to_what_one_may_do_and_nowhere_else(school, role, words):
    browser = school.person('reader', role)
    text = browser.get(HERE).text
    pages = {'progress': '/@@progress', 'people': '/people', 'marks': '/@@marks', 'edit': '/@@edit', 'sources': '/@@sources'}
    linked = {name for name, path in pages.items() if f'href="{HERE}{path}"' in text}
    assert linked == words
    assert {browser.get(HERE + pages[name]).status_int for name in linked} <= {200}


def test_only_students_have_files_to_open(school, student, lecturer):
    assert 'Open my files' in student.get(HERE).text
    assert 'Open my files' not in lecturer.get(HERE).text
    assert lecturer.send(f'{HERE}/@@open-files').status_int == 404


# -- cloning ----------------------------------------------------------------------------------------


@pytest.fixture
def earlier(school):
    """Return the path of an earlier offering of the same subject that has two worksheets, one of them with a file."""
    with school.database.writing() as db:
        offering = school.offering(db, '151/2025/s1')
        add_worksheet(db, offering, 'loops', exercises=('while',), optional=('for',), source='Text', rendered='["x"]')
        links = add_worksheet(db, offering, 'basics', assessable=False)
        links['factorial'].active = False
        first = db.query(Worksheet).filter_by(offering_id=offering.id, identifier='loops').one()
        db.add(WorksheetFile(worksheet_id=first.id, name='a.png', media_type='image/png', content=b'png', digest='d'))
    return '2025/s1'


def enrol_in(school, login, path, role, active=True):
    with school.database.writing() as db:
        enrol(db, user_called(db, login), school.offering(db, path), Role(role), active)


def worksheets_of(school, path):
    with school.database.reading() as db:
        found = []
        for row in db.query(Worksheet).filter_by(offering_id=school.offering(db, path).id).order_by(Worksheet.position):
            links = db.query(WorksheetExercise).filter_by(worksheet_id=row.id).order_by(WorksheetExercise.position)
            exercises = [(db.get(Exercise, link.exercise_id).identifier, link.optional) for link in links]
            files = [(file.name, file.content) for file in db.query(WorksheetFile).filter_by(worksheet_id=row.id)]
            found.append((row.identifier, row.source, row.rendered, row.assessable, row.published, exercises, files))
        return found


def test_worksheets_are_cloned_with_files_exercises_order_and_flags_but_unpublished(school, lecturer, earlier):
    enrol_in(school, 'lecturer', '151/2025/s1', 'lecturer')
    assert lecturer.get_json(f'{HERE}/@@sources').json == {'sources': [{'semester': '2025/s1', 'worksheets': 2}]}
    assert lecturer.send(f'{HERE}/@@clone', source='2025/s1').status_int == 303
    assert worksheets_of(school, '151/2026/s1') == [
        ('loops', 'Text', '["x"]', True, False, [('while', False), ('for', True)], [('a.png', b'png')]),
        ('basics', '', '', False, False, [('hello', False)], []),
    ]


def test_nothing_is_cloned_where_there_are_worksheets(school, lecturer, earlier):
    enrol_in(school, 'lecturer', '151/2025/s1', 'lecturer')
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db))
    assert lecturer.send_json(f'{HERE}/@@clone', {'source': '2025/s1'}).status_int == 409
    assert len(worksheets_of(school, '151/2026/s1')) == 1
    assert lecturer.get_json(f'{HERE}/@@sources').json == {'sources': []}
    assert '@@sources' not in lecturer.get(HERE).text


@pytest.mark.parametrize(
    'parts', [(), (('student', True),), (('lecturer', False),)], ids=['no part there', 'a student there', 'lectured there once']
)
def test_nobody_clones_what_they_may_not_read(school, lecturer, earlier, parts):
    for role, active in parts:
        enrol_in(school, 'lecturer', '151/2025/s1', role, active)
    assert lecturer.get_json(f'{HERE}/@@sources').json == {'sources': []}
    assert lecturer.send_json(f'{HERE}/@@clone', {'source': '2025/s1'}).status_int == 404
    assert worksheets_of(school, '151/2026/s1') == []


def test_an_administrator_clones_what_they_take_no_part_in(school, admin, earlier):
    assert admin.send_json(f'{HERE}/@@clone', {'source': '2025/s1'}).json == {'cloned': 2}


def test_worksheets_of_another_subject_are_no_source(school, admin):
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db, '152/2026/s1'))
    assert admin.get_json(f'{HERE}/@@sources').json == {'sources': []}
