"""Awaiting the host that tests: it is asked until it is done, and told everything anew when it has forgotten."""

import time

from ivle.errors import IvleError
from ivle.jobs.execution import JobFailed

# Short enough for a worker that has to end.
WAIT_SECONDS = 0.5
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 1.0


def await_tests(run, begin, look, is_known, is_over, comfort):
    """Return what is told of tests when they are over, however often the host has to be asked.

    `begin(seconds)` has them made and `look(seconds)` asks about them again: both return what is told of them after so many
    seconds. `is_known(told)` and `is_over(told)` say what that means. JobFailed, with the sentence `comfort`, when the host is
    away, or full, for two minutes; Stopped when the job is to end.
    """
    deadline, told = time.monotonic() + PATIENCE_SECONDS, None
    while told is None or not is_over(told):
        run.check()
        try:
            told = begin(WAIT_SECONDS) if told is None else look(WAIT_SECONDS)
        except IvleError:
            told = None
        if told is not None and is_known(told):
            deadline = time.monotonic() + PATIENCE_SECONDS
            continue
        told = None
        if time.monotonic() > deadline:
            raise JobFailed(f'Programs cannot be tested for the moment. {comfort}')
        run.pause(PAUSE_SECONDS)
    return told
