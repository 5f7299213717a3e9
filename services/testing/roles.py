"""The two parts that the test service plays: the runner of an attempt, and the judge of an exercise."""

import os

from services.testing import judge, runner
from services.testing.process import MOST_STRETCH, STRETCH_AT_LEISURE

ROLES = {'attempt': runner.serve, 'judge': judge.serve}
# Where there are control groups they do more.
NICENESS = 15


def play(channel, role, output_bytes, later='', read=()):
    """Play a part until the channel is closed; never returns. A run may write `output_bytes` to each of its two streams.

    What is said to be `later` leaves the processor to everything else, and takes its time. `read` are orders that were read from
    the channel before.
    """
    try:
        if later:
            os.nice(NICENESS)
        ROLES[role](channel, int(output_bytes), STRETCH_AT_LEISURE if later else MOST_STRETCH, *read)
    finally:
        os._exit(0)
