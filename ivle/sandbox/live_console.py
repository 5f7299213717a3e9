"""LiveConsole: one student's console from its start to its end, over as many boxes as it is restarted in."""

import asyncio
import datetime
import logging

from ivle import chat
from ivle.replies import State, read_reply, state_after
from ivle.sandbox.boxes import BROKEN, Refusal
from ivle.sandbox.channels import Channel
from ivle.sandbox.endings import DAMAGED, ENDED_BY_OWNER, words_for
from ivle.sandbox.history import LONGEST_TEXT
from ivle.sandbox.limits import Limits
from ivle.sandbox.shortcut import DESCRIPTORS, Shortcut
from ivle.sandbox.spec import BoxSpec
from ivle.sandbox.transcript import Transcript
from ivle.sandbox.typed import COMMANDS, Typed

READY_SECONDS = 10.0
SEND_SECONDS = 2.0
GOODBYE_SECONDS = 1.0
# A console that says more is read no faster: nobody could, and others have their turn.
PACE_BYTES = 16 << 20

# Output tells as well that a program runs: what runs for long is found in the history meanwhile.
SOURCE_IS_OVER = ('okay', 'exc', 'input', 'output', 'error', 'image', 'html', 'terminate')

_QUEUED = 'This console waits for a place: it starts by itself when it is its turn.'
_RESTARTED = 'The console was restarted: its variables are gone.'

_GONE = Refusal('busy', 'This console was ended while it started: try again in a moment.')

log = logging.getLogger('ivle.sandbox.consoles')


class LiveConsole:
    """One console. Its replies are kept and numbered, and whoever waits for the next one is woken.

    `on_source(login, text)` is called for what is typed as source, a block as a whole; `on_end(console)` when it is over.
    """

    def __init__(self, settings, boxes, login, key, cwd, first=1, on_source=None, on_end=None):
        self.login, self.key, self.cwd = login, key, cwd
        self.started = datetime.datetime.now(datetime.UTC).strftime('%Y-%m-%dT%H:%M:%SZ')
        # Until its box is there.
        self.state = State.QUEUED
        # What was typed as source and is not over: a block goes on until a reply that is not "more".
        self._source = ''
        self.transcript, self.typed = Transcript(first), Typed()
        # What is called with each piece of news; a stream is one of them.
        self.listeners = []
        self._settings, self._boxes, self._output_limit = settings, boxes, 0
        self._on_source, self._on_end = on_source, on_end
        self._loop = asyncio.get_running_loop()
        self._waiting, self._moving = [], asyncio.Lock()
        self._box = self._channel = self._shortcut = self._ready = None
        self._finishing = set()
        self.used_at = self.looked_at = self._loop.time()

    @property
    def is_ended(self):
        """Whether it is over; its replies can still be read."""
        return self.state is State.ENDED

    @property
    def is_idle(self):
        """Whether it waits for its owner, who has given it nothing to do."""
        return self.state in (State.IDLE, State.INPUT)

    # -- start and end ------------------------------------------------------------------------------

    async def open(self):
        """Start the box and return when the console answers; Refusal when it cannot be started."""
        limits = Limits.of(self._settings, 'console')
        self._output_limit = limits.output
        spec = BoxSpec(
            program='python-console',
            login=self.login,
            cwd=self.cwd.strip('/'),
            limits=limits,
            arguments=(str(limits.output), str(limits.cpu_seconds), str(limits.wall_seconds)),
        )
        # A box that stood ready may have died there, as all do with the interpreter they come from: then another is taken.
        for is_last in (False, True):
            try:
                await self._open(spec)
                break
            except chat.ProtocolError as error:
                if self.is_ended:
                    raise _GONE from None
                log.error('a console did not start: %s', error)
                if is_last:
                    raise BROKEN from None
        self.state = State.IDLE
        # Whoever has waited for a place has not been idle.
        self.used_at = self._loop.time()

    async def _open(self, spec):
        box = await self._boxes.start(spec)
        if self.is_ended:
            await box.end()
            raise _GONE
        self._box, self._ready = box, self._loop.create_future()
        self._channel = Channel(
            self._loop,
            box.channel,
            self,
            pace=PACE_BYTES,
            frame_seconds=self._settings.chat_timeout,
            send_seconds=SEND_SECONDS,
            descriptors=DESCRIPTORS,
        )
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready
        except (chat.ProtocolError, TimeoutError) as error:
            raise chat.ProtocolError(f'{error or "no answer"} ({await self._leave_box()})') from None
        except asyncio.CancelledError:
            await self._leave_box()
            raise
        finally:
            self._ready = None

    async def stop(self):
        """End the program; the console itself waits for another."""
        async with self._moving:
            await self._leave_box()
            self.state = State.QUEUED
            self.used_at = self.looked_at = self._loop.time()

    async def end(self, reason):
        """End it now and say why, unless it has ended already."""
        async with self._moving:
            await self._leave_box()
            if not self.is_ended:
                self._say({'terminate': reason})

    async def terminate(self):
        """Let it say goodbye, and end it in any case."""
        if not self.is_ended and self._channel is not None:
            self._send('terminate', '')
            await self.wait_until(lambda: self.is_ended, GOODBYE_SECONDS)
        await self.end(ENDED_BY_OWNER)

    async def _leave_box(self):
        box, channel, shortcut = self._box, self._channel, self._shortcut
        self._box = self._channel = self._shortcut = None
        if channel is not None:
            channel.close()
        if shortcut is not None:
            shortcut.step_aside()
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(chat.ConnectionLost('it was ended'))
        self._ready = None
        try:
            return await box.end() if box is not None else None
        finally:
            if shortcut is not None:
                # Not here: should something in the box still live, it can make us wait.
                self._loop.run_in_executor(None, shortcut.release)

    # -- what is told -------------------------------------------------------------------------------

    def announce_start(self):
        """Tell everybody who reads along that the wait is over and a command can be given."""
        self._say({'okay': None})

    def announce_restart(self):
        """Tell everybody who reads along that the variables are gone and a command can be given."""
        self._say({'restart': _RESTARTED}, {'okay': None})

    def queue(self, place, seconds):
        """Tell everybody who reads along that it waits for a place, and for how long."""
        self._say({'queued': {'place': place, 'seconds': seconds}})

    def notice(self, sentence):
        """Tell everybody who reads along something that is no part of the program's output."""
        self._say({'notice': sentence})

    def refuse(self, message):
        """Tell everybody who reads along that a command was not taken."""
        self._say({'refused': message})

    # -- commands -----------------------------------------------------------------------------------

    def command(self, cmd, text):
        """Pass a command on; what does not fit the console's state is refused in a reply."""
        self.used_at = self._loop.time()
        if self.is_ended:
            return
        refusal = self.refusal(cmd, text)
        if refusal:
            self.refuse(refusal)
            return
        if self.state is State.QUEUED or (cmd == 'chat' and text == ''):
            return
        # First of all: the console works while we take note.
        is_short = self._shortcut is not None and self._shortcut.give(cmd, text)
        if not is_short:
            self._send(cmd, 'busy' if cmd == 'interrupt' and self.state is not State.IDLE else text)
        if cmd in COMMANDS:
            self.typed.add(self.transcript.last, cmd, text)
            # What a program asks for may be a password: it is nothing to be found again later.
            if self.state is State.IDLE and cmd != 'run':
                self._source = (self._source + text)[: LONGEST_TEXT + 1]
        if cmd != 'splash':
            # At rest, too, an interrupt is answered: a statement half typed is dropped.
            self.state = State.BUSY
        if is_short:
            self._shortcut.look()

    def refusal(self, cmd, text):
        """Return why this command cannot be given now, or None."""
        if cmd in ('terminate', 'splash') or (cmd == 'chat' and text == ''):
            return None
        if self.state is State.QUEUED:
            return _QUEUED
        if cmd == 'interrupt':
            return None
        if self.state is State.BUSY:
            return 'The program is still running: wait, or interrupt it.'
        if self.state is State.INPUT and cmd != 'chat':
            return 'The program waits for input: type it, or interrupt the program.'
        return None

    def _send(self, cmd, text):
        if self._channel is not None:
            self._channel.send(chat.frame_of({'cmd': cmd, 'text': text}))

    # -- replies ------------------------------------------------------------------------------------

    def on_descriptors(self, descriptors):
        """Take the short way to the interpreter where there is one."""
        try:
            self._shortcut = Shortcut(self._loop, descriptors, self._output_limit, self._send, self._on_short_end)
        except ValueError:
            self._send('alone', '')
        else:
            self._shortcut.step_in()

    def _on_short_end(self, replies):
        # Whoever was ended meanwhile has said the last word.
        if not self.is_ended:
            self._say(*replies)

    def on_frame(self, payload):
        """Hear what the console says."""
        if self.is_ended:
            return
        value = chat.loads(payload)
        if self._ready is not None:
            if value != {'ready': None}:
                raise chat.ProtocolError('the console did not say that it is ready')
            self._ready.set_result(None)
            self._ready = None
            return
        reply = read_reply(value)
        if 'queued' in reply:
            raise chat.ProtocolError('a console that runs does not wait for a place')
        if 'terminate' in reply and self._box is not None and self._box.is_out_of_memory:
            # In the box they only see that a process was killed.
            reply = {'terminate': words_for('memory')}
        self._add(reply)
        if self._shortcut is not None and state_after(reply) is State.IDLE:
            self._shortcut.step_in()

    def on_pause(self):
        """Tell what was heard."""
        self._tell()
        if self.is_ended:
            # It said goodbye; it ends, whether it wants to or not.
            self._channel.close()
            self._finish_soon(None)

    def on_drained(self):
        """Nothing waits to be sent."""

    def on_end(self, error):
        """Find out why it ended, and say so."""
        if self._ready is not None:
            self._ready.set_exception(error or chat.ConnectionLost('it ended'))
            self._ready = None
            return
        self._finish_soon(error)

    def _finish_soon(self, error):
        finishing = self._loop.create_task(self._finish(self._box, error))
        self._finishing.add(finishing)
        finishing.add_done_callback(self._finishing.discard)

    async def _finish(self, box, error):
        is_damage = error is not None and not isinstance(error, chat.ConnectionLost)
        if is_damage:
            log.error('a console of %s broke the protocol: %s', self.login, error)
        async with self._moving:
            if self._box is not box:
                # It was ended or started anew meanwhile, by somebody who has told why.
                return
            how = await self._leave_box()
            if not self.is_ended:
                self._say({'terminate': DAMAGED if is_damage else words_for(how)})

    def _say(self, *replies):
        for reply in replies:
            self._add(reply)
        self._tell()

    def _add(self, reply):
        self.transcript.add(reply)
        self.state = state_after(reply) or self.state
        if self._source and not reply.keys().isdisjoint(SOURCE_IS_OVER):
            source, self._source = self._source, ''
            if self._on_source is not None:
                self._on_source(self.login, source)

    def _tell(self):
        for is_so, waiter in self._waiting:
            if not waiter.done() and is_so():
                waiter.set_result(None)
        for listener in tuple(self.listeners):
            listener()
        if self.is_ended and self._on_end is not None:
            self._on_end(self)

    async def wait_until(self, is_so, seconds):
        """Return when `is_so()`, or after some seconds."""
        if is_so() or seconds <= 0:
            return
        waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds, lambda: waiter.done() or waiter.set_result(None))
        self._waiting.append((is_so, waiter))
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiting.remove((is_so, waiter))

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
