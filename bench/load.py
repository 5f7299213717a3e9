"""Load: a burst of students, a minute of arrivals, and five hundred consoles in use while some of them are killed."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from bench import crowd, jupyter
from bench.figures import bounded, counted, figure_of

STUDENTS, KERNELS, BURSTS = 60, 30, 4
ARRIVALS, ARRIVAL_SECONDS = 350, 60.0
CONSOLES, EVERY_SECONDS, CROWD_SECONDS, KILLED = 500, 5.0, 60.0, 25
# A line that was given just before its console was killed gets no answer any more.
ANSWER_SECONDS = 10.0


def run(room):
    """Return the Rows."""
    crowd.allow_many_connections()
    logins = room.logins(CONSOLES)
    rows = [_bursts(room, logins[:STUDENTS])]
    row, consoles = asyncio.run(_arrive(room, logins[:ARRIVALS]))
    rows.append(row)
    return [*rows, *asyncio.run(Crowd(room, consoles, logins[ARRIVALS:]).run())]


def _bursts(room, logins):
    ours, theirs, deaths, queue = [], [], 0, crowd.Queue()
    for number in range(BURSTS):
        ours.append(asyncio.run(_burst(room, logins, queue)))
        room.clear()
        if number < BURSTS - 1:
            last, dead = jupyter.burst(KERNELS)
            theirs.append(last)
            deaths += dead
        time.sleep(2)
    figure = figure_of(f'{STUDENTS} students at once, the last first output', ours)
    peer = figure_of(f'{KERNELS} Jupyter kernels at once, the last', theirs)
    note = f'{queue} in {BURSTS} bursts' + (f'; {deaths} kernels died at their start and were asked for again' if deaths else '')
    return bounded(f'burst of {STUDENTS} students, the last first output', figure, 'median', 600, note, peer)


async def _burst(room, logins, queue):
    before = time.perf_counter()

    async def one(login):
        await crowd.first_output(room, login, queue)
        return 1000 * (time.perf_counter() - before)

    return max(await asyncio.gather(*map(one, logins)))


# -- arrivals ---------------------------------------------------------------------------------------


async def _arrive(room, logins):
    """Return the Row of consoles asked for within a minute, each at a moment of its own, and the consoles."""
    chance = random.Random(1)
    moments = sorted(chance.uniform(0, ARRIVAL_SECONDS) for _ in logins)
    begun, times, failures, queue = time.perf_counter(), [], [], crowd.Queue()

    async def one(login, moment):
        await asyncio.sleep(begun + moment - time.perf_counter())
        try:
            key = await crowd.first_output(room, login, queue)
        except crowd.Refused as refused:
            failures.append(str(refused))
            return None
        # From the moment it was wanted, whatever held it up.
        times.append(1000 * (time.perf_counter() - begun - moment))
        return login, key

    with crowd.processor_time() as spent:
        consoles = await asyncio.gather(*map(one, logins, moments))
    figure = figure_of(f'{len(logins)} consoles asked for within a minute, first output', times)
    ready = f'{len(times)} of {len(logins)} were ready{_because(failures)}; {queue}'
    note = f'{ready}; those who asked took {spent[0]:.0%} of a processor'
    return bounded(f'{len(logins)} consoles within a minute', figure, 'p95', 1000, note), [one for one in consoles if one]


def _because(failures):
    return f' ({failures[0]})' if failures else ''


# -- a crowd ----------------------------------------------------------------------------------------


@dataclass
class Seat:
    """One console of the crowd: what it must answer, and what is awaited."""

    login: str
    key: str
    secret: str
    connection: crowd.Connection
    is_killed: bool = False
    times: list = field(default_factory=list)
    lost: int = 0
    wrong: list = field(default_factory=list)


class Crowd:
    """Five hundred consoles that are given a line every few seconds; some are killed on the way."""

    def __init__(self, room, consoles, more):
        self._room, self._consoles, self._more = room, consoles, more
        self._chance, self._queue = random.Random(2), crowd.Queue()

    async def run(self):
        """Return the Rows."""
        seats = await self._take_seats()
        begun = time.perf_counter()
        killed = self._chance.sample(seats, min(KILLED, len(seats)))
        with crowd.processor_time() as spent:
            killing = [asyncio.create_task(self._kill(seat)) for seat in killed]
            await asyncio.gather(*(self._use(seat, begun) for seat in seats))
            await asyncio.gather(*killing)
        for seat in seats:
            seat.connection.close()
        times = [taken for seat in seats for taken in seat.times]
        wrong = [said for seat in seats for said in seat.wrong]
        lost = sum(seat.lost for seat in seats if not seat.is_killed)
        note = (
            f'{len(killed)} killed, {sum(seat.lost for seat in killed)} lines lost with them; '
            f'those who typed took {spent[0]:.0%} of a processor'
        )
        figure = figure_of(f'{len(seats)} consoles, a line every {EVERY_SECONDS:g} s', times)
        return [
            bounded(f'{len(seats)} consoles, each a line every {EVERY_SECONDS:g} s for a minute', figure, 'p99', 250, note),
            counted('of these, wrong or crossed answers', len(wrong), 0, 'answers', f'for example {wrong[0]!r}' if wrong else ''),
            counted('of these, lines lost by consoles that nobody killed', lost, 0, 'lines'),
        ]

    async def _take_seats(self):
        turns = asyncio.Semaphore(8)

        async def open_one(login):
            async with turns:
                try:
                    return login, await crowd.first_output(self._room, login, self._queue)
                except crowd.Refused:
                    return None

        opened = await asyncio.gather(*map(open_one, self._more))
        consoles = self._consoles + [console for console in opened if console]

        async def sit(number, login, key):
            seat = Seat(login, key, f'{number}-{self._chance.getrandbits(64):x}', None)
            await self._begin(seat)
            return seat

        return [await sit(number, *console) for number, console in enumerate(consoles)]

    async def _begin(self, seat):
        """Open a stream and tell the console its secret, which it must put into every answer."""
        if seat.connection is not None:
            seat.connection.close()
        await crowd.say(self._room, seat.login, seat.key, f'secret = {seat.secret!r}')
        seat.connection = await crowd.stream(self._room, seat.login, seat.key)
        # All that was said before comes first; its end is known by a word that was never said.
        mark = f'begun {self._chance.getrandbits(64):x}'
        seat.connection.send({'cmd': 'chat', 'text': f'print({mark!r})\n'})
        while mark not in (await seat.connection.receive()).get('output', ''):
            pass
        while not crowd.is_at_prompt(await seat.connection.receive()):
            pass

    async def _use(self, seat, begun):
        first = self._chance.uniform(0, EVERY_SECONDS)
        for number in range(int(CROWD_SECONDS / EVERY_SECONDS)):
            moment = begun + first + number * EVERY_SECONDS
            await asyncio.sleep(moment - time.perf_counter())
            try:
                said = await asyncio.wait_for(self._line(seat, number), ANSWER_SECONDS)
            except (TimeoutError, asyncio.IncompleteReadError, crowd.Refused):
                said = None
            if said == f'{seat.secret} {number}\n':
                seat.times.append(1000 * (time.perf_counter() - moment))
                continue
            seat.lost += 1
            if said is not None:
                seat.wrong.append(said)
            # Its owner begins again, as people do.
            await crowd.ask(self._room, 'console_restart', login=seat.login, key=seat.key)
            await self._begin(seat)

    async def _line(self, seat, number):
        """Return what a line put out; None when the console was killed meanwhile."""
        seat.connection.send({'cmd': 'chat', 'text': f'print(secret, {number})\n'})
        replies = []
        while not replies or not crowd.is_at_prompt(replies[-1]):
            replies.append(await seat.connection.receive())
            if replies[-1].keys() & {'terminate', 'restart'}:
                return None
        return crowd.output_of(replies)

    async def _kill(self, seat):
        await asyncio.sleep(self._chance.uniform(0, CROWD_SECONDS))
        seat.is_killed = True
        how = self._chance.choice(('console_terminate', 'console_restart'))
        await crowd.ask(self._room, how, login=seat.login, key=seat.key)
