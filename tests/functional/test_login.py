"""Signing in and out, as browsers and scripts do it."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from webob import Request

from ivle.models import LoginSession, State, User, utc_now
from tests.redirects import OFF_SITE
from tests.web import HOST, PASSWORD, open_site


@pytest.fixture
def site(web):
    web.add('jdoe')
    return web


@pytest.fixture
def prefixed(data):
    with open_site(data, prefix='/ivle') as opened:
        opened.add('jdoe')
        yield opened


def sessions_of(site):
    with site.database.reading() as db:
        return db.query(LoginSession).count()


def change(site, **columns):
    with site.database.writing() as db:
        db.query(User).filter_by(login='jdoe').update(columns)


def test_the_right_password_leads_to_the_front_page(site):
    browser = site.browser()
    answer = browser.sign_in('jdoe')
    assert (answer.status_int, answer.location) == (303, f'http://{HOST}/')
    assert browser.get_json('/profile').json['login'] == 'jdoe'


def test_one_gets_to_the_page_one_wanted(site):
    browser = site.browser()
    asked = browser.get('/profile')
    assert (asked.status_int, asked.location) == (303, f'http://{HOST}/login?next=/profile')
    form = browser.get(asked.location).forms[0]
    form['login'], form['password'] = 'jdoe', PASSWORD
    assert form.submit().location == f'http://{HOST}/profile'


def test_a_login_may_be_typed_in_capitals_with_a_blank(site):
    assert site.browser().sign_in(' JDoe ').status_int == 303


@pytest.mark.parametrize(
    'login, password', [('jdoe', 'wrong'), ('ghost', PASSWORD), ('jdoe', ''), ('', ''), ('a' * 9000, 'x'), ("' OR 1=1 --", 'x')]
)
def test_a_wrong_password_and_an_unknown_login_look_the_same(site, login, password):
    answer = site.browser().sign_in(login, password)
    assert answer.status_int == 400
    assert 'That login and password do not fit together.' in answer.text
    assert 'ivle_session' not in answer.headers.get('Set-Cookie', '')


def test_the_form_comes_back_with_the_login_and_without_the_password(site):
    form = site.browser().sign_in('jdoe', 'not this secret', next='/profile').forms[0]
    assert (form['login'].value, form['password'].value, form['next'].value) == ('jdoe', '', '/profile')


@pytest.mark.parametrize(
    'columns', [{'state': State.DISABLED}, {'expires': utc_now() - timedelta(seconds=1)}, {'password_hash': None}]
)
def test_a_closed_account_looks_like_a_wrong_password(site, columns):
    change(site, **columns)
    assert 'do not fit together' in site.browser().sign_in('jdoe').text


@pytest.mark.parametrize('columns', [{'state': State.DISABLED}, {'expires': utc_now() - timedelta(seconds=1)}])
def test_closing_an_account_ends_what_is_open_at_once(site, columns):
    browser = site.person('jdoe')
    change(site, **columns)
    assert browser.get('/profile').location == f'http://{HOST}/login?next=/profile'


def test_after_signing_out_the_old_cookie_opens_nothing(site):
    browser = site.person('jdoe')
    cookie = browser.cookies['ivle_session']
    left = browser.send('/logout')
    assert (left.status_int, left.location) == (303, f'http://{HOST}/login')
    late = site.browser()
    late.set_cookie('ivle_session', cookie)
    assert late.get_json('/profile', expect_errors=True).status_int == 401
    assert sessions_of(site) == 0


def test_a_link_cannot_sign_anybody_out(site):
    browser = site.person('jdoe')
    assert 'Sign out' in browser.get('/logout').text
    assert browser.get_json('/profile').status_int == 200


def test_signing_in_makes_a_new_session_and_ends_the_old_one(site):
    browser = site.person('jdoe')
    before = browser.cookies['ivle_session']
    browser.cookies['ivle_session'] = before
    answer = browser.send('/login', login='jdoe', password=PASSWORD, next='')
    assert answer.status_int == 303
    assert browser.cookies['ivle_session'] != before
    assert sessions_of(site) == 1


def test_a_session_id_that_somebody_else_chose_is_not_taken(site):
    browser = site.browser()
    browser.set_cookie('ivle_session', 'chosen')
    browser.sign_in('jdoe')
    assert 'chosen' not in browser.cookies['ivle_session']


def test_two_session_cookies_are_refused_and_nobody_is_signed_in(site):
    value = site.person('jdoe').cookies['ivle_session']
    headers = {'Cookie': f'ivle_session={value}; ivle_session=evil', 'Host': HOST, 'Accept': 'application/json'}
    answer = Request.blank('/profile', headers=headers).get_response(site.app)
    assert (answer.status_int, answer.json['error']['code']) == (400, 'two-cookies')


@pytest.mark.parametrize('cookie', ['x', '.', 'é', '\x80\xff', 'a' * 4000, '"', 'a.b.c'])
def test_a_damaged_cookie_is_nobody(site, cookie):
    environ = {'HTTP_COOKIE': f'ivle_session={cookie}; ivle_visitor={cookie}; ivle_messages={cookie}', 'HTTP_HOST': HOST}
    assert Request.blank('/login', environ=environ).get_response(site.app).status_int in (200, 400)


def test_the_session_cookie_is_for_this_site_alone(prefixed):
    browser = prefixed.browser()
    answer = browser.sign_in('jdoe')
    (cookie,) = [line for line in answer.headers.getall('Set-Cookie') if line.startswith('ivle_session=')]
    assert cookie.partition('; ')[2] == 'Path=/ivle; HttpOnly; SameSite=Lax'


def test_the_session_cookie_is_for_https_unless_the_settings_say_otherwise(data):
    with open_site(data, **{'session.secure': 'true'}) as site:
        site.add('jdoe')
        answer = site.browser().sign_in('jdoe', csrf_token='')
        assert answer.status_int == 400
        assert {'secure' in line for line in answer.headers.getall('Set-Cookie')} == {True}


@pytest.mark.parametrize('prefix', ['', '/ivle'])
def test_no_trap_leads_off_the_site(data, prefix):
    with open_site(data, prefix=prefix) as site:
        site.add('jdoe')
        browser = site.person('jdoe')
        for trap in OFF_SITE:
            answer = browser.get(prefix + '/login', params={'next': trap.encode('utf-8')}, expect_errors=True)
            where = urlsplit(answer.location or f'http://{HOST}{prefix}/')
            assert (where.netloc, where.path) == (HOST, prefix + '/'), trap


def test_signing_in_does_not_lead_straight_out_again(site):
    assert site.browser().sign_in('jdoe', next='/logout').location == f'http://{HOST}/'


def test_after_ten_wrong_passwords_not_even_the_right_one_is_looked_at(site):
    browser = site.browser('10.0.0.9')
    assert [browser.sign_in('jdoe', f'wrong {number}').status_int for number in range(10)] == [400] * 10
    answer = browser.sign_in('jdoe')
    assert answer.status_int == 429
    assert 200 < int(answer.headers['Retry-After']) <= 300
    assert 'The password was wrong too often. Try again in 5 minutes.' in answer.text


def test_a_guesser_does_not_lock_the_owner_out(site):
    site.person('jdoe', '10.0.0.1')
    for number in range(11):
        site.browser('10.0.0.9').sign_in('jdoe', f'wrong {number}')
    assert site.browser('10.0.0.9').sign_in('jdoe').status_int == 429
    assert site.browser('10.0.0.1').sign_in('jdoe').status_int == 303


def test_unknown_logins_are_throttled_like_known_ones(site):
    browser = site.browser()
    assert [browser.sign_in('ghost', 'x').status_int for _ in range(11)] == [400] * 10 + [429]


def give_first_password(site, **columns):
    change(site, password_is_temporary=True, **columns)


def test_a_first_password_only_opens_the_form_that_replaces_it(site):
    give_first_password(site)
    browser = site.browser()
    answer = browser.sign_in('jdoe')
    assert answer.status_int == 400
    assert 'choose one of your own' in answer.text and '<h1>Choose your password</h1>' in answer.text
    assert 'Nothing is changed yet' in answer.text and 'class="notice fail"' not in answer.text
    assert sessions_of(site) == 0
    form = answer.forms[0]
    form['password'], form['new_password'] = PASSWORD, 'words of my own'
    entered = form.submit()
    assert entered.status_int == 303
    assert 'Your new password is set' in entered.follow().text
    assert 'Your new password is set' not in browser.get('/profile').text
    assert site.browser().sign_in('jdoe').status_int == 400
    assert site.browser().sign_in('jdoe', 'words of my own').status_int == 303


@pytest.mark.parametrize('new', ['short', 'password', PASSWORD])
def test_the_password_of_ones_own_must_be_a_good_one(site, new):
    give_first_password(site)
    page = site.browser().sign_in('jdoe', new_password=new)
    assert page.status_int == 400 and page.html.find(id='new-password-problem').text
    assert page.html.find(id='new-password')['aria-invalid'] == 'true'
    assert sessions_of(site) == 0


def test_nobody_else_is_told_of_a_new_password(site):
    browser = site.browser()
    assert browser.sign_in('jdoe', new_password='words of my own').status_int == 303
    assert browser.get('/profile').html.find(class_='flashes').text == ''
    assert site.browser().sign_in('jdoe').status_int == 303


def test_a_first_password_expires(site):
    give_first_password(site, password_expires=utc_now() - timedelta(seconds=1))
    assert 'do not fit together' in site.browser().sign_in('jdoe', new_password='words of my own').text


def test_an_old_hash_is_replaced_at_the_next_signing_in(site):
    change(site, password_hash=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD))
    site.person('jdoe')
    with site.database.reading() as db:
        assert 'm=19456,t=2,p=1' in db.query(User).one().password_hash


def test_a_script_signs_in_with_json_and_gets_an_error_as_json(site):
    browser = site.browser()
    answer = browser.send_json('/login', {'login': 'jdoe', 'password': 'wrong'})
    assert (answer.status_int, answer.json['error']['code']) == (400, 'wrong-password')
    assert browser.send_json('/login', {'login': 'jdoe', 'password': PASSWORD}).json == {'login': 'jdoe'}


@pytest.mark.parametrize('value', [{}, {'login': 'jdoe'}, {'login': 5, 'password': 'x'}, {'login': ['jdoe'], 'password': 'x'}])
def test_fields_that_are_missing_or_no_text_are_a_clear_refusal(site, value):
    assert site.browser().send_json('/login', value).status_int == 400


@pytest.mark.parametrize('columns', [{'last_seen': utc_now() - timedelta(hours=9)}, {'expires': utc_now()}])
def test_a_session_that_is_old_or_was_long_unused_is_over(site, columns):
    browser = site.person('jdoe')
    with site.database.writing() as db:
        db.query(LoginSession).update(columns)
    assert browser.get_json('/profile', expect_errors=True).status_int == 401


def test_last_seen_is_written_without_any_page_asking_for_it(site):
    browser = site.person('jdoe')
    with site.database.writing() as db:
        db.query(LoginSession).update({'last_seen': utc_now() - timedelta(minutes=5)})
    browser.get('/profile')
    with site.database.reading() as db:
        assert utc_now() - db.query(LoginSession).one().last_seen < timedelta(minutes=1)


def test_other_methods_are_refused_with_what_is_allowed(site):
    answer = site.browser().put('/login', expect_errors=True)
    assert (answer.status_int, answer.headers['Allow']) == (405, 'GET, HEAD')


def test_when_the_database_is_gone_nobody_is_let_in_and_the_page_says_so(site):
    browser = site.person('jdoe')
    with site.database.writing() as db:
        db.connection().exec_driver_sql('ALTER TABLE login_session RENAME TO gone')
    answer = browser.get('/profile', expect_errors=True)
    assert answer.status_int == 503
    assert 'cannot look up who you are' in answer.text
