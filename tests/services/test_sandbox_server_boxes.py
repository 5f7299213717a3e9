"""File services and served programs of sandbox-server: handed over, kept warm, replaced, ended."""

import os
import signal

import pytest

from ivle import chat
from tests.services.sandbox_host import SandboxHost, a_place_for_all, eventually, parent_of

SLOW = """import time
open('/proc/self/comm', 'w').write('slow')
print('Content-Type: text/plain\\n', flush=True)
time.sleep(60)
"""


@pytest.fixture(scope='module')
def host(tmp_path_factory):
    settings = {'files.idle': '1.5', 'console.idle': '1', 'serve.wall': '1'}
    running = SandboxHost(a_place_for_all(tmp_path_factory), **settings)
    running.write('studenta', '151/hello.py', 'print("Content-Type: text/plain\\n\\nhello")\n')
    running.write('studenta', '151/slow.py', SLOW)
    running.write('studenta', 'stuff/private.txt', 'private')
    with running:
        yield running


def names(reply):
    return [entry['name'] for entry in reply['okay']['entries']]


def test_a_second_request_finds_the_service_warm(host):
    assert names(host.file('studenta', op='list', path='')) == ['151', 'stuff']
    [first] = host.programs('fileservice')
    assert names(host.file('studenta', op='list', path='151')) == ['hello.py', 'slow.py']
    assert host.programs('fileservice') == [first]


def test_a_view_for_reading_cannot_write(host):
    reply = host.file('studenta', mode='read', op='mkdir', path='', name='new')
    assert reply['error']['code'] == 'read-only'


def test_a_view_with_a_scope_reaches_nothing_else(host):
    assert names(host.file('studenta', mode='read', scope='151', op='list', path='151')) == ['hello.py', 'slow.py']
    assert host.file('studenta', mode='read', scope='151', op='list', path='stuff')['error']['code'] == 'not-found'


@pytest.mark.parametrize(
    'wrong', [{'mode': 'everything'}, {'scope': '../studentb'}, {'scope': 7}, {'request': 'list'}, {'login': '../studentb'}]
)
def test_a_request_for_files_that_makes_no_sense_is_refused(host, wrong):
    question = {'login': 'studenta', 'mode': 'read', 'scope': '', 'request': {'op': 'list', 'path': ''}, **wrong}
    assert host.ask(file=question)['error']['code'] == 'bad-request'


def test_a_login_without_an_account_has_no_files(host):
    assert host.file('nobody', op='list', path='')['error']['code'] == 'not-found'


def test_a_killed_service_is_replaced(host):
    host.file('studenta', op='list', path='')
    for pid in host.programs('fileservice'):
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: host.status()['boxes'] == 0)
    assert names(host.file('studenta', op='list', path='')) == ['151', 'stuff']


def test_a_request_that_was_taken_by_a_dying_service_sees_its_connection_closed(host):
    question = {
        'login': 'studenta',
        'mode': 'write',
        'scope': '',
        'request': {'op': 'write', 'path': 'new.txt', 'if_none_match': '*'},
    }
    with host.line(file=question) as connection:
        assert eventually(lambda: host.programs('fileservice'))
        for pid in host.programs('fileservice'):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(chat.ConnectionLost):
            chat.read_value(connection)
    assert eventually(lambda: host.status()['boxes'] == 0)
    assert 'new.txt' not in names(host.file('studenta', op='list', path=''))


def test_many_requests_at_once_are_answered_by_one_service(host):
    question = {'login': 'studentb', 'mode': 'write', 'scope': '', 'request': {'op': 'list', 'path': ''}}
    lines = [host.line(file=question) for _ in range(20)]
    connections = [line.__enter__() for line in lines]
    assert all('okay' in chat.read_value(connection, timeout=60) for connection in connections)
    for line in lines:
        line.__exit__(None, None, None)


def test_a_service_that_nobody_uses_ends(host):
    host.file('studenta', op='list', path='')
    assert eventually(lambda: not host.programs('fileservice'))
    assert eventually(lambda: not list(host.settings.path('sockets').iterdir()))


def test_a_program_is_served_by_a_box_that_ends_with_it(host):
    reply, body, ended = host.serve('studenta', '151/hello.py')
    assert (reply['okay']['kind'], ended['ended']['exit']) == ('cgi', 0)
    assert body.endswith(b'hello\n')
    assert eventually(lambda: host.status()['boxes'] == 0)


def test_a_served_program_that_does_not_end_is_ended(host):
    _, body, ended = host.serve('studenta', '151/slow.py')
    assert ended['ended']['reason'] == 'time'
    assert eventually(lambda: host.status()['boxes'] == 0)


def test_a_killed_serve_box_closes_the_connection(host):
    request = {
        **{'method': 'GET', 'path': '151/slow.py', 'query': '', 'headers': {}, 'script_name': '', 'server_name': 'localhost'},
        **{'server_port': '80', 'scheme': 'http', 'remote_user': 'studenta'},
    }
    with host.line(serve={'login': 'studenta', 'request': request}) as connection:
        chat.write_frame(connection, b'')
        assert eventually(lambda: host.named('slow'))
        [program] = host.named('slow')
        os.kill(parent_of(program), signal.SIGKILL)
        assert chat.read_value(connection)['okay']['kind'] == 'cgi'
        frames = list(iter(lambda: chat.read_frame(connection), None))
        # The empty frame, which ends the output of a program, never came.
        assert b'text/plain' in b''.join(frames) and b'' not in frames


def test_an_idle_console_is_ended_with_the_reason(host):
    mine = host.console('studenta')
    key = mine.start()
    assert eventually(lambda: mine.list() == [])
    assert 'idle' in mine.output(key, 0)['replies'][-1]['terminate']
