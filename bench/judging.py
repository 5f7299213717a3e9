"""Verdicts on attempts at an exercise, at the chat layer: how long one takes, and how many there are a second."""

import os
import secrets
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from bench.figures import Row, Target, bounded, in_turn, single
from ivle.hosts.testing import Testing
from ivle.teaching.reading import read

SOLUTION = 'def fac(n):\n    return 1 if n < 2 else n * fac(n - 1)\n'
CASES = (0, 1, 2, 5, 10)
# The same by the library that most would take: what there is without sandbox, line or comparison of outcomes.
UNITTEST = """
import unittest
from program import fac
class Test(unittest.TestCase):
    def test_0(self): self.assertEqual(fac(0), 1)
    def test_1(self): self.assertEqual(fac(1), 1)
    def test_2(self): self.assertEqual(fac(2), 2)
    def test_5(self): self.assertEqual(fac(5), 120)
    def test_10(self): self.assertEqual(fac(10), 3628800)
unittest.main()
"""
ROUNDS, PAUSE_SECONDS = 12, 0.1
VERDICTS, THREADS = 400, 8


def run(room):
    """Return the Rows."""
    return [_one(room), _many(room)]


def exercise():
    """Return the JSON of an exercise with five cases, each a call of one function."""
    case = {'passes': 'right', 'fails': 'wrong', 'checks': [{}]}
    suites = [{'name': f'fac({number})', 'function': 'fac', 'arguments': [str(number)], 'cases': [case]} for number in CASES]
    return read({'name': 'Factorial', 'solution': SOLUTION, 'suites': suites}).to_json()


def verdict(testing, login, definition):
    """Have the solution judged and wait for its verdict."""
    key = secrets.token_hex(16)
    told = testing.submit(login, key, definition, SOLUTION)
    while told['state'] != 'judged':
        told = testing.look(key, 1.0)
    if not told['verdict']['passed']:
        raise AssertionError(f'the solution has not passed: {told}')


def _one(room):
    testing, definition, login = Testing(room.settings), exercise(), room.login()
    verdict(testing, login, definition)
    with tempfile.TemporaryDirectory(prefix='bench-') as folder:
        Path(folder, 'program.py').write_text(SOLUTION)
        Path(folder, 'test.py').write_text(UNITTEST)
        command = [room.settings.python, os.path.join(folder, 'test.py')]
        ours, bare = in_turn(
            ROUNDS,
            ('verdict on five cases', lambda: verdict(testing, login, definition), 5),
            ('bare python3 with unittest', lambda: subprocess.run(command, stderr=subprocess.DEVNULL, check=True), 5),
            pause=PAUSE_SECONDS,
        )
    note = f'{ours.median / bare.median:.2f} × what bare Python takes for the same cases with unittest'
    return bounded('verdict of a five-case function exercise, chat layer', ours, 'median', 40, note, bare)


def _many(room):
    testing, definition, logins = Testing(room.settings), exercise(), room.logins(THREADS)
    verdict(testing, logins[0], definition)

    def submit(login):
        for _ in range(VERDICTS // THREADS):
            verdict(testing, login, definition)

    begun = time.perf_counter()
    threads = [threading.Thread(target=submit, args=(login,)) for login in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = VERDICTS / (time.perf_counter() - begun)
    figure = single('verdicts a second', rate, 'a second')
    return Row('verdicts per second', figure, None, f'{rate:.0f} a second', rate, Target('≥ 100 a second', 100, is_ceiling=False))
