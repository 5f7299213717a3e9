"""Verdicts: what the judge says of an attempt becomes what is kept of it, and what its student is told.

Kept and told is {"passed", "got", "of", "cases": [CASE…], "error": ERROR or None}. A CASE has "name", "passed", "message",
"suite" and, where there are any, "call", "stdin", "aspect", "expected", "actual", "detail", "line", "error". Of a hidden suite
there is whether it passed and no more.
"""

HIDDEN_NAME = 'Hidden test'
_HIDDEN_WORDS = {True: 'A hidden test passed.', False: 'A hidden test did not pass.'}


def told(verdict: dict) -> dict:
    """Return what is kept of a verdict as the judge gives it."""
    return {
        'passed': verdict['passed'],
        'got': verdict['got'],
        'of': verdict['of'],
        'cases': cases_of(verdict['suites']),
        'error': verdict['error'],
    }


def cases_of(suites: list) -> list:
    """Return the CASEs of suites that were judged, in order."""
    return [case for suite in suites for case in _cases(suite)]


def _cases(suite):
    if suite['is_hidden']:
        passed = suite['passed']
        return [{'name': HIDDEN_NAME, 'passed': passed, 'message': _HIDDEN_WORDS[passed], 'suite': HIDDEN_NAME, 'hidden': True}]
    known = {name: suite[name] for name in ('call', 'stdin') if suite[name]}
    name = suite['call'] or suite['name'] or 'The program'
    found = [_case(case, name, suite['name'], known) for case in suite['cases']]
    error = suite['error']
    if error is not None:
        told_error = {'line': error['line']} if error['line'] is not None else {}
        found.append(
            {
                'name': name,
                'passed': False,
                'message': in_one_line(error),
                'suite': suite['name'],
                **known,
                **told_error,
                'error': error,
            }
        )
    return found


def _case(case, name, suite, known):
    shown = {key: case[key] for key in ('aspect', 'expected', 'actual', 'detail') if key in case}
    words = case['name'] or ('passed' if case['passed'] else 'did not pass')
    return {'name': name, 'passed': case['passed'], 'message': words, 'suite': suite, **known, **shown}


def in_one_line(error: dict) -> str:
    """Return an error as Python ends a traceback: its name and its message."""
    parts = (error['name'], error['message']) if error['kind'] in ('exception', 'syntax') else (error['message'],)
    return ': '.join(part for part in parts if part) or 'The program ended with an error.'
