"""The guard: what never reaches a view, and the headers no response goes without."""

import json

import pytest
from webob import Request

from ivle.guard import Guard
from ivle.settings import read_settings


def echo(environ, start_response):
    """A site that answers everything, and tells which dangerous headers reached it."""
    seen = [name for name in ('HTTP_X_VHM_ROOT', 'REMOTE_USER') if name in environ]
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [' '.join(seen).encode()]


@pytest.fixture
def send():
    guard = Guard(echo, read_settings({'ivle.hosts': 'ivle.example.org'}, environ={}))

    def send(path='/', host='127.0.0.1:6543', **environ):
        request = Request.blank('/', environ={'PATH_INFO': path, 'HTTP_HOST': host, **environ})
        return request.get_response(guard)

    return send


@pytest.mark.parametrize('path', ['/\xff', '/\xc0\xaf', '/a\x00b', '/a\nb', '/a\x7fb'])
def test_bytes_that_are_no_plain_text_are_refused_with_400(send, path):
    assert send(path).status_int == 400


@pytest.mark.parametrize('query', ['x=%ff', 'x=%00', '%c0%ae=1'])
def test_a_query_that_is_no_plain_text_is_refused_with_400(send, query):
    assert send(QUERY_STRING=query).status_int == 400


@pytest.mark.parametrize('path', ['*', '@evil.test/', '.evil.test/', 'evil.test'])
def test_a_path_that_would_run_into_the_host_is_refused_with_400(send, path):
    assert send(path).status_int == 400


def test_text_of_any_language_passes(send):
    assert send('/files/zoë/日本.py'.encode().decode('latin-1')).status_int == 200


def test_an_endless_path_is_refused_with_414(send):
    assert send('/' + 'a' * 5000).status_int == 414


@pytest.mark.parametrize('method', ['TRACE', 'CONNECT', 'PROPFIND', 'get', ''])
def test_unknown_methods_are_refused_with_405_and_the_known_ones(send, method):
    answer = send(REQUEST_METHOD=method)
    assert answer.status_int == 405
    assert 'GET' in answer.headers['Allow']


@pytest.mark.parametrize(
    'host', ['evil.test', '127.0.0.1:6543, evil.test', '', '127.0.0.1', 'ivle.example.org.evil.test', 'ivle.example.org:81']
)
def test_hosts_that_are_not_ours_are_refused(send, host):
    assert send(host=host).status_int == 400


@pytest.mark.parametrize('host', ['127.0.0.1:6543', 'localhost:6543', 'LOCALHOST:6543', 'ivle.example.org'])
def test_our_own_hosts_are_served(send, host):
    assert send(host=host).status_int == 200


def test_a_refusal_is_json_for_those_who_ask_for_json(send):
    answer = send('/\xff', HTTP_ACCEPT='application/json')
    assert json.loads(answer.body)['error']['code'] == 'bad-address'


@pytest.mark.parametrize('path', ['/', '/\xff'])
def test_every_response_carries_the_security_headers(send, path):
    headers = send(path).headers
    assert headers['X-Content-Type-Options'] == 'nosniff'
    assert headers['Referrer-Policy'] == 'same-origin'
    assert headers['Cache-Control'] == 'no-store'
    assert headers['Cross-Origin-Opener-Policy'] == 'same-origin'
    assert "frame-ancestors 'none'" in headers['Content-Security-Policy']
    assert "default-src 'none'" in headers['Content-Security-Policy']


def test_the_policy_allows_no_inline_script_and_a_new_nonce_each_time(send):
    first, second = (send().headers['Content-Security-Policy'] for _ in range(2))
    assert 'unsafe' not in first
    assert first != second


def test_a_view_keeps_the_headers_it_set_itself():
    def own(environ, start_response):
        start_response('200 OK', [('Content-Security-Policy', 'sandbox'), ('Cache-Control', 'public')])
        return []

    answer = Request.blank('/', environ={'HTTP_HOST': 'localhost:6543'}).get_response(Guard(own, read_settings({}, environ={})))
    assert answer.headers.getall('Content-Security-Policy') == ['sandbox']
    assert answer.headers.getall('Cache-Control') == ['public']


def test_strangers_cannot_move_the_root_or_name_themselves(send):
    assert send(HTTP_X_VHM_ROOT='/files/jdoe', REMOTE_USER='admin').text == ''


def test_a_site_behind_https_asks_browsers_to_stay_there():
    settings = read_settings({'ivle.url': 'https://ivle.example.org'}, environ={})
    answer = Request.blank('/', environ={'HTTP_HOST': 'ivle.example.org'}).get_response(Guard(echo, settings))
    assert 'max-age' in answer.headers['Strict-Transport-Security']


def test_scripts_come_from_the_media_of_the_host_that_was_asked_and_nowhere_else():
    settings = read_settings({'ivle.prefix': '/ivle'}, environ={})
    asked = Request.blank('/ivle/', environ={'HTTP_HOST': 'LOCALHOST:6543'})
    assert (
        ' script-src localhost:6543/ivle/media/;' in asked.get_response(Guard(echo, settings)).headers['Content-Security-Policy']
    )


def test_a_host_that_is_not_ours_never_stands_in_the_policy(send):
    assert 'evil' not in send(host='evil.test; script-src *').headers['Content-Security-Policy']


def test_what_breaks_outside_every_page_is_a_500_in_words_with_the_headers_of_the_site(caplog):
    def broken(environ, start_response):
        raise RuntimeError('a secret of ours')

    guard = Guard(broken, read_settings({}, environ={}))
    answer = Request.blank('/', environ={'HTTP_HOST': '127.0.0.1:6543', 'HTTP_ACCEPT': 'application/json'}).get_response(guard)
    assert (answer.status_int, answer.json['error']['code']) == (500, 'internal')
    assert f'incident {answer.json["error"]["incident"]}' in caplog.text
    assert answer.headers['X-Content-Type-Options'] == 'nosniff' and 'secret' not in answer.text
    assert 'a secret of ours' in caplog.text
