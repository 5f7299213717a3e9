"""What modules want done in every child of a fork: put off until there is a child that can need it.

What Python's own modules do there costs half a megabyte of memory a process that was shared until then, and mends what only
threads can have broken; the zygote has none. The children that a student's program forks have it done as always.
"""

import contextlib
import os
import sys

_register = os.register_at_fork
_wanted: list = []
_take_note = _wanted.append


def put_off():
    """From here on, take note of what is to be done. To be called before anything else is imported."""
    os.register_at_fork = lambda **calls: _take_note(calls)


def make_up():
    """Do what matters in the process that becomes a student's, and let all of it be done in those that it forks."""
    global _take_note
    os.register_at_fork = _register
    # Some may have kept the other.
    _take_note = _register_all
    for calls in _wanted:
        _register_all(calls)
        # A module that the site preloads may do there what no other does.
        hook = calls.get('after_in_child')
        if hook is not None and str(hook.__module__).partition('.')[0] not in sys.stdlib_module_names:
            # As Python does it: one that fails is none.
            with contextlib.suppress(Exception):
                hook()
    # Forked from one process, all would draw the same numbers.
    for name in ('random', 'numpy.random'):
        module = sys.modules.get(name)
        if module is not None:
            module.seed()
    sys.modules['threading'].main_thread()._set_native_id()


def _register_all(calls):
    _register(**calls)
