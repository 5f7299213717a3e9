"""The gateway's server: one WebSocket to a browser, one stream to sandbox-server, and the relay between them.

No message is kept here: the next reply is read from sandbox-server when the browser has taken the one before,
so a browser that stops reading holds up its own stream only, and sandbox-server, which keeps the replies,
drops a stream that lags too far behind. The browser comes back with the number of the last reply it saw.
"""

import asyncio
import collections
import http
import logging
import resource
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from ivle import chat, envelopes, sockets
from ivle.commands import BadCommand, read_command
from ivle.gateway.token import TokenRefused, read_token
from ivle.guard import allowed_hosts
from ivle.replies import read_reply
from ivle.secrets import read_secret
from ivle.settings import SettingsError

FIRST_MESSAGE_SECONDS = 5.0
PING_SECONDS = 20.0
LONGEST_MESSAGE = 1 << 20
# A person has a few consoles, each in a few tabs; more than this is a loop in somebody's script.
STREAMS_PER_PERSON = 24
# Streams and browsers that have not shown a token yet, as a multiple of the consoles a host may have.
CONNECTIONS_PER_CONSOLE = 4

log = logging.getLogger('ivle.gateway')
# The library's own log would hold the messages themselves at its lowest level, and at a higher one every port scan.
_library_log = logging.getLogger('ivle.gateway.websockets')
_library_log.setLevel(logging.CRITICAL)


class Farewell(Exception):
    """The connection ends, and the browser is told why: `code` for its script, `reason` for the person."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code, self.reason = code, reason


def bad_message(reason):
    """Return the farewell to a browser that sent something that cannot be used."""
    return Farewell(4400, reason)


@dataclass(frozen=True)
class Greeting:
    """The first message of a browser: whom it speaks for, and the last reply it has seen."""

    login: str
    key: str
    after: int


def allowed_origins(settings):
    """Return the Origin values that pages of this site have, and None for programs that are no browser."""
    scheme = urlsplit(settings.url).scheme
    return [*sorted(f'{scheme}://{host}' for host in allowed_hosts(settings)), None]


class Gateway:
    """Serves WebSockets at the gateway's address until it is closed."""

    def __init__(self, settings):
        self._settings = settings
        self._token_secret = read_secret(settings, 'gateway')
        self._chat_secret = read_secret(settings, 'sandbox')
        self._most = CONNECTIONS_PER_CONSOLE * max(settings.consoles_in_all, 1)
        self._streams = collections.Counter()
        self._server = None

    async def start(self):
        """Listen at the address of the settings; SettingsError when that cannot be."""
        _allow_many_descriptors()
        host, port = self._settings.gateway_host, self._settings.gateway_port
        try:
            self._server = await self._listen(host, port)
        except OSError as error:
            raise SettingsError(
                f'The console gateway cannot listen at {host}:{port} ({error.strerror or error}): '
                'set ivle.gateway.host and ivle.gateway.port.'
            ) from error

    def _listen(self, host, port):
        return serve(
            self._converse,
            host,
            port,
            origins=allowed_origins(self._settings),
            process_request=self._before_handshake,
            max_size=LONGEST_MESSAGE,
            max_queue=4,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            # The messages are small; a compressor each would cost more memory than the rest of a connection.
            compression=None,
            server_header=None,
            logger=_library_log,
        )

    @property
    def port(self):
        """The port the gateway listens at."""
        return self._server.sockets[0].getsockname()[1]

    async def close(self):
        """Tell every browser to come back later, and end."""
        if self._server is None:
            return
        self._server.close(code=1001, reason='The gateway restarts: connect again.')
        await self._server.wait_closed()

    def _before_handshake(self, connection, request):
        if request.path == '/health':
            answer = connection.respond(http.HTTPStatus.OK, chat.dumps({'status': 'ok', 'streams': self._streams.total()}))
            # Setting a header of this library's responses adds a second one.
            del answer.headers['Content-Type']
            answer.headers['Content-Type'] = 'application/json'
            return answer
        if len(self._server.connections) > self._most:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, 'Too many connections: come back in a minute.\n')
        return None

    async def _converse(self, browser):
        try:
            greeting = await self._greeting(browser)
            if self._streams[greeting.login] >= STREAMS_PER_PERSON:
                raise Farewell(4429, 'Too many tabs with consoles are open: close some.')
            self._streams[greeting.login] += 1
            try:
                await self._attend(browser, greeting)
            finally:
                self._streams[greeting.login] -= 1
                self._streams += collections.Counter()
        except Farewell as farewell:
            await browser.close(farewell.code, farewell.reason)
        except ConnectionClosed:
            pass
        except Exception:
            log.exception('a connection failed')
            await browser.close(1011, 'The gateway failed; this is not your program. Connect again.')

    async def _greeting(self, browser):
        try:
            message = await asyncio.wait_for(browser.recv(), FIRST_MESSAGE_SECONDS)
        except TimeoutError:
            raise Farewell(4408, 'The first message, with the token, did not come in time.') from None
        given = _read_object(message)
        token, after = given.get('token'), given.get('after', 0)
        if set(given) - {'token', 'after'} or type(token) is not str or type(after) is not int or after < 0:
            raise bad_message('The first message is {"token": …} or {"token": …, "after": n}.')
        try:
            found = read_token(self._token_secret, token)
        except TokenRefused as error:
            raise Farewell(4401, f'No entry: {error}. Ask for a new token.') from error
        return Greeting(found.login, found.key, after)

    async def _attend(self, browser, greeting):
        loop = asyncio.get_running_loop()
        unreachable = Farewell(4503, 'Consoles cannot be reached for the moment: try again in a few seconds.')
        try:
            stream = await asyncio.to_thread(sockets.connect, self._settings.path('run', 'sandbox.sock'))
        except chat.ConnectionLost:
            raise unreachable from None
        with stream:
            stream.setblocking(False)
            question = {'console_stream': {'login': greeting.login, 'key': greeting.key, 'after': greeting.after}}
            try:
                await loop.sock_sendall(stream, chat.frame(envelopes.seal(question, self._chat_secret, 'sandbox')))
                frames = chat.Frames()
                reply = await _next_value(loop, stream, frames, chat.TIMEOUT_SECONDS)
            except (chat.ProtocolError, OSError):
                raise unreachable from None
            if type(reply) is not dict or 'okay' not in reply:
                raise _refusal(reply)
            await _relay(browser, stream, frames)


def _allow_many_descriptors():
    """Raise the soft limit to the hard one: a stream takes two descriptors, and the usual 1,024 are soon gone."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _read_object(message):
    """Return the JSON object in a WebSocket message."""
    if type(message) is not str:
        raise bad_message('Messages are JSON text, not binary.')
    try:
        value = chat.loads(message)
    except chat.ProtocolError:
        raise bad_message('A message is one JSON object.') from None
    if type(value) is not dict:
        raise bad_message('A message is one JSON object.')
    return value


async def _next_value(loop, stream, frames, timeout=None):
    payload = await chat.read_frame_async(loop, stream, frames, timeout)
    if payload is None:
        raise chat.ConnectionLost('sandbox-server closed the connection')
    return chat.loads(payload)


def _refusal(reply):
    error = reply.get('error') if type(reply) is dict else None
    if type(error) is dict and error.get('code') == 'not-found':
        return Farewell(4404, 'There is no such console, or it is not yours.')
    return Farewell(4503, 'The console cannot be reached for the moment: try again in a few seconds.')


async def _relay(browser, stream, frames):
    """Carry messages both ways until either side ends; always raises."""
    loop = asyncio.get_running_loop()
    ways = {asyncio.create_task(_downward(loop, stream, frames, browser)), asyncio.create_task(_upward(loop, browser, stream))}
    try:
        finished, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    for way in finished:
        way.result()


async def _downward(loop, stream, frames, browser):
    try:
        while True:
            reply = await _next_value(loop, stream, frames)
            await browser.send(chat.dumps(read_reply(reply, is_numbered=True)))
    except chat.ConnectionLost:
        raise Farewell(4503, 'The stream of this console ended: connect again to go on.') from None
    except chat.ProtocolError as error:
        log.error('sandbox-server broke the protocol: %s', error)
        raise Farewell(4503, 'The stream of this console broke: connect again to go on.') from None


async def _upward(loop, browser, stream):
    while True:
        given = _read_object(await browser.recv())
        try:
            command = read_command(given)
        except BadCommand as error:
            raise bad_message(str(error)) from None
        try:
            await chat.write_value_async(loop, stream, command)
        except chat.ProtocolError:
            raise Farewell(4503, 'The console does not take commands for the moment: connect again.') from None
