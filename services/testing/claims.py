"""Claims: what an attempt's box says came of a run, checked before anything believes it."""

from services.testing import values
from services.testing.errors import without_result

# More than any run may write: `ivle.limits.test`.
_LONGEST = 1 << 20
_ENDS = ('done', 'time', 'output', 'killed', 'left', 'skipped')


def checked_outcome(told):
    """Return an outcome with every part it should have and no other; what makes no sense becomes one that was left."""
    try:
        return _outcome(told)
    except (AttributeError, KeyError, TypeError, ValueError):
        return without_result('left')


def checked_exception(told):
    """Return the part of an outcome that describes an exception. KeyError, TypeError or ValueError when it is none."""
    line = told['line']
    return {
        'name': _text(told['name'], 200),
        'kinds': [_text(kind, 200) for kind in _list(told['kinds'], 20)],
        'message': _text(told['message'], 2000),
        'line': line if type(line) is int and 0 < line < 1 << 31 else None,
        'traceback': _text(told['traceback'], 10_000),
    }


def _outcome(told):
    if told['end'] not in _ENDS:
        raise ValueError('no such end')
    found = {'stdout': _text(told['stdout']), 'stderr': _text(told['stderr']), 'files': {}, 'end': told['end']}
    found['signal'] = told['signal'] if type(told['signal']) is int and 0 < told['signal'] < 65 else None
    for name, text in told['files'].items():
        found['files'][_text(name, 300)] = None if text is None else _text(text)
    if 'exception' in told:
        found['exception'] = checked_exception(told['exception'])
    elif 'missing' in told:
        found['missing'] = _text(told['missing'], 500)
    elif 'unspeakable' in told:
        found['unspeakable'] = 'The value is too large to be compared, or of a kind that cannot be.'
    elif 'exited' in told:
        found['exited'] = 'called' if told['exited'] == 'called' else 'loaded'
    elif told['end'] == 'done':
        # What cannot be read is nothing that the solution could have returned.
        values.check(told['value'])
        found['value'] = told['value']
    return found


def _text(value, longest=_LONGEST):
    if type(value) is not str or len(value) > longest:
        raise ValueError('not a text')
    return value


def _list(value, most):
    if type(value) is not list or len(value) > most:
        raise ValueError('not a list')
    return value
