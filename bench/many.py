"""Two thousand idle consoles on one machine: how fast they start, what they hold, and whether they still answer."""

import asyncio
import random
import time

from bench import crowd
from bench.figures import Figure, Row, Target, figure_of, single
from bench.memory import MIB, available, host_memory

CONSOLES, PER_LOGIN, ASKED_AGAIN, AT_ONCE, MOST_SECONDS = 2000, 10, 100, 8, 180.0


def run(room):
    """Return the Rows."""
    logins = room.logins(CONSOLES // PER_LOGIN)
    before, free = host_memory(room.site), available()
    begun = time.monotonic()
    opened, story = asyncio.run(_open(room, logins))
    seconds = time.monotonic() - begun
    room.settle()
    growth, taken = host_memory(room.site) - before, free - available()
    asked = random.Random(1).sample(opened, min(ASKED_AGAIN, len(opened)))
    times = asyncio.run(_ask_again(room, asked))
    note = f'{len(opened) / seconds:.0f} started a second, each with a first line; {story}'
    return [
        Row(
            'idle consoles at once',
            single('idle consoles', len(opened), 'consoles'),
            None,
            f'{len(opened)} idle consoles',
            len(opened),
            Target(f'≥ {CONSOLES} consoles', CONSOLES, is_ceiling=False),
            note,
        ),
        _total('their memory (PSS of sandbox-server and all below it)', growth, len(opened)),
        _total('their memory (what this machine has less)', taken, len(opened)),
        _answers(times, asked),
    ]


def _total(name, used, count):
    return Row(name, single(name, used / MIB, 'MiB'), ratio=f'{used / MIB / max(count, 1):.2f} MiB each')


def _answers(times, asked):
    figure: Figure = figure_of(f'next line of {len(asked)} of them', times)
    name = 'of them, asked at random, answered'
    return Row(name, figure, None, f'{len(times)} of {len(asked)}', len(asked) - len(times), Target('all', 0))


async def _open(room, logins):
    """Return ([(login, key, number)…], how that went, and why no more could be opened)."""
    waiting, opened, refusals = list(enumerate(login for login in logins for _ in range(PER_LOGIN))), [], []
    queue = crowd.Queue()
    end = time.monotonic() + MOST_SECONDS

    async def opener():
        while waiting and not refusals:
            if time.monotonic() > end:
                refusals.append(f'stopped after {MOST_SECONDS:.0f} s')
                return
            number, login = waiting.pop(0)
            try:
                key = await crowd.first_output(room, login, queue, f'number = {number}', '')
            except crowd.Refused as refused:
                refusals.append(str(refused))
                return
            opened.append((login, key, number))

    await asyncio.gather(*(opener() for _ in range(AT_ONCE)))
    return opened, '; '.join([str(queue), *refusals[:1]])


async def _ask_again(room, asked):
    times = []
    for login, key, number in asked:
        before = time.perf_counter()
        if await crowd.say(room, login, key, 'print(number)') == f'{number}\n':
            times.append(1000 * (time.perf_counter() - before))
    return times
