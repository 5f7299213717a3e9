"""A daemon with prepared boxes, as a process of its own: only one without threads and tests may take the name spaces it needs.

Called as `python -m tests.attacks.daemon DESCRIPTOR DATA SETTINGS`; answers the questions of `tests.attacks.host.WarmDaemon`.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from ivle.sandbox.box import Launcher
from ivle.sandbox.boxes import Boxes, Refusal
from ivle.sandbox.limits import Limits
from ivle.sandbox.places import Places, become_one_that_mounts
from ivle.sandbox.pool import Pool
from ivle.sandbox.prepared import PreparedBox
from ivle.sandbox.spec import BoxSpec
from ivle.settings import Settings

LONGEST_QUESTION = 1 << 20
PROBES = 'tests/attacks/probes.py'


class LauncherWithProbes(Launcher):
    """Puts the probes into every box, beside our own programs."""

    def _read_sources(self, paths):
        return super()._read_sources((*paths, PROBES))


class Daemon:
    """Answers questions: one method each, which returns (words, descriptors to send along)."""

    def __init__(self, pool, boxes):
        self._pool, self._boxes = pool, boxes
        self._started = []

    async def start(self, spec, limits):
        try:
            running = await self._boxes.start(BoxSpec(**spec, limits=Limits(**limits)))
        except Refusal as refusal:
            return {'refused': refusal.code, 'message': refusal.message}, []
        self._started.append(running)
        channel = os.dup(running.channel.fileno())
        # The test has the only end: when it lets go, the box hears of it.
        running.channel.close()
        return {'number': len(self._started) - 1, 'is_warm': isinstance(running.box, PreparedBox)}, [channel]

    async def ask(self, number, attribute):
        """Return an attribute of a box, or what a method without arguments returns."""
        value = getattr(self._started[number].box, attribute)
        return {'value': await asyncio.to_thread(value) if callable(value) else value}, []

    async def wait(self, number, seconds):
        try:
            return {'value': await asyncio.to_thread(self._started[number].box.wait, seconds)}, []
        except subprocess.TimeoutExpired:
            return {'late': None}, []

    async def end(self, number):
        return {'value': await self._started[number].end()}, []

    async def state(self):
        """Return what there is: boxes that stand ready, identities, and descriptors of this process."""
        return {
            'idle': self._pool.idle,
            'is_warm': self._pool.is_warm,
            'has_identities': self._pool.has_identities,
            'identities': len(self._pool._identities or ()),
            'descriptors': len(os.listdir('/proc/self/fd')),
        }, []

    async def look_after(self):
        """Do now what the daemon does every few seconds."""
        await self._pool._look_after()
        return {}, []


async def main(descriptor, data, settings):
    questions = socket.socket(fileno=descriptor)
    questions.setblocking(False)
    settings = Settings(data=Path(data), **settings)
    settings.path('log').mkdir(exist_ok=True)
    places = Places(settings)
    places.enter()
    become_one_that_mounts()
    launcher = LauncherWithProbes(settings, places)
    launcher.prepare()
    pool = Pool(settings, launcher, places)
    await pool.start()
    boxes = Boxes(settings, launcher, pool)
    daemon = Daemon(pool, boxes)
    questions.send(json.dumps({'is_warm': pool.is_warm, 'reason': pool.reason}).encode())
    loop = asyncio.get_running_loop()
    while question := await loop.sock_recv(questions, LONGEST_QUESTION):
        (name, arguments), *_ = json.loads(question).items()
        try:
            words, descriptors = await getattr(daemon, name)(**arguments)
        except Exception as error:
            # The edge of the process: the test that asked is to fail, not those after it.
            words, descriptors = {'failed': f'{type(error).__name__}: {error}'}, []
        socket.send_fds(questions, [json.dumps(words).encode()], descriptors)
        for sent in descriptors:
            os.close(sent)
    await boxes.close()


if __name__ == '__main__':
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])))
