"""A stream of one console: replies down as they come, commands up, for as long as the connection lasts."""

import asyncio

from ivle import chat
from ivle.sandbox import actions
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.channels import Channel

# Whoever does not read for so long is dropped and may come back: the transcript waits, our memory does not.
SLOW_SECONDS = 10.0
# Sent and not yet taken: this much a stream holds at most, with one reply more.
PAGE_BYTES = 64 * 1024
# Several hundred commands a second are no person's.
PACE_BYTES = 1 << 20
READ_BYTES = 16 * 1024


class Stream:
    """One stream. `serve` returns when either side has ended it."""

    def __init__(self, settings, consoles, connection, console, after):
        self._consoles, self._console, self._after = consoles, console, after
        self._settings, self._connection = settings, connection
        self._loop = asyncio.get_running_loop()
        self._over = self._loop.create_future()
        self._terminating = set()
        self._channel = None

    async def serve(self):
        """Carry replies down and commands up; ProtocolError where the other side broke the protocol."""
        self._channel = Channel(
            self._loop,
            self._connection,
            self,
            pace=PACE_BYTES,
            frame_seconds=self._settings.chat_timeout,
            send_seconds=SLOW_SECONDS,
            max_frame=self._settings.chat_max_frame,
            most=READ_BYTES,
        )
        self._console.listeners.append(self._tell)
        try:
            self._channel.send(chat.frame(b'{"okay":{}}'))
            self._tell()
            await self._over
        finally:
            self._console.listeners.remove(self._tell)
            self._console.looked_at = self._loop.time()
            self._channel.close()

    def _tell(self):
        while self._after < self._console.transcript.last and self._channel.is_open and not self._channel.is_waiting:
            page, self._after = self._console.transcript.texts_after(self._after, PAGE_BYTES)
            self._channel.send(b''.join(map(chat.frame, page)))

    # -- what the channel tells ---------------------------------------------------------------------

    def on_frame(self, payload):
        """Take a command."""
        given = chat.loads(payload)
        if type(given) is not dict:
            raise chat.ProtocolError('a command is an object')
        try:
            cmd, text = actions.read_command(given)
        except Refusal as refusal:
            self._console.refuse(refusal.message)
            return
        if cmd == 'terminate':
            terminating = self._loop.create_task(self._consoles.terminate(self._console.login, self._console.key))
            self._terminating.add(terminating)
            terminating.add_done_callback(self._terminating.discard)
        else:
            self._console.command(cmd, text)

    def on_pause(self):
        """Each command was passed on as it came."""

    def on_drained(self):
        """Send what has come meanwhile."""
        self._tell()

    def on_end(self, error):
        """End the stream; the console goes on."""
        if not self._over.done():
            if error is None:
                self._over.set_result(None)
            else:
                self._over.set_exception(error)


async def stream(settings, consoles, connection, login, key, after):
    """Serve a stream until either side ends; Refusal when there is no such console."""
    console = consoles.find(login, key)
    if console is not None:
        await Stream(settings, consoles, connection, console, after).serve()
        return
    loop = asyncio.get_running_loop()
    lost = await consoles.output(login, key, after, 0)
    for value in ({'okay': {}}, lost['replies'][0]):
        await chat.write_value_async(loop, connection, value, SLOW_SECONDS)
