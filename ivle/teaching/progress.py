"""Progress: who of a class seems to be stuck, told from attempts alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES_IN_A_ROW = 3
# Whoever has not sent anything for so long, while the class is at work, may not know how to go on.
SILENCE = timedelta(minutes=15)
# Beyond that they have left, and are not stuck.
PRESENCE = timedelta(hours=1)


@dataclass(frozen=True)
class Standing:
    """Where a student stands: at their last exercise, with so many failures in a row, when they last sent something."""

    failures: int
    last: datetime | None
    is_finished: bool


def reason_stuck(standing: Standing, class_last: datetime | None, now: datetime) -> str | None:
    """Return in a few words why a student seems stuck, or None. `class_last` is when anybody of the class last sent something."""
    if standing.failures >= FAILURES_IN_A_ROW:
        return f'{standing.failures} failures in a row'
    if standing.last is None or class_last is None or standing.is_finished:
        return None
    silence = now - standing.last
    if now - class_last < SILENCE <= silence < PRESENCE:
        return f'nothing for {int(silence.total_seconds() // 60)} minutes'
    return None
