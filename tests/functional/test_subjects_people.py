"""The people of an offering: who is listed, enrolled, changed, removed, and by whom."""

import pytest

from ivle.hosts.users import Users
from ivle.models import Enrolment, State, User, enrolling, user_called
from tests.classroom import add_worksheet, send
from tests.course import add_offering
from tests.functional.subjects_site import CLIENTS, HERE, School
from tests.queries import counted_queries
from tests.web import open_site

PEOPLE = f'{HERE}/people'


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


@pytest.fixture
def admin(school):
    return school.person('boss', is_admin=True)


@pytest.fixture(autouse=True)
def prepared(monkeypatch):
    """Return what the host was asked to make, as (login, directories): there is no host in these tests."""
    asked = []
    monkeypatch.setattr(Users, 'activate', lambda users, login, directories=(): asked.append((login, list(directories))))
    return asked


def parts(school):
    """Return {login: (role, active)} of the offering."""
    with school.database.reading() as db:
        rows = db.query(User.login, Enrolment.role, Enrolment.active).join(Enrolment, Enrolment.user_id == User.id)
        rows = rows.filter(Enrolment.offering_id == school.offering(db).id)
        return {login: (str(role), active) for login, role, active in rows}


# -- the list ---------------------------------------------------------------------------------------


def test_everybody_is_listed_with_role_and_state(school, lecturer):
    school.add('tutor', 'tutor')
    school.add('gone', 'student', active=False)
    assert lecturer.get_json(PEOPLE).json['people'] == [
        {'login': 'gone', 'name': 'Gone', 'role': 'student', 'active': False},
        {'login': 'tutor', 'name': 'Tutor', 'role': 'tutor', 'active': True},
        {'login': 'lecturer', 'name': 'Lecturer', 'role': 'lecturer', 'active': True},
    ]
    assert 'inactive' in lecturer.get(PEOPLE).text


@pytest.mark.parametrize(
    ('query', 'logins'),
    [
        ('sort=name', ['amy', 'zoe', 'lecturer']),
        ('sort=name&order=down', ['lecturer', 'zoe', 'amy']),
        ('sort=login', ['amy', 'lecturer', 'zoe']),
        ('q=ZO', ['zoe']),
        ('q=able+amy', ['amy']),
        ('sort=password_hash', ['amy', 'zoe', 'lecturer']),
    ],
)
def test_the_list_is_sorted_and_searched_without_scripts(school, lecturer, query, logins):
    school.add('amy', 'student', name='Able Amy')
    school.add('zoe', 'student', name='Baker Zoe')
    assert [person['login'] for person in lecturer.get_json(f'{PEOPLE}?{query}').json['people']] == logins
    text = lecturer.get(f'{PEOPLE}?{query}').text
    places = [text.index(f'href="{PEOPLE}/{login}"') for login in logins]
    assert places == sorted(places)


def test_the_list_asks_no_more_for_many_people(school, lecturer):
    with counted_queries(school.database) as few:
        lecturer.get(PEOPLE)
    school.add_class(50)
    with counted_queries(school.database) as many:
        lecturer.get(PEOPLE)
    assert len(many) == len(few) <= 8


def test_a_tutor_reads_the_list_and_is_offered_nothing(school):
    tutor = school.person('tutor', 'tutor')
    school.add('jdoe', 'student')
    assert 'jdoe' in tutor.get(PEOPLE).text
    assert '@@enrol' not in tutor.get(PEOPLE).text
    assert '<button' not in tutor.get(f'{PEOPLE}/jdoe').text.partition('<h1>')[2]


# -- enrolling --------------------------------------------------------------------------------------


def test_a_lecturer_enrols_a_student_whose_directory_is_made(school, lecturer, prepared):
    school.add('jdoe')
    answer = lecturer.send(f'{PEOPLE}/@@enrol', login=' JDoe ', role='student')
    assert answer.status_int == 303
    assert parts(school)['jdoe'] == ('student', True)
    assert prepared == [('jdoe', ['151'])]


def test_a_student_sees_the_offering_as_soon_as_they_are_enrolled(school, lecturer):
    jdoe = school.person('jdoe')
    assert jdoe.get(HERE, expect_errors=True).status_int == 404
    lecturer.send_json(f'{PEOPLE}/@@enrol', {'login': 'jdoe'})
    assert jdoe.get(HERE).status_int == 200


def test_staff_need_no_directory(school, lecturer, prepared):
    school.add('tutor')
    lecturer.send(f'{PEOPLE}/@@enrol', login='tutor', role='tutor')
    assert (parts(school)['tutor'], prepared) == (('tutor', True), [])


def test_a_closed_account_gets_no_rights_on_the_host(school, lecturer, prepared):
    school.add('jdoe', state=State.DISABLED)
    lecturer.send(f'{PEOPLE}/@@enrol', login='jdoe', role='student')
    assert (parts(school)['jdoe'], prepared) == (('student', True), [])


@pytest.mark.parametrize(
    ('field', 'sent'),
    [
        ('login', {'login': 'nobody', 'role': 'student'}),
        ('login', {'login': '', 'role': 'student'}),
        ('login', {'login': '../x', 'role': 'student'}),
        ('login', {'login': 'lecturer', 'role': 'student'}),
        ('login', {'login': 'gone', 'role': 'student'}),
        ('role', {'login': 'jdoe', 'role': 'lecturer'}),
        ('role', {'login': 'jdoe', 'role': 'boss'}),
    ],
)
def test_who_cannot_be_enrolled_is_told_of_at_the_field(school, lecturer, field, sent):
    school.add('jdoe')
    school.add('gone', 'student', active=False)
    before = parts(school)
    page = lecturer.send(f'{PEOPLE}/@@enrol', **sent)
    assert page.status_int == 400
    assert f'id="{field}-error"' in page.text
    assert lecturer.send_json(f'{PEOPLE}/@@enrol', sent).json['error']['field'] == field
    assert parts(school) == before


def test_administrators_enrol_lecturers(school, admin):
    school.add('prof')
    assert admin.send(f'{PEOPLE}/@@enrol', login='prof', role='lecturer').status_int == 303
    assert parts(school) == {'prof': ('lecturer', True)}


def test_without_the_host_the_enrolment_stands_all_the_same(school, lecturer, monkeypatch):
    monkeypatch.undo()
    school.add('jdoe')
    assert lecturer.send(f'{PEOPLE}/@@enrol', login='jdoe', role='student').status_int == 303
    assert parts(school)['jdoe'] == ('student', True)


# -- changing ---------------------------------------------------------------------------------------


def test_a_lecturer_makes_a_student_a_tutor_and_back(school, lecturer, prepared):
    school.add('jdoe', 'student')
    assert lecturer.send(f'{PEOPLE}/jdoe/@@role', role='tutor').status_int == 303
    assert (parts(school)['jdoe'], prepared) == (('tutor', True), [])
    assert lecturer.send_json(f'{PEOPLE}/jdoe/@@role', {'role': 'student'}).json['role'] == 'student'
    assert prepared == [('jdoe', ['151'])]


def test_a_lecturer_makes_nobody_a_lecturer(school, lecturer):
    school.add('jdoe', 'tutor')
    assert lecturer.send(f'{PEOPLE}/jdoe/@@role', role='lecturer').status_int == 400
    assert parts(school)['jdoe'] == ('tutor', True)


@pytest.mark.parametrize(
    'act', [('role', {'role': 'tutor'}), ('active', {'active': 'false'}), ('remove', {})], ids=lambda act: act[0]
)
def test_a_lecturer_touches_no_lecturer(school, lecturer, act):
    school.add('other', 'lecturer')
    name, sent = act
    for login in ('other', 'lecturer'):
        assert lecturer.send(f'{PEOPLE}/{login}/@@{name}', **sent).status_int == 404
        assert 'What you can do' not in lecturer.get(f'{PEOPLE}/{login}').text
    assert parts(school) == {'other': ('lecturer', True), 'lecturer': ('lecturer', True)}


def test_an_administrator_changes_a_lecturer(school, admin):
    school.add('prof', 'lecturer')
    assert admin.send(f'{PEOPLE}/prof/@@role', role='tutor').status_int == 303
    assert parts(school) == {'prof': ('tutor', True)}


def test_an_inactive_student_has_no_access_from_that_click_on_and_all_of_it_back_later(school, lecturer):
    jdoe = school.person('jdoe', 'student')
    assert jdoe.get(HERE).status_int == 200
    lecturer.send(f'{PEOPLE}/jdoe/@@active', active='false')
    assert jdoe.get(HERE, expect_errors=True).status_int == 404
    assert jdoe.get_json('/profile').json['enrolments'] == []
    lecturer.send(f'{PEOPLE}/jdoe/@@active', active='true')
    assert jdoe.get(HERE).status_int == 200


def test_an_inactive_tutor_has_no_access(school, lecturer):
    tutor = school.person('tutor', 'tutor')
    lecturer.send(f'{PEOPLE}/tutor/@@active', active='false')
    for path in (HERE, PEOPLE, f'{HERE}/@@progress'):
        assert tutor.get(path, expect_errors=True).status_int == 404


def test_an_enrolment_on_which_nothing_depends_is_removed(school, lecturer):
    school.add('jdoe', 'student')
    assert lecturer.send(f'{PEOPLE}/jdoe/@@remove').location.endswith('/people')
    assert 'jdoe' not in parts(school)
    assert lecturer.get(f'{PEOPLE}/jdoe', expect_errors=True).status_int == 404


def test_an_enrolment_with_work_is_kept_and_can_be_made_inactive(school, lecturer):
    school.add('jdoe', 'student')
    with school.database.writing() as db:
        send(db, user_called(db, 'jdoe'), add_worksheet(db, school.offering(db))['hello'], passed=False)
    page = lecturer.send(f'{PEOPLE}/jdoe/@@remove')
    assert page.status_int == 409
    assert 'Make the enrolment inactive' in page.text and '@@remove' not in page.text and '@@active' in page.text
    assert lecturer.get_json(f'{PEOPLE}/jdoe').json['removable'] is False
    assert parts(school)['jdoe'] == ('student', True)


def test_work_in_another_offering_is_no_reason_to_keep_an_enrolment(school, lecturer):
    school.add('jdoe', 'student')
    with school.database.writing() as db:
        send(db, user_called(db, 'jdoe'), add_worksheet(db, add_offering(db, '152'))['hello'], passed=False)
    assert lecturer.send_json(f'{PEOPLE}/jdoe/@@remove').json == {'removed': 'jdoe'}


# -- what tutors may by policy ------------------------------------------------------------------------


@pytest.fixture
def trusting(tmp_path):
    """Return a School whose tutors may enrol students and see marks."""
    with open_site(
        tmp_path,
        clients=CLIENTS,
        **{'policy.tutors_can_enrol_students': 'true', 'policy.tutors_can_see_marks': 'true'},
    ) as site:
        yield School(site)


def test_by_policy_tutors_enrol_students_and_nobody_else(trusting):
    tutor = trusting.person('tutor', 'tutor')
    trusting.add('jdoe')
    trusting.add('colleague', 'tutor')
    assert tutor.send_json(f'{PEOPLE}/@@enrol', {'login': 'jdoe', 'role': 'tutor'}).status_int == 400
    assert tutor.send_json(f'{PEOPLE}/@@enrol', {'login': 'jdoe', 'role': 'student'}).status_int == 201
    assert tutor.send_json(f'{PEOPLE}/jdoe/@@role', {'role': 'tutor'}).status_int == 400
    assert tutor.send_json(f'{PEOPLE}/colleague/@@active', {'active': False}).status_int == 404
    assert tutor.send_json(f'{PEOPLE}/jdoe/@@active', {'active': False}).status_int == 200


def test_by_policy_tutors_see_marks(trusting):
    assert trusting.person('tutor', 'tutor').get(f'{HERE}/@@marks').status_int == 200


# -- class lists ------------------------------------------------------------------------------------


def preview(browser, text):
    return browser.send_json(f'{PEOPLE}/@@preview', {'list': text}).json


def apply(browser, told, **more):
    return browser.send_json(f'{PEOPLE}/@@apply', {'list': told['list'], 'digest': told['digest'], **more})


def test_a_preview_says_what_each_line_would_change_and_changes_nothing(school, lecturer):
    for login, role in [('new', None), ('up', 'student'), ('down', 'tutor'), ('same', 'student')]:
        school.add(login, role)
    school.add('back', 'student', active=False)
    before = parts(school)
    told = preview(lecturer, 'login,role\nnew\nup,tutor\ndown,student\nsame\nback\nghost\nlecturer,student\nnew\nx,boss')
    assert [(change['login'], change['kind']) for change in told['changes']] == [
        ('new', 'new'),
        ('up', 'raised'),
        ('down', 'lowered'),
        ('same', 'unchanged'),
        ('back', 'back'),
        ('ghost', 'unknown'),
        ('lecturer', 'not-allowed'),
        ('new', 'twice'),
        ('x', 'unreadable'),
    ]
    assert parts(school) == before


def test_what_was_previewed_is_done_and_no_role_is_lowered_unasked(school, lecturer, prepared):
    for login, role in [('new', None), ('up', 'student'), ('down', 'tutor')]:
        school.add(login, role)
    told = preview(lecturer, 'new\nup,tutor\ndown,student\nghost')
    answer = apply(lecturer, told)
    assert sorted(change['login'] for change in answer.json['made']) == ['new', 'up']
    found = parts(school)
    assert (found['new'], found['up'], found['down']) == (('student', True), ('tutor', True), ('tutor', True))
    assert prepared == [('new', ['151'])]


def test_roles_are_lowered_where_that_is_asked_for(school, lecturer):
    school.add('down', 'tutor')
    assert apply(lecturer, preview(lecturer, 'down,student'), lower=True).status_int == 200
    assert parts(school)['down'] == ('student', True)


def test_a_list_that_became_stale_does_nothing_at_all(school, lecturer):
    school.add('ann')
    school.add('ben')
    told = preview(lecturer, 'ann\nben')
    lecturer.send_json(f'{PEOPLE}/@@enrol', {'login': 'ben', 'role': 'tutor'})
    answer = apply(lecturer, told)
    assert (answer.status_int, answer.json['error']['code']) == (409, 'conflict')
    assert 'ann' not in parts(school)
    page = lecturer.send(f'{PEOPLE}/@@apply', list=told['list'], digest=told['digest'])
    assert page.status_int == 409
    assert 'nothing was done' in page.text and told['digest'] not in page.text


def test_the_pages_lead_from_a_pasted_list_to_its_people(school, lecturer):
    school.add('ann')
    page = lecturer.get(f'{PEOPLE}/@@class-list')
    form = page.forms[1]
    form['list'] = 'ann,student\nghost'
    shown = form.submit()
    assert 'there is no such account' in shown.text
    listed = shown.forms[1].submit()
    assert listed.status_int == 303
    assert '1 person enrolled or changed' in listed.follow().text
    assert parts(school)['ann'] == ('student', True)


@pytest.mark.parametrize(
    'encode', [str.encode, lambda text: text.encode('utf-8-sig'), lambda text: (text + 'caf\xe9').encode('latin-1')]
)
def test_a_list_is_uploaded_as_a_file(school, lecturer, encode):
    school.add('ann')
    token = lecturer.csrf_token()
    files = [('file', 'class.csv', encode('login;role\r\nann;tutor\r\n'))]
    page = lecturer.post(f'{PEOPLE}/@@preview', {'csrf_token': token, 'list': ''}, upload_files=files)
    page.forms[1].submit()
    assert parts(school)['ann'] == ('tutor', True)


def test_a_list_that_cannot_be_read_comes_back_with_a_sentence(lecturer):
    page = lecturer.send(f'{PEOPLE}/@@preview', list=' \n')
    assert page.status_int == 400
    assert 'id="list-error"' in page.text
    assert lecturer.send_json(f'{PEOPLE}/@@preview', {'list': ''}).json['error']['field'] == 'list'


def test_a_forged_digest_gives_no_more_than_one_may(school, lecturer, admin):
    school.add('ann')
    told = preview(admin, 'ann,lecturer')
    assert apply(lecturer, told).status_int == 409
    assert 'ann' not in parts(school)


def test_a_long_list_is_applied_with_few_queries(school, lecturer):
    with school.database.writing() as db:
        db.add_all(User(login=f'n{number:04}', name='New') for number in range(400))
    told = preview(lecturer, '\n'.join(f'n{number:04}' for number in range(400)))
    with counted_queries(school.database) as statements:
        assert len(apply(lecturer, told).json['made']) == 400
    assert len(statements) <= 15
    assert len(parts(school)) == 401


def test_a_list_that_fails_half_way_does_nothing_at_all(school, lecturer, monkeypatch):
    school.add('ann')
    told = preview(lecturer, 'ann')
    monkeypatch.setattr(enrolling, '_newcomer', lambda user: 1 / 0)
    assert apply(lecturer, told).status_int == 500
    assert 'ann' not in parts(school)


def test_the_file_may_be_empty_and_the_list_pasted(school, lecturer):
    school.add('ann')
    files = [('file', '', b'')]
    page = lecturer.post(f'{PEOPLE}/@@preview', {'csrf_token': lecturer.csrf_token(), 'list': 'ann'}, upload_files=files)
    assert 'will be enrolled' in page.text
