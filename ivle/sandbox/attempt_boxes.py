"""Boxes of attempts: each attempt has its own. What can wait is tested in one box after the other of the same person's."""

import asyncio
import dataclasses

from ivle.sandbox.limits import Limits
from ivle.sandbox.spec import BoxSpec

# A box that is kept for the next attempt of its person, and for how many in all.
KEPT_SECONDS = 2.0
MOST_ATTEMPTS = 100


class AttemptBoxes:
    """Takes boxes from `boxes` for attempts. To be used in the event loop."""

    def __init__(self, settings, boxes):
        self._boxes = boxes
        limits = Limits.of(settings, 'test')
        self._limits = {True: limits, False: dataclasses.replace(limits, leaves_processor=True)}
        self._kept, self._uses, self._timer = None, 0, None
        self._endings = set()

    @property
    def kept_for(self):
        """The login for whose next attempt that can wait a box is there, or None."""
        return None if self._kept is None else self._kept.login

    async def take(self, login, first):
        """Return a RunningBox for an attempt of a login. One that is not `first` may have one in which others were tested."""
        if not first and (running := self._take_kept(login)) is not None:
            return running
        limits = self._limits[first]
        arguments = ('attempt', str(limits.output), *([] if first else ['later']))
        spec = BoxSpec(program='testservice', login=login, sees='nothing', limits=limits, arguments=arguments)
        return await self._boxes.start(spec)

    def keep(self, running):
        """Keep a box that was taken for what can wait, in which nothing has happened that the next attempt were not to meet."""
        if self._uses >= MOST_ATTEMPTS or self._kept is not None:
            self._end(running)
            return
        self._kept, self._uses = running, self._uses + 1
        self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._let_go)

    def _take_kept(self, login):
        if self._kept is not None and self._kept.login == login and self._kept.box.poll() is None:
            self._timer.cancel()
            running, self._kept = self._kept, None
            return running
        self._let_go()
        self._uses = 0
        return None

    def _let_go(self):
        if self._kept is not None:
            self._timer.cancel()
            self._end(self._kept)
            self._kept = None

    def _end(self, running):
        ending = asyncio.create_task(running.end())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def close(self):
        """Keep none any more."""
        self._let_go()
        await asyncio.gather(*self._endings, return_exceptions=True)
