"""Replies that come out of a sandbox are hostile input: the web zone believes none that lies about its shape."""

import contextlib
import socket
import threading

import pytest

from ivle import chat, envelopes, sockets
from ivle.errors import IvleError, NotFound, ServiceDown
from ivle.hosts.files import Files, HomeView
from ivle.secrets import read_secret
from ivle.settings import Settings

HOME = HomeView('studenta', 'write')
ENTRY = {
    'name': 'a',
    'kind': 'text',
    'size': 1,
    'modified': '2026-11-14T12:00:00Z',
    'version': {'state': 'none', 'revision': None},
}
LISTED = {'kind': 'directory', 'entries': [ENTRY], 'version': {'state': 'none', 'revision': None}}
INFO = {'kind': 'text', 'size': 4, 'type': 'text/plain', 'etag': 'a' * 32, 'modified': '2026-11-14T12:00:00Z'}


class Daemon:
    """Something at sandbox-server's socket that answers each connection as the test says, frame by frame."""

    def __init__(self, settings, scripts):
        settings.path('run').mkdir()
        self.requests = []
        self._opener = envelopes.Opener(read_secret(settings, 'sandbox'), 'sandbox')
        self._listener = sockets.listen(settings.path('run', 'sandbox.sock'))
        self._thread = threading.Thread(target=self._serve, args=(scripts,))
        self._thread.start()

    def _serve(self, scripts):
        for script in scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(chat.ConnectionLost):
                self.requests.append(self._opener.open(chat.read_frame(connection))[1]['file']['request'])
                for frame in script:
                    chat.write_frame(connection, frame)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@pytest.fixture
def ask(tmp_path):
    """Return (answering, ask): what the daemon will send, and the Files that hear it."""
    settings = Settings(data=tmp_path)
    with contextlib.ExitStack() as stack:

        def answering(*scripts):
            daemon = Daemon(settings, scripts)
            stack.callback(daemon.close)
            return Files(settings), daemon

        yield answering


def okay(value):
    return chat.dumps({'okay': value}).encode()


def error(code, **details):
    return chat.dumps({'error': {'code': code, 'message': 'A sentence.', **details}}).encode()


def test_a_reply_in_shape_is_believed(ask):
    files, daemon = ask([okay(LISTED)])
    assert files.list(HOME, '151', revision=3) == LISTED
    assert daemon.requests == [{'op': 'list', 'path': '151', 'revision': 3}]


def test_a_long_reply_comes_as_data(ask):
    listed = {**LISTED, 'entries': [{**ENTRY, 'name': f'{number:0200}'} for number in range(5000)]}
    text = chat.dumps(listed).encode()
    reply = b'{"okay":%b}' % text
    files, _ = ask([okay({'follows': True}), *(reply[start : start + 500_000] for start in range(0, len(reply), 500_000)), b''])
    assert len(files.list(HOME, '')['entries']) == 5000


@pytest.mark.parametrize(
    'lie',
    [
        b'not json',
        b'7',
        b'{}',
        b'{"okay": {}}',
        b'{"okay": null}',
        b'{"okay": {}, "error": {}}',
        b'{"error": {}}',
        b'{"error": {"code": "exists", "message": 7}}',
        b'{"error": {"code": "exists", "message": "m", "html": "<b>"}}',
        chat.dumps({'error': {'code': 'exists', 'message': 'x' * 3000}}).encode(),
        okay({**LISTED, 'extra': 1}),
        okay({**LISTED, 'kind': 'script'}),
        okay({**LISTED, 'entries': {}}),
        okay({**LISTED, 'entries': [7]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'name': '../etc'}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'name': ''}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'size': -1}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'size': True}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'size': 1.5}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'modified': 'now'}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'raw': 'xyz'}]}),
        okay({**LISTED, 'entries': [{**ENTRY, 'version': {'state': 'hacked', 'revision': None}}]}),
        okay({key: value for key, value in LISTED.items() if key != 'version'}),
    ],
)
def test_a_lie_is_an_outage_to_the_person_and_nothing_of_it_is_shown(ask, lie):
    files, _ = ask([lie])
    with pytest.raises(ServiceDown) as caught:
        files.list(HOME, '')
    assert caught.value.message == ServiceDown.message


def test_the_bytes_of_a_file_are_as_many_as_promised(ask):
    files, _ = ask([okay(INFO), b'ab', b'cd', b''])
    info, body = files.read(HOME, 'a')
    with body:
        assert (info, body.read()) == (INFO, b'abcd')


@pytest.mark.parametrize('blocks', [[b'abcde', b''], [b'abc', b''], [b'']])
def test_more_or_fewer_bytes_than_promised_are_refused(ask, blocks):
    files, _ = ask([okay(INFO), *blocks])
    with pytest.raises(ServiceDown):
        files.read(HOME, 'a')


def test_a_looking_that_breaks_off_is_tried_once_more(ask):
    files, daemon = ask([], [okay(LISTED)])
    assert files.list(HOME, '') == LISTED
    assert len(daemon.requests) == 2


def test_a_reading_cut_short_is_tried_once_more(ask):
    files, _ = ask([okay(INFO), b'ab'], [okay(INFO), b'abcd', b''])
    files.read(HOME, 'a')[1].close()


def test_a_looking_that_breaks_off_twice_is_an_outage(ask):
    files, daemon = ask([], [], [])
    with pytest.raises(ServiceDown):
        files.list(HOME, '')
    assert len(daemon.requests) == 2


def test_a_change_that_breaks_off_is_never_repeated(ask):
    files, daemon = ask([], [okay({})])
    with pytest.raises(ServiceDown, match='Look whether it was done'):
        files.mkdir(HOME, '', 'd')
    assert len(daemon.requests) == 1


def test_without_a_daemon_the_person_learns_that_nothing_is_lost(tmp_path):
    with pytest.raises(ServiceDown, match='Nothing is lost'):
        Files(Settings(data=tmp_path)).list(HOME, '')


@pytest.mark.parametrize(
    ('code', 'status'),
    [
        ('exists', 409),
        ('stale', 412),
        ('precondition-required', 428),
        ('bad-name', 400),
        ('bad-path', 400),
        ('bad-request', 400),
        ('too-large', 413),
        ('disk-full', 507),
        ('read-only', 403),
        ('svn-conflict', 409),
        ('svn-out-of-date', 409),
        ('svn-failed', 409),
        ('not-a-file', 409),
        ('is-a-directory', 409),
        ('too-many', 429),
    ],
)
def test_each_refusal_keeps_its_code_and_has_its_status(ask, code, status):
    files, _ = ask([error(code)])
    with pytest.raises(IvleError) as caught:
        files.mkdir(HOME, '', 'd')
    assert (caught.value.code, caught.value.status, caught.value.message) == (code, status, 'A sentence.')


@pytest.mark.parametrize('code', ['internal', 'busy', 'sandbox-broken', 'anything-else'])
def test_a_fault_of_ours_is_an_outage(ask, code):
    files, _ = ask([error(code)])
    with pytest.raises(ServiceDown):
        files.mkdir(HOME, '', 'd')


def test_what_is_not_there_looks_as_what_is_not_theirs(ask):
    files, _ = ask([error('not-found')])
    with pytest.raises(NotFound) as caught:
        files.list(HOME, 'a')
    assert caught.value.message == NotFound.message


def test_a_refusal_brings_the_etag_and_the_names_but_no_details_for_the_log(ask):
    files, _ = ask([error('exists', names=['a'], etag=None, detail='svn: E155000')])
    with pytest.raises(IvleError) as caught:
        files.mkdir(HOME, '', 'd')
    assert caught.value.extra == {'names': ['a'], 'etag': None}
