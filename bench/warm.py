"""Scripts in boxes that stand ready, in a process of its own with a pool of its own: from asking for a box to the exit status.

Sandbox-server runs scripts for what it offers itself; here they are asked for as it does that. Usage: see `measure`.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import figure_of
from ivle.accounts.homes import Homes
from ivle.sandbox.box import Launcher
from ivle.sandbox.boxes import Boxes
from ivle.sandbox.limits import Limits
from ivle.sandbox.places import Places, become_one_that_mounts
from ivle.sandbox.pool import Pool
from ivle.sandbox.spec import BoxSpec
from ivle.settings import Settings

LOGIN = 'bench'
# In a round as many as stand ready, one after the other, and as many of the other; then the same with pauses.
ROUNDS, A_ROUND = 6, 20
PAUSES, PAUSE_SECONDS = 40, 0.06
READY_SECONDS, MOST_SECONDS = 60.0, 240
ROOT = Path(__file__).parent.parent


def measure(program, names, python='/usr/bin/python3', preload=(), data=None):
    """Return the Figures of a program (text) in a warm box and by the bare `python`, called `names`, then the same of a machine
    that was idle before each; AssertionError if it fails.

    `python` is a path that boxes can use; for an environment, whose Python this is elsewhere, `data` is its site's data.
    """
    with tempfile.TemporaryDirectory(prefix='ivle-bench-') as folder:
        given = {'data': str(data or folder), 'python': str(python), 'preload': preload, 'program': program}
        done = subprocess.run(
            [sys.executable, '-m', 'bench.warm'],
            cwd=ROOT,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
        )
    if done.returncode != 0:
        raise AssertionError(f'the warm boxes broke: {done.stderr[-2000:]}')
    names = [*names, *(f'{name}, after a pause' for name in names)]
    return [figure_of(name, values) for name, values in zip(names, json.loads(done.stdout), strict=True)]


async def _measure(given):
    settings = Settings(data=Path(given['data']), python=given['python'], preload=tuple(given['preload']))
    _make_home(settings, given['program'])
    places = Places(settings)
    places.enter()
    become_one_that_mounts()
    launcher = Launcher(settings, places)
    launcher.prepare()
    pool = Pool(settings, launcher, places)
    await pool.start()
    boxes = Boxes(settings, launcher, pool)
    try:
        await _until_ready(pool, settings.pool)
        # That it is seen whether a program fails is seen first.
        if await _boxed(boxes, settings, 'fails.py') != 3:
            raise AssertionError('a script that fails did not')
        in_a_row = await _in_turn(pool, boxes, settings, given['python'], ROUNDS, A_ROUND, 0)
        return [*in_a_row, *await _in_turn(pool, boxes, settings, given['python'], PAUSES, 1, PAUSE_SECONDS)]
    finally:
        await boxes.close()


def _make_home(settings, program):
    settings.data.chmod(0o711)
    for name, mode in (('log', 0o700), ('accounts', 0o711)):
        settings.path(name).mkdir(mode=mode, exist_ok=True)
    Homes(settings).make(LOGIN)
    home = settings.path('accounts', LOGIN, 'home')
    for name, text in (('program.py', program), ('fails.py', 'raise SystemExit(3)\n')):
        (home / name).write_text(text)
        if os.geteuid() == 0:
            os.chown(home / name, settings.sandbox_uid, settings.sandbox_uid)


async def _until_ready(pool, count):
    deadline = time.monotonic() + READY_SECONDS
    while pool.idle < count:
        if not pool.is_warm or time.monotonic() > deadline:
            raise AssertionError(f'no boxes stand ready: {pool.reason}')
        await asyncio.sleep(0.01)


async def _in_turn(pool, boxes, settings, python, rounds, a_round, pause):
    path = str(settings.path('accounts', LOGIN, 'home', 'program.py'))
    boxed, bare = [], []

    async def one():
        before = time.perf_counter()
        status = await _boxed(boxes, settings, 'program.py', lambda: boxed.append(1000 * (time.perf_counter() - before)))
        if status != 0:
            raise AssertionError(f'the script ended with {status}')

    for _ in range(rounds):
        await _until_ready(pool, settings.pool)
        for _ in range(a_round):
            await asyncio.sleep(pause)
            await one()
        for _ in range(a_round):
            await asyncio.sleep(pause)
            before = time.perf_counter()
            subprocess.run([python, path], stdout=subprocess.DEVNULL, check=True)
            bare.append(1000 * (time.perf_counter() - before))
    return boxed, bare


async def _boxed(boxes, settings, name, on_end=lambda: None):
    """Run a script of the home in a box; return its exit status, of which `on_end` is told when it is known."""
    limits = Limits.of(settings, 'serve')
    spec = BoxSpec('script', LOGIN, limits=limits, arguments=(f'/home/{LOGIN}/{name}',))
    running = await boxes.start(spec)
    status = await asyncio.to_thread(running.box.wait_for_program, 60)
    on_end()
    await running.end()
    return status


if __name__ == '__main__':
    json.dump(asyncio.run(_measure(json.load(sys.stdin))), sys.stdout)
