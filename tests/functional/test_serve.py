"""Served pages over HTTP on a real site: programs, files, passes, and that none of it can act as the site."""

import os
import re
from urllib.parse import urlsplit

import pytest

SANDBOX = 'sandbox allow-scripts allow-forms allow-modals allow-downloads allow-popups'
NAVIGATION = {'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate'}
TYPED = "print('Content-Type: text/plain\\n')\n"
DUMP = TYPED + 'import os, sys\nfor item in sorted(os.environ.items()): print(*item)\nprint(sys.stdin.read())'
# One of each kind of header a program could wish for.
BOLD = """print('Status: 418 I am a teapot')
print('Content-Type: text/html')
print('X-Mine: yes')
print('Set-Cookie: ivle_session=stolen')
print('Set-Cookie2: x')
print('Clear-Site-Data: "*"')
print("Content-Security-Policy: script-src *")
print('Service-Worker-Allowed: /')
print('Access-Control-Allow-Credentials: true')
print('Refresh: 0; url=https://example.org')
print('X-Accel-Redirect: /secrets')
print('Strict-Transport-Security: max-age=1')
print()
print('bold')
"""


@pytest.fixture(scope='module')
def home(site):
    """Return studenta's directory of things to serve, made as programs in a sandbox would make them."""
    place = site.data / 'accounts' / 'studenta' / 'home' / 'shown'
    files = {
        'page.html': '<script src="code.js"></script>',
        'code.js': 'alert(1)',
        'picture.png': b'\x89PNG\r\n\x1a\n' + bytes(1000),
        'sub/index.html': 'the index',
        'empty/deep/x.txt': 'x',
        'hello.py': TYPED + "print('hello')",
        'dump.py': DUMP,
        'bold.py': BOLD,
        'moved.py': "print('Status: 302 Found\\nLocation: hello.py\\n')",
        'bare.py': "print('<b>just text</b>')",
        'silent.py': '',
        'crash.py': "import nothing_of_that_name_\nprint('x')",
        'half.py': TYPED + "print('half a page')\n1 / 0",
        'flood.py': TYPED + "while True: print('x' * 1000)",
        'gone.py': "print('Status: 204 No Content\\n\\nHTTP/1.1 200 OK')",
        "it's 50% #1 \u00e9.html": 'odd name',
    }
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    owner = place.parent.stat()
    for path in [place, *place.rglob('*')]:
        os.chown(path, owner.st_uid, owner.st_gid)
    return '/serve/studenta/shown'


@pytest.fixture(scope='module')
def studenta(site):
    return site.person('studenta')


@pytest.fixture(scope='module')
def behind_pass(site, home, studenta):
    """Return the address of the same directory behind a pass of studenta's."""
    return pass_of(site, studenta, f'{home}/')


def pass_of(site, person, path):
    """Return the path, behind a pass, that a browser of this person is sent to."""
    answer = person.request('GET', path, headers=NAVIGATION)
    assert answer.status == 303
    return urlsplit(answer.location).path.removeprefix(site.prefix).rstrip('/')


# -- programs and files -----------------------------------------------------------------------------


def test_a_program_answers_its_owner(home, studenta):
    answer = studenta.get(f'{home}/hello.py')
    assert (answer.status, answer.headers['Content-Type'], answer.text) == (200, 'text/plain', 'hello\n')


def test_a_program_knows_what_was_asked_but_no_secret_of_the_reader(home, studenta):
    headers = {'X-CSRF-Token': studenta.csrf_token, 'Content-Type': 'text/x-thing', 'X-Own': 'own'}
    said = studenta.request('PUT', f'{home}/dump.py/a/b%20c?d=e%20f', b'the body', headers).text.splitlines()
    assert {
        'REQUEST_METHOD PUT',
        'PATH_INFO /a/b c',
        'QUERY_STRING d=e%20f',
        'CONTENT_TYPE text/x-thing',
        'CONTENT_LENGTH 8',
    } <= set(said)
    assert {f'SCRIPT_NAME {home}/dump.py', 'REMOTE_USER studenta', 'HTTP_X_OWN own', 'the body'} <= set(said)
    assert not [line for line in said if 'COOKIE' in line or 'CSRF' in line or 'AUTHORIZATION' in line]


def test_the_token_of_a_form_stops_before_the_program(home, studenta):
    said = studenta.submit(f'{home}/dump.py', first='a b', last='c').text
    assert said.splitlines()[-1] == 'first=a+b&last=c'


def test_an_answer_without_a_page_has_none(home, studenta):
    answer = studenta.get(f'{home}/gone.py')
    assert (answer.status, answer.body, answer.headers['Content-Length']) == (204, b'', None)


def test_a_redirect_of_a_program_is_followed_from_where_it_stands(home, studenta):
    answer = studenta.get(f'{home}/moved.py')
    assert (answer.status, answer.location.endswith(f'{home}/hello.py')) == (302, True)


def test_a_head_request_gets_the_headers_alone(home, studenta):
    answer = studenta.request('HEAD', f'{home}/hello.py')
    assert (answer.status, answer.headers['Content-Type'], answer.body) == (200, 'text/plain', b'')


def test_the_headers_of_a_program_cannot_touch_the_site(home, studenta):
    answer = studenta.get(f'{home}/bold.py')
    assert (answer.status, answer.text, answer.headers['X-Mine']) == (418, 'bold\n', 'yes')
    assert answer.headers.get_all('Content-Security-Policy') == [SANDBOX]
    dropped = (
        'Set-Cookie Set-Cookie2 Clear-Site-Data Service-Worker-Allowed Access-Control-Allow-Credentials Refresh X-Accel-Redirect'
    )
    assert [name for name in (*dropped.split(), 'Strict-Transport-Security') if name in answer.headers] == []


def test_a_directory_is_served_with_its_final_slash(home, studenta):
    answer = studenta.get(f'{home}/sub?a=b')
    assert (answer.status, answer.location.endswith(f'{home}/sub/?a=b')) == (303, True)
    assert studenta.get(f'{home}/sub/').text == 'the index'


def test_a_post_to_a_directory_is_sent_on_as_a_post(home, studenta):
    assert studenta.submit(f'{home}/sub', a='b').status == 307


@pytest.mark.parametrize(
    ('path', 'status'), [('empty/', 403), ('nothing', 404), ('.svn/entries', 404), ('page.html/more', 404), ('sub/@@edit', 404)]
)
def test_what_is_not_a_page_is_refused(home, studenta, path, status):
    assert studenta.get(f'{home}/{path}').status == status


def test_a_plain_file_takes_no_posts(home, studenta):
    assert studenta.submit(f'{home}/page.html', a='b').status == 405


def test_odd_names_are_served(home, studenta):
    assert studenta.get(f'{home}/it%27s%2050%25%20%231%20%C3%A9.html').text == 'odd name'


def test_a_part_of_a_file_can_be_asked_for(home, studenta):
    answer = studenta.request('GET', f'{home}/picture.png', headers={'Range': 'bytes=1-3'})
    assert (answer.status, answer.body, answer.headers['Content-Range']) == (206, b'PNG', 'bytes 1-3/1008')


def test_a_body_larger_than_a_program_can_take_is_refused(home, studenta):
    headers = {'X-CSRF-Token': studenta.csrf_token, 'Content-Type': 'text/plain'}
    assert studenta.request('POST', f'{home}/hello.py', bytes(33 << 20), headers).status == 413


def test_the_tilde_is_oneself(home, studenta):
    assert studenta.get('/serve/~/shown/hello.py').text == 'hello\n'


# -- trouble ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('path', 'status', 'words'),
    [
        ('bare.py', 200, 'before it said what kind of page it makes'),
        ('silent.py', 200, 'The program printed nothing.'),
        ('crash.py', 200, 'ModuleNotFoundError'),
        ('half.py', 500, 'ZeroDivisionError: division by zero'),
        ('flood.py', 502, 'it printed more than'),
    ],
)
def test_a_program_in_trouble_is_explained(home, studenta, path, status, words):
    answer = studenta.get(f'{home}/{path}')
    assert (answer.status, words in answer.text) == (status, True)


def test_what_a_program_printed_is_shown_but_never_acts(home, studenta):
    text = studenta.get(f'{home}/bare.py').text
    assert '&lt;b&gt;just text&lt;/b&gt;' in text and '<b>just' not in text


def test_the_page_of_trouble_is_one_of_the_site(home, studenta):
    policy = studenta.get(f'{home}/bare.py').headers['Content-Security-Policy']
    assert policy.startswith(f"default-src 'none'; script-src {studenta.host}/media/;")


# -- who --------------------------------------------------------------------------------------------


@pytest.mark.parametrize('login', ['studentb', 'tutor', 'lecturer', 'admin'])
def test_nobody_else_is_served(site, home, login):
    person = site.person(login)
    assert [person.get(f'{home}/{path}').status for path in ('hello.py', 'page.html', 'nothing')] == [404, 404, 404]


def test_a_stranger_is_sent_to_sign_in(site, home):
    assert '/login?next=' in site.visitor().get(f'{home}/hello.py').location


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'PATCH'])
def test_a_cookie_alone_changes_nothing(home, studenta, method):
    answer = studenta.request(method, f'{home}/dump.py', b'x', {'Content-Type': 'text/plain'})
    assert (answer.status, 'REQUEST_METHOD' in answer.text) == (400, False)


def test_a_student_page_cannot_post_by_the_readers_cookie_even_with_the_token(home, studenta):
    headers = {'X-CSRF-Token': studenta.csrf_token, 'Origin': 'null', 'Content-Type': 'text/plain'}
    assert studenta.request('POST', f'{home}/dump.py', b'x', headers).status == 400


@pytest.mark.parametrize('use', ['script', 'style', 'worker', 'serviceworker', 'object'])
@pytest.mark.parametrize('action', ['serve', 'download'])
def test_a_file_of_a_student_never_becomes_a_part_of_our_pages(home, studenta, action, use):
    headers = {'Sec-Fetch-Dest': use, 'Sec-Fetch-Site': 'same-origin'}
    assert studenta.request('GET', f'/{action}/studenta/shown/code.js', headers=headers).status == 403


# -- passes -----------------------------------------------------------------------------------------


def test_a_browser_is_sent_behind_a_pass(site, home, studenta):
    answer = studenta.request('GET', f'{home}/page.html?a=b', headers=NAVIGATION)
    assert answer.status == 303
    assert re.fullmatch(r'.*/served/[0-9.a-f]+/studenta/shown/page.html\?a=b', answer.location)


def test_behind_a_pass_no_cookie_is_needed(site, behind_pass):
    anybody = site.visitor()
    assert anybody.get(f'{behind_pass}/hello.py').text == 'hello\n'
    assert anybody.get(f'{behind_pass}/code.js').headers['Content-Type'] == 'text/javascript; charset=utf-8'


def test_behind_a_pass_everything_may_be_read_by_the_page_itself(site, behind_pass):
    headers = site.visitor().get(f'{behind_pass}/code.js').headers
    assert headers['Access-Control-Allow-Origin'] == '*'
    assert headers['Cross-Origin-Resource-Policy'] == 'cross-origin'
    assert headers['Content-Security-Policy'] == SANDBOX
    assert 'X-Frame-Options' not in headers
    assert 'Set-Cookie' not in headers


def test_behind_a_pass_a_form_needs_no_token(site, behind_pass):
    headers = {'Content-Type': 'application/x-www-form-urlencoded', 'Origin': 'null', 'Sec-Fetch-Site': 'cross-site'}
    said = site.visitor().request('POST', f'{behind_pass}/dump.py', b'a=b', headers).text
    assert 'a=b' in said and 'REMOTE_USER studenta' in said


def test_a_program_behind_a_pass_can_link_to_itself(site, behind_pass):
    assert f'SCRIPT_NAME {site.prefix}{behind_pass}/dump.py' in site.visitor().get(f'{behind_pass}/dump.py').text


def test_a_page_may_ask_to_send_unusual_requests(site, behind_pass):
    headers = {'Origin': 'null', 'Access-Control-Request-Method': 'DELETE', 'Access-Control-Request-Headers': 'x-own'}
    answer = site.visitor().request('OPTIONS', f'{behind_pass}/dump.py', headers=headers)
    assert (answer.status, answer.headers['Access-Control-Allow-Headers']) == (204, 'x-own')
    assert 'DELETE' in answer.headers['Access-Control-Allow-Methods']


def test_a_pass_shows_one_home_only(site, behind_pass):
    other = behind_pass.replace('/studenta/', '/studentb/')
    answer = site.visitor().get(f'{other}/hello.py')
    assert (answer.status, answer.location.endswith('/serve/studentb/shown/hello.py')) == (303, True)


@pytest.mark.parametrize(
    'path', ['files/studenta', 'edit/studenta/shown/hello.py', 'download/studenta/shown/hello.py', 'profile']
)
def test_a_pass_is_no_key_to_the_rest(site, behind_pass, path):
    word = behind_pass.split('/')[2]
    visitor = site.visitor()
    assert visitor.get(f'/served/{word}/{path}').status in (303, 404)
    assert 'login?next=' in visitor.request('GET', f'/{path}', headers={'Cookie': f'ivle_session={word}'}).location


@pytest.mark.parametrize('view', ['@@log', '@@diff', '@@about', '@@trash', '@@download'])
def test_the_views_of_files_are_not_there_behind_a_pass(site, behind_pass, view):
    assert site.visitor().get(f'{behind_pass}/{view}').status == 404


def test_a_changed_pass_leads_back_to_signing_in(site, behind_pass):
    changed = behind_pass.replace('/served/', '/served/1')
    answer = site.visitor().get(f'{changed}/hello.py?a=b')
    assert (answer.status, answer.location.endswith('/serve/studenta/shown/hello.py?a=b')) == (303, True)


def test_what_was_sent_with_a_pass_that_is_over_is_not_run(site, behind_pass):
    changed = behind_pass.replace('/served/', '/served/1')
    answer = site.visitor().request('POST', f'{changed}/dump.py', b'a=b', {'Content-Type': 'text/plain'})
    assert (answer.status, 'open too long' in answer.text) == (403, True)


def test_signing_out_ends_the_pass(site, home):
    person = site.person('studenta')
    path = pass_of(site, person, f'{home}/')
    assert site.visitor().get(f'{path}/hello.py').status == 200
    assert person.submit('/logout').status == 303
    assert site.visitor().get(f'{path}/hello.py').status == 303
