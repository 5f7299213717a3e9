"""The outer box: name spaces and a root that no student's program can leave, made once; then the zygote starts in it.

This part runs on the site's own Python, outside; the zygote is the students' Python, which exists inside only.
"""

import json
import os
import signal
import socket

from boxes import tree
from ivle import chat, kernel

MOST_TREES = 64
_SPACES = kernel.NEWUSER | kernel.NEWNS | kernel.NEWPID | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS | kernel.NEWCGROUP
_OF_PYTHON = {'PYTHONHASHSEED': '0'}
_START = (
    'import sys; sys.path[:] = ["/ivle/services", "/ivle", *filter(None, sys.path)]; from boxes import forks; forks.put_off(); '
    'from boxes.zygote import main; main(*map(int, sys.argv[1:]))'
)


def main(control, configuration):
    """Make the outer box and become its first process; never returns.

    `control` is the number of a socket to sandbox-server. `configuration` is that of a file: JSON of {"python", "environment",
    "trees": [places], "covers": [places], "links": {place: target}, "files": [(place, content, mode)]}, and what is the
    zygote's.
    """
    server = socket.socket(fileno=control)
    try:
        _make(server, configuration)
    except BaseException as error:
        server.send(chat.dumps({'failed': f'{type(error).__name__}: {error}'}).encode())
    finally:
        os._exit(1)


def _make(server, configuration):
    with open(configuration, encoding='utf-8', closefd=False) as file:
        config = json.load(file)
    kernel.unshare(_SPACES)
    server.send(chat.dumps({'unshared': None}).encode())
    message, trees, _, _ = socket.recv_fds(server, 16, MOST_TREES)
    if message != b'mapped':
        os._exit(1)
    kernel.control(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    # Now, and not in the parent: the child soon moves both to a root whose /proc does not know the parent.
    held = [int(name) for name in os.listdir('/proc/self/fd')]
    child = os.fork()
    if child:
        _wait_for(child, held)
    kernel.control(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.set_host_name('box')
    tree.enter(list(zip(trees, config['trees'], strict=True)), config['covers'], config['links'], config['files'])
    kernel.hand_capabilities_on()
    for kept in (server.fileno(), configuration):
        os.set_inheritable(kept, True)
    os.lseek(configuration, 0, os.SEEK_SET)
    # Not -I, with which Python would not look at the seed: sets of text are in the same order in every box, and tests repeatable.
    command = [config['python'], '-s', '-c', _START, str(server.fileno()), str(configuration)]
    os.execve(command[0], command, {**config['environment'], **_OF_PYTHON})


def _wait_for(child, held):
    """Be the parent of the outer box's first process: when we end, it ends, and with it every process in every box.

    `held` are the descriptors that this process has no more use for, except the standard ones.
    """
    for descriptor in held:
        try:
            if descriptor > 2:
                os.close(descriptor)
        except OSError:
            # The listing itself had one, and it is gone.
            pass
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256)
