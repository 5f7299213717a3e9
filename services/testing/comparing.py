"""Compares what an attempt's runs came to with what the solution's did, case by case.

`Suites` is made once for an exercise: it runs the solution, and says what is wrong with the exercise itself. `judge` looks at one
attempt; what it is told about that is a claim of the student's program, so it is checked before anything believes it.
"""

import builtins

from services.testing import values
from services.testing.claims import checked_outcome
from services.testing.errors import error_of, plain_error

LONGEST_SHOWN = 4000
_WORDS = {
    'time': 'It took longer than {seconds:g} s and was stopped.',
    'output': 'It wrote more than is kept, and was stopped.',
    'killed': 'It was ended by the system (signal {signal}): perhaps it used too much memory.',
    'left': 'It ended the whole process before the test was over.',
    'skipped': 'It was not run, because earlier tests took too long already.',
}


class Fault(Exception):
    """The exercise itself cannot be used: the message is for its authors, `where` names the suite or the part."""

    def __init__(self, where, message):
        super().__init__(message)
        self.where, self.message = where, message


class Suites:
    """The call suites of an exercise, with what the solution's runs came to. Fault where the solution does not pass them."""

    def __init__(self, definition, runner):
        self._names = _include(definition['include'])
        if runner.fault:
            raise Fault('solution', _words_of(runner.fault['exception']))
        self._solution = definition['solution']
        suites = [suite for suite in definition['suites'] if suite['kind'] == 'calls']
        outcomes = [runner.run(order_of(suite)) for suite in suites]
        self._suites = [self._prepare(suite, outcome) for suite, outcome in zip(suites, outcomes, strict=True)]

    def __iter__(self):
        return iter(self._suites)

    @property
    def are_plain(self):
        """Whether no code of an author's is given anything that an attempt came to."""
        return all(suite.is_plain for suite in self._suites)

    def _prepare(self, suite, expected):
        prepared = Suite(suite, expected, self._solution, [self._functions(suite, case) for case in suite['cases']])
        verdict = prepared.judge(expected, self._solution)
        if verdict['error'] is not None:
            raise Fault(suite['name'], f'The solution fails: {verdict["error"]["name"]}: {verdict["error"]["message"]}')
        for number, case in enumerate(verdict['cases'], 1):
            if not case['passed']:
                named = f'case {number}' + (f' ({case["name"]})' if case['name'] else '')
                raise Fault(suite['name'], f'The solution does not pass its own {named}.')
        return prepared

    def _functions(self, suite, case):
        return [self._function(suite['name'], check) for check in case['checks']]

    def _function(self, where, check):
        if not check['source'].strip():
            return None
        try:
            function = eval(check['source'].strip(), dict(self._names))  # noqa: S307 - an author's code, in the judge's box
        except BaseException as error:
            raise Fault(where, f'A check cannot be read: {type(error).__name__}: {error}') from None
        if not callable(function):
            raise Fault(where, f'A check is no function: {check["source"].strip()[:200]}')
        return function


def _include(source):
    names = {'__name__': 'include'}
    try:
        exec(compile(source, 'include.py', 'exec', 0, True), names)
    except BaseException as error:
        raise Fault('include', f'{type(error).__name__}: {error}') from None
    return names


def order_of(suite):
    """Return the order by which a suite's run is asked for: nothing in it says what should come of it."""
    names = ('function', 'arguments', 'keywords', 'variables', 'stdin', 'files', 'seconds')
    wanted = sorted({check['file'] for case in suite['cases'] for check in case['checks'] if check['aspect'] == 'file'})
    return {**{name: suite[name] for name in names}, 'wanted': wanted}


class Suite:
    """One call suite: `judge` compares an outcome with the solution's."""

    def __init__(self, suite, expected, solution, functions):
        self.suite, self._expected, self._solution, self._functions = suite, expected, solution, functions
        self.seconds, self.is_hidden = suite['seconds'], suite['is_hidden']
        self.is_plain = not any(function for case in functions for function in case)

    def judge(self, outcome, source):
        """Return what a student is told of this suite, with the points of its cases as "got" and "of"."""
        suite = self.suite
        told = {
            'name': suite['name'],
            'is_hidden': suite['is_hidden'],
            'call': '' if suite['is_hidden'] else _call(suite),
            'stdin': '' if suite['is_hidden'] else suite['stdin'][:LONGEST_SHOWN],
            'cases': [],
            'error': None,
            'passed': False,
            'got': 0,
            'of': sum(case['weight'] for case in suite['cases']),
        }
        outcome = checked_outcome(outcome)
        error = self._error(outcome)
        if error is not None:
            return {**told, 'error': _veiled(error) if suite['is_hidden'] else error}
        for case, functions in zip(suite['cases'], self._functions, strict=True):
            failed = next(
                (
                    check
                    for check, function in zip(case['checks'], functions, strict=True)
                    if not self._holds(check, function, outcome, source)
                ),
                None,
            )
            told['cases'].append(self._case(case, failed, outcome, source))
            if failed is not None:
                return told
            told['got'] += case['weight']
        return {**told, 'passed': True}

    def _error(self, outcome):
        if outcome['end'] != 'done':
            words = _WORDS[outcome['end']].format(seconds=self.suite['seconds'], signal=outcome['signal'])
            return plain_error(outcome['end'], '', words)
        if 'missing' in outcome:
            return plain_error('missing', outcome['missing'], f'The program has no function called {outcome["missing"]}.')
        if 'unspeakable' in outcome:
            return plain_error('output', '', outcome['unspeakable'])
        if 'exited' in outcome:
            when = 'while {} ran, for example by exit()' if outcome['exited'] == 'called' else 'before {} was called'
            return plain_error('left', '', f'The program ended itself {when.format(self.suite["function"])}.')
        if 'exception' in outcome and not set(outcome['exception']['kinds']) & set(self.suite['allowed_exceptions']):
            return error_of(outcome['exception'])
        return None

    def _holds(self, check, function, outcome, source):
        try:
            should, is_ = (self._told(check, *run) for run in ((self._expected, self._solution), (outcome, source)))
            if check['test'] == 'match' or (check['test'] == 'norm' and function is None):
                return values.same(should, is_)
            should, is_ = values.decode(should), values.decode(is_)
            if check['test'] == 'check':
                return bool(function(should, is_))
            return bool(function(should) == function(is_))
        except Exception:
            # The solution's own passed: the attempt's is something that the check cannot read.
            return False

    def _told(self, check, outcome, source):
        """Return what a check looks at, as a told value."""
        if check['aspect'] != 'result':
            return values.text_of(_text(check, outcome, source))
        # Where the one returned and the other raised, they are not the same.
        told = outcome.get('value') or [['object', 'raised', '', [], []]]
        return values.text_of(str(values.decode(told))) if check['as_text'] else told

    def _case(self, case, failed, outcome, source):
        if failed is None:
            return {'name': case['passes'], 'passed': True}
        told = {'name': case['fails'], 'passed': False}
        if self.suite['is_hidden'] or failed['aspect'] == 'code':
            return told
        told['aspect'] = failed['aspect']
        told['actual'] = _shown(failed, outcome, source)
        if failed['test'] != 'check':
            told['expected'] = _shown(failed, self._expected, self._solution)
        return told


def _text(check, outcome, source):
    aspect = check['aspect']
    if aspect == 'code':
        return source
    if aspect == 'exception':
        return outcome['exception']['name'] if 'exception' in outcome else None
    return outcome['files'].get(check['file']) if aspect == 'file' else outcome[aspect]


def _shown(check, outcome, source):
    if check['aspect'] == 'result':
        return values.show(outcome['value'], LONGEST_SHOWN) if 'value' in outcome else 'nothing'
    text = _text(check, outcome, source)
    return 'nothing' if text is None else text[:LONGEST_SHOWN]


def _call(suite):
    if not suite['function']:
        return ''
    words = [*suite['arguments'], *(f'{name}={text}' for name, text in suite['keywords'].items())]
    return f'{suite["function"]}({", ".join(words)})'[:LONGEST_SHOWN]


def _veiled(error):
    """Return an error without what a hidden test would be known by: also the name of an exception is the program's to choose."""
    if error['kind'] == 'missing':
        return plain_error('missing', '', 'A function that is tested is missing.')
    if error['kind'] != 'exception':
        return error
    name = error['name'] if isinstance(getattr(builtins, error['name'], None), type) else 'Exception'
    return {**error, 'name': name, 'message': '', 'line': None, 'traceback': ''}


def _words_of(exception):
    line = f' (line {exception["line"]})' if exception['line'] else ''
    return f'{exception["name"]}: {exception["message"]}{line}'
