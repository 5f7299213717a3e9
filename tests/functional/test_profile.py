"""One's own account: details, password, tokens, sessions, and who has looked."""

import re

import pytest

from ivle.models import ApiToken, Role, User, record_view
from tests.course import add_offering, enrol, identity_of
from tests.web import HOST, PASSWORD, Browser


@pytest.fixture
def site(web):
    web.add('jdoe', email='jdoe@example.org')
    return web


@pytest.fixture
def browser(site):
    return site.person('jdoe')


def script(site, token):
    return Browser(site.app).get(
        '/profile', headers={'Authorization': f'Bearer {token}', 'Accept': 'application/json'}, expect_errors=True
    )


def make_token(browser, label='backup'):
    answer = browser.send_json('/profile/@@make-token', {'label': label})
    assert answer.status_int == 201
    return answer.json['token']


def test_scripts_are_told_who_one_is(site, browser):
    with site.database.writing() as db:
        enrol(db, db.query(User).one(), add_offering(db, '151'), Role.TUTOR)
    assert browser.get_json('/profile').json == {
        'login': 'jdoe',
        'name': 'Jdoe',
        'email': 'jdoe@example.org',
        'admin': False,
        'enrolments': [{'offering': '151/2026/s1', 'role': 'tutor'}],
    }


def test_a_caller_that_takes_anything_gets_the_page(browser):
    assert browser.get('/profile', headers={'Accept': '*/*'}).content_type == 'text/html'


def test_the_anonymous_are_sent_to_sign_in(site):
    assert site.browser().get('/profile').location == f'http://{HOST}/login?next=/profile'
    assert site.browser().get_json('/profile', expect_errors=True).status_int == 401


def test_name_and_address_can_be_changed(browser):
    form = browser.get('/profile').forms[1]
    form['name'], form['email'] = '  Jane   <Doe> ', 'jane@example.org'
    page = form.submit().follow()
    assert 'Your details are saved.' in page.text
    assert (page.forms[1]['name'].value, page.forms[1]['email'].value) == ('Jane <Doe>', 'jane@example.org')
    assert '<Doe>' not in page.text


@pytest.mark.parametrize('field, value', [('name', ' '), ('name', 'x' * 201), ('email', 'nonsense')])
def test_a_field_that_cannot_be_taken_says_so_and_keeps_the_rest(browser, field, value):
    form = browser.get('/profile').forms[1]
    form['name'] = 'Jane'
    form[field] = value
    page = form.submit(expect_errors=True)
    assert page.status_int == 400
    assert f'id="{field}-error"' in page.text
    assert page.forms[1][field].value == value
    assert browser.get_json('/profile').json['name'] == 'Jdoe'


def change_password(browser, current=PASSWORD, new='another fine one'):
    return browser.send('/profile/@@password', current=current, new=new)


def test_another_password_signs_one_out_everywhere_else(site, browser):
    elsewhere = site.person('jdoe')
    assert change_password(browser).status_int == 303
    assert elsewhere.get_json('/profile', expect_errors=True).status_int == 401
    assert browser.get_json('/profile').status_int == 200
    assert site.browser().sign_in('jdoe').status_int == 400
    assert site.browser().sign_in('jdoe', 'another fine one').status_int == 303


@pytest.mark.parametrize(
    'current, new', [('wrong', 'another fine one'), (PASSWORD, 'short'), (PASSWORD, PASSWORD), (PASSWORD, 'password123')]
)
def test_a_password_is_not_changed_for_a_wrong_or_a_weak_one(site, browser, current, new):
    assert change_password(browser, current, new).status_int == 400
    assert site.browser().sign_in('jdoe').status_int == 303


def test_a_browser_left_open_is_no_place_to_guess_at(browser):
    assert [change_password(browser, f'wrong {number}').status_int for number in range(11)] == [400] * 10 + [429]


def test_a_token_is_shown_once_and_works_at_once(site, browser):
    page = browser.send('/profile/@@make-token', label='backup')
    token = (
        page.html.find(id='new-token').text
        if hasattr(page, 'soup')
        else page.text.partition('id="new-token">')[2].partition('<')[0]
    )
    assert script(site, token).json['login'] == 'jdoe'
    assert token not in browser.get('/profile').text
    assert 'backup' in browser.get('/profile').text


def test_a_token_needs_no_csrf_token_and_no_cookie(site, browser):
    token = make_token(browser)
    answer = Browser(site.app).post_json(
        '/profile/@@details', {'name': 'Jane'}, headers={'Authorization': f'Bearer {token}', 'Accept': 'application/json'}
    )
    assert answer.json == {'name': 'Jane', 'email': 'jdoe@example.org'}


def test_a_wrong_token_is_nobody_even_beside_a_good_cookie(browser):
    answer = browser.get('/profile', headers={'Authorization': 'Bearer wrong', 'Accept': 'application/json'}, expect_errors=True)
    assert (answer.status_int, answer.headers['WWW-Authenticate']) == (401, 'Bearer')


def test_the_times_of_tokens_can_be_shown_in_the_readers_own_zone(browser):
    make_token(browser)
    row = browser.get('/profile').text.partition('id="tokens"')[2].partition('</table>')[0]
    assert re.search('<time datetime="20..-..-..T..:..:..Z">', row)
    assert '<time>never</time>' in row


@pytest.mark.parametrize(
    'view, value',
    [('make-token', {'label': 'x'}), ('password', {'current': PASSWORD, 'new': 'another fine one'}), ('reset-key', {})],
)
def test_a_token_cannot_make_keys(site, browser, view, value):
    headers = {'Authorization': f'Bearer {make_token(browser)}', 'Accept': 'application/json'}
    answer = Browser(site.app).post_json(f'/profile/@@{view}', value, headers=headers, expect_errors=True)
    assert (answer.status_int, answer.json['error']['code']) == (403, 'browser-needed')


def test_a_revoked_token_is_refused_at_once(site, browser):
    token = make_token(browser)
    with site.database.reading() as db:
        row_id = db.query(ApiToken).one().id
    assert browser.send('/profile/@@revoke-token', id=row_id).status_int == 303
    assert script(site, token).status_int == 401


@pytest.mark.parametrize('row_id', ['', 'x', '-1', '99999999999999999999', '٣'])
def test_a_token_that_is_not_there_cannot_be_revoked(browser, row_id):
    assert browser.send('/profile/@@revoke-token', id=row_id).status_int == 404


def test_the_token_of_another_cannot_be_revoked(site, browser):
    site.add('asmith')
    token = make_token(site.person('asmith'))
    with site.database.reading() as db:
        row_id = db.query(ApiToken).one().id
    assert browser.send_json('/profile/@@revoke-token', {'id': row_id}).status_int == 404
    assert script(site, token).status_int == 200


def test_one_can_sign_out_everywhere_else(site, browser):
    elsewhere = [site.person('jdoe') for _ in range(2)]
    assert browser.send_json('/profile/@@sign-out-others').json == {'ended_sessions': 2}
    assert [other.get_json('/profile', expect_errors=True).status_int for other in elsewhere] == [401, 401]
    assert browser.get_json('/profile').status_int == 200


def test_the_page_lists_where_one_is_signed_in(site, browser):
    other = site.browser('10.0.0.7')
    other.sign_in('jdoe')
    page = browser.get('/profile').text
    assert ('10.0.0.7' in page, page.count('this one')) == (True, 1)


def test_the_page_shows_who_has_looked(site, browser):
    tutor_id = site.add('tutor', name='<b>Tina</b>')
    with site.database.writing() as db:
        tutor, student, offering = db.get(User, tutor_id), db.query(User).filter_by(login='jdoe').one(), add_offering(db, '151')
        enrol(db, tutor, offering, Role.TUTOR)
        enrol(db, student, offering)
        viewer, student_id = identity_of(tutor), student.id
    record_view(site.database, viewer, student_id, '151/hello.py', 'edit')
    page = browser.get('/profile').text
    assert 'Nobody but you so far' not in page
    assert '&lt;b&gt;Tina&lt;/b&gt;' in page
    assert '/151/hello.py' in page


def test_without_the_account_service_the_key_stays_as_it_is(browser):
    assert browser.send_json('/profile/@@reset-key').status_int == 503
