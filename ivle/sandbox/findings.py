"""What a check of this host finds: one thing that was looked at, and how it stands."""

from dataclasses import dataclass

PASS, DEGRADED, FAIL = 'PASS', 'DEGRADED', 'FAIL'


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `state` is PASS, DEGRADED or FAIL; `mend` says what helps where it is not PASS."""

    name: str
    state: str
    sentence: str
    mend: str = ''
