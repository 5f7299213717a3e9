"""A console at the chat layer against a Jupyter kernel: from asking for one to its first output, line after line, interrupted."""

import time

from bench.figures import bounded, faster, figure_of, in_turn, milliseconds_of
from bench.jupyter import Kernel
from bench.room import Stream, expect, say

# In a round as many as stand ready, one after the other: what is made anew meanwhile is made between the rounds.
ROUNDS, OURS_A_ROUND = 12, 20
# A machine that has slept for so long has forgotten what it had at hand: its caches are somebody else's.
PAUSES, PAUSE_SECONDS = 60, 0.06
# Until as many stand ready again.
REFILL_SECONDS = 0.5
INTERRUPTS = 20
# So that the loop has begun before it is interrupted.
BUSY_SECONDS = 0.1


def run(room):
    """Return the Rows."""
    return [*_starts(room), *_lines(room), _interrupts(room)]


def _starts(room):
    console = room.console()
    kernels_ready, kernels_first, ours = [], [], []
    # What is done once at the first start is done then.
    _start_some(console, 1)
    for _ in range(ROUNDS):
        time.sleep(REFILL_SECONDS)
        ours += _start_some(console, OURS_A_ROUND)
        kernel = Kernel()
        kernels_ready.append(kernel.ready)
        kernels_first.append(kernel.ready + kernel.first_output())
        kernel.stop()
    paused = []
    for _ in range(PAUSES):
        time.sleep(PAUSE_SECONDS)
        paused += _start_some(console, 1)
    (ready, first), (ready_paused, first_paused) = (zip(*times, strict=True) for times in (ours, paused))
    theirs_ready, theirs_first = (
        figure_of('Jupyter kernel, ready', kernels_ready),
        figure_of('Jupyter kernel, first output', kernels_first),
    )
    first = figure_of('console, first output', first)
    return [
        faster('console ready, chat layer', figure_of('console, ready', ready), theirs_ready, 300),
        faster('first output, chat layer', first, theirs_first, 200),
        bounded('first output, the slowest of a hundred', first, 'p99', 5),
        faster('console ready on a machine that was idle', figure_of('console, ready after a pause', ready_paused), theirs_ready),
        faster(
            'first output on a machine that was idle',
            figure_of('console, first output after a pause', first_paused),
            theirs_first,
        ),
    ]


def _start_some(console, count):
    """Start consoles one after the other and say one line to each; return the milliseconds to each, and to its first output.

    They are ended when all have been measured, as the kernels are: what the host has to clear away is not part of a start.
    """
    keys, times = [], []
    for _ in range(count):
        before = time.perf_counter()
        key = console.start('')
        ready = time.perf_counter() - before
        replies = say(console, key, 'print(1)')
        first = time.perf_counter() - before
        expect(replies, '1\n')
        keys.append(key)
        times.append((1000 * ready, 1000 * first))
    for key in keys:
        console.terminate(key)
    return times


def _lines(room):
    console = room.console()
    # Two consoles: a stream would also tell what the other way was answered.
    key, streamed_key = console.start(''), console.start('')
    stream = Stream(room, room.login(), streamed_key)
    stream.say('1')
    say(console, key, '1')
    kernel = Kernel()
    kernel.run()
    try:
        streamed, asked, theirs = in_turn(
            20,
            ('console, next line over its stream', lambda: expect(stream.say('print(1)'), '1\n'), 40),
            ('console, next line by a request each', lambda: expect(say(console, key, 'print(1)'), '1\n'), 40),
            ('Jupyter kernel, next line', kernel.run, 15),
        )
    finally:
        kernel.stop()
        stream.close()
        console.terminate(key)
        console.terminate(streamed_key)
    return [
        faster('next line, chat layer', streamed, theirs, 20),
        faster('next line, chat layer, a request each', asked, theirs),
    ]


def _interrupts(room):
    login, console = room.login(), room.console()
    key = console.start('')
    stream = Stream(room, login, key)
    stream.say('1')

    def interrupt():
        stream.send('interrupt')
        stream.to_prompt()

    times = []
    for _ in range(INTERRUPTS):
        stream.send('chat', 'while True: pass\n\n')
        time.sleep(BUSY_SECONDS)
        times.append(milliseconds_of(interrupt))
        expect(stream.say('print(1)'), '1\n')
    stream.close()
    console.terminate(key)
    return bounded('interrupt of a busy loop, to the prompt', figure_of('interrupt of `while True: pass`', times), 'p95', 300)
