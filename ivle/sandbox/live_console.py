"""LiveConsole: one student's console from its start to its end, over as many boxes as it is restarted in."""

import asyncio
import datetime
import logging

from ivle import chat
from ivle.replies import State, read_reply, state_after
from ivle.sandbox.box import BoxSpec
from ivle.sandbox.boxes import BROKEN, Refusal
from ivle.sandbox.limits import Limits
from ivle.sandbox.transcript import Transcript

READY_SECONDS = 10.0
SEND_SECONDS = 2.0
GOODBYE_SECONDS = 1.0

WORDS = {
    'cpu': 'The program used up its processor time.',
    'memory': 'The program used up its memory.',
    'broken': 'The sandbox of this console could not be started.',
}
KILLED = 'The console was killed: it may have used too much memory.'

log = logging.getLogger('ivle.sandbox.consoles')


class LiveConsole:
    """One console. Its replies are kept and numbered; `changed` wakes everybody who waits for the next one."""

    def __init__(self, settings, boxes, login, key, cwd, first=1):
        self.login, self.key, self.cwd = login, key, cwd
        self.started = datetime.datetime.now(datetime.UTC).strftime('%Y-%m-%dT%H:%M:%SZ')
        self.state = State.IDLE
        self.transcript = Transcript(first)
        self._settings, self._boxes = settings, boxes
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._sending, self._moving = asyncio.Lock(), asyncio.Lock()
        self._box = self._listener = None
        self.used_at = self._loop.time()

    @property
    def is_ended(self):
        """Whether it is over; its replies can still be read."""
        return self.state is State.ENDED

    # -- start and end ------------------------------------------------------------------------------

    async def open(self):
        """Start the box and return when the console answers; Refusal when it cannot be started."""
        limits = Limits.of(self._settings)
        spec = BoxSpec(
            program='python-console',
            login=self.login,
            cwd=self.cwd.strip('/'),
            limits=limits,
            arguments=(str(self._settings.output_limit), str(limits.cpu_seconds)),
        )
        box = await self._boxes.start(spec)
        try:
            payload = await chat.read_frame_async(self._loop, box.channel, timeout=READY_SECONDS)
            if payload is None or chat.loads(payload) != {'ready': None}:
                raise chat.ProtocolError('the console did not say that it is ready')
        except chat.ProtocolError as error:
            log.error('a console did not start: %s (%s)', error, await box.end())
            raise BROKEN from None
        except asyncio.CancelledError:
            await box.end()
            raise
        self._box, self.state = box, State.IDLE
        self._listener = asyncio.create_task(self._listen(box))

    async def end(self, reason):
        """End it now and say why, unless it has ended already."""
        async with self._moving:
            await self._end(reason)

    async def _end(self, reason):
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if self._box is not None:
            await self._box.end()
            self._box = None
        if not self.is_ended:
            self._add({'terminate': reason})

    async def restart(self):
        """End the program and begin again, with the same key and no variables."""
        async with self._moving:
            self.used_at = self._loop.time()
            if self._listener is not None:
                self._listener.cancel()
                await asyncio.gather(self._listener, return_exceptions=True)
            if self._box is not None:
                await self._box.end()
                self._box = None
            try:
                await self.open()
            except Refusal:
                self._add({'terminate': WORDS['broken']})
                raise
            self.announce_restart()

    def announce_restart(self):
        """Tell everybody who reads along that the variables are gone and a command can be given."""
        self._add({'restart': 'The console was restarted: its variables are gone.'})
        self._add({'okay': None})

    async def terminate(self):
        """Let it say goodbye, and end it in any case."""
        if not self.is_ended:
            await self._send({'cmd': 'terminate', 'text': ''})
            await self.wait_until(lambda: self.is_ended, GOODBYE_SECONDS)
        await self.end('You ended this console.')

    # -- commands -----------------------------------------------------------------------------------

    async def command(self, cmd, text):
        """Pass a command on; what does not fit the console's state is refused in a reply."""
        self.used_at = self._loop.time()
        if self.is_ended:
            return
        if cmd == 'interrupt':
            # At rest, too, it is answered: a statement half typed is dropped.
            self.state = State.BUSY
        elif cmd == 'splash':
            pass
        elif self.state is State.IDLE or (self.state is State.INPUT and cmd == 'chat' and text != ''):
            self.state = State.BUSY
        else:
            refusal = self.refusal(cmd, text)
            if refusal:
                self.refuse(refusal)
            return
        await self._send({'cmd': cmd, 'text': text})

    def refuse(self, message):
        """Tell everybody who reads along that a command was not taken."""
        self._add({'refused': message})

    def refusal(self, cmd, text):
        """Return why this command cannot be given now, or None."""
        if cmd in ('interrupt', 'terminate', 'splash') or (cmd == 'chat' and text == ''):
            return None
        if self.state is State.BUSY:
            return 'The program is still running: wait, or interrupt it.'
        if self.state is State.INPUT and cmd != 'chat':
            return 'The program waits for input: type it, or interrupt the program.'
        return None

    async def _send(self, message):
        box = self._box
        if box is None:
            return
        try:
            async with self._sending:
                await chat.write_value_async(self._loop, box.channel, message, timeout=SEND_SECONDS)
        except chat.ProtocolError:
            # Half a message may be on its way: nothing after it would be understood. The listener tells why it ended.
            box.box.kill()

    # -- replies ------------------------------------------------------------------------------------

    async def _listen(self, box):
        reason = None
        try:
            while (payload := await chat.read_frame_async(self._loop, box.channel, timeout=None)) is not None:
                self._add(read_reply(chat.loads(payload)))
                if self.is_ended:
                    break
        except chat.ConnectionLost:
            pass
        except chat.ProtocolError as error:
            log.error('a console of %s broke the protocol: %s', self.login, error)
            reason = 'The program damaged the console it ran in.'
        how = await box.end()
        if not self.is_ended:
            self._add({'terminate': reason or WORDS.get(how, KILLED)})

    def _add(self, reply):
        self.transcript.add(reply)
        self.state = state_after(reply) or self.state
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_until(self, is_so, seconds):
        """Return when `is_so()`, or after some seconds."""
        deadline = self._loop.time() + seconds
        while not is_so() and (left := deadline - self._loop.time()) > 0:
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                return

    def report(self, after):
        """Return what happened after reply `after`: {"replies", "busy", "next"}.

        It is busy, too, for whoever has not read to the end: the reply that ends the command is still to come.
        """
        replies, following = self.transcript.after(after)
        return {
            'replies': replies,
            'busy': self.state is State.BUSY or following < self.transcript.last,
            'next': following,
        }
