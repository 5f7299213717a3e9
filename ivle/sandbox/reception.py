"""The reception: takes connections on a Unix socket, reads the one signed request on each, and sends the answer.

Nothing beyond the request's frame is read: the connection may be handed to another process, with what follows it.
"""

import asyncio
import logging
import os
import socket

from ivle import chat, envelopes, sockets

# A repeated request gets its reply again when it is small; a large one is not worth its memory for 90 seconds.
KEPT_REPLY_BYTES = 4096
ACCEPTED_A_TURN = 32
PAUSE_SECONDS = 0.1
# As many bytes as a frame has at most before its payload, and as most frames have in all.
_HEAD_BYTES, _MOST_OFTEN_BYTES = 8, 4096

HANDED_OVER = object()

log = logging.getLogger('ivle.sandbox')


class Reception:
    """Serves requests until it is closed; `answer(connection, body)` returns a reply, or HANDED_OVER."""

    def __init__(self, settings, opener, answer, most):
        self._settings, self._opener, self._answer, self._most = settings, opener, answer, most
        self._replies = envelopes.Replies()
        self._requests, self._conversations = set(), set()
        self._loop = self._socket = self._resting = None

    def open(self, path):
        """Listen at a path."""
        self._loop = asyncio.get_running_loop()
        self._socket = sockets.listen(path)
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._accept)

    async def close(self):
        """Listen no more and drop every connection."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
        if self._resting is not None:
            self._resting.cancel()
        for request in list(self._requests):
            request.drop()
        tasks = list(self._conversations)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self):
        for _ in range(ACCEPTED_A_TURN):
            try:
                connection, _ = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                log.error('a connection could not be taken: %s', error)
                self._loop.remove_reader(self._socket)
                self._resting = self._loop.call_later(PAUSE_SECONDS, self._loop.add_reader, self._socket, self._accept)
                return
            self._receive(connection)

    def _receive(self, connection):
        if len(self._requests) + len(self._conversations) >= self._most:
            log.error('too many connections at once: one was closed')
            connection.close()
        elif sockets.peer_uid(connection) not in (os.getuid(), 0):
            log.warning('a request was refused: another user of this machine')
            connection.close()
        else:
            connection.setblocking(False)
            _Request(self._loop, connection, self._settings, self._requests, self._take).begin()

    def _take(self, connection, payload):
        conversation = self._loop.create_task(self._converse(connection, payload))
        self._conversations.add(conversation)
        conversation.add_done_callback(self._conversations.discard)

    async def _converse(self, connection, payload):
        with connection:
            try:
                message_id, body = self._opener.open(payload)
                if message_id is not None and not self._replies.claim(message_id):
                    reply = self._replies.get(message_id)
                    if reply is None:
                        raise envelopes.Refused('a repeated request')
                else:
                    answer = await self._answer(connection, body)
                    if answer is HANDED_OVER:
                        return
                    reply = chat.frame_of(answer)
                    if message_id is not None and len(reply) <= KEPT_REPLY_BYTES:
                        self._replies.keep(message_id, reply)
                await self._send(connection, reply)
            except envelopes.Refused as refused:
                log.warning('a request was refused: %s', refused)
            except (chat.ProtocolError, OSError) as error:
                log.info('a connection ended early: %s', error)

    async def _send(self, connection, reply):
        try:
            sent = connection.send(reply)
        except BlockingIOError:
            sent = 0
        if sent == len(reply):
            return
        try:
            await asyncio.wait_for(self._loop.sock_sendall(connection, reply[sent:]), self._settings.chat_timeout)
        except TimeoutError:
            raise chat.ConnectionLost('the peer took too long') from None


class _Request:
    """A connection whose request has not come as a whole yet."""

    def __init__(self, loop, connection, settings, requests, on_whole):
        self._loop, self._connection, self._settings = loop, connection, settings
        self._requests, self._on_whole = requests, on_whole
        self._head, self._wanted, self._frame = b'', None, bytearray()
        self._late = None
        self._is_over = False

    def begin(self):
        """Read what is there, most often all of it; then wait for the rest."""
        self._requests.add(self)
        self._read()
        if not self._is_over:
            self._late = self._loop.call_later(self._settings.chat_timeout, self._give_up, 'the peer took too long')
            self._loop.add_reader(self._connection.fileno(), self._read)

    def drop(self):
        """Close the connection."""
        self._stop()
        self._connection.close()

    def _stop(self):
        self._is_over = True
        if self._late is not None:
            self._late.cancel()
            self._loop.remove_reader(self._connection.fileno())
        self._requests.discard(self)

    def _give_up(self, why):
        log.info('a connection ended early: %s', why)
        self.drop()

    def _read(self):
        try:
            if self._wanted is None and not self._read_head():
                return
            self._read_body()
        except BlockingIOError:
            return
        except (chat.ProtocolError, OSError) as error:
            self._give_up(error)

    def _read_head(self):
        # What is only looked at stays there, so it cannot be too much.
        seen = self._connection.recv(_MOST_OFTEN_BYTES, socket.MSG_PEEK)
        digits, colon, _ = seen[:_HEAD_BYTES].partition(b':')
        if not seen and not self._head:
            # Somebody looked whether we are there.
            self.drop()
            return False
        if not seen or (not colon and (len(self._head + seen) >= _HEAD_BYTES or not seen.isdigit())):
            raise chat.ProtocolError('a frame starts with its length in decimal digits')
        self._head += digits
        if not colon:
            self._connection.recv(len(digits))
            return False
        # The digits that are still to be read, the colon, the payload, the comma.
        self._begin = len(digits) + 1
        self._wanted = self._begin + chat.read_length(self._head, self._settings.chat_max_frame) + 1
        return True

    def _read_body(self):
        while len(self._frame) < self._wanted:
            part = self._connection.recv(self._wanted - len(self._frame))
            if not part:
                raise chat.ConnectionLost('end of file inside a frame')
            self._frame += part
        if self._frame[-1:] != b',':
            raise chat.ProtocolError('a frame ends with a comma')
        self._stop()
        self._on_whole(self._connection, bytes(self._frame[self._begin : -1]))
