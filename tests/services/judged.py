"""Builders for exercises in tests, and what a host says of attempts at them."""

import secrets
import time

from ivle.hosts.testing import Testing
from ivle.teaching.reading import read

PATIENCE_SECONDS = 60.0
FACTORIAL = 'def fac(n):\n    return 1 if n < 2 else n * fac(n - 1)\n'


def check(test='match', aspect='result', source='', **others):
    """Return a check as it stands in a definition."""
    return {'aspect': aspect, 'test': test, 'source': source, **others}


def suite(*checks, name='suite', **others):
    """Return a suite with one case of these checks; a result that matches where there are none."""
    case = {'passes': 'right', 'fails': 'wrong', 'checks': list(checks) or [check()]}
    return {'name': name, 'cases': [case], **others}


def exercise(solution, *suites, **others):
    """Return a Definition."""
    return read({'name': 'an exercise', 'solution': solution, 'suites': list(suites), **others})


def factorial(*numbers):
    """Return the exercise of a factorial, with a suite for each of some numbers."""
    suites = [suite(name=f'fac({number})', function='fac', arguments=[str(number)]) for number in numbers or (0, 1, 2, 3, 5)]
    return exercise(FACTORIAL, *suites)


class Examiner:
    """Submits attempts of one person to a host and waits for what becomes of them."""

    def __init__(self, host, login='studenta'):
        self._testing, self._login = Testing(host.settings), login

    def submit(self, definition, code, key=None, wait=0.0, first=True):
        """Return (key, what is told of the attempt at once)."""
        key = key or secrets.token_hex(16)
        return key, self._testing.submit(self._login, key, definition.to_json(), code, wait=wait, first=first)

    def look(self, key, wait=0.0):
        return self._testing.look(key, wait)

    def outcome(self, definition, code):
        """Return what is told of an attempt when it is over."""
        key, told = self.submit(definition, code, wait=1.0)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while told['state'] not in ('judged', 'fault'):
            assert time.monotonic() < deadline, told
            told = self.look(key, 1.0)
        return told

    def verdict(self, definition, code):
        """Return the verdict; the exercise must not be at fault."""
        told = self.outcome(definition, code)
        assert told['state'] == 'judged', told
        return told['verdict']
