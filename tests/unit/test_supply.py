"""When new boxes are ordered: not while somebody has just claimed one and uses the processor, unless few are left."""

import asyncio
import os
import socket
import subprocess

import pytest

from ivle import chat
from ivle.sandbox import supply
from ivle.sandbox.identities import OneIdentity
from ivle.sandbox.supply import Supply

# Longer than any test runs, and as good as at once.
NEVER, SOON = 1000.0, 0.001


class Zygote:
    """What orders come to; each is answered with a process that lives until the test is over."""

    is_alive = True

    def __init__(self):
        self.waiting, self.ordered = [], 0
        self._process = subprocess.Popen(['sleep', '600'])

    def order_box(self, uid, doors, rehearses):
        self.rehearses = rehearses
        ours, theirs = socket.socketpair()
        self.waiting.append(theirs)
        self.ordered += 1
        return ours

    def answer(self):
        for line in self.waiting:
            process = os.pidfd_open(self._process.pid)
            socket.send_fds(line, [chat.dumps({'prepared': None}).encode()], [process])
            os.close(process)
            line.close()
        self.waiting.clear()

    def close(self):
        self._process.kill()
        self._process.wait()
        for line in self.waiting:
            line.close()


@pytest.fixture
def zygote():
    zygote = Zygote()
    yield zygote
    zygote.close()


async def ordered(zygote, count):
    """Wait until so many orders have come, and then for as long as one more would need."""
    async with asyncio.timeout(60):
        while len(zygote.waiting) < count:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)


def in_a_supply(zygote, least, work, most=0):
    """Run `work(supply, settle)` with a Supply that is full; `settle()` answers orders until none comes any more."""

    async def settle():
        count = -1
        while count != zygote.ordered:
            count = zygote.ordered
            zygote.answer()
            await asyncio.sleep(0.05)

    made = []

    async def run():
        boxes = Supply(zygote, least, most or least, OneIdentity(0), 0, new_group=lambda: None, watch=made.append)
        boxes.fill()
        await settle()
        assert len(boxes) == least
        try:
            await work(boxes, settle)
        finally:
            boxes.close()

    asyncio.run(run())
    zygote.close()
    for box in made:
        box.wait(10)


def test_while_half_of_them_are_left_nothing_is_made_until_it_is_calm(zygote, monkeypatch):
    monkeypatch.setattr(supply, '_CALM_SECONDS', NEVER)
    monkeypatch.setattr(supply, '_SHORT_CALM_SECONDS', SOON)

    async def work(boxes, settle):
        taken = [boxes.take() for _ in range(3)]
        boxes.tend()
        await settle()
        assert (len(taken), len(boxes), zygote.ordered) == (3, 3, 6)
        # Fewer than half: from now on they are needed.
        boxes.take()
        await settle()
        assert zygote.ordered == 10
        assert len(boxes) == 6

    in_a_supply(zygote, 6, work)


@pytest.mark.parametrize(('taken', 'at_once'), [(2, 1), (4, 2)])
def test_they_are_made_one_after_the_other_and_in_a_hurry_two_at_a_time(zygote, monkeypatch, taken, at_once):
    monkeypatch.setattr(supply, '_CALM_SECONDS', SOON)
    monkeypatch.setattr(supply, '_SHORT_CALM_SECONDS', SOON)

    async def work(boxes, settle):
        for _ in range(taken):
            boxes.take()
        await ordered(zygote, at_once)
        assert len(zygote.waiting) == at_once
        await settle()
        assert len(boxes) == 6

    in_a_supply(zygote, 6, work)


@pytest.mark.parametrize(('taken', 'rehearses', 'expected'), [(4, True, True), (4, False, False), (2, False, True)])
def test_in_a_rush_boxes_rehearse_only_where_that_is_of_use(zygote, monkeypatch, taken, rehearses, expected):
    monkeypatch.setattr(supply, '_SHORT_CALM_SECONDS', SOON)
    monkeypatch.setattr(supply, '_CALM_SECONDS', SOON)

    async def work(boxes, settle):
        for _ in range(taken):
            boxes.take(rehearses)
        await settle()
        assert zygote.rehearses is expected

    in_a_supply(zygote, 3, work, most=10)


def test_who_claims_while_boxes_are_made_has_the_rest_of_them_put_off(zygote, monkeypatch):
    monkeypatch.setattr(supply, '_CALM_SECONDS', SOON)

    async def work(boxes, settle):
        boxes.take()
        boxes.take()
        await ordered(zygote, 1)
        assert len(zygote.waiting) == 1
        monkeypatch.setattr(supply, '_CALM_SECONDS', NEVER)
        boxes.take()
        await settle()
        assert len(boxes) == 4
        assert zygote.ordered == 7

    in_a_supply(zygote, 6, work)


def test_what_is_missing_is_ordered_and_what_is_too_much_is_ended(zygote):
    async def work(boxes, settle):
        one = boxes._idle.pop()
        boxes.tend()
        await settle()
        assert (len(boxes), zygote.ordered) == (6, 7)
        boxes.put_back(one)
        boxes.tend()
        assert len(boxes) == 6

    in_a_supply(zygote, 6, work)
