"""The start of python-console in a box of its own: the fork, and who runs what."""

import contextlib
import ctypes
import os
import signal
import sys

from boxes.pair import Pair, forget_ourselves
from python_console.controller import Controller
from python_console.interpreter import Interpreter
from services.handed import take_channel

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36


def start(output_limit, cpu_seconds, wall_seconds, cwd='.', *, our_places):
    """Run a console on standard input; never returns."""
    channel = take_channel()
    # A directory that is gone, or closed even to its owner, is no reason to have no console.
    with contextlib.suppress(OSError):
        os.chdir(cwd)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    # From here on the student's code can neither attach to this process nor open its descriptors under /proc.
    if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        sys.exit('python-console: the kernel refuses to protect the controller')
    # What loses its parent becomes ours, so that all that was started in the console stays below us and is counted.
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    pair, parent = Pair(), os.getpid()
    child = os.fork()
    if child == 0:
        try:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
            # The student's own subprocesses and debuggers need what the controller forbids.
            prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
            channel.close()
            pair.keep_theirs()
            pair.orders_theirs.close()
            os.setsid()
            forget_ourselves(our_places)
            Interpreter(pair.commands_theirs, pair.typed_theirs, pair.mark, pair.back).serve()
        finally:
            os._exit(1)
    pair.keep_ours()
    pair.orders.close()
    Controller(child, pair).run(channel, output_limit, cpu_seconds, wall_seconds)
    os._exit(0)
