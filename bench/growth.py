"""How cost grows with the number of consoles: start, next line and memory at three sizes."""

import asyncio
import time

from bench import crowd
from bench.figures import Row, figure_of, milliseconds_of, single
from bench.memory import MIB, host_memory
from bench.room import expect, say

SIZES = (30, 120, 480)
STARTS, LINES, PAUSE_SECONDS = 20, 100, 0.06


def run(room):
    """Return the Rows."""
    logins = room.logins(SIZES[-1])
    before, rows = host_memory(room.site), []
    for small, size in zip((0, *SIZES), SIZES, strict=False):
        asyncio.run(_open(room, logins[small:size]))
        room.settle()
        each = (host_memory(room.site) - before) / size / MIB
        rows += [
            Row(f'{size} consoles: one more, first output', _starts(room, logins[0], size)),
            Row(f'{size} consoles: next line', _lines(room, logins[:size])),
            Row(f'{size} consoles: memory of each', single('PSS of each', each, 'MiB')),
        ]
    return rows


async def _open(room, logins):
    turns, queue = asyncio.Semaphore(8), crowd.Queue()

    async def one(login):
        async with turns:
            await crowd.first_output(room, login, queue)

    await asyncio.gather(*(one(login) for login in logins))


def _starts(room, login, size):
    console, times = room.console(login), []

    def start():
        keys.append(console.start(''))
        expect(say(console, keys[-1], 'print(1)'), '1\n')

    keys = []
    for _ in range(STARTS):
        times.append(milliseconds_of(start))
        console.terminate(keys.pop())
        time.sleep(PAUSE_SECONDS)
    return figure_of(f'with {size} consoles, one more to its first output', times)


def _lines(room, logins):
    """Measure lines, each in another console, as people would give them."""
    consoles = []
    for login in (logins * LINES)[:LINES]:
        console = room.console(login)
        consoles.append((console, console.list()[0]['key']))
    times = [milliseconds_of(lambda: expect(say(console, key, 'print(1)'), '1\n')) for console, key in consoles]  # noqa: B023 - called at once
    return figure_of(f'with {len(logins)} consoles, next line', times)
