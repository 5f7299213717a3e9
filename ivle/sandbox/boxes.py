"""The boxes that run on this host: started without holding up the daemon, counted, and ended."""

import asyncio
import collections
import contextlib
import logging
import os
import socket
import subprocess

from ivle.sandbox.host import SandboxUnavailable
from ivle.sandbox.spec import HomeMissing
from ivle.sandbox.started import is_out_of_memory

# Besides consoles, which have a limit of their own: beyond this a host swaps or a loop in somebody's script runs.
MOST_BOXES = 1000
END_SECONDS = 2.0

log = logging.getLogger('ivle.sandbox')


class Refusal(Exception):
    """An action that is not done. `code` is for programs, `message` a sentence for the person."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


BROKEN = Refusal('sandbox-broken', 'The sandbox cannot be started. An administrator finds the reason with: ivle check')


class RunningBox:
    """A box and our end of its channel."""

    def __init__(self, box, channel, login, on_end):
        self.box, self.channel, self.login = box, channel, login
        self._on_end = on_end

    async def end(self):
        """End the box at once and return why it ended (`Box.reason_of_end`). No harm when it has ended already."""
        try:
            return await asyncio.to_thread(self._end)
        finally:
            self._on_end(self)
            self._close_channel()

    @property
    def is_out_of_memory(self):
        """Whether the kernel has ended a process of the box for its memory, as far as can be known."""
        return is_out_of_memory(self.box)

    def _end(self):
        # After the end of its program bubblewrap needs a moment, and then knows what happened better than a killed one.
        try:
            self.box.wait(0.1 if self._is_closed_by_box() else 0)
        except subprocess.TimeoutExpired:
            self.box.kill()
            try:
                self.box.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                log.error('the box with process %d does not end', self.box.pid)
        with contextlib.suppress(OSError):
            # Whoever still waits for the box hears of its end.
            self.channel.shutdown(socket.SHUT_RDWR)
        return self.box.reason_of_end()

    def _close_channel(self):
        if self.channel.fileno() >= 0:
            # Closed here and not in a thread: the loop must have forgotten the descriptor before its number is another's.
            loop = asyncio.get_running_loop()
            loop.remove_reader(self.channel.fileno())
            loop.remove_writer(self.channel.fileno())
            self.channel.close()

    def _is_closed_by_box(self):
        try:
            return self.channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b''
        except BlockingIOError:
            return False
        except OSError:
            return True


class Boxes:
    """All boxes of this daemon."""

    def __init__(self, settings, launcher, pool):
        self._launcher, self._pool = launcher, pool
        self._most = MOST_BOXES + settings.consoles_in_all
        self._running, self._late = set(), set()
        self._starting = 0
        self._endings = collections.Counter()
        self._errors = os.open(settings.path('log', 'boxes.log'), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def __len__(self):
        return len(self._running) + self._starting

    async def end(self, login):
        """End the running boxes of one login, and those that are just being started."""
        self._endings[login] += 1
        await asyncio.gather(*(running.end() for running in self._running if running.login == login))

    async def start(self, spec, kind=socket.SOCK_STREAM):
        """Return a RunningBox whose program has a socket of this kind as its channel; Refusal when that cannot be."""
        if len(self) >= self._most:
            raise Refusal('too-many', 'This host is full for the moment: try again in a minute.')
        endings = self._endings[spec.login]
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        self._starting += 1
        try:
            box = self._ready_box(spec, theirs) or await self._next_box(spec, theirs)
        except HomeMissing:
            ours.close()
            raise Refusal('not-found', 'This account has no files on this host.') from None
        except (SandboxUnavailable, OSError) as error:
            ours.close()
            log.error('a box for %s cannot be started: %s', spec.program, error)
            raise BROKEN from error
        finally:
            self._starting -= 1
            theirs.close()
        ours.setblocking(False)
        running = RunningBox(box, ours, spec.login, self._running.discard)
        self._running.add(running)
        if self._endings[spec.login] != endings:
            await running.end()
            raise Refusal('busy', 'Everything of this account is being ended: try again in a moment.')
        return running

    def _ready_box(self, spec, channel):
        # Most often there is one, and whoever waits for it waits for nothing else.
        if not self._pool.suits(spec):
            return None
        return self._pool.claim_at_once(spec, channel.fileno(), self._launcher.complaints(self._errors))

    async def _next_box(self, spec, channel):
        starting = asyncio.ensure_future(self._start(spec, channel))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may be half started: a box that nobody waits for must not stay.
            self._late.add(late := asyncio.create_task(self._end_late(starting)))
            late.add_done_callback(self._late.discard)
            raise

    async def _start(self, spec, channel):
        box = None
        if self._pool.suits(spec):
            box = await self._pool.claim_next(spec, channel.fileno(), self._launcher.complaints(self._errors))
        return box or await asyncio.to_thread(self._launcher.start, spec, channel, self._errors)

    async def _end_late(self, starting):
        with contextlib.suppress(HomeMissing, SandboxUnavailable, OSError):
            box = await starting
            box.kill()
            await asyncio.to_thread(box.wait, END_SECONDS)

    async def close(self):
        """End all boxes."""
        await asyncio.gather(*(running.end() for running in list(self._running)))
        await self._pool.close()
        await asyncio.to_thread(self._launcher.close)
        os.close(self._errors)
