"""Figures: medians and 95th percentiles, and how one work compares with another."""

import statistics
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """What one work took, in milliseconds."""

    name: str
    median: float
    p95: float
    runs: int

    def __str__(self):
        return f'{self.name:<58} {self.median:9.2f} ms   p95 {self.p95:9.2f} ms   ({self.runs} runs)'

    def as_json(self):
        return asdict(self)


def measure(name, work, runs, seconds=20.0):
    """Return the Figure of a function, called `runs` times or until the seconds are used up (twice at least)."""
    times, end = [], time.monotonic() + seconds
    while len(times) < 2 or (len(times) < runs and time.monotonic() < end):
        before = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - before))
    return figure_of(name, times)


def figure_of(name, milliseconds):
    """Return the Figure of times that were taken elsewhere."""
    ordered = sorted(milliseconds)
    return Figure(name, statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], len(ordered))


def compare(ours, theirs):
    """Return a line that says how many times faster or slower ours is."""
    ratio = theirs.median / ours.median
    words = f'{ratio:.1f} times faster than' if ratio >= 1 else f'takes {1 / ratio:.2f} times as long as'
    return f'  → {ours.name}: {words} {theirs.name}'
