"""Administration: people found, closed and opened, by administrators alone; the hosts are another test's."""

import os
import re
import time

import pytest

from ivle.jobs.alive import SILENT_SECONDS, note_alive
from ivle.models import AuditRecord, LoginSession, State, User
from tests.course import add_offering, enrol
from tests.web import Browser

PAGES = ['/admin', '/admin/people', '/admin/people/jdoe', '/admin/courses', '/admin/health']
ACTS = [
    'people/@@create',
    'people/jdoe/@@disable',
    'people/jdoe/@@enable',
    'people/jdoe/@@reset-password',
    'people/jdoe/@@end-sessions',
]


@pytest.fixture
def site(web):
    web.add('boss', is_admin=True)
    web.add('jdoe', name='Jane Doe', email='jane@example.org')
    return web


@pytest.fixture
def boss(site):
    return site.person('boss')


def records(site):
    with site.database.reading() as db:
        return [(row.viewer_login, row.owner_login, row.action) for row in db.query(AuditRecord).order_by(AuditRecord.id)]


@pytest.mark.parametrize('path', PAGES)
def test_administrators_see_pages_and_json(boss, path):
    assert boss.get(path).content_type == 'text/html'
    assert boss.get_json(path).content_type == 'application/json'


def test_the_way_to_administration_is_marked_where_one_is(boss):
    is_current = re.compile('<a href="[^"]*/admin" aria-current="page"')
    assert is_current.search(boss.get('/admin/people').text)
    assert not is_current.search(boss.get('/').text)


@pytest.mark.parametrize('path', PAGES)
def test_to_others_administration_is_not_there(site, path):
    browser = site.person('jdoe')
    missing = browser.get('/admin/nothing', expect_errors=True)
    answer = browser.get(path, expect_errors=True)
    assert (answer.status_int, missing.status_int) == (404, 404)
    assert browser.get_json(path, expect_errors=True).json == browser.get_json('/admin/nothing', expect_errors=True).json


@pytest.mark.parametrize('act', ACTS)
def test_others_cannot_act_as_administrators(site, act):
    assert site.person('jdoe').send(f'/admin/{act}', login='new', name='New').status_int == 404
    assert records(site) == []


@pytest.mark.parametrize('act', ACTS)
def test_a_get_changes_nothing(site, boss, act):
    assert boss.get(f'/admin/{act}', expect_errors=True).status_int == 405
    assert records(site) == []


def found(boss, words):
    return [person['login'] for person in boss.get_json('/admin/people', params={'q': words}).json['people']]


@pytest.mark.parametrize(
    'words, logins',
    [('', ['boss', 'jdoe']), ('JANE', ['jdoe']), ('doe jane', ['jdoe']), ('example', ['jdoe']), ('%', []), ('_', []), ('\\', [])],
)
def test_people_are_found_by_words_of_login_name_and_address(boss, words, logins):
    assert found(boss, words) == logins


def test_many_people_are_shown_a_page_at_a_time(site, boss):
    with site.database.writing() as db:
        db.add_all(User(login=f'p{number:03}', name='Person') for number in range(120))
    first = boss.get_json('/admin/people', params={'q': 'person'}).json
    last = boss.get_json('/admin/people', params={'q': 'person', 'page': '3'}).json
    assert (first['total'], first['pages'], len(first['people']), len(last['people'])) == (120, 3, 50, 20)
    assert 'Page 2 of 3' in boss.get('/admin/people', params={'q': 'person', 'page': '2'}).text


@pytest.mark.parametrize('page', ['0', '-1', 'x', '9' * 400, '', '٣'])
def test_a_page_that_cannot_be_meant_is_the_first(boss, page):
    assert boss.get_json('/admin/people', params={'page': page.encode()}).json['page'] == 1


@pytest.mark.parametrize(
    'fields',
    [
        {'login': 'Upper', 'name': 'New'},
        {'login': '../x', 'name': 'New'},
        {'login': 'x' * 65, 'name': 'New'},
        {'login': 'new', 'name': ' '},
        {'login': 'new', 'name': 'New', 'email': 'nonsense'},
        {'login': 'new', 'name': 'New', 'expires': '31.12.2026'},
        {'login': 'new', 'name': 'New', 'expires': '9999-12-31'},
    ],
)
def test_an_account_that_cannot_be_made_says_why_and_keeps_the_form(boss, fields):
    page = boss.send('/admin/people/@@create', **fields)
    assert page.status_int == 400
    assert f'value="{fields["login"]}"' in page.text
    assert found(boss, 'new') == []


def test_a_login_that_is_taken_is_refused(boss):
    answer = boss.send_json('/admin/people/@@create', {'login': 'jdoe', 'name': 'Other'})
    assert (answer.status_int, answer.json['error']['message']) == (409, 'There is already somebody called jdoe.')


def test_without_the_account_service_no_account_is_made(boss):
    assert boss.send_json('/admin/people/@@create', {'login': 'new', 'name': 'New'}).status_int == 503
    assert found(boss, 'new') == []


def test_a_new_password_signs_out_revokes_tokens_and_must_be_replaced(site, boss):
    jdoe = site.person('jdoe')
    token = jdoe.send_json('/profile/@@make-token', {'label': 'x'}).json['token']
    password = boss.send_json('/admin/people/jdoe/@@reset-password').json['password']
    assert jdoe.get_json('/profile', expect_errors=True).status_int == 401
    bearer = {'Authorization': f'Bearer {token}', 'Accept': 'application/json'}
    assert Browser(site.app).get('/profile', headers=bearer, expect_errors=True).status_int == 401
    assert 'choose one of your own' in site.browser().sign_in('jdoe', password).text
    assert site.browser().sign_in('jdoe', password, new_password='words of my own').status_int == 303
    assert records(site) == [('boss', 'jdoe', 'admin:reset-password')]


def test_the_new_password_is_shown_once(boss):
    page = boss.send('/admin/people/jdoe/@@reset-password')
    password = page.text.partition('<pre><code>')[2].partition('<')[0]
    assert len(password) == 19
    assert password not in boss.get('/admin/people/jdoe').text


def test_a_person_can_be_signed_out_everywhere(site, boss):
    jdoe = site.person('jdoe')
    assert boss.send_json('/admin/people/jdoe/@@end-sessions').json == {'ended_sessions': 1}
    assert jdoe.get_json('/profile', expect_errors=True).status_int == 401
    assert records(site) == [('boss', 'jdoe', 'admin:end-sessions')]


def test_a_closed_account_is_closed_even_when_the_hosts_do_not_answer(site, boss):
    jdoe = site.person('jdoe')
    answer = boss.send_json('/admin/people/jdoe/@@disable')
    assert (answer.status_int, answer.json['error']['code']) == (503, 'service-down')
    assert jdoe.get_json('/profile', expect_errors=True).status_int == 401
    with site.database.reading() as db:
        assert db.query(User).filter_by(login='jdoe').one().state == State.DISABLED
        assert db.query(LoginSession).join(LoginSession.user).filter_by(login='jdoe').count() == 0
    assert records(site) == [('boss', 'jdoe', 'admin:disable')]


def test_administrators_cannot_close_their_own_account(site, boss):
    assert boss.send_json('/admin/people/boss/@@disable').status_int == 409
    assert boss.send_json('/admin/people/boss/@@reset-password').status_int == 409
    assert boss.get_json('/admin/people/boss').json['state'] == 'active'


def test_the_person_sees_what_was_done_to_their_account(site, boss):
    boss.send_json('/admin/people/jdoe/@@end-sessions')
    assert 'signed you out everywhere' in site.person('jdoe').get('/profile').text


def test_an_administrator_who_is_one_no_more_is_out_at_the_next_click(site, boss):
    with site.database.writing() as db:
        db.query(User).filter_by(login='boss').update({'is_admin': False})
    assert boss.get('/admin', expect_errors=True).status_int == 404


def test_courses_are_listed(site, boss):
    with site.database.writing() as db:
        enrol(db, db.query(User).filter_by(login='jdoe').one(), add_offering(db, '151'))
    assert boss.get_json('/admin/courses').json['offerings'] == [
        {'offering': '151/2026/s1', 'subject': 'Subject 151', 'semester': 'current', 'students': 1, 'staff': 0}
    ]
    assert '151/2026/s1' in boss.get('/admin/courses').text


def test_health_says_what_does_not_answer_and_where_to_look(boss):
    assert [(part['name'], part['works']) for part in boss.get_json('/admin/health').json['parts']] == [
        ('database', True),
        ('sandbox', False),
        ('usrmgt', False),
        ('gateway', False),
        ('worker', False),
    ]
    page = boss.get('/admin/health').text
    assert 'log/sandbox-server.log' in page and 'log/worker.log' in page


def test_health_knows_a_worker_by_its_signs_of_life(site, boss):
    settings = site.app.registry.ivle
    settings.path('run').mkdir(exist_ok=True)
    note_alive(settings)
    assert boss.get_json('/admin/health').json['parts'][-1]['works']
    assert boss.get_json('/health', status=503).json['checks']['worker'] == 'ok'
    os.utime(settings.path('run', 'worker.beat'), (time.time() - SILENT_SECONDS - 1,) * 2)
    assert not boss.get_json('/admin/health').json['parts'][-1]['works']
    assert boss.get_json('/health', status=503).json['checks']['worker'] == 'does not answer'
