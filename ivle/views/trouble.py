"""Trouble: the page that explains to a beginner why their program made no page."""

from pyramid.renderers import render_to_response

from ivle.cgi import Malformed, readable
from ivle.resources.base import path_url

SHOWN_BYTES = 20_000
# Signals by which the sandbox ends a program that takes too much, as exit statuses, with the limit they may stand for.
_SIGNALS = {
    -24: ('cpu_seconds', 'It used the {} seconds of processor time that a program has.'),
    -25: ('file_size', 'It wrote a file of more than {}.'),
    -9: ('box_memory', 'It was ended from outside: most often it wanted too much memory. It may use {}.'),
}
# How the last line of a traceback begins when a limit has refused something, and which.
_REFUSALS = {
    'BlockingIOError: [Errno 11]': ('processes', 'A program may have {} processes and threads at a time.'),
    "RuntimeError: can't start new thread": ('processes', 'A program may have {} processes and threads at a time.'),
    'MemoryError': ('memory', 'A program may use {} of memory.'),
    'OSError: [Errno 24]': ('open_files', 'A program may have {} files open at a time.'),
    'OSError: [Errno 27]': ('file_size', 'A program may write files of at most {}.'),
    'OSError: [Errno 28]': ('tmp_size', 'Most often /tmp is full, which holds {} for each run of a program.'),
}
_SIZES = ('memory', 'box_memory', 'file_size', 'tmp_size')


def is_crash(served):
    """Return True when a program ended by an error nobody caught: the half page it left would only puzzle."""
    return served.exit != 0 and 'Traceback (most recent call last):' in served.stderr


def explain(place, request, served, headers):
    """Return the page for a ServedProgram whose `headers` are what read_headers made of its output.

    A program that answers in the wrong form gets status 200, as it always had in IVLE; one that was stopped or broke
    gets the status of a server that fails.
    """
    status, problem, advice = reason_of(served, headers, request.registry.ivle)
    with served.body as body:
        output = body.read(SHOWN_BYTES)
    name = served.path.rpartition('/')[2]
    parts = served.path.split('/')
    values = {
        'title': f'{name} made no page',
        'crumbs': [
            (text, path_url(request, 'files', place.login, *parts[:depth])) for depth, text in enumerate(('Files', *parts[:-1]))
        ],
        'name': name,
        'problem': problem,
        'advice': advice,
        'output': readable(output),
        'is_cut': served.size > len(output),
        'stderr': readable(served.stderr.encode('utf-8', 'replace')),
        'edit_url': path_url(request, 'edit', place.login, *parts),
    }
    response = render_to_response('ivle:templates/serve-trouble.pt', values, request=request)
    response.status_int = status
    return response


def reason_of(served, headers, settings):
    """Return (status, what happened, what to do) for a ServedProgram that made no page."""
    if served.reason == 'time':
        problem = f'The program was stopped after {settings.serve_limit("wall_seconds"):g} seconds: it had not ended by itself.'
        return 504, problem, 'Look for a loop that never ends, or for input() waiting for somebody who cannot answer.'
    if served.reason == 'output':
        problem = f'The program was stopped: it printed more than {settings.serve_limit("output") >> 10} KiB.'
        return 502, problem, 'Look for a print() in a loop that never ends.'
    if served.reason == 'killed':
        return (
            502,
            f'The program was stopped by signal {-served.exit}.',
            _with_limit(_SIGNALS[served.exit], settings) if served.exit in _SIGNALS else 'It did something no program may.',
        )
    if isinstance(headers, Malformed) and not is_crash(served):
        return 200, headers.problem, headers.advice
    last = served.stderr.strip().rpartition('\n')[2][:200]
    # What it printed before it broke decides the status: a page half made is a failure, no page at all a mistake in form.
    status = 200 if isinstance(headers, Malformed) else 500
    limits = [_with_limit(limit, settings) for beginning, limit in _REFUSALS.items() if last.startswith(beginning)]
    return (
        status,
        f'The program broke off with an error: {last}',
        ' '.join([*limits, 'The last lines of the traceback say where. Mend that line and load the page again.']),
    )


def _with_limit(limit, settings):
    name, words = limit
    value = settings.serve_limit(name)
    return words.format(value if name not in _SIZES else f'{value >> 20} MB' if value >= 1 << 20 else f'{value >> 10} kB')
