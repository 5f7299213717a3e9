"""The zygote: imports what every box will need, and forks a box for each order."""

import base64
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import threading

from boxes import rehearsal
from boxes.birth import NEW_SPACES, grow, say
from boxes.compact import fill_holes
from boxes.pair import descriptors_in, forget_ourselves
from boxes.tree import link_from_tmp
from ivle import chat, kernel
from python_console import ours
from python_console.signals import DEFAULT, IGNORE, set_handler

# Where our source is in a box: the student's programs are not to find it on their path.
PLACES = ['/ivle/services', '/ivle']
_SERVER = 3
_LONGEST_ORDER = 256
_THREAD_BYTES = 4 << 20
# How the order of a box begins. Looked at and no more: what reads the rest is the child.
_BOX = b'{"box"'
# The line, and a door for each of the kernel's controllers.
_MOST_DESCRIPTORS = 8
_USED_BY_EVERYBODY = (
    'python_console.interpreter',
    'python_console.controller',
    'threading',
    'traceback',
    'inspect',
)


def main(control, configuration):
    """Serve the orders that come on the socket with the number `control` until it is closed; never returns.

    `configuration` is the number of a file: JSON of {"tmp_bytes", "tmp_links", "filters": (first, last), "preload"}.

    An order is {"box": (user id on the host, whether it rehearses)} or {"identity": (inside, outside)}, with a
    socket, the *line*, on which it is answered. A box, whose order brings the doors of its control group, says what becomes of
    it; an identity is a user namespace in which `inside` is the host's `outside`.
    """
    # What comes with an order then has the next numbers.
    server = socket.socket(fileno=os.dup2(control, _SERVER, inheritable=False))
    try:
        config, failures = _prepare(configuration)
    except BaseException as error:
        say(_SERVER, {'failed': f'{type(error).__name__}: {error}'})
        os._exit(1)
    say(_SERVER, {'ready': None, 'failures': failures})
    _serve(server, config)


def _prepare(configuration):
    with open(configuration, encoding='utf-8') as file:
        config = json.load(file)
    # Meant for this process and its forks; what students start is as everywhere.
    os.environ.pop('PYTHONHASHSEED', None)
    link_from_tmp(config['tmp_links'])
    # With 8 MiB for each, as many threads as there may be would need all the memory there may be: and Python waits for ever for a
    # thread that has no memory to begin with.
    threading.stack_size(_THREAD_BYTES)
    failures = _import_everything(config['preload'])
    config['filters'] = [base64.b64decode(text) for text in config['filters']]
    rehearsal.rehearse_in_advance(config['environment'])
    # Once for all boxes: a student's module may have the name of one of ours.
    forget_ourselves(PLACES)
    # From here on all memory is shared with the boxes: the collector must not write to it.
    gc.collect()
    fill_holes()
    gc.freeze()
    return config, failures


def _import_everything(preload):
    """Import what boxes need and what the site names; return [(name, reason)] of what cannot be."""
    for name in _USED_BY_EVERYBODY:
        importlib.import_module(name)
    ours.compile_all()
    # Chosen when the module was imported; in a box there is no epoll.
    selectors.DefaultSelector = selectors.PollSelector
    failures = []
    for name in preload:
        try:
            importlib.import_module(name)
        except BaseException as error:
            # The module's own code may raise anything; no box needs it in order to work.
            failures.append((name, f'{type(error).__name__}: {error}'))
    return failures


def _serve(server, config):
    """Fork for each order; the child does the rest.

    Whatever this loop writes to is copied, and the last box keeps the old page for itself alone: so it does nothing but fork.
    """
    # The kernel reaps what has ended.
    set_handler(signal.SIGCHLD, IGNORE)
    receive, longest, space = server.recvmsg, _LONGEST_ORDER, socket.CMSG_SPACE(4 * _MOST_DESCRIPTORS)
    first = _SERVER + 1
    os.closerange(first, first + _MOST_DESCRIPTORS)
    while True:
        order, ancillary, _, _ = receive(longest, space)
        if not order:
            os._exit(0)
        try:
            child = kernel.fork_into(NEW_SPACES) if order.startswith(_BOX) else os.fork()
        except OSError as error:
            say(descriptors_in(ancillary)[0], {'failed': f'{type(error).__name__}: {error}'})
            child = -1
        if child == 0:
            server.close()
            _obey(order, descriptors_in(ancillary), config)
        os.closerange(first, first + _MOST_DESCRIPTORS)


def _obey(order, descriptors, config):
    own, *doors = descriptors
    if order.startswith(_BOX):
        grow(own, doors, order, config)
    try:
        _send_identity(own, *json.loads(order)['identity'])
    except OSError as error:
        say(own, {'failed': f'{type(error).__name__}: {error}'})
    os._exit(0)


def _send_identity(line, inside, outside):
    # A namespace lives as long as somebody holds it: its first process has nothing to do but be there for a moment.
    set_handler(signal.SIGCHLD, DEFAULT)
    child = kernel.fork_into(kernel.NEWUSER)
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        kernel.map_ids(child, [(inside, outside, 1)], [(inside, outside, 1)], may_set_groups=True)
        namespace = os.open(f'/proc/{child}/ns/user', os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.kill(child, signal.SIGKILL)
    with socket.socket(fileno=line) as answered:
        socket.send_fds(answered, [chat.dumps({'identity': outside}).encode()], [namespace])
    os.close(namespace)
