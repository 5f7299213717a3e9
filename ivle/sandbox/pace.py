"""The two paces of judging: what somebody waits for comes first, and what is tested again gives way and may take its time."""

import dataclasses

from ivle.sandbox.limits import Limits

# For so long may what an attempt runs wait for the processor: one that stops is not to stop all that come after it.
MOST_WAITING_SECONDS = 120.0
# Where there are control groups they do more.
_NICENESS = 15


@dataclasses.dataclass(frozen=True)
class Pace:
    """How something is judged. `limits` are those of an attempt's box.

    A run that has to wait for the processor has `stretch` times its seconds at most. The nicer (as of processes) the more it
    gives way.
    """

    limits: Limits
    stretch: int
    niceness: int

    @property
    def arguments(self):
        """Those that a program of the test service is told after the part that it plays."""
        return str(self.limits.output), str(self.stretch), str(self.niceness)

    def most_seconds(self, suites):
        """Return what suites, as a definition has them, may take together with all their waiting."""
        seconds = sum(suite['seconds'] for suite in suites)
        return min(self.stretch * seconds, seconds + MOST_WAITING_SECONDS)


def paces(settings):
    """Return {True: the Pace of what cannot wait, False: that of what can}."""
    limits = Limits.of(settings, 'test')
    return {True: Pace(limits, 4, 0), False: Pace(dataclasses.replace(limits, leaves_processor=True), 60, _NICENESS)}
