"""Runs a program, or functions of it, in this process, which was forked for that, and tells what came of it as JSON."""

import atexit
import functools
import itertools
import json
import linecache
import os
import random
import shutil
import signal
import sys
import threading
import traceback
import types
import warnings

from ivle import chat
from services.testing import telling, values
from services.testing.process import open_streams, put_input

# How the program is called in tracebacks.
PROGRAM, MODULE = 'program.py', 'program'
SEED = 20071
LONGEST_FILE = 64 * 1024
_LONGEST_TRACE = 8000
_LONGEST_MESSAGE = 2000


class Missing(Exception):
    """The program has no function of that name."""


@functools.lru_cache(maxsize=1)
def compile_program(source):
    """Return the code object of a program's source; SyntaxError and ValueError as Python raises them.

    What Python warns of is told to nobody: it is no part of what a program writes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return compile(source, PROGRAM, 'exec', 0, True)


def remember(source):
    """Let tracebacks show the lines of the program."""
    linecache.cache[PROGRAM] = (len(source), None, [f'{line}\n' for line in source.split('\n')], PROGRAM)


def run_all(talk):
    """Run a program as often as is asked on the socket `talk`, and tell there what came of it; never returns.

    Frames come: {"source"}, then orders, each {"folder", "function", "arguments", "keywords", "variables", "stdin", "files",
    "wanted"}; without a function the program itself is run. Each is answered by a line: {"value"} or {"exception"} and such, and
    {"files": {name: text}}.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    source, path, own = chat.read_value(talk, timeout=None)['source'], sys.path[:], len(sys.modules)
    while True:
        order = chat.read_value(talk, timeout=None)
        told = run(source, path, order)
        _end_as_python_does()
        tell(talk, order, told)
        _forget_modules_of(order['folder'], len(sys.modules) - own)
        shutil.rmtree(order['folder'], ignore_errors=True)


def run(source, path, order):
    """Run a program, or a function of it, as an order says and with `path` to find modules; return what came of it."""
    folder = order['folder']
    furnish(folder, order['files'])
    os.chdir(folder)
    put_input(order['stdin'])
    open_streams()
    sys.path[:] = [folder, *path]
    return outcome_of(lambda: _value_of(source, order))


def tell(talk, order, told):
    """Tell on the socket `talk` what came of an order, with the files that it wants."""
    _flush()
    told['files'] = {name: _text_of(order['folder'], name) for name in order['wanted']}
    talk.sendall(json.dumps(told).encode('utf-8') + b'\n')


def furnish(folder, files):
    """Make a new folder with files in it, {name: text}."""
    os.mkdir(folder, 0o700)
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)


def _text_of(folder, name):
    """Return what a run wrote into a file, or None where there is none that can be read."""
    try:
        descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, LONGEST_FILE).decode('utf-8', 'backslashreplace')
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _end_as_python_does():
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()
    atexit._run_exitfuncs()


def _forget_modules_of(folder, newest):
    # Only the newest are looked at: the names of all others stand in memory that is shared with other boxes.
    for name in list(itertools.islice(reversed(sys.modules), max(0, newest))):
        if str(getattr(sys.modules[name], '__file__', None)).startswith(folder):
            del sys.modules[name]


def serve_calls(source, receive, send):
    """Load the program and answer calls: `receive()` gives {"call", "arguments", "keywords"} or None, `send(told)` answers.

    Arguments and keywords are told values; {"get": name} asks for what is no function.
    """
    names = None

    def load():
        nonlocal names
        names = _load(source, {}, MODULE)

    send(outcome_of(load))
    while (asked := receive()) is not None:
        told = outcome_of(lambda asked=asked: _answer(names, asked))
        _flush()
        send(told)


def _answer(names, asked):
    if names is None:
        raise Missing('the program did not load')
    if 'get' in asked:
        found = _find(names, asked['get'])
        return {'function': True} if callable(found) else {'value': telling.encode(found)}
    function = _find(names, asked['call'])
    positional = [values.decode(told) for told in asked['arguments']]
    named = {name: values.decode(told) for name, told in asked['keywords'].items()}
    return {'value': telling.encode(function(*positional, **named))}


def _value_of(source, order):
    given = {name: eval(text, {}) for name, text in order['variables'].items()}  # noqa: S307 - in the box of the program
    positional = [eval(text, {}) for text in order['arguments']]  # noqa: S307
    named = {name: eval(text, {}) for name, text in order['keywords'].items()}  # noqa: S307
    if not order['function']:
        _load(source, given, '__main__')
        return {'value': telling.encode(None)}
    try:
        # Not __main__: what a program does when it is run is not asked for, only what it has.
        names = _load(source, given, MODULE)
    except SystemExit:
        return {'exited': 'loaded'}
    function = _find(names, order['function'])
    try:
        value = function(*positional, **named)
    except SystemExit:
        return {'exited': 'called'}
    return {'value': telling.encode(value)}


def _find(names, name):
    first, *rest = name.split('.')
    try:
        return functools.reduce(getattr, rest, names[first])
    except (KeyError, AttributeError):
        raise Missing(name) from None


def _load(source, given, name):
    # The same for everybody, and each time: what depends on chance can be compared, too.
    random.seed(SEED)
    if 'numpy' in sys.modules:
        sys.modules['numpy'].random.seed(SEED)
    program = types.ModuleType(name)
    program.__dict__.update({'__file__': PROGRAM, '__builtins__': __builtins__, **given})
    sys.modules[name] = program
    sys.argv = [PROGRAM]
    remember(source)
    exec(compile_program(source), program.__dict__)
    return program.__dict__


def outcome_of(work):
    """Return what `work()` returns, or what it raised, as it is told; whatever the program raises ends here."""
    try:
        return work() or {}
    except Missing as error:
        return {'missing': str(error)}
    except telling.TooLarge:
        return {'unspeakable': None}
    except SystemExit as leaving:
        return {'value': telling.encode(None)} if leaving.code in (None, 0) else {'exception': _described(leaving)}
    except BaseException as error:
        return _exception(error)


def _exception(error):
    try:
        return {'exception': _described(error)}
    except BaseException:
        # Its own code failed while it was described.
        return {'exception': {'name': type(error).__name__, 'kinds': [], 'message': '', 'line': None, 'traceback': ''}}


def _described(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != PROGRAM:
        trace = trace.tb_next
    lines = [number for frame, number in traceback.walk_tb(trace) if frame.f_code.co_filename == PROGRAM] if trace else []
    line = lines[-1] if lines else None
    if isinstance(error, SyntaxError) and error.filename == PROGRAM:
        line = error.lineno
    text = ''.join(traceback.format_exception(type(error), error, trace))
    return {
        'name': type(error).__name__,
        'kinds': [kind.__name__ for kind in type(error).__mro__ if kind is not object][:20],
        'message': telling.sendable(_message_of(error)[:_LONGEST_MESSAGE]),
        'line': line,
        'traceback': telling.sendable(text[-_LONGEST_TRACE:]),
    }


def _message_of(error):
    return f'{error.msg}' if isinstance(error, SyntaxError) else str(error)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # Closed or replaced by the program: theirs.
            pass
