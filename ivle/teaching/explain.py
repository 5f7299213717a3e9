"""Explains common errors to beginners: a sentence or two beside what Python says, and nothing where we would have to guess."""

import re

from ivle.teaching.explain_errors import EXCEPTIONS, KINDS
from ivle.teaching.explain_syntax import LINES, SYNTAX
from ivle.teaching.explain_texts import explain_output, explain_result

_LONGEST_MESSAGE = 300
_MISSING = (
    'The tests call {name}, and your program has no function of that name. Look at its spelling, and that `def {name}` begins '
    'at the left margin.'
)
_TOO_LARGE = (
    'What your function gave back cannot be compared. Did you return the function itself, without the brackets that call it, '
    'or something far larger than the exercise asks for?'
)
_BROKE_DOWN = (
    'Python itself broke down. That happens when a function calls itself far too deep, or when a module that is not written in '
    'Python is used in a wrong way.'
)
_WHILE_TRUE = ' `while True` ends only at a `break` or a `return`: is one ever reached?'
_SLEEP = ' `sleep` takes its time from the test, too: leave it out.'
_NOBODY_TYPES = (
    'The tests call {call} and type nothing, but your program asks for input. What a function works on comes in as its '
    'arguments: leave input() out.'
)
_RAISE = 'Here the exercise wants an exception: `raise {expected}(...)`. To print its name or to return it is not the same.'
_NO_FILE = (
    'No such file was written. Is its name the one in the exercise, and is it closed in the end? `with open(...)` does that.'
)


def explain(error: dict, source: str = '') -> str | None:
    """Return what an ERROR of a verdict means to a beginner who wrote `source`, or None."""
    kind, name, message = error['kind'], error['name'], error['message']
    if kind == 'missing':
        return _MISSING.format(name=name) if name else None
    if kind == 'output' and message.startswith('The value'):
        return _TOO_LARGE
    if kind == 'killed' and 'signal 11' in message:
        return _BROKE_DOWN
    if kind == 'time':
        return KINDS['time'] + _what_takes_time(source)
    if kind in KINDS:
        return KINDS[kind]
    return _of_line(error, source) or _of_exception(name, message)


def _what_takes_time(source):
    if re.search(r'\bwhile\b[ \t]*(?:\([ \t]*)?(?:True|1)\b', source):
        return _WHILE_TRUE
    return _SLEEP if re.search(r'\bsleep\(', source) else ''


def _of_line(error, source):
    """Return what can be told from the line that Python could not read."""
    lines = source.splitlines()
    if error['kind'] != 'syntax' or not error['line'] or error['line'] > len(lines):
        return None
    line = lines[error['line'] - 1]
    for message, pattern, sentence in LINES:
        found = re.search(pattern, line) if re.search(message, error['message']) else None
        if found:
            return sentence.format(*found.groups())
    return None


def _of_exception(name, message):
    # Python's own are short; one of the program's may be there to keep a pattern busy.
    message = message[:_LONGEST_MESSAGE]
    for wanted, pattern, sentence in (*SYNTAX, *EXCEPTIONS):
        if name in wanted:
            found = re.search(pattern, message)
            if found:
                return sentence.format(*found.groups())
    return None


def explain_case(case: dict, source: str = '') -> str | None:
    """Return what a CASE that failed means to a beginner who wrote `source`, or None."""
    if case.get('passed'):
        return None
    if 'error' in case:
        if case['error']['name'] == 'EOFError' and case.get('call') and not case.get('stdin'):
            return _NOBODY_TYPES.format(call=f'`{case["call"]}`')
        return explain(case['error'], source)
    if 'expected' not in case or 'actual' not in case or case['expected'] == case['actual']:
        return None
    return _of_texts(case, source)


def _of_texts(case, source):
    aspect, expected, actual = case['aspect'], case['expected'], case['actual']
    if aspect == 'stdout':
        return explain_output(expected, actual, source, is_called=bool(case.get('call')))
    if aspect == 'result':
        return explain_result(expected, actual)
    if aspect == 'exception' and actual == 'nothing':
        return _RAISE.format(expected=expected)
    return _NO_FILE if aspect == 'file' and actual == 'nothing' else None
