"""The boxes of a daemon, when several things happen to one at once."""

import asyncio
import contextlib
import os
import socket
import time
from dataclasses import replace

import pytest

from ivle.sandbox import memory
from ivle.sandbox.box import Launcher
from ivle.sandbox.boxes import Boxes, Refusal
from ivle.sandbox.consoles import Consoles
from ivle.sandbox.places import Places
from ivle.sandbox.pool import Pool
from ivle.sandbox.quota import Quotas
from ivle.sandbox.spec import BoxSpec
from tests.services.sandbox_host import SandboxHost, eventually

SPEC = BoxSpec(program='python-console', login='studenta', arguments=('1000', '60', '600'))


@pytest.fixture
def settings(data):
    settings = SandboxHost(data).settings
    settings.path('log').mkdir()
    return settings


def with_boxes(settings, work):
    """Return what the coroutine function `work` makes of the boxes of a daemon."""

    async def run():
        launcher = Launcher(settings)
        launcher.prepare()
        boxes = Boxes(settings, launcher, Pool(settings, launcher, Places(settings)))
        try:
            return await work(boxes)
        finally:
            await boxes.close()

    return asyncio.run(run())


def test_whoever_waits_for_a_box_hears_of_its_end_and_the_loop_forgets_its_channel(settings):
    async def work(boxes):
        loop, running = asyncio.get_running_loop(), await boxes.start(SPEC)
        while b'ready' not in await loop.sock_recv(running.channel, 100):
            pass
        number, waiting = running.channel.fileno(), asyncio.create_task(loop.sock_recv(running.channel, 100))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ending = asyncio.create_task(running.end())
            await asyncio.sleep(0)
            # The box ends while the loop is busy with something else.
            time.sleep(0.5)
            await ending
            # The next connection gets the number of the channel, and must be heard.
            with socket.socket(fileno=os.dup2(ours.fileno(), number)) as again:
                again.setblocking(False)
                hearing = asyncio.create_task(loop.sock_recv(again, 100))
                await asyncio.sleep(0.05)
                theirs.send(b'x')
                return await asyncio.wait_for(waiting, 5), await asyncio.wait_for(hearing, 5)

    assert with_boxes(settings, work) == (b'', b'x')


def test_a_box_that_is_being_started_ends_with_the_others_of_its_login(settings):
    async def work(boxes):
        starting = asyncio.create_task(boxes.start(SPEC))
        await asyncio.sleep(0)
        await boxes.end('studenta')
        with pytest.raises(Refusal) as refused:
            await starting
        return refused.value.code, len(boxes)

    assert with_boxes(settings, work) == ('busy', 0)


def test_a_forgotten_console_that_is_restarted_twice_at_once_is_one_console(settings):
    async def work(boxes):
        quotas = Quotas(settings, Places(settings))
        old, new = Consoles(settings, boxes, b'secret', quotas), Consoles(settings, boxes, b'secret', quotas)
        key = await old.start('studenta', '/')
        await old.close()
        await asyncio.gather(new.restart('studenta', key), new.restart('studenta', key))
        count = len(boxes), len(new.list('studenta'))
        await new.close()
        return count

    assert with_boxes(settings, work) == (1, 1)


def test_the_watch_over_memory_goes_on_after_a_failure(settings, monkeypatch):
    failures = [OSError('no more descriptors')]
    monkeypatch.setattr(memory, '_CALM_SECONDS', 0.01)
    real = memory._free_memory

    def free_memory():
        with contextlib.suppress(IndexError):
            raise failures.pop()
        return real()

    monkeypatch.setattr(memory, '_free_memory', free_memory)

    async def work(boxes):
        # No box is as small as this.
        running = await boxes.start(replace(SPEC, limits=replace(SPEC.limits, box_memory=1 << 20)))
        ended = await asyncio.to_thread(eventually, lambda: running.box.poll() is not None)
        return ended, running.box.reason_of_end(), failures

    # Without control groups, which need no watch.
    assert with_boxes(replace(settings, cgroups='off'), work)[1:] == ('memory', [])
