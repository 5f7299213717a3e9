"""Service: answers one request of the file service on its connection, and turns every failure into a reply."""

import itertools
import re
import time

from ivle import chat
from services.files import listing, moving, names, reading, saving, unpacking
from services.files.errors import Trouble, from_os

OPERATION_SECONDS = 55.0
MOST_NAMES = 2_000
MOST_UPLOADS = 500
# A reply frame holds 1 MiB; longer replies (5,000 entries, long diffs) follow as data.
LONGEST_FRAME_REPLY = 512 * 1024

_ETAG = re.compile(r'[0-9a-f]{32}')
_READING = {'list', 'read', 'zip', 'log', 'diff'}


class Service:
    """One account's operations. `versions` gives the Subversion side, made at first use because loading it takes a while."""

    def __init__(self, account, staging, versions, read_only, lock, tell):
        self._account, self._staging, self._versions = account, staging, versions
        self._read_only, self._lock, self._tell = read_only, lock, tell
        self._operations = {
            'list': self._list,
            'read': self._read,
            'zip': self._zip,
            'write': self._write,
            'upload': self._upload,
            'mkdir': self._mkdir,
            'rename': self._rename,
            'move': self._move,
            'copy': self._copy,
            'delete': self._delete,
            'restore': self._restore,
            'trash': self._trash,
            'svn_add': self._svn_add,
            'svn_remove': self._svn_remove,
            'svn_revert': self._svn_revert,
            'svn_resolve': self._svn_resolve,
            'svn_update': self._svn_update,
            'svn_commit': self._svn_commit,
            'svn_cleanup': self._svn_cleanup,
            'svn_checkout': self._svn_checkout,
            'log': self._log,
            'diff': self._diff,
        }

    def answer(self, connection, request):
        """Do what `request` asks and send the reply. ConnectionLost when the asker is gone."""
        incoming = _Incoming(connection, _expected_bodies(request))
        try:
            reply, blocks = self._reply(request, incoming)
            incoming.drain()
        except chat.ConnectionLost:
            raise
        except Exception as error:
            # The edge of the process: whatever it was, the asker gets an answer.
            reply, blocks = {'error': self._failure(error)}, None
            incoming.drain()
        self._send(connection, reply, blocks)

    def _send(self, connection, reply, blocks):
        text = chat.dumps(reply).encode('utf-8')
        if len(text) > LONGEST_FRAME_REPLY:
            chat.write_value(connection, {'okay': {'follows': True}})
            chat.write_data(connection, [text])
            return
        chat.write_frame(connection, text)
        if blocks is None:
            return
        try:
            chat.write_data(connection, blocks)
        except (Trouble, OSError) as error:
            # The reply is out already: cutting the connection before the last frame is the only way to say no.
            self._tell(f'stopped sending: {error}')

    def _failure(self, error):
        if isinstance(error, OSError):
            error = from_os(error) or error
        if isinstance(error, Trouble):
            return error.as_json()
        if isinstance(error, chat.ProtocolError):
            return Trouble('bad-request', 'The request was not understood.').as_json()
        self._tell(f'{type(error).__name__}: {error}', error)
        return Trouble('internal', 'Something went wrong with your files. Nothing was lost; try again.').as_json()

    def _reply(self, request, incoming):
        if type(request) is not dict or type(request.get('op')) is not str or request['op'] not in self._operations:
            raise Trouble('bad-request', 'There is no such operation on files.')
        if self._read_only and request['op'] not in _READING:
            raise Trouble('read-only', 'These files can be read but not changed.')
        given = Given(request)
        result = self._operations[request['op']](self._account.parts(given.text('path', '')), given, incoming)
        okay, blocks = result if type(result) is tuple else (result, None)
        return {'okay': okay}, blocks

    # -- one method for each operation --------------------------------------------------------------

    def _list(self, parts, given, incoming):
        revision = given.number('revision')
        if revision is not None:
            return self._versions().history.list_at(parts, revision)
        return listing.describe(self._account, self._versions().states, parts)

    def _read(self, parts, given, incoming):
        revision, limit = given.number('revision'), given.number('limit')
        if revision is not None:
            return self._versions().history.read_at(parts, revision, limit)
        return reading.open_for_sending(self._account, parts, limit)

    def _zip(self, parts, given, incoming):
        return {'type': 'application/zip'}, reading.zipped(self._account, parts, given.names(optional=True), _deadline())

    def _write(self, parts, given, incoming):
        if_match, if_none_match = given.text('if_match', None), given.text('if_none_match', None)
        if if_match is not None and not _ETAG.fullmatch(if_match):
            # Not one of ours, so nothing can match it; the file tells what would.
            if_match = '-'
        if if_none_match not in (None, '*'):
            raise Trouble('bad-request', 'If-None-Match can only be "*".')
        etag, created = saving.save(self._account, self._staging, self._lock, parts, incoming.body(), if_match, if_none_match)
        return {'etag': etag, 'created': created}

    def _upload(self, parts, given, incoming):
        files = given.files()
        unpack, deadline = given.flag('unpack'), _deadline()
        # Not under the lock: bytes come as slowly as the network, and the last step never overwrites.
        saved = unpacking.upload(self._account, self._staging, parts, files, incoming.bodies(), unpack, deadline)
        return {'saved': saved}

    def _mkdir(self, parts, given, incoming):
        moving.make_directory(self._account, parts, given.value('name'))
        return {}

    def _rename(self, parts, given, incoming):
        with self._lock:
            moving.rename(self._account, parts, names.existing_name(given.value('from')), given.value('to'))
        return {}

    def _move(self, parts, given, incoming):
        with self._lock:
            moving.move(self._account, parts, given.names(), self._account.parts(given.text('to')))
        return {}

    def _copy(self, parts, given, incoming):
        moving.copy(self._account, self._staging, parts, given.names(), self._account.parts(given.text('to')), _deadline())
        return {}

    def _delete(self, parts, given, incoming):
        with self._lock:
            return {'trash': moving.delete(self._account, parts, given.names())}

    def _restore(self, parts, given, incoming):
        with self._lock:
            return {'path': moving.restore(self._account, given.value('trash'))}

    def _trash(self, parts, given, incoming):
        return {'items': moving.trashed(self._account)}

    def _svn_add(self, parts, given, incoming):
        self._versions().changes.add(parts, given.names())
        return {}

    def _svn_remove(self, parts, given, incoming):
        self._versions().changes.remove(parts, given.names())
        return {}

    def _svn_revert(self, parts, given, incoming):
        self._versions().changes.revert(parts, given.names())
        return {}

    def _svn_resolve(self, parts, given, incoming):
        self._versions().changes.resolve(parts, given.names(), given.text('choice', 'working'))
        return {}

    def _svn_update(self, parts, given, incoming):
        revision, conflicts = self._versions().changes.update(parts, given.number('revision'))
        return {'revision': revision, 'conflicts': conflicts}

    def _svn_commit(self, parts, given, incoming):
        return {'revision': self._versions().changes.commit(parts, given.names(optional=True), given.text('message'))}

    def _svn_cleanup(self, parts, given, incoming):
        self._versions().changes.cleanup(parts)
        return {}

    def _svn_checkout(self, parts, given, incoming):
        return {'revision': self._versions().changes.checkout(parts, given.text('repository'))}

    def _log(self, parts, given, incoming):
        return {'revisions': self._versions().history.log(parts, given.number('limit'), given.number('before'))}

    def _diff(self, parts, given, incoming):
        return {'files': self._versions().history.diff(parts, given.number('from'), given.number('to'))}


def _deadline():
    return time.monotonic() + OPERATION_SECONDS


_MISSING = object()


class Given:
    """The properties of a request, each asked for with the type it must have."""

    def __init__(self, request):
        self._request = request

    def value(self, key, default=_MISSING):
        """Return any value; Trouble when it is needed and not there."""
        found = self._request.get(key)
        if found is None:
            if default is _MISSING:
                raise Trouble('bad-request', f'The request does not say "{key}".')
            return default
        return found

    def text(self, key, default=_MISSING):
        """Return a string."""
        found = self.value(key, default)
        if found is not default and type(found) is not str:
            raise Trouble('bad-request', f'"{key}" is a string.')
        return found

    def number(self, key):
        """Return a whole number from 0 that Subversion and the file system can hold, or None when it is not given."""
        found = self.value(key, None)
        if found is not None and (type(found) is not int or not 0 <= found < 1 << 31):
            raise Trouble('bad-request', f'"{key}" is a whole number.')
        return found

    def flag(self, key):
        """Return True or False; False when it is not given."""
        found = self.value(key, False)
        if type(found) is not bool:
            raise Trouble('bad-request', f'"{key}" is true or false.')
        return found

    def names(self, optional=False):
        """Return the chosen names, at least one; None when they are optional and not given."""
        found = self.value('names', None if optional else _MISSING)
        if found is None:
            return None
        if type(found) is not list or not 0 < len(found) <= MOST_NAMES:
            raise Trouble('bad-request', 'Choose at least one file or directory.')
        chosen = [names.existing_name(name) for name in found]
        return list(dict.fromkeys(chosen))

    def files(self):
        """Return the announced uploads: [{'name', 'size'}]."""
        found = self.value('files')
        if type(found) is not list or not 0 < len(found) <= MOST_UPLOADS:
            raise Trouble('bad-request', f'Choose between one and {MOST_UPLOADS} files.')
        for file in found:
            if type(file) is not dict or set(file) != {'name', 'size'} or type(file['size']) is not int:
                raise Trouble('bad-request', 'Each file needs a name and a size.')
        return found


def _expected_bodies(request):
    """Return how many bodies follow a request, understood or not: they must be read before the reply."""
    if type(request) is not dict:
        return 0
    if request.get('op') == 'write':
        return 1
    files = request.get('files')
    return len(files) if request.get('op') == 'upload' and type(files) is list else 0


class _Incoming:
    """The bodies that follow a request.

    They are read to their end even when the answer is no: a socket closed with bytes in it would take the answer with it.
    """

    def __init__(self, connection, count):
        self._streams = iter([chat.read_data(connection) for _ in range(count)])
        self._current = iter(())

    def body(self):
        """Return an iterator over the blocks of the next body."""
        self._current = next(self._streams)
        return self._current

    def bodies(self):
        """Return an iterator over the bodies, each to be read before the next."""
        while True:
            try:
                yield self.body()
            except StopIteration:
                return

    def drain(self):
        """Read what is left and forget it."""
        for _ in itertools.chain(self._current, *self._streams):
            pass
