"""The file services of this host: one warm box for each view of a home, started when it is first asked for."""

import asyncio
import collections
import logging
import socket
from dataclasses import dataclass

from ivle.sandbox.boxes import Refusal
from ivle.sandbox.handover import hand_over
from ivle.sandbox.limits import Limits
from ivle.sandbox.spec import BoxSpec
from ivle.sandbox.svn import Tunnel

# A class of tutors who look at one student needs a view for each subject; more is a loop in somebody's script.
VIEWS_PER_LOGIN = 16
# Requests that add to an account. What each may need at most decides how old the measurement may be that it gets.
_ADDS_MUCH = {'upload', 'copy', 'svn_checkout', 'svn_update', 'svn_revert', 'svn_commit', 'trash'}
_ADDS_LITTLE = {'write', 'mkdir', 'svn_add', 'svn_resolve'}
RECENT_SECONDS = 10.0
# What a file service says when a request is done: this word where what is known of the account's room no longer holds.
_MEASURE = b'measure'
# A box may die between two requests; one that dies every time is broken.
TRIES = 3

log = logging.getLogger('ivle.sandbox.files')


@dataclass(frozen=True)
class View:
    """Whose home, for writing or only for reading, and the directory outside which nothing can be reached."""

    login: str
    access: str
    scope: str


class FileBox:
    """A box with a file service, and how many of the requests it was given are not done."""

    def __init__(self, running, tunnel):
        self.running, self.tunnel = running, tunnel
        self.waiting = 0
        self.used_at = asyncio.get_running_loop().time()

    def give(self, connection, request):
        """Give it one more request; OSError as `hand_over`."""
        hand_over(self.running.channel, connection, request)
        self.waiting += 1
        self.used_at = asyncio.get_running_loop().time()

    async def listen(self, doubt):
        """Count what is done; return when the service has ended. `doubt()` is called when the account is to be measured."""
        loop = asyncio.get_running_loop()
        try:
            while word := await loop.sock_recv(self.running.channel, 64):
                if word == _MEASURE:
                    doubt()
                self.waiting = max(0, self.waiting - 1)
                self.used_at = loop.time()
        except OSError:
            # As good as its end.
            pass

    async def end(self):
        """End the service, and the svnserve processes that it spoke to."""
        await self.running.end()
        await self.tunnel.close()


class FileBoxes:
    """Hands requests to file services; starts them, ends them when idle, replaces them when they die."""

    def __init__(self, settings, boxes, places, quotas):
        self._settings, self._boxes, self._places, self._quotas = settings, boxes, places, quotas
        self._warm = {}
        self._starting = collections.defaultdict(asyncio.Lock)
        self._listeners = set()
        self._reaper = None

    def start_reaping(self):
        """Begin to end boxes that nobody uses."""
        self._reaper = asyncio.create_task(self._reap())

    async def serve(self, view, request, connection):
        """Hand a request to the view's box; Refusal when that cannot be done. The caller still closes `connection`."""
        request = await self._with_disk(view, request)
        for _ in range(TRIES):
            box = await self._box(view)
            try:
                box.give(connection, request)
            except BlockingIOError:
                raise Refusal('too-many', 'Too many requests for these files at once: try again in a moment.') from None
            except OSError:
                # It died since; the request was not taken by anybody.
                await self._remove(view, box)
            else:
                return
        raise Refusal('sandbox-broken', 'The file service does not stay alive. An administrator finds the reason in the log.')

    async def end(self, login):
        """End every box of a login."""
        own = [(view, box) for view, box in self._warm.items() if view.login == login]
        await asyncio.gather(*(self._remove(view, box) for view, box in own))

    async def close(self):
        """End all boxes."""
        if self._reaper is not None:
            self._reaper.cancel()
        await asyncio.gather(*(self._remove(view, box) for view, box in list(self._warm.items())))
        for listener in list(self._listeners):
            listener.cancel()

    async def _with_disk(self, view, request):
        """Return a request with what is known of the account's room; nobody else may say that."""
        request = {key: value for key, value in request.items() if key != 'disk'}
        operation = request.get('op')
        # A reader of some directory is not told how much the whole account holds.
        if not self._quotas.is_on or view.access != 'write' or type(operation) is not str:
            return request
        usage = None
        if operation == 'list':
            usage = await self._quotas.glance(view.login)
        if operation in _ADDS_MUCH or (usage is not None and usage.level):
            usage = await self._quotas.look(view.login)
        elif operation in _ADDS_LITTLE:
            usage = await self._quotas.look(view.login, RECENT_SECONDS)
        return request if usage is None else {**request, 'disk': usage.as_json() | {'at': usage.at}}

    async def _box(self, view):
        lock = self._starting[view]
        try:
            async with lock:
                if view not in self._warm:
                    await self._make_room(view.login)
                    self._warm[view] = await self._start(view)
                return self._warm[view]
        finally:
            if not lock.locked():
                self._starting.pop(view, None)

    async def _start(self, view):
        tunnel = Tunnel(self._settings, self._places, view.login, view.access == 'read')
        await tunnel.open()
        try:
            spec = BoxSpec(
                program='fileservice',
                login=view.login,
                sees='account',
                access=view.access,
                svn_socket=tunnel.path,
                limits=Limits.of(self._settings, 'file'),
                arguments=(f'--scope={view.scope}', *(['--read-only'] if view.access == 'read' else [])),
            )
            running = await self._boxes.start(spec, socket.SOCK_SEQPACKET)
        except BaseException:
            await tunnel.close()
            raise
        box = FileBox(running, tunnel)
        listener = asyncio.create_task(self._listen(view, box))
        self._listeners.add(listener)
        listener.add_done_callback(self._listeners.discard)
        return box

    async def _listen(self, view, box):
        await box.listen(lambda: self._quotas.doubt(view.login))
        await self._remove(view, box)

    async def _remove(self, view, box):
        if self._warm.get(view) is box:
            del self._warm[view]
        await box.end()

    async def _make_room(self, login):
        own = [(view, box) for view, box in self._warm.items() if view.login == login]
        if len(own) < VIEWS_PER_LOGIN:
            return
        idle = [(view, box) for view, box in own if box.waiting == 0]
        if not idle:
            raise Refusal('too-many', 'Too many people look at these files at once: try again in a moment.')
        await self._remove(*min(idle, key=lambda item: item[1].used_at))

    async def _reap(self):
        seconds = self._settings.file_idle_seconds
        while True:
            await asyncio.sleep(min(5.0, seconds / 4))
            now = asyncio.get_running_loop().time()
            idle = [(view, box) for view, box in self._warm.items() if box.waiting == 0 and now - box.used_at > seconds]
            await asyncio.gather(*(self._remove(view, box) for view, box in idle))
