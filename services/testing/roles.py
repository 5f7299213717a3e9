"""The two parts that the test service plays: the runner of an attempt, and the judge of an exercise."""

import os

from services.testing import judge, runner

ROLES = {'attempt': runner.serve, 'judge': judge.serve}


def play(channel, role, output_bytes, niceness=0):
    """Play a part until the channel is closed; never returns. A run may write `output_bytes` to each of its two streams.

    With a `niceness` others have the processor first.
    """
    try:
        os.nice(int(niceness))
        ROLES[role](channel, int(output_bytes))
    finally:
        os._exit(0)
