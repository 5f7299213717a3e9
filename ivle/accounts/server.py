"""Server: usrmgt-server's socket. Signed requests from this site's own processes only, one reply each."""

import logging
import os
import secrets
import socket
import threading
import time

from ivle import chat, envelopes, sockets
from ivle.accounts.actions import Actions
from ivle.accounts.histories import Histories
from ivle.accounts.homes import Homes
from ivle.accounts.names import Failure
from ivle.accounts.outside import Outside
from ivle.accounts.repositories import Repositories
from ivle.accounts.rights import Rights
from ivle.sandbox.daemon import StartError
from ivle.sandbox.places import Places, PlacesError
from ivle.secrets import read_secret

CONNECTIONS_AT_ONCE = 32
REPEAT_SECONDS = 60.0

log = logging.getLogger(__name__)


class Server:
    """What `ivle.sandbox.daemon.run` starts and closes."""

    def __init__(self, settings):
        self._settings = settings
        self._socket = self._accepting = None
        self._free = threading.BoundedSemaphore(CONNECTIONS_AT_ONCE)

    def start(self):
        """Prepare the directories, start svnserve and listen."""
        places = Places(self._settings)
        try:
            places.enter()
        except PlacesError as error:
            raise StartError(str(error)) from error
        homes, repositories, rights = Homes(self._settings), Repositories(self._settings, places), Rights(self._settings)
        histories = Histories(self._settings)
        for part in (homes, repositories, histories, rights):
            part.prepare()
        self._outside = Outside(self._settings, places)
        self._actions = Actions(homes, repositories, histories, rights, self._outside)
        # The legacy digest is for reading old peers' files, never for this daemon: no third argument here.
        self._opener = envelopes.Opener(read_secret(self._settings, 'usrmgt'), 'usrmgt')
        self._replies = envelopes.Replies()
        self._socket = sockets.listen(self._settings.path('run', 'usrmgt.sock'))
        self._accepting = threading.Thread(target=self._accept, name='accept')
        self._accepting.start()
        self._outside.start()

    def close(self):
        """Stop listening, let the action at hand finish, end svnserve."""
        # Wakes the thread that waits in accept, which closing alone would not.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._socket.close()
        self._outside.stop()

    def _accept(self):
        while True:
            self._free.acquire()
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                if sockets.peer_uid(connection) not in (0, os.geteuid()):
                    log.warning('a connection of user %s was refused', sockets.peer_uid(connection))
                    return
                payload = chat.read_frame(connection)
                if payload is not None:
                    chat.write_value(connection, self._answer(*self._opener.open(payload)))
        except chat.ProtocolError as error:
            log.warning('a request was refused: %s', error)
        finally:
            self._free.release()

    def _answer(self, message_id, body):
        if not self._replies.claim(message_id):
            return self._earlier(message_id)
        reply = self._do(body)
        self._replies.keep(message_id, reply)
        return reply

    def _do(self, body):
        try:
            return {'response': 'okay', **self._actions.do(body)}
        except Failure as failure:
            log.warning('an action failed: %s', failure)
            return {'response': 'failure', 'msg': str(failure)}
        except Exception:
            incident = secrets.token_hex(4)
            log.exception('incident %s', incident)
            return envelopes.failure('InternalError', f'incident {incident}')

    def _earlier(self, message_id):
        """Return the reply to a request that came before, waiting until it is there."""
        deadline = time.monotonic() + REPEAT_SECONDS
        while (reply := self._replies.get(message_id)) is None:
            if time.monotonic() > deadline:
                raise envelopes.Refused('repeated while the first one is still at work')
            time.sleep(0.05)
        return reply
