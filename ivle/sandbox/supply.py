"""The supply of prepared boxes: what stands ready, what is ordered from the zygote, and who waits for it."""

import asyncio
import collections
import logging
import os
import weakref

from ivle.sandbox.prepared import PreparedBox
from ivle.sandbox.zygote import answer

# Whoever claims has the processor for themselves: new boxes are made, one after the other, when nobody has come for so long.
_CALM_SECONDS = 0.1
# When fewer than half of them are left: as soon as a first line may have been answered, and two at a time.
_SHORT_CALM_SECONDS = 0.02
_ORDERS_IN_A_HURRY = 2
# So many stand ready as were taken in this time, within the bounds of the site.
_MEMORY_SECONDS = 10.0
_WAIT_SECONDS = 5.0
# After a box could not be prepared: the host may be out of something.
_PAUSE_SECONDS, _LONG_PAUSE_SECONDS = 1.0, 60.0

log = logging.getLogger('ivle.sandbox.pool')


class Supply:
    """Prepared boxes of one zygote, at least `least` and after a rush `most` of them. `close` leaves those that were taken.

    `identities` are the Identities that boxes have, `owner` is the user of the host that the files belong to.
    `new_group()` makes a control group (or None) for the next box, `watch(box)` looks after its memory.
    """

    def __init__(self, zygote, least, most, identities, owner, new_group, watch):
        self.zygote, self.identities = zygote, identities
        self._least, self._owner, self._new_group, self._watch = least, owner, new_group, watch
        self._loop = asyncio.get_running_loop()
        self._idle, self._waiting = collections.deque(), collections.deque()
        # Whoever keeps a box forgets it when it has ended.
        self._boxes = weakref.WeakSet()
        self._taken = collections.deque(maxlen=max(least, most))
        self._ordered, self._rehearses = 0, True
        self._failed_at = -_PAUSE_SECONDS
        self._filling, self._is_adding, self._adds_after = None, False, 0.0
        self._lines = set()
        self._is_closed = False

    def __len__(self):
        return len(self._idle)

    @property
    def wanted(self):
        """How many should stand ready now."""
        since = self._loop.time() - _MEMORY_SECONDS
        return max(self._least, sum(moment > since for moment in self._taken))

    def take(self, rehearses=True):
        """Return a box that stands ready, or None when none does.

        In a rush, what is taken now will be wanted next: `rehearses` says whether it is of use that boxes for it do so.
        """
        self._rehearses = rehearses
        self._taken.append(self._loop.time())
        while self._idle:
            box = self._idle.popleft()
            if box.poll() is None:
                self._fill_when_it_is_quiet()
                return box
        return None

    def put_back(self, box):
        """Take a box back that was not claimed after all."""
        if self._is_closed:
            box.kill()
        else:
            self._idle.appendleft(box)

    async def next(self):
        """Wait for the next box and return it, or None when none comes in time."""
        if not self._takes_orders:
            return None
        waiting = self._loop.create_future()
        self._waiting.append(waiting)
        box = None
        try:
            self.fill()
            box = await asyncio.wait_for(waiting, _WAIT_SECONDS)
        except TimeoutError:
            # A cold box may do.
            pass
        finally:
            if not waiting.done():
                waiting.cancel()
            elif box is None and not waiting.cancelled() and waiting.result() is not None:
                # It has come just now; the next one takes it.
                self.put_back(waiting.result())
        return box

    async def new_identity(self):
        """Make one more Identity and return it, not given to anybody; None when that cannot be."""
        waiting = self._loop.create_future()
        self._order_identity(lambda identity: waiting.done() or waiting.set_result(identity))
        try:
            return await asyncio.wait_for(waiting, _WAIT_SECONDS)
        except TimeoutError:
            return None

    def fill(self):
        """Order what is missing."""
        if not self._takes_orders:
            return
        missing = max(self.wanted - len(self._idle), len(self._waiting)) - self._ordered
        most = max(_ORDERS_IN_A_HURRY if self._is_in_a_hurry else 1, len(self._waiting)) - self._ordered
        for _ in range(min(missing, most)):
            self._order()
        if self._ordered == 0 and self.identities.wanted > 0 and not self._is_adding and self._loop.time() >= self._adds_after:
            self._is_adding = True
            self._order_identity(self._added)

    def tend(self):
        """End what stands ready and is no longer wanted, and order what is missing, unless it is put off until it is calm."""
        while len(self._idle) > self.wanted:
            self._idle.popleft().kill()
        self._go_on_filling(0)

    def has_boxes(self):
        """Return whether a box of this supply lives."""
        return any(box.poll() is None for box in self._boxes)

    def close(self):
        """Take no more orders and end what stands ready; those that were taken go on."""
        self._is_closed = True
        if self._filling is not None:
            self._filling.cancel()
        for line in list(self._lines):
            self._loop.remove_reader(line.fileno())
            line.close()
        self._lines.clear()
        while self._hand_over(None):
            pass
        while self._idle:
            self._idle.popleft().kill()

    # -- orders -------------------------------------------------------------------------------------

    @property
    def _takes_orders(self):
        return not self._is_closed and self.zygote.is_alive and self._loop.time() >= self._failed_at + _PAUSE_SECONDS

    @property
    def _is_in_a_hurry(self):
        return 2 * len(self._idle) < self.wanted

    def _fill_when_it_is_quiet(self):
        # Once, however many claims come in the meantime; each moves it on.
        if self._filling is not None:
            self._filling.cancel()
        calm = _SHORT_CALM_SECONDS if self._is_in_a_hurry else _CALM_SECONDS
        self._filling = self._loop.call_later(calm, self.fill)

    def _go_on_filling(self, seconds):
        # Unless somebody has claimed a box meanwhile, and it goes on when it is quiet.
        if self._filling is None or self._filling.when() < self._loop.time():
            self._filling = self._loop.call_later(seconds, self.fill)

    def _order(self):
        self._ordered += 1
        identity = self.identities.take()
        if identity is not None:
            self._order_box(identity)
        else:
            self._order_identity(self._order_with)

    def _order_with(self, identity):
        identity = self.identities.take()
        if identity is not None:
            self._order_box(identity)
        else:
            self._fail('there is no user id for it', None)

    def _order_box(self, identity):
        group, doors = None, []
        try:
            group = self._new_group()
            doors = [] if group is None else group.doors()
            # Whoever waits for it would wait for that, too.
            rehearses = len(self._waiting) < self._ordered and (self._rehearses or self.wanted <= self._least)
            line = self.zygote.order_box(identity.uid, doors, rehearses)
        except OSError as error:
            self.identities.give_back(identity)
            self._fail(error, group)
            return
        finally:
            for door in doors:
                os.close(door)
        self._hear(line, lambda line, message, descriptors: self._take_in(line, message, descriptors, identity, group))

    def _order_identity(self, take):
        """Order another Identity, add it, and call `take` with it, or with None when there can be none."""
        identities, uid = self.identities, self.identities.next_uid()
        if uid is None:
            log.error('an identity cannot be made: all numbers are in use')
            take(None)
            return

        def add(line, message, descriptors):
            line.close()
            if descriptors and identities is self.identities:
                take(identities.add(uid, descriptors[0]))
                return
            for descriptor in descriptors:
                # It was given up meanwhile that each box has one.
                os.close(descriptor)
            fail(message)

        def fail(why):
            log.error('an identity cannot be made: %s', why)
            identities.return_uid(uid)
            take(None)

        try:
            line = self.zygote.order_identity(self._owner, uid)
        except OSError as error:
            fail(error)
            return
        self._hear(line, add)

    def _hear(self, line, take):
        """Call `take(line, message, descriptors)` when the answer is there."""
        line.setblocking(False)
        self._lines.add(line)

        def read():
            self._loop.remove_reader(line.fileno())
            self._lines.discard(line)
            take(line, *answer(line))

        self._loop.add_reader(line.fileno(), read)

    def _added(self, identity):
        self._is_adding = False
        if identity is None:
            # Whoever needs one asks for it anyway.
            self._adds_after = self._loop.time() + _LONG_PAUSE_SECONDS
        elif not self._is_closed:
            # Whoever comes meanwhile goes first.
            self._go_on_filling(_SHORT_CALM_SECONDS)

    def _take_in(self, line, message, descriptors, identity, group):
        if not descriptors:
            line.close()
            self.identities.give_back(identity)
            self._fail(message, group)
            return
        self._ordered -= 1
        box = PreparedBox(line, descriptors[0], identity, self.identities.give_back)
        box.group = group
        self._watch(box)
        self._boxes.add(box)
        if not self._hand_over(box):
            self._idle.append(box)
        if self._waiting:
            self.fill()
        else:
            self._go_on_filling(0)

    def _hand_over(self, box):
        """Give a box (or None, for none) to whoever waits longest; return whether somebody did."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(box)
                return True
        return False

    def _fail(self, message, group):
        self._ordered -= 1
        log.error('a box could not be prepared: %s', message)
        if group is not None:
            group.remove()
        self._failed_at = self._loop.time()
        # A cold box may do.
        while self._hand_over(None):
            pass
