"""Every page and act below `/subjects`, tried by everybody: who may what, as docs/security.md has it."""

import pytest

from ivle.models import Role
from tests.classroom import add_worksheet
from tests.course import add_offering, add_person, enrol
from tests.web import open_site

HERE = '/subjects/151/2026/s1'
PEOPLE = ('stranger', 'student', 'gone', 'tutor', 'lecturer', 'admin')
EVERYBODY = set(PEOPLE)
MEMBERS = {'student', 'tutor', 'lecturer', 'admin'}
STAFF = {'tutor', 'lecturer', 'admin'}
LECTURERS = {'lecturer', 'admin'}
ADMIN = {'admin'}

PAGES = {
    '/subjects': EVERYBODY,
    '/subjects/151': EVERYBODY,
    HERE: MEMBERS,
    f'{HERE}/people': STAFF,
    f'{HERE}/people/student': STAFF,
    f'{HERE}/people/lecturer': STAFF,
    f'{HERE}/people/@@class-list': LECTURERS,
    f'{HERE}/@@edit': LECTURERS,
    f'{HERE}/@@sources': LECTURERS,
    f'{HERE}/@@marks': LECTURERS,
    f'{HERE}/worksheets/basics/@@statistics': LECTURERS,
    f'{HERE}/retest/basics/hello': STAFF,
    f'{HERE}/@@progress': {'tutor', 'lecturer'},
    '/subjects/@@new-subject': ADMIN,
    '/subjects/@@new-offering': ADMIN,
    '/subjects/151/@@edit': ADMIN,
    '/subjects/+semesters': ADMIN,
    '/subjects/+semesters/@@new': ADMIN,
    '/subjects/+semesters/2026/s1': ADMIN,
}
# What is sent is refused in itself (400 or 409) by whoever may act at all, so that nobody is in the way of the next.
ACTS = {
    '/subjects/@@add-subject': ({'code': '', 'name': '', 'url_name': ''}, ADMIN),
    '/subjects/@@add-offering': ({'subject': '', 'semester': ''}, ADMIN),
    '/subjects/151/@@save': ({'code': '', 'name': '', 'url_name': ''}, ADMIN),
    '/subjects/+semesters/@@add': ({'year': '', 'code': '', 'url_name': '', 'state': ''}, ADMIN),
    '/subjects/+semesters/2026/s1/@@save': ({'year': '', 'code': '', 'url_name': '', 'state': ''}, ADMIN),
    f'{HERE}/@@save': ({'url': 'javascript:alert(1)'}, LECTURERS),
    f'{HERE}/people/@@enrol': ({'login': 'nobody', 'role': 'student'}, LECTURERS),
    f'{HERE}/people/@@preview': ({'list': ''}, LECTURERS),
    f'{HERE}/people/@@apply': ({'list': 'student', 'digest': 'old'}, LECTURERS),
    f'{HERE}/retest/basics/hello/@@start': ({}, STAFF),
    f'{HERE}/retest/basics/hello/@@discard': ({'job': '1'}, STAFF),
    f'{HERE}/retest/basics/hello/@@publish': ({'job': '1'}, LECTURERS),
    f'{HERE}/people/student/@@role': ({'role': 'nonsense'}, LECTURERS),
    f'{HERE}/people/student/@@active': ({'active': 'nonsense'}, LECTURERS),
    f'{HERE}/people/tutor/@@role': ({'role': 'nonsense'}, LECTURERS),
    f'{HERE}/people/lecturer/@@role': ({'role': 'nonsense'}, ADMIN),
    f'{HERE}/people/lecturer/@@active': ({'active': 'nonsense'}, ADMIN),
}


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    clients = 'browser subjects login logout profile admin help media'
    with open_site(tmp_path_factory.mktemp('data'), clients=clients) as opened:
        for login in PEOPLE:
            opened.add(login, is_admin=login == 'admin')
        with opened.database.writing() as db:
            offering = add_offering(db, '151')
            add_worksheet(db, offering)
            roles = {'student': Role.STUDENT, 'gone': Role.STUDENT, 'tutor': Role.TUTOR, 'lecturer': Role.LECTURER}
            for login, role in roles.items():
                enrol(db, person(db, login), offering, role, active=login != 'gone')
            # Somebody who teaches elsewhere is nobody here.
            enrol(db, person(db, 'stranger'), add_offering(db, '152'), Role.LECTURER)
        yield opened


def person(db, login):
    from ivle.models import user_called

    return user_called(db, login) or add_person(db, login)


@pytest.fixture(scope='module')
def browsers(site):
    return {login: site.person(login) for login in PEOPLE}


@pytest.mark.parametrize('login', PEOPLE)
@pytest.mark.parametrize('path', PAGES)
def test_pages_are_there_for_those_they_are_for_and_missing_for_others(browsers, path, login):
    expected = 200 if login in PAGES[path] else 404
    assert browsers[login].get(path, expect_errors=True).status_int == expected
    assert browsers[login].get_json(path, expect_errors=True).status_int == expected


@pytest.mark.parametrize('login', PEOPLE)
@pytest.mark.parametrize('path', ACTS)
def test_acts_are_refused_in_words_or_not_there_at_all(browsers, path, login):
    sent, allowed = ACTS[path]
    expected = (400, 409) if login in allowed else (404,)
    assert browsers[login].send_json(path, sent).status_int in expected
    assert browsers[login].send(path, **sent).status_int in expected


@pytest.mark.parametrize('path', PAGES)
def test_the_anonymous_are_sent_to_sign_in(site, path):
    answer = site.browser().get(path, expect_errors=True)
    assert answer.status_int == 303 and '/login?next=' in answer.location
    assert site.browser().get_json(path, expect_errors=True).status_int == 401


@pytest.mark.parametrize('path', ACTS)
def test_the_anonymous_change_nothing(site, path):
    assert site.browser().send_json(path, ACTS[path][0]).status_int in (400, 401)


@pytest.mark.parametrize('path', ACTS)
def test_an_act_needs_the_token_of_a_page(browsers, path):
    assert browsers['admin'].post(path, ACTS[path][0], expect_errors=True).status_int == 400


@pytest.mark.parametrize(
    'path', ['/subjects/151/2026/s2', '/subjects/999/2026/s1', '/subjects/151/x/s1', '/subjects/+x', f'{HERE}/x']
)
def test_what_is_not_there_looks_like_what_is_not_ones_own(browsers, path):
    there = browsers['stranger'].get_json(HERE, expect_errors=True)
    missing = browsers['stranger'].get_json(path, expect_errors=True)
    assert (missing.status_int, missing.json) == (404, there.json)


@pytest.mark.parametrize('login', ['stranger', 'student', 'gone'])
def test_a_person_is_told_of_the_offerings_they_take_part_in_alone(browsers, login):
    found = browsers[login].get_json('/subjects').json['offerings']
    expected = {'stranger': [('152/2026/s1', 'lecturer')], 'student': [('151/2026/s1', 'student')], 'gone': []}
    assert [(offering['offering'], offering['role']) for offering in found] == expected[login]


@pytest.mark.parametrize('login', ['stranger', 'gone'])
def test_a_subject_lists_its_offerings_and_links_none_that_one_cannot_enter(browsers, login):
    assert f'href="{HERE}"' not in browsers[login].get('/subjects/151').text
    assert '2026/s1' in browsers[login].get('/subjects/151').text
