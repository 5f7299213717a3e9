"""The web's way to served answers, against daemons that lie, fall silent or are not there."""

import contextlib
import os
import threading
from pathlib import Path

import pytest

from ivle import chat, envelopes, sockets
from ivle.errors import IvleError, ServiceDown
from ivle.hosts.serve import FolderWithoutSlash, Serve, ServedFile, ServedProgram
from ivle.secrets import read_secret
from ivle.settings import Settings

REQUEST = {'method': 'GET', 'path': 'a.py'}
STATIC = {'kind': 'static', 'path': 'a', 'type': 'text/html', 'size': 4, 'etag': 'a' * 32, 'modified': '2026-01-01T00:00:00Z'}
CGI = {'kind': 'cgi', 'path': 'a.py'}
ENDED = {'exit': 0, 'reason': 'exited', 'stderr': ''}


@pytest.fixture
def settings(data):
    os.makedirs(Path(data, 'run'))
    return Settings(data=Path(data), serve_seconds=0.1, output_limit=1000, upload_limit=1000)


@contextlib.contextmanager
def daemon(settings, act):
    """Run a daemon for one connection: after the request and its body were read, `act(connection)` answers."""
    listener = sockets.listen(settings.path('run', 'sandbox.sock'))
    heard = []

    def serve():
        connection, _ = listener.accept()
        with connection:
            opener = envelopes.Opener(read_secret(settings, 'sandbox'), 'sandbox')
            heard.append(opener.open(chat.read_frame(connection))[1])
            heard.append(b''.join(chat.read_data(connection)))
            # Who has heard enough hangs up.
            with contextlib.suppress(chat.ConnectionLost):
                act(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield heard
    finally:
        thread.join()
        listener.close()


def saying(*messages):
    """Return an act that sends values, and bytes as data frames with their end."""

    def act(connection):
        for message in messages:
            send = (
                (lambda data: chat.write_data(connection, [data]))
                if isinstance(message, bytes)
                else (lambda value: chat.write_value(connection, value))
            )
            send(message)

    return act


def test_a_request_and_its_body_arrive_as_they_are(settings):
    with daemon(settings, saying({'okay': CGI}, b'out', {'ended': ENDED})) as heard:
        answer = Serve(settings).run('jdoe', REQUEST, [b'bo', b'dy'])
    assert heard == [{'serve': {'login': 'jdoe', 'request': REQUEST}}, b'body']
    with answer.body as body:
        assert (answer, body.read()) == (ServedProgram('a.py', body, 3, 0, 'exited', ''), b'out')


def test_a_file_is_told_with_its_bytes(settings):
    with daemon(settings, saying({'okay': STATIC}, b'file')):
        answer = Serve(settings).run('jdoe', REQUEST)
    with answer.body as body:
        assert (answer, body.read()) == (ServedFile('a', body, 4, 'text/html', 'a' * 32), b'file')


def test_a_directory_without_its_slash_is_told(settings):
    with daemon(settings, saying({'okay': {'kind': 'redirect'}})):
        assert Serve(settings).run('jdoe', REQUEST) == FolderWithoutSlash()


@pytest.mark.parametrize(
    ('code', 'status'),
    [
        ('not-found', 404),
        ('forbidden', 403),
        ('bad-method', 405),
        ('too-large', 413),
        ('too-many', 429),
        ('sandbox-broken', 503),
        ('odd', 503),
    ],
)
def test_each_refusal_has_its_status(settings, code, status):
    with daemon(settings, saying({'error': {'code': code, 'message': 'A sentence.'}})), pytest.raises(IvleError) as refused:
        Serve(settings).run('jdoe', REQUEST)
    assert refused.value.status == status


@pytest.mark.parametrize(
    'messages',
    [
        [],
        ['text'],
        [{}],
        [{'okay': {}}],
        [{'okay': CGI, 'error': {}}],
        [{'error': {'code': 'forbidden'}}],
        [{'error': {'code': 'forbidden', 'message': 'x' * 10_000}}],
        [{'error': {'code': 1, 'message': 'x'}}],
        [{'type': 'KeyError', 'value': 'x', 'traceback': ''}],
        [{'okay': {'kind': 'other'}}],
        [{'okay': {**STATIC, 'more': 1}}, b'file'],
        [{'okay': {**STATIC, 'size': 3}}, b'file'],
        [{'okay': {**STATIC, 'size': 5}}, b'file'],
        [{'okay': {**STATIC, 'size': -1}}, b''],
        [{'okay': {**STATIC, 'size': True}}, b'f'],
        [{'okay': {**STATIC, 'size': 2000}}, b'x' * 2000],
        [{'okay': {**STATIC, 'type': 'text/html\r\nSet-Cookie: a=b'}}, b'file'],
        [{'okay': {**STATIC, 'etag': '"'}}, b'file'],
        [{'okay': CGI}],
        [{'okay': CGI}, b'x' * 1001, {'ended': ENDED}],
        [{'okay': CGI}, b'x'],
        [{'okay': CGI}, b'x', {'ended': {**ENDED, 'reason': 'other'}}],
        [{'okay': CGI}, b'x', {'ended': {**ENDED, 'exit': 'x'}}],
        [{'okay': CGI}, b'x', {'ended': {**ENDED, 'stderr': None}}],
        [{'okay': CGI}, b'x', {'ended': {**ENDED, 'stderr': 'x' * 100_000}}],
    ],
)
def test_a_reply_that_is_not_as_promised_is_no_reply(settings, messages):
    with daemon(settings, saying(*messages)), pytest.raises(ServiceDown):
        Serve(settings).run('jdoe', REQUEST)


def test_a_daemon_that_is_not_there_is_said_in_words(settings):
    with pytest.raises(ServiceDown, match='cannot be served for the moment'):
        Serve(settings).run('jdoe', REQUEST)


def test_a_refusal_is_heard_even_when_the_body_is_not_wanted(settings):
    listener = sockets.listen(settings.path('run', 'sandbox.sock'))

    def refuse():
        connection, _ = listener.accept()
        with connection:
            chat.read_frame(connection)
            chat.write_value(connection, {'error': {'code': 'too-many', 'message': 'Too many.'}})

    thread = threading.Thread(target=refuse)
    thread.start()
    with pytest.raises(IvleError) as refused:
        Serve(settings).run('jdoe', REQUEST, [b'x' * (1 << 20)] * 20)
    thread.join()
    listener.close()
    assert refused.value.code == 'too-many'
