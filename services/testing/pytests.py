"""Runs a module of tests with pytest in this process, which was forked for it, against a program that runs elsewhere.

The module `attempt` stands for that program: functions of it are called there, and what they return or raise comes back.
"""

import builtins
import contextlib
import io
import os
import sys
import tempfile
import types

import hypothesis
import pytest

from services.testing import telling, values
from services.testing.claims import checked_exception

_LONGEST_DETAIL = 2000
_PROFILE = 'ivle'
_CUT_OFF = 'The program took too long, or ended itself.'
_RAN = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)

# Each time the same examples, and no clock: a verdict can be repeated.
hypothesis.settings.register_profile(_PROFILE, derandomize=True, database=None, deadline=None)


def run(source, attempt, seconds):
    """Return [{"name", "passed", "detail"?}] of the tests in a module's source; [] when there is none.

    Where not all of them ran to their end, the last one says so: a program that ends itself must not be spared the rest.
    """
    sys.modules['attempt'] = _module_of(attempt, seconds)
    hypothesis.settings.load_profile(_PROFILE)
    results = _Results()
    with tempfile.TemporaryDirectory(prefix='tests-') as folder:
        os.environ['HYPOTHESIS_STORAGE_DIRECTORY'] = folder
        path = os.path.join(folder, 'test_exercise.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(source)
        options = ['-q', '--no-header', '-p', 'no:cacheprovider', '-p', 'no:faulthandler', '-c', os.devnull, '--rootdir', folder]
        nowhere = io.StringIO()
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            status = pytest.main([*options, path], plugins=[results])
    sys.modules.pop('test_exercise', None)
    if status not in _RAN or len(results.told) < results.expected:
        results.told.append({'name': 'All tests ran to their end', 'passed': False, 'detail': _CUT_OFF})
    return results.told


def _module_of(attempt, seconds):
    module = types.ModuleType('attempt')

    def find(name):
        if name.startswith('__'):
            raise AttributeError(name)
        told = _answer(attempt, {'get': name}, seconds)
        if told.get('function') is True:
            return _Function(attempt, seconds, name)
        if 'missing' in told:
            raise AttributeError(f'The program has no {name}.')
        return _value_of(told)

    module.__getattr__ = find
    return module


class _Function:
    """A function of the program that runs elsewhere."""

    def __init__(self, attempt, seconds, name):
        self._attempt, self._seconds, self.__name__ = attempt, seconds, name

    def __repr__(self):
        return self.__name__

    def __call__(self, *arguments, **keywords):
        question = {
            'call': self.__name__,
            'arguments': [telling.encode(value) for value in arguments],
            'keywords': {name: telling.encode(value) for name, value in keywords.items()},
        }
        return _value_of(_answer(self._attempt, question, self._seconds))


def _answer(attempt, question, seconds):
    told = attempt.ask(question, seconds)
    if told is None:
        pytest.exit(_CUT_OFF)
    return told


def _value_of(told):
    if 'exception' in told:
        try:
            found = checked_exception(told['exception'])
        except (KeyError, TypeError, ValueError):
            raise RuntimeError('The program raised something that cannot be told.') from None
        raise _class_of(found)(found['message'])
    if 'value' not in told:
        raise RuntimeError('The program returned something that cannot be compared.')
    return values.decode(told['value'])


def _class_of(found):
    """Return the class of an exception, as near as there is one here."""
    for name in (found['name'], *found['kinds']):
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, UnicodeError):
            return type(found['name'], (kind,), {}) if name != found['name'] else kind
    return type('Exception', (Exception,), {})


class _Results:
    """A plugin of pytest that keeps what came of each test."""

    def __init__(self):
        self.told, self.expected = [], 0

    def pytest_collection_finish(self, session):
        """Take note of how many tests there are."""
        self.expected = len(session.items)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        """Keep the result of a test when it has run, or why it could not be set up."""
        outcome = yield
        report = outcome.get_result()
        if report.when != 'call' and report.passed:
            return
        told = {'name': _name_of(item), 'passed': report.passed}
        if not report.passed:
            told['detail'] = _detail(call.excinfo)
        self.told.append(told)

    def pytest_collectreport(self, report):
        """A module that cannot be read is one failed test."""
        if report.failed:
            self.told.append(
                {'name': 'The tests can be read', 'passed': False, 'detail': str(report.longrepr)[-_LONGEST_DETAIL:]}
            )


def _name_of(item):
    words = (getattr(item.function, '__doc__', None) or '').strip().split('\n')[0]
    return (words or item.name.removeprefix('test_').replace('_', ' '))[:500]


def _detail(excinfo):
    if excinfo is None:
        return ''
    notes = '\n'.join(str(note) for note in getattr(excinfo.value, '__notes__', ()))
    words = f'{excinfo.typename}: {excinfo.value}' if excinfo.typename != 'AssertionError' else str(excinfo.value)
    return telling.sendable(f'{words}\n{notes}'.strip()[:_LONGEST_DETAIL])
