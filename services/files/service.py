"""Service: answers one request of the file service on its connection, and turns every failure into a reply."""

import itertools
import re
import time

from ivle import chat
from services.files import listing, moving, names, reading, room, saving, trash, unpacking
from services.files.errors import Trouble, from_os
from services.files.given import Given
from services.files.room import Room

OPERATION_SECONDS = 55.0
# A reply frame holds 1 MiB; longer replies (5,000 entries, long diffs) follow as data.
LONGEST_FRAME_REPLY = 512 * 1024

_ETAG = re.compile(r'[0-9a-f]{32}')
_READING = {'list', 'read', 'zip', 'log', 'diff'}
# After these the account takes less than was measured, or the trash more.
_FREEING = {'purge', 'delete', 'restore', 'svn_remove'}


class Service:
    """One account's operations. `versions` gives the Subversion side, made at first use because loading it takes a while."""

    def __init__(self, account, staging, versions, read_only, lock, tell):
        self._account, self._staging, self._versions = account, staging, versions
        self._read_only, self._lock, self._tell = read_only, lock, tell
        self._room = Room()
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
            'purge': self._purge,
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
        """Do what `request` asks and send the reply. ConnectionLost when the asker is gone.

        Returns whether what the daemon measured before no longer holds.
        """
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
        return reply.get('error', {}).get('code') == 'quota' or ('okay' in reply and request['op'] in _FREEING)

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
        with self._room.share(request.get('disk')) as share:
            given = Given(request, share)
            result = self._operations[request['op']](self._account.parts(given.text('path', '')), given, incoming)
        okay, blocks = result if type(result) is tuple else (result, None)
        return {'okay': okay}, blocks

    # -- one method for each operation --------------------------------------------------------------

    def _list(self, parts, given, incoming):
        revision = given.number('revision')
        if revision is not None:
            return self._versions().history.list_at(parts, revision)
        found = listing.describe(self._account, self._versions().states, parts)
        is_told = given.share.is_limited and found['kind'] == 'directory'
        return found | ({'disk': given.share.disk} if is_told else {})

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
        place = self._account, self._staging, self._lock
        etag, created = saving.save(*place, parts, incoming.body(), given.share, if_match, if_none_match)
        return {'etag': etag, 'created': created}

    def _upload(self, parts, given, incoming):
        files = given.files()
        unpack, deadline = given.flag('unpack'), _deadline()
        # Not under the lock: bytes come as slowly as the network, and the last step never overwrites.
        saved = unpacking.upload(self._account, self._staging, parts, files, incoming.bodies(), unpack, deadline, given.share)
        return {'saved': saved}

    def _mkdir(self, parts, given, incoming):
        given.share.take(room.cost(0))
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
        to = self._account.parts(given.text('to'))
        moving.copy(self._account, self._staging, parts, given.names(), to, _deadline(), given.share)
        return {}

    def _delete(self, parts, given, incoming):
        with self._lock:
            return {'trash': trash.delete(self._account, parts, given.names())}

    def _restore(self, parts, given, incoming):
        with self._lock:
            return {'path': trash.restore(self._account, given.value('trash'))}

    def _trash(self, parts, given, incoming):
        disk = {'disk': given.share.disk} if given.share.is_limited else {}
        return {'items': trash.trashed(self._account)} | disk

    def _purge(self, parts, given, incoming):
        with self._lock:
            return {'purged': trash.purge(self._account, self._staging, given.value('trash', None))}

    def _svn_add(self, parts, given, incoming):
        self._versions().changes.add(parts, given.names(), given.share)
        return {}

    def _svn_remove(self, parts, given, incoming):
        self._versions().changes.remove(parts, given.names())
        return {}

    def _svn_revert(self, parts, given, incoming):
        self._versions().changes.revert(parts, given.names(), given.share)
        return {}

    def _svn_resolve(self, parts, given, incoming):
        self._versions().changes.resolve(parts, given.names(), given.text('choice', 'working'), given.share)
        return {}

    def _svn_update(self, parts, given, incoming):
        revision, conflicts = self._versions().changes.update(parts, given.share, given.number('revision'))
        return {'revision': revision, 'conflicts': conflicts}

    def _svn_commit(self, parts, given, incoming):
        chosen, message = given.names(optional=True), given.text('message')
        return {'revision': self._versions().changes.commit(parts, chosen, message, given.share)}

    def _svn_cleanup(self, parts, given, incoming):
        self._versions().changes.cleanup(parts)
        return {}

    def _svn_checkout(self, parts, given, incoming):
        return {'revision': self._versions().changes.checkout(parts, given.text('repository'), given.share)}

    def _log(self, parts, given, incoming):
        return {'revisions': self._versions().history.log(parts, given.number('limit'), given.number('before'))}

    def _diff(self, parts, given, incoming):
        return {'files': self._versions().history.diff(parts, given.number('from'), given.number('to'))}


def _deadline():
    return time.monotonic() + OPERATION_SECONDS


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
