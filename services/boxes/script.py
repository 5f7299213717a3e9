"""Runs a file in this process as `python3 -u file arguments…` does in a new one, without the time a new one takes."""

import atexit
import io
import os
import signal
import sys
import threading
import traceback
import types

_OURS = os.path.dirname(os.path.abspath(__file__))


def run(path, arguments):
    """Run the file; never returns. The process ends with the exit status that Python would give."""
    _open_streams()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [path, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    main = types.ModuleType('__main__')
    main.__dict__.update({'__file__': path, '__builtins__': __builtins__})
    sys.modules['__main__'] = main
    _end(_status_of(path, main.__dict__))


def _open_streams():
    # As with -u: what is written is there at once, whatever becomes of the process.
    sys.stdin = sys.__stdin__ = open(0, encoding='utf-8', errors='surrogateescape', closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = _unbuffered(1, 'surrogateescape')
    sys.stderr = sys.__stderr__ = _unbuffered(2, 'backslashreplace')


def _unbuffered(descriptor, errors):
    raw = io.FileIO(descriptor, 'w', closefd=False)
    return io.TextIOWrapper(raw, encoding='utf-8', errors=errors, write_through=True)


def _status_of(path, names):
    try:
        with open(path, 'rb') as file:
            code = compile(file.read(), path, 'exec', 0, True)
    except OSError as error:
        print(f"python3: can't open file {path!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        return 2
    except (SyntaxError, ValueError) as error:
        traceback.print_exception(type(error), error, None)
        return 1
    try:
        exec(code, names)
        return 0
    except SystemExit as leaving:
        return _exit_code(leaving.code)
    except BaseException as error:
        _report(error)
        return 130 if isinstance(error, KeyboardInterrupt) else 1


def _exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _report(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    try:
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    except BaseException:
        # A hook of the student's that fails itself: Python shows what was meant to be shown.
        traceback.print_exception(type(error), error, trace)


def _end(status):
    # What Python does at its end: threads are waited for, what was registered is called, streams are flushed.
    for last_step in (threading._shutdown, atexit._run_exitfuncs, lambda: sys.stdout.flush(), lambda: sys.stderr.flush()):
        try:
            last_step()
        except BaseException as error:
            _report(error)
            status = status or 1
    os._exit(status)
