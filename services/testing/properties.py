"""Property tests: functions `test_…` as pytest and Hypothesis know them, run beside the exercise, never beside the attempt.

What they import as `attempt` stands for the student's program: what is called on it is called in the other box.
"""

import contextlib
import os
import socket

from services.testing.asking import Attempt
from services.testing.claims import checked_exception
from services.testing.comparing import Fault
from services.testing.errors import error_of, plain_error
from services.testing.runner import serve


class Properties:
    """The tests of one suite, which take `seconds` at most; made once for an exercise. Fault where the solution fails them."""

    def __init__(self, suite, runner):
        self._suite, self.seconds, self.is_hidden = suite, suite['seconds'], suite['is_hidden']
        try:
            # Only here: it takes half a second, and most exercises have no such tests.
            from services.testing import pytests
        except ImportError as error:
            raise Fault(suite['name'], f'{error.name} is missing in the Python of students.') from None
        self._run = pytests.run
        told = self.judge(_Here(runner))
        if told['error'] is not None:
            raise Fault(suite['name'], f'The tests cannot be run: {told["error"]["message"]}')
        for case in told['cases']:
            if not case['passed']:
                raise Fault(suite['name'], f'The solution does not pass {case["name"]}: {case.get("detail", "")}')

    def judge(self, attempt):
        """Return what a student is told of these tests, each of which is a case."""
        suite = self._suite
        told = {'name': suite['name'], 'is_hidden': suite['is_hidden'], 'call': '', 'stdin': '', 'cases': [], 'error': None}
        order = {'files': {}, 'seconds': suite['seconds']}
        answer = attempt.open_session(order)
        results = []
        if answer is not None and not {'exception', 'missing'} & answer.keys():
            results = self._run(suite['source'], attempt, suite['seconds'])
        attempt.close_session()
        passed = bool(results) and all(result['passed'] for result in results)
        told['cases'] = [_without_words(result) if suite['is_hidden'] else result for result in results]
        if not results:
            told['error'] = _why(answer)
        return {**told, 'passed': passed, 'got': suite['weight'] * passed, 'of': suite['weight']}


def _without_words(result):
    return {'name': result['name'], 'passed': result['passed']}


def _why(answer):
    if answer is not None and 'exception' in answer:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return error_of(checked_exception(answer['exception']))
    words = 'There is no test in this suite, or the program could not be loaded for it in time.'
    return plain_error('time', '', words)


class _Here:
    """The solution, which runs in this box: a runner at the other end of a socket, as an attempt has."""

    def __init__(self, runner):
        self._runner = runner

    def open_session(self, order):
        ours, theirs = socket.socketpair()
        if (pid := os.fork()) == 0:
            ours.close()
            serve(theirs, self._runner.output_bytes, self._runner.stretch)
            os._exit(0)
        theirs.close()
        self._pid, self._socket = pid, ours
        stretch = self._runner.stretch
        self._attempt = Attempt(ours, self._runner.source, stretch * order['seconds'], stretch)
        return self._attempt.open_session(order)

    def ask(self, question, seconds):
        return self._attempt.ask(question, seconds)

    def close_session(self):
        self._attempt.close_session()
        self._socket.close()
        os.waitpid(self._pid, 0)
