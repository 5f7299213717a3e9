"""Simple programs: the worker of a box runs them itself, one run after the other, and its keeper is the runner."""

from services.testing.process import Process
from services.testing.runner import Runner, next_order, serve_runs, tell

# The keeper, which reads it, has none of the worker's limits.
LONGEST_SOURCE = 32 * 1024


def serve_simple(channel, output_bytes, stretch, first, start):
    """Serve runs of the program that the order `first` brings; return False, and answer nothing, where it is not a simple one.

    `start()` lets the worker begin and returns what `Process` wants to know of it. When it has ended there is no other.
    """
    started = []

    def start_once():
        if started:
            return None
        started.append(Process(*start(), output_bytes))
        return started[0]

    if first['sessions'] or len(first['source']) > LONGEST_SOURCE:
        return False
    runner = Runner(first['source'], output_bytes, stretch, start_once, first['late'])
    if not (runner.is_simple or runner.fault):
        return False
    tell(channel, runner.fault)
    while (order := next_order(channel)) is not None:
        serve_runs(channel, runner, order)
    runner.close()
    return True
