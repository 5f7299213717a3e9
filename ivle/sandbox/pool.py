"""The pool of prepared boxes: a claim makes one of them somebody's; the zygote they come from is replaced when its time is up."""

import asyncio
import logging
import os
import time

from ivle.sandbox.claim import home_for, try_mapping, words_for
from ivle.sandbox.host import SandboxUnavailable
from ivle.sandbox.identities import Identities, OneIdentity
from ivle.sandbox.limits import Limits
from ivle.sandbox.programs import PROGRAMS
from ivle.sandbox.supply import Supply

_TEND_SECONDS = 1.0
# What did not work a moment ago costs a third of a second to try again.
_AGAIN_SECONDS = 60.0
# A zygote is replaced: what leaks, or was guessed of its memory's layout, does not stay for ever.
_LIFE_SECONDS = 24 * 3600.0
_MOST_FORKS = 10_000

log = logging.getLogger('ivle.sandbox.pool')


class Pool:
    """Prepared boxes. `claim` returns None where there are none: then a cold box does the same, later."""

    def __init__(self, settings, launcher, places):
        self._settings, self._launcher, self._places = settings, launcher, places
        # Most boxes will be consoles; the others get their own limits when they are claimed.
        self._usual = Limits.of(settings, 'console')
        self._supply = self._identities = None
        # Those whose zygote is too old; they last as long as their boxes.
        self._retired = []
        self._born_at, self._failed_at = 0.0, None
        self._tending = None
        self.reason = 'ivle.sandbox.pool is 0'

    @property
    def is_warm(self):
        """Whether boxes stand ready; otherwise `reason` says why not."""
        return self._supply is not None and self._supply.zygote.is_alive

    @property
    def backend(self):
        """What makes the boxes of student programs, in words."""
        return 'a prepared interpreter' if self.is_warm else f'bubblewrap, one by one: {self.reason}'

    @property
    def has_identities(self):
        """Whether each box has a user id of its own."""
        return isinstance(self._identities, Identities)

    @property
    def users(self):
        """Which users of the host student programs are, in words."""
        if not self.has_identities:
            return f'user id {self._launcher.ids.files} for all boxes'
        first, count = self._settings.sandbox_uids
        return f'one for each box, of {first}-{first + count - 1}'

    @property
    def idle(self):
        """How many boxes stand ready."""
        return 0 if self._supply is None else len(self._supply)

    async def start(self):
        """Start the zygote and the first boxes. Where the host cannot, the reason is logged and boxes are cold."""
        if self._settings.pool > 0:
            await self._renew()
            self._tending = asyncio.create_task(self._tend())

    async def close(self):
        """End every prepared box, and those that were."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        supplies = [*self._retired, *([] if self._supply is None else [self._supply])]
        for supply in supplies:
            supply.close()
            await asyncio.to_thread(supply.zygote.close)
        if self._identities is not None:
            self._identities.close()

    # -- claims -------------------------------------------------------------------------------------

    def suits(self, spec):
        """Return whether a prepared box can be what `spec` wants."""
        return self.is_warm and PROGRAMS[spec.program].may_stand_ready and spec.sees != 'account' and spec.svn_socket is None

    def claim_at_once(self, spec, channel, complaints):
        """Return a PreparedBox that stood ready and is now the one of `spec`, or None when none did.

        `channel` and `complaints` are descriptors: the program's channel, and where it may complain. HomeMissing when the
        login has no account here.
        """
        while (box := self._supply.take(PROGRAMS[spec.program].is_rehearsed)) is not None:
            if self._give(box, spec, channel, complaints):
                return box
        return None

    async def claim_next(self, spec, channel, complaints):
        """Return as `claim_at_once` the next box that comes, or None when none comes in time."""
        while (box := await self._supply.next()) is not None:
            if self._give(box, spec, channel, complaints):
                return box
        return None

    def _give(self, box, spec, channel, complaints):
        """Claim a box for `spec`; return whether it is still there to be claimed."""
        try:
            home = home_for(self._places, spec, box.identity)
        except BaseException:
            self._supply.put_back(box)
            raise
        try:
            self._launcher.watch(box, spec.limits)
            box.claim(words_for(spec, self._usual), [*([] if home is None else [home]), channel, complaints])
        except OSError:
            # It ended while it stood there; the next one may live.
            box.kill()
            return False
        except BaseException:
            box.kill()
            raise
        finally:
            if home is not None:
                os.close(home)
        return True

    # -- the zygote's life --------------------------------------------------------------------------

    async def _renew(self):
        try:
            zygote = await asyncio.to_thread(self._launcher.start_zygote)
        except SandboxUnavailable as error:
            if self.reason != str(error):
                log.warning('boxes start cold: %s', error)
            self.reason, self._failed_at = str(error), time.monotonic()
            return
        for name, reason in zygote.failures:
            log.warning('%s cannot be imported for all sandboxes: %s', name, reason)
        is_first = self._identities is None
        if is_first:
            self._identities = self._all_identities()
        supply = Supply(
            zygote,
            self._settings.pool,
            self._settings.pool_most,
            self._identities,
            self._launcher.ids.files,
            new_group=lambda: self._launcher.new_group(self._usual),
            watch=lambda box: self._launcher.watch(box, self._usual),
        )
        if is_first:
            await self._try_identities(supply)
        old, self._supply = self._supply, supply
        self._born_at, self._failed_at = time.monotonic(), None
        if old is not None:
            old.close()
            self._retired.append(old)
        supply.fill()

    def _all_identities(self):
        ids = self._launcher.ids
        return Identities(ids.first, ids.count, spare=self._settings.pool_most) if ids.count else OneIdentity(ids.files)

    async def _try_identities(self, supply):
        """Map the files of the accounts once; where that cannot be, all boxes are one user."""
        if not self.has_identities:
            return
        try:
            identity = await supply.new_identity()
            if identity is None:
                raise OSError('no user namespace can be made')
            try_mapping(self._places, identity.namespace)
        except OSError as error:
            log.warning('all boxes run as one user: ids cannot be mapped here (%s)', error)
            self._identities.close()
            supply.identities = self._identities = OneIdentity(self._launcher.ids.files)

    async def _tend(self):
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            try:
                await self._look_after()
            except Exception:
                # The edge of the task: were it to end here, a zygote that dies would never be replaced.
                log.exception('the pool of boxes could not be looked after')

    async def _look_after(self):
        if self._is_due():
            await self._renew()
        for supply in list(self._retired):
            if not supply.has_boxes():
                self._retired.remove(supply)
                await asyncio.to_thread(supply.zygote.close)
        if self._supply is not None:
            self._supply.tend()

    def _is_due(self):
        now = time.monotonic()
        if self._failed_at is not None and now < self._failed_at + _AGAIN_SECONDS:
            return False
        if not self.is_warm:
            return True
        return now > self._born_at + _LIFE_SECONDS or self._supply.zygote.forks > _MOST_FORKS
