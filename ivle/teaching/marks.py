"""Marks: what the exercises that somebody has done count for."""

from dataclasses import dataclass

MOST = 5
# Five steps up to 80 percent: nobody has to do everything for all the marks.
PERCENT_FOR_ONE = 16


@dataclass(frozen=True)
class Mark:
    """Whole percent of the mandatory exercises, and the mark they earn, out of `most`."""

    percent: int
    mark: int
    most: int = MOST


def mark_for(done: int, total: int) -> Mark:
    """Return the Mark for so many exercises done of so many. Percent are rounded down; of nothing, nothing is done."""
    percent = 100 * done // total if total else 0
    return Mark(percent, min(percent // PERCENT_FOR_ONE, MOST))
