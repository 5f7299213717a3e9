"""The start of python-console: who holds which descriptor, and the fork."""

import ctypes
import os
import signal
import socket
import sys

from python_console.controller import Controller
from python_console.interpreter import Interpreter

CHANNEL = 3
PIPE_BYTES = 256 * 1024

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def start(output_limit, cpu_seconds, our_places):
    """Run a console on descriptor 3; never returns."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    # From here on the student's code can neither attach to this process nor open its descriptors under /proc.
    if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        sys.exit('python-console: the kernel refuses to protect the controller')
    channel = socket.socket(fileno=CHANNEL)
    channel.set_inheritable(False)
    commands_ours, commands_theirs = socket.socketpair()
    # Whole messages, so that an empty one can say end of file.
    input_ours, input_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    output_ours, output_theirs = os.pipe()
    errors_ours, errors_theirs = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
            # The student's own subprocesses and debuggers need what the controller forbids.
            prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
            for ours in (channel, commands_ours, input_ours):
                ours.close()
            os.close(output_ours)
            os.close(errors_ours)
            os.setsid()
            _replace(0, os.open(os.devnull, os.O_RDONLY))
            _replace(1, output_theirs)
            _replace(2, errors_theirs)
            _forget_ourselves(our_places)
            Interpreter(commands_theirs, input_theirs).serve()
        finally:
            os._exit(1)
    for theirs in (commands_theirs, input_theirs):
        theirs.close()
    os.close(output_theirs)
    os.close(errors_theirs)
    Controller(channel, child, commands_ours, input_ours, output_ours, errors_ours, output_limit, cpu_seconds).run()
    os._exit(0)


def _replace(standard, descriptor):
    os.dup2(descriptor, standard)
    os.close(descriptor)


def _forget_ourselves(places):
    """Take our own code out of the student's way: a module of theirs may have the same name."""
    sys.path[:] = [place for place in sys.path if place not in places]
    for name in [name for name in sys.modules if name.partition('.')[0] in ('ivle', 'python_console')]:
        del sys.modules[name]
