"""Files: the web zone's way to a person's files, which only the file service in its sandbox ever touches."""

import logging
import os
import tempfile
import time
from dataclasses import dataclass

from ivle import chat, envelopes, sockets
from ivle.errors import IvleError, ServiceDown
from ivle.hosts.replies import FAILURE, SHAPES, as_error
from ivle.hosts.shapes import Misshapen
from ivle.secrets import read_secret

# The service gives up after 55 seconds by itself, with a better answer than silence.
ANSWER_SECONDS = 65.0
RETRY_PAUSE_SECONDS = 0.2
LONGEST_REPLY = 16 << 20
LARGEST_DOWNLOAD = 1 << 30
_HELD_BYTES = 1 << 20
_BLOCK_BYTES = chat.DATA_CHUNK
_READING = {'list', 'read', 'zip', 'trash', 'log', 'diff'}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HomeView:
    """Whose files are meant and how much of them: `mode` is 'write' or 'read', `scope` a directory that bounds the view."""

    login: str
    mode: str
    scope: str = ''


class Files:
    """Every operation on files, one method each. All return the `okay` object of docs/services.md or raise IvleError.

    `home` is a HomeView, `path` a path below the home without outer slashes, a name a string or `{'raw': hex}`.
    """

    def __init__(self, settings):
        self._settings = settings

    # -- looking ----------------------------------------------------------------------------------

    def list(self, home, path, revision=None):
        """Return what is in a directory, or what a file is, now or at a revision."""
        return self._ask(home, 'list', path, revision=revision)

    def read(self, home, path, revision=None, limit=None):
        """Return (what the file is, an open file with its bytes, at most `limit` of them)."""
        okay, body = self._ask_for_data(home, 'read', path, revision=revision, limit=limit)
        return okay, body

    def zip(self, home, path, names=None):
        """Return an open file with a zip of a directory, or of the chosen names in it."""
        return self._ask_for_data(home, 'zip', path, names=names)[1]

    def trash(self, home, path=''):
        """Return {'items': what lies in the trash, newest first, 'disk': what the account takes, when there is a limit}."""
        return self._ask(home, 'trash', path)

    def log(self, home, path, limit=None, before=None):
        """Return the revisions in which a path changed, newest first."""
        return self._ask(home, 'log', path, limit=limit, before=before)

    def diff(self, home, path, start=None, end=None):
        """Return the differences between two revisions, or of the working files."""
        return self._ask(home, 'diff', path, **{'from': start, 'to': end})

    # -- changing ---------------------------------------------------------------------------------

    def write(self, home, path, chunks, if_match=None, if_none_match=None):
        """Save a file from an iterable of bytes: over the version `if_match`, or as a new one with `if_none_match='*'`."""
        return self._ask(home, 'write', path, bodies=[self._limited(chunks)], if_match=if_match, if_none_match=if_none_match)

    def upload(self, home, path, files, unpack=False):
        """Store [(name, open binary file)] in a directory, all or none of them; zip archives unpacked if so wished."""
        announced = [{'name': name, 'size': _size_of(file)} for name, file in files]
        if sum(file['size'] for file in announced) > self._settings.upload_limit:
            raise self._too_large()
        return self._ask(home, 'upload', path, bodies=[_blocks(file) for _, file in files], files=announced, unpack=bool(unpack))

    def mkdir(self, home, path, name):
        """Make a directory called `name` in a directory."""
        return self._ask(home, 'mkdir', path, name=name)

    def rename(self, home, path, old, new):
        """Give something in a directory a new name."""
        return self._ask(home, 'rename', path, **{'from': old, 'to': new})

    def move(self, home, path, names, to):
        """Move names to another directory of the same home."""
        return self._ask(home, 'move', path, names=names, to=to)

    def copy(self, home, path, names, to):
        """Copy names to another directory of the same home."""
        return self._ask(home, 'copy', path, names=names, to=to)

    def delete(self, home, path, names):
        """Move names to the trash; return {'trash': id}."""
        return self._ask(home, 'delete', path, names=names)

    def restore(self, home, path, trash):
        """Bring back what lies in the trash under an id; return {'path': where it is now}."""
        return self._ask(home, 'restore', path, trash=trash)

    def purge(self, home, path='', trash=None):
        """Delete for good what lies in the trash, all of it or what has one id; return {'purged': number of deletions}."""
        return self._ask(home, 'purge', path, trash=trash)

    # -- Subversion -------------------------------------------------------------------------------

    def svn_add(self, home, path, names):
        """Put names under version control."""
        return self._ask(home, 'svn_add', path, names=names)

    def svn_remove(self, home, path, names):
        """Take names from version control; their files go to the trash."""
        return self._ask(home, 'svn_remove', path, names=names)

    def svn_revert(self, home, path, names):
        """Undo the changes of names since they were last saved as a version."""
        return self._ask(home, 'svn_revert', path, names=names)

    def svn_resolve(self, home, path, names, choice=None):
        """End the conflicts of names: 'working', 'mine', 'theirs' or 'base'."""
        return self._ask(home, 'svn_resolve', path, names=names, choice=choice)

    def svn_update(self, home, path, revision=None):
        """Bring in the newest version, or an older one; return {'revision', 'conflicts': names}."""
        return self._ask(home, 'svn_update', path, revision=revision)

    def svn_commit(self, home, path, message, names=None):
        """Save a version of a directory or of names in it; return {'revision'}, None when nothing had changed."""
        return self._ask(home, 'svn_commit', path, message=message, names=names)

    def svn_cleanup(self, home, path):
        """Free a working copy that an interrupted operation left locked."""
        return self._ask(home, 'svn_cleanup', path)

    def svn_checkout(self, home, path, repository):
        """Make a working copy of `users/<login>/<directory>` at a path; return {'revision'}."""
        return self._ask(home, 'svn_checkout', path, repository=repository)

    # -- the way there ----------------------------------------------------------------------------

    def _ask(self, home, operation, path, bodies=(), **properties):
        return self._exchange(home, operation, path, properties, bodies, _no_data)[0]

    def _ask_for_data(self, home, operation, path, **properties):
        return self._exchange(home, operation, path, properties, (), _receive)

    def _exchange(self, home, operation, path, properties, bodies, receive):
        request = {'op': operation, 'path': path, **{key: value for key, value in properties.items() if value is not None}}
        body = {'file': {'login': home.login, 'mode': home.mode, 'scope': home.scope, 'request': request}}
        try:
            connection = self._connect()
            try:
                with connection:
                    return self._converse(connection, operation, body, bodies, receive, request)
            except chat.ConnectionLost as error:
                log.warning('%s for %s: %s', operation, home.login, error)
                if operation not in _READING:
                    raise ServiceDown('The answer was lost on the way. Look whether it was done before you try again.') from error
            # Looking twice does no harm. After a moment the box that broke off is known to be dead, and replaced.
            time.sleep(RETRY_PAUSE_SECONDS)
            with self._connect() as connection:
                return self._converse(connection, operation, body, bodies, receive, request)
        except (chat.ProtocolError, envelopes.RemoteError, Misshapen) as error:
            log.error('%s for %s was not answered properly: %s', operation, home.login, error)
            raise ServiceDown() from error

    def _connect(self):
        path = self._settings.path('run', 'sandbox.sock')
        try:
            return sockets.connect(path)
        except chat.ConnectionLost:
            # A daemon that is being started again is back in a moment.
            time.sleep(RETRY_PAUSE_SECONDS)
            return sockets.connect(path)

    def _converse(self, connection, operation, body, bodies, receive, request):
        chat.write_frame(connection, envelopes.seal(body, read_secret(self._settings, 'sandbox'), 'sandbox'))
        for chunks in bodies:
            chat.write_data(connection, chunks)
        reply = envelopes.raise_failure(chat.read_value(connection, timeout=ANSWER_SECONDS))
        if type(reply) is dict and reply == {'okay': {'follows': True}}:
            reply = chat.loads(b''.join(_bounded(chat.read_data(connection), LONGEST_REPLY)))
        if type(reply) is not dict or len(reply) != 1:
            raise Misshapen('reply: neither okay nor error')
        if 'error' in reply:
            raise as_error(FAILURE(reply['error'], 'error'))
        okay = SHAPES[operation](reply.get('okay'), operation)
        return okay, receive(connection, okay, request)

    def _limited(self, chunks):
        sent = 0
        for chunk in chunks:
            sent += len(chunk)
            if sent > self._settings.upload_limit:
                raise self._too_large()
            yield chunk

    def _too_large(self):
        most = self._settings.upload_limit >> 20
        return IvleError(
            f'That is more than {most} MiB, the most this site takes at once. Nothing was changed.', code='too-large', status=413
        )


def _no_data(connection, okay, request):
    return None


def _receive(connection, okay, request):
    """Return an open file with the data that follow a reply. It is all there before anybody waits for a slow browser."""
    expected = min(okay.get('size', LARGEST_DOWNLOAD), request.get('limit', LARGEST_DOWNLOAD), LARGEST_DOWNLOAD)
    # The caller closes it.
    body = tempfile.SpooledTemporaryFile(_HELD_BYTES)  # noqa: SIM115
    try:
        for block in _bounded(chat.read_data(connection), expected):
            body.write(block)
        if 'size' in okay and body.tell() != expected:
            raise Misshapen('read: not as many bytes as promised')
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


def _bounded(blocks, most):
    received = 0
    for block in blocks:
        received += len(block)
        if received > most:
            raise Misshapen('more data than promised')
        yield block


def _size_of(file):
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def _blocks(file):
    return iter(lambda: file.read(_BLOCK_BYTES), b'')
