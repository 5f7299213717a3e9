"""The two parts that the test service plays: the runner of an attempt, and the judge of an exercise."""

import os

from services.testing import judge, runner

ROLES = {'attempt': runner.serve, 'judge': judge.serve}


def play(channel, role, output_bytes, stretch, niceness, *own, read=()):
    """Play a part until the channel is closed; never returns. A run may write `output_bytes` to each of its two streams.

    What has to wait for the processor has up to `stretch` times its seconds. `own` are the part's own words: a judge is told how
    many seconds all of an attempt has. `read` are orders that were read from the channel before.
    """
    try:
        give_way(int(niceness), os.getpid())
        ROLES[role](channel, int(output_bytes), int(stretch), *map(float, own), *read)
    finally:
        os._exit(0)


def give_way(niceness, process):
    """Make a process as nice as that, if it is not nicer."""
    if niceness > os.getpriority(os.PRIO_PROCESS, process):
        os.setpriority(os.PRIO_PROCESS, process, niceness)
