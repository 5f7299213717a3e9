"""Figures: what works took, how one compares with another, and whether a target is reached."""

import statistics
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """What one work took or used, over many runs. `least` is what is left when nothing else disturbs it."""

    name: str
    median: float
    p95: float
    p99: float
    runs: int
    unit: str = 'ms'
    least: float | None = None

    def __str__(self):
        if self.runs == 1:
            return f'{self.name:<58} {self.median:9.2f} {self.unit}'
        values = f'{self.median:9.2f}   least {self.least:8.2f}   p95 {self.p95:9.2f}   p99 {self.p99:9.2f} {self.unit}'
        return f'{self.name:<58} {values}   ({self.runs} runs)'


@dataclass(frozen=True)
class Target:
    """A bound on one value: at most (or at least) so much, in the words of the table."""

    words: str
    bound: float
    is_ceiling: bool = True

    def is_reached_by(self, value):
        return value <= self.bound if self.is_ceiling else value >= self.bound


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` compares ours with the peer; `value` is what the target bounds."""

    name: str
    ours: Figure | None = None
    peer: Figure | None = None
    ratio: str = ''
    value: float | None = None
    target: Target | None = None
    note: str = ''

    @property
    def reached(self):
        """Whether the target is reached; None where there is none, or nothing was measured."""
        return None if self.target is None or self.value is None else self.target.is_reached_by(self.value)

    def as_json(self):
        return {**asdict(self), 'target': self.target.words if self.target else None, 'reached': self.reached}

    def lines(self):
        """Return the lines to print."""
        said = {True: 'reached', False: 'not reached', None: 'not measured'}[self.reached]
        wanted = f' (target {self.target.words}: {said})' if self.target else ''
        found = [str(figure) for figure in (self.ours, self.peer) if figure is not None]
        return [
            *found,
            f'  → {self.name}{": " + self.ratio if self.ratio else ""}{wanted}',
            *([f'    {self.note}'] if self.note else []),
        ]


def faster(name, ours, peer, times=None, note=''):
    """Return the Row of a work that should take the peer's time divided by at least `times`."""
    value = peer.median / ours.median
    target = None if times is None else Target(f'≥ {times:g} times faster', times, is_ceiling=False)
    ratio = f'{value:.1f} times faster' if value >= 1 else f'{1 / value:.1f} times slower'
    return Row(name, ours, peer, ratio, value, target, note)


def share(name, ours, peer, most=None, note=''):
    """Return the Row of a work that should take or use at most `most` of what the peer does."""
    value = ours.median / peer.median
    target = None if most is None else Target(f'≤ {most:g} × the peer', most)
    return Row(name, ours, peer, f'{value:.2f} × the peer', value, target, note)


def bounded(name, ours, which, most, note='', peer=None):
    """Return the Row of a figure whose `which` ('median', 'p95', 'p99') should be at most `most`, in its unit."""
    value = getattr(ours, which)
    words = f'{which} ≤ {most:g} {ours.unit}'
    return Row(name, ours, peer, f'{which} {value:.1f} {ours.unit}', value, Target(words, most), note)


def counted(name, value, most, unit, note=''):
    """Return the Row of one number, such as wrong answers, that should be at most `most`."""
    return Row(name, single(name, value, unit), None, f'{value:g} {unit}', value, Target(f'≤ {most:g} {unit}', most), note)


def missing(name, words, sentence):
    """Return the Row of something that cannot be measured here; the sentence says why."""
    return Row(name, target=Target(words, 0), note=sentence)


def single(name, value, unit):
    """Return the Figure of something that was measured once."""
    return Figure(name, value, value, value, 1, unit)


def figure_of(name, values, unit='ms'):
    """Return the Figure of values that were taken one by one."""
    ordered = sorted(values)
    if not ordered:
        raise AssertionError(f'{name}: nothing was measured')

    def at(part):
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return Figure(name, statistics.median(ordered), at(0.95), at(0.99), len(ordered), unit, ordered[0])


def milliseconds_of(work):
    """Return how long one call took."""
    before = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - before)


def in_turn(rounds, *works, pause=0.0):
    """Return the Figures of works (name, function, times a round), called in turn: so what disturbs one disturbs all."""
    taken = {name: [] for name, _, _ in works}
    for _ in range(rounds):
        for name, work, times in works:
            for _ in range(times):
                taken[name].append(milliseconds_of(work))
                # Not for no time at all: that alone lets the processor fall asleep, and the next run begins by waking it.
                if pause:
                    time.sleep(pause)
    return [figure_of(name, values) for name, values in taken.items()]
