"""Requests that no page of ours would send: each gets an answer in words, never a fault and never much of our memory."""

import json

import pytest

from ivle.forms import MOST_FIELDS, STRANGER_BYTES, FormRequest

JSON = {'Accept': 'application/json'}
TWO_COOKIES = {'Cookie': 'ivle_session=a; ivle_session=b'}
PAIRS = 'application/x-www-form-urlencoded'


@pytest.fixture
def student(web):
    web.add('jdoe')
    return web.person('jdoe')


@pytest.fixture
def send(student):
    """Return a function that sends bytes of any type as the student and returns the answer."""
    token = student.csrf_token()

    def send(content_type, body, path='/profile/@@make-token'):
        headers = {**JSON, 'Content-Type': content_type, 'X-CSRF-Token': token}
        return student.post(path, body, headers=headers, expect_errors=True)

    return send


@pytest.mark.parametrize('path', ['/', '/nothing', '/media/x/ivle/nothing.css', '/files/x', '/profile', '/admin'])
@pytest.mark.parametrize('accept', ['text/html', 'application/json'])
def test_two_cookies_for_one_session_are_refused_on_every_page(web, path, accept):
    answer = web.browser().get(path, headers={**TWO_COOKIES, 'Accept': accept}, expect_errors=True)
    assert answer.status_int in (400, 404)
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'


def test_two_cookies_are_named_as_the_reason(web):
    answer = web.browser().get('/nothing', headers={**TWO_COOKIES, **JSON}, expect_errors=True)
    assert (answer.status_int, answer.json['error']['code']) == (400, 'two-cookies')


@pytest.mark.parametrize(
    'back', ['http://127.0.0.1:6543.evil.test/', 'http://127.0.0.1:65432/', 'http://evil.test/', 'javascript:x']
)
def test_an_error_page_never_leads_back_to_another_site(web, back):
    answer = web.browser().get('/help/nothing', headers={'Referer': back}, expect_errors=True)
    assert answer.status_int == 404
    assert back not in answer.text


@pytest.mark.parametrize('length', [255, 256, 300, 3000])
def test_a_file_of_ours_with_an_endless_name_is_simply_missing(web, length):
    assert web.browser().get(f'/media/x/ivle/{"a" * length}', expect_errors=True).status_int == 404


@pytest.mark.parametrize(
    'content_type',
    [
        'multipart/form-data',
        'multipart/form-data; boundary=',
        'multipart/form-data; boundary=' + 'x' * 300,
        'multipart/form-data; boundary="\xff"',
        f'{PAIRS}; charset=utf-16',
        f'{PAIRS}; charset=klingon',
    ],
)
def test_a_form_that_cannot_be_read_is_refused_with_400(send, content_type):
    answer = send(content_type, b'label=x')
    assert (answer.status_int, answer.json['error']['code']) == (400, 'bad-request')


@pytest.mark.parametrize('content_type', [PAIRS, 'multipart/form-data; boundary=x', ''])
def test_a_stranger_cannot_make_the_site_read_an_endless_form(web, content_type):
    headers = {'Content-Type': content_type, **JSON}
    answer = web.browser().post('/login', b'a&' * STRANGER_BYTES, headers=headers, expect_errors=True)
    assert (answer.status_int, answer.json['error']['code']) == (413, 'too-large')


def test_a_stranger_cannot_make_the_site_read_endless_json(web):
    browser = web.browser()
    headers = {**JSON, 'Content-Type': 'application/json', 'X-CSRF-Token': browser.csrf_token()}
    body = json.dumps({'login': 'x' * STRANGER_BYTES}).encode()
    assert browser.post('/login', body, headers=headers, expect_errors=True).status_int == 413


@pytest.mark.parametrize(
    ('content_type', 'field'),
    [(PAIRS, b'a=1&'), ('multipart/form-data; boundary=x', b'--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n')],
)
def test_a_form_of_endless_fields_is_refused_before_it_is_read(send, content_type, field):
    answer = send(content_type, field * (MOST_FIELDS + 1))
    assert answer.status_int == 400
    assert str(MOST_FIELDS) in answer.json['error']['message']


def test_a_mark_between_two_blocks_is_counted(monkeypatch):
    monkeypatch.setattr('ivle.forms._BLOCK_BYTES', 5)
    assert FormRequest.blank('/', POST=b'ab--x--xab--x--x')._count(b'--x') == 4


@pytest.mark.parametrize(
    'body', [b'{"label": "a\\u0000b"}', b'{"label": "\\ud800"}', b'{"label": NaN}', b'{"label": 1, "label": 2}', b'[' * 100_000]
)
def test_json_that_nothing_could_keep_is_refused(send, body):
    assert send('application/json', body).status_int == 400
