"""Serve: one web request answered by a student's file or program, in a sandbox of its own.

The answer is kept whole in a temporary file before anybody sees it: the sandbox is gone by then, and a browser that reads
slowly holds nothing of ours.
"""

import contextlib
import logging
import tempfile
from dataclasses import dataclass
from typing import IO

from ivle import chat, envelopes, sockets
from ivle.errors import IvleError, NotFound, ServiceDown
from ivle.hosts.replies import ETAG
from ivle.hosts.shapes import Misshapen, either, one_of, record, text, whole
from ivle.secrets import read_secret

# Beside the seconds a program has: to start and end its sandbox, and to hand over what it wrote.
SPARE_SECONDS = 10.0
_HELD_BYTES = 1 << 20
_DOWN = 'Pages and programs cannot be served for the moment. Your files are safe; try again in a few seconds.'

log = logging.getLogger(__name__)


def _status(value, where='reply'):
    """Accept an exit status: 0 to 255, or negative for a signal."""
    if type(value) is not int or not -100 < value < 256:
        raise Misshapen(f'{where}: not an exit status')
    return value


_PATH = text(8192)
_FILE = record(
    {
        'kind': one_of('static'),
        'path': _PATH,
        'type': text(80, r'[a-z]+/[a-z0-9.+-]+'),
        'size': whole(),
        'etag': ETAG,
        'modified': text(24, r'[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z'),
    }
)
_PROGRAM = record({'kind': one_of('cgi'), 'path': _PATH})
_OKAY = either('kind', {'static': _FILE, 'cgi': _PROGRAM, None: record({'kind': one_of('redirect')})})
_ENDED = record({'exit': _status, 'reason': one_of('exited', 'time', 'output', 'killed'), 'stderr': text(64 * 1024)})
_FAILURE = record({'code': text(40, r'[a-z-]+'), 'message': text(600)})
_STATUSES = {'forbidden': 403, 'bad-method': 405, 'too-large': 413, 'too-many': 429}


@dataclass(frozen=True)
class ServedFile:
    """A static file: its bytes in `body`, at their start."""

    path: str
    body: IO[bytes]
    size: int
    type: str
    etag: str


@dataclass(frozen=True)
class ServedProgram:
    """What a program wrote, raw, in `body`, and how it ended.

    `reason` is 'exited', or why it was stopped: 'time', 'output', 'killed'. `exit` is negative for a signal.
    """

    path: str
    body: IO[bytes]
    size: int
    exit: int
    reason: str
    stderr: str


@dataclass(frozen=True)
class FolderWithoutSlash:
    """A directory was named without its final slash: links in its page would miss."""


class Serve:
    """Asks the sandbox server for one answer at a time."""

    def __init__(self, settings):
        self._settings = settings

    @property
    def largest_body(self):
        """How many bytes a program can be sent: they lie in its private /tmp, and it needs room there itself."""
        return min(self._settings.tmp_size // 2, self._settings.file_size)

    def run(self, login, request, body=()):
        """Return a ServedFile, ServedProgram or FolderWithoutSlash for a request in the words of docs/services.md.

        `body` is an iterable of bytes. IvleError with code 'not-found', 'forbidden', 'bad-method', 'too-large' for what is
        refused, ServiceDown when there is no answer.
        """
        try:
            with sockets.connect(self._settings.path('run', 'sandbox.sock')) as connection:
                return self._converse(connection, {'serve': {'login': login, 'request': request}}, body)
        except (chat.ProtocolError, envelopes.RemoteError, Misshapen) as error:
            log.error('serving %s for %s failed: %s', request['path'], login, error)
            raise ServiceDown(_DOWN) from error

    def _converse(self, connection, question, body):
        chat.write_frame(connection, envelopes.seal(question, read_secret(self._settings, 'sandbox'), 'sandbox'))
        lost = _send(connection, body)
        try:
            return self._answer(connection)
        except chat.ConnectionLost as error:
            # What went wrong first says more.
            raise lost or error from None

    def _answer(self, connection):
        timeout = self._settings.serve_seconds + SPARE_SECONDS
        reply = envelopes.raise_failure(chat.read_value(connection, timeout=timeout))
        if type(reply) is not dict or len(reply) != 1:
            raise Misshapen('reply: neither okay nor error')
        if 'error' in reply:
            raise _as_error(_FAILURE(reply['error'], 'error'))
        okay = _OKAY(reply.get('okay'), 'okay')
        if okay['kind'] == 'redirect':
            return FolderWithoutSlash()
        if okay['kind'] == 'static':
            body, size = _receive(connection, timeout, min(okay['size'], self._settings.upload_limit))
            with _closed_if_wrong(body):
                if size != okay['size']:
                    raise Misshapen('okay: not as many bytes as promised')
            return ServedFile(okay['path'], body, size, okay['type'], okay['etag'])
        body, size = _receive(connection, timeout, self._settings.output_limit)
        with _closed_if_wrong(body):
            end = record({'ended': _ENDED})(chat.read_value(connection, timeout=timeout))['ended']
        return ServedProgram(okay['path'], body, size, **end)


def _send(connection, body):
    """Send the body; return the error when nobody reads it any more, as the reason may be waiting for us."""
    try:
        chat.write_data(connection, body)
    except chat.ConnectionLost as error:
        return error
    return None


def _receive(connection, timeout, most):
    """Return (file, size) of the data frames, the file at its start."""
    body, size = tempfile.SpooledTemporaryFile(_HELD_BYTES), 0  # noqa: SIM115 - whoever asked closes it
    with _closed_if_wrong(body):
        for block in chat.read_data(connection, timeout=timeout):
            size += len(block)
            if size > most:
                raise Misshapen('more data than promised')
            body.write(block)
    body.seek(0)
    return body, size


@contextlib.contextmanager
def _closed_if_wrong(file):
    """Close a file that nobody will get because of an exception."""
    try:
        yield
    except BaseException:
        file.close()
        raise


def _as_error(failure):
    """Return the IvleError for a refusal of the service or of the daemon before it."""
    if failure['code'] == 'not-found':
        return NotFound()
    if failure['code'] in _STATUSES:
        return IvleError(failure['message'], code=failure['code'], status=_STATUSES[failure['code']])
    # busy, sandbox-broken, and whatever else a broken box may say.
    return ServiceDown(_DOWN)
