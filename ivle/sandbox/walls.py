"""Walls: whether students' programs may run on this host at all. Tried in the background, for a start must not wait."""

import asyncio
import logging

from ivle.sandbox import check
from ivle.sandbox.boxes import Refusal

# Whoever comes in the first moments waits for the answer; a host that is too busy to give one is not called unsafe.
WAIT_SECONDS = 5.0
# What was broken may have been mended.
AGAIN_SECONDS = 60.0

log = logging.getLogger('ivle.sandbox')


class Walls:
    """What a canary in a box has found out about this host."""

    def __init__(self, settings, folder):
        self._settings, self._folder = settings, folder
        self._broken, self._tried_at = [], 0.0
        self._trying = None

    def start(self):
        """Begin to try."""
        self._trying = asyncio.create_task(self._try())

    async def close(self):
        """Stop trying."""
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)

    async def must_hold(self):
        """Return when a student's program may be started; Refusal when it may not."""
        if not self._trying.done():
            await asyncio.wait({self._trying}, timeout=WAIT_SECONDS)
        if not self._broken:
            return
        if self._trying.done() and asyncio.get_running_loop().time() - self._tried_at > AGAIN_SECONDS:
            self.start()
        raise Refusal(
            'sandbox-broken',
            f'No program is started: this host does not keep programs apart ({", ".join(self._broken)}). '
            'Files are not affected. An administrator finds out more with: ivle check',
        )

    async def _try(self):
        try:
            self._broken = await asyncio.to_thread(check.broken_walls, self._settings, self._folder)
        except Exception:
            # The edge of the task: what could not be tried is not known to be broken, and the log knows why.
            log.exception('the walls of the sandbox could not be tried')
        self._tried_at = asyncio.get_running_loop().time()
        if self._broken:
            log.critical('no program of a student is started: %s did not hold', ', '.join(self._broken))
