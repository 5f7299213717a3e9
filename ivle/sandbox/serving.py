"""Served programs: a fresh box for every request, which ends with its answer or with its time."""

import asyncio
import logging
import socket
import weakref

from ivle.sandbox.boxes import BROKEN, Refusal
from ivle.sandbox.handover import hand_over
from ivle.sandbox.limits import Limits
from ivle.sandbox.spec import BoxSpec

# The service ends the program in time by itself, tells the client, and reads the request's body before.
GRACE_SECONDS = 5.0
# A page with pictures asks for several things at once.
REQUESTS_PER_LOGIN = 8
REQUESTS_IN_ALL = 64
WAIT_SECONDS = 5.0

log = logging.getLogger('ivle.sandbox.serving')


class ServeBoxes:
    """Hands each request to a box of its own and sees that it ends."""

    def __init__(self, settings, boxes):
        self._limits, self._boxes = Limits.of(settings, 'serve'), boxes
        # A turn lives as long as somebody holds or awaits it.
        self._turns = weakref.WeakValueDictionary()
        self._all = asyncio.Semaphore(REQUESTS_IN_ALL)
        self._watching = set()

    async def serve(self, login, request, connection):
        """Hand a request to a new box; Refusal when that cannot be done. The caller still closes `connection`."""
        turn = self._turns.setdefault(login, asyncio.Semaphore(REQUESTS_PER_LOGIN))
        await _take(turn, 'Your programs answer too many requests at once: try again in a moment.')
        try:
            await _take(self._all, 'This host serves too many programs at once: try again in a moment.')
        except Refusal:
            turn.release()
            raise
        try:
            running = await self._start(login, request, connection)
        except BaseException:
            self._all.release()
            turn.release()
            raise
        watching = asyncio.create_task(self._watch(running, turn))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)

    async def close(self):
        """Stop watching; the boxes themselves are ended with all others."""
        for watching in list(self._watching):
            watching.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)

    async def _start(self, login, request, connection):
        arguments = (str(self._limits.wall_seconds), str(self._limits.output))
        spec = BoxSpec(program='serveservice', login=login, limits=self._limits, arguments=arguments)
        running = await self._boxes.start(spec, socket.SOCK_SEQPACKET)
        try:
            hand_over(running.channel, connection, request)
        except OSError as error:
            log.error('a serve box did not take its request: %s (%s)', error, await running.end())
            raise BROKEN from None
        return running

    async def _watch(self, running, turn):
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.sock_recv(running.channel, 64), self._limits.wall_seconds + GRACE_SECONDS)
        except TimeoutError:
            log.warning('a program of %s was served for too long and was killed', running.login)
        except OSError:
            # It ended; that is all we want to know.
            pass
        finally:
            self._all.release()
            turn.release()
            await running.end()


async def _take(turn, message):
    try:
        await asyncio.wait_for(turn.acquire(), WAIT_SECONDS)
    except TimeoutError:
        raise Refusal('too-many', message) from None
