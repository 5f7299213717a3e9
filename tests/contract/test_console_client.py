"""The web tier's Console against a sandbox-server that is not there, refuses, or lies."""

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from ivle import chat, envelopes, sockets
from ivle.console import Console
from ivle.errors import BadRequest, Conflict, IvleError, NotFound, ServiceDown
from ivle.secrets import read_secret
from ivle.settings import Settings

KEY = 'ab' * 16


@pytest.fixture
def settings(data):
    found = Settings(data=Path(data))
    found.path('run').mkdir()
    return found


@contextlib.contextmanager
def answering(settings, payload):
    """Run a sandbox-server that answers every request with these bytes; gives the list of requests."""
    opener = envelopes.Opener(read_secret(settings, 'sandbox'), 'sandbox')
    questions = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    questions.append(opener.open(chat.read_frame(connection))[1])
                    connection.sendall(payload)

    with sockets.listen(settings.path('run', 'sandbox.sock')) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield questions
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def frame(text):
    return chat.frame(text.encode('utf-8'))


def test_a_server_that_is_not_there_is_told_as_such(settings):
    with pytest.raises(ServiceDown) as down:
        Console(settings, 'studenta').list()
    assert 'try again' in down.value.message


def test_every_request_names_the_login(settings):
    with answering(settings, frame('{"consoles":[]}')) as questions:
        assert Console(settings, 'studenta').list() == []
    assert questions == [{'console_list': {'login': 'studenta'}}]


@pytest.mark.parametrize(
    ('code', 'kind', 'status'),
    [
        ('not-found', NotFound, 404),
        ('too-many', IvleError, 429),
        ('busy', Conflict, 409),
        ('bad-request', BadRequest, 400),
        ('sandbox-broken', ServiceDown, 503),
        ('unheard-of', ServiceDown, 503),
    ],
)
def test_a_refusal_becomes_an_error_for_the_person(settings, code, kind, status):
    with answering(settings, frame(f'{{"error":{{"code":"{code}","message":"A sentence."}}}}')), pytest.raises(kind) as refused:
        Console(settings, 'studenta').start()
    assert refused.value.status == status


@pytest.mark.parametrize(
    'reply',
    [
        '[]',
        'null',
        '{"replies":[],"busy":false}',
        '{"replies":[],"busy":0,"next":1}',
        '{"replies":[],"busy":false,"next":-1}',
        '{"replies":[],"busy":false,"next":1,"more":1}',
        '{"replies":[{"okay":null}],"busy":false,"next":1}',
        '{"replies":[{"okay":1,"seq":1}],"busy":false,"next":1}',
        '{"replies":[{"output":7,"seq":1}],"busy":false,"next":1}',
        '{"replies":[{"okay":null,"output":"x","seq":1}],"busy":false,"next":1}',
        '{"replies":[{"okay":null,"seq":true}],"busy":false,"next":1}',
        '{"replies":[{"html":"<b>","seq":1}],"busy":false,"next":1}',
        '{"replies":[{"matches":[1],"start":0,"seq":1}],"busy":false,"next":1}',
        '{"replies":[{"globals":[{"name":"a"}],"seq":1}],"busy":false,"next":1}',
        '{"error":{"code":"busy"}}',
        '{"error":"busy"}',
        '{"type":"InternalError","value":"incident 1","traceback":""}',
        '{"replies":[],"busy":false,"next":1e999}',
        'junk',
    ],
)
def test_a_reply_of_another_shape_is_not_passed_on(settings, reply):
    with answering(settings, frame(reply)), pytest.raises(ServiceDown):
        Console(settings, 'studenta').output(KEY, 0)


@pytest.mark.parametrize('payload', [b'', b'x', b'99999999:', b'5:abc', b'3:abcX'])
def test_a_broken_reply_is_told_as_such(settings, payload):
    with answering(settings, payload), pytest.raises(ServiceDown):
        Console(settings, 'studenta').output(KEY, 0)


@pytest.mark.parametrize('key', ['"x"', '7', 'null', f'"{KEY}\\n"', '"../../etc"'])
def test_a_key_that_is_none_is_not_passed_on(settings, key):
    with answering(settings, frame(f'{{"key":{key}}}')), pytest.raises(ServiceDown):
        Console(settings, 'studenta').start()


TYPED = '{"after":0,"cmd":"chat","text":"x"}'


def test_what_was_typed_comes_as_it_was_given(settings):
    run = '{"after":3,"cmd":"run","text":{"path":"/a.py","args":["b"]}}'
    with answering(settings, frame(f'{{"typed":[{TYPED},{run}]}}')) as questions:
        typed = Console(settings, 'studenta').typed(KEY)
    assert typed == [
        {'after': 0, 'cmd': 'chat', 'text': 'x'},
        {'after': 3, 'cmd': 'run', 'text': {'path': '/a.py', 'args': ['b']}},
    ]
    assert questions == [{'console_typed': {'login': 'studenta', 'key': KEY}}]


@pytest.mark.parametrize(
    'typed',
    [
        '"x"',
        '["x"]',
        '[{}]',
        '[{"after":-1,"cmd":"chat","text":"x"}]',
        '[{"after":0,"cmd":"interrupt","text":""}]',
        '[{"after":0,"cmd":"chat","text":{"path":"a"}}]',
        '[{"after":0,"cmd":"run","text":"a.py"}]',
        '[{"after":0,"cmd":"run","text":{"path":"a","args":[1]}}]',
        '[{"after":0,"cmd":"chat","text":"x","more":1}]',
        '[{"after":0,"cmd":"chat","text":"' + 'x' * 140_000 + '"}]',
        f'[{",".join([TYPED] * 301)}]',
    ],
)
def test_a_list_of_what_was_typed_that_is_none_is_not_passed_on(settings, typed):
    with answering(settings, frame(f'{{"typed":{typed}}}')), pytest.raises(ServiceDown):
        Console(settings, 'studenta').typed(KEY)


def test_the_history_comes_as_it_was_given(settings):
    with answering(settings, frame('{"history":["x","y\\nz"]}')) as questions:
        assert Console(settings, 'studenta').history() == ['x', 'y\nz']
    assert questions == [{'console_history': {'login': 'studenta'}}]


@pytest.mark.parametrize('history', ['"x"', '[1]', '[null]', '["' + 'x' * 140_000 + '"]', '[' + ','.join(['"x"'] * 501) + ']'])
def test_a_history_that_is_none_is_not_passed_on(settings, history):
    with answering(settings, frame(f'{{"history":{history}}}')), pytest.raises(ServiceDown):
        Console(settings, 'studenta').history()


LISTED = '{{"key":"{key}","cwd":"/","busy":{busy},"started":"2026-01-01T00:00:00Z"{more}}}'


@pytest.mark.parametrize(
    'more', [',"state":"asleep"', ',"python":7', ',"python":"a\\nb"', ',"python":"' + 'x' * 101 + '"', ',"x":1']
)
def test_a_list_of_consoles_that_is_none_is_not_passed_on(settings, more):
    listed = LISTED.format(key=KEY, busy='false', more=more)
    with answering(settings, frame(f'{{"consoles":[{listed}]}}')), pytest.raises(ServiceDown):
        Console(settings, 'studenta').list()


@pytest.mark.parametrize(('busy', 'state'), [('true', 'busy'), ('false', 'idle')])
def test_a_host_that_tells_less_of_its_consoles_is_understood(settings, busy, state):
    listed = LISTED.format(key=KEY, busy=busy, more='')
    with answering(settings, frame(f'{{"consoles":[{listed}]}}')):
        [console] = Console(settings, 'studenta').list()
    assert (console['state'], console['python']) == (state, '')
