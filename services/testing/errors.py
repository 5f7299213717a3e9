"""Errors as a verdict tells them, and the outcome of a run that came to nothing."""


def plain_error(kind, name, message):
    """Return an error that stands in no line of the program."""
    return {'kind': kind, 'name': name, 'message': message, 'line': None, 'traceback': ''}


def error_of(exception, kind='exception'):
    """Return the error that an exception is, as the part of an outcome that describes it."""
    return {'kind': kind, **{name: exception[name] for name in ('name', 'message', 'line', 'traceback')}}


def without_result(end):
    """Return the outcome of a run of which nothing is known but how it ended."""
    return {'stdout': '', 'stderr': '', 'files': {}, 'end': end, 'signal': None}
