"""One box from the fork to its claim: made in new name spaces, prepared as far as can be, then waiting."""

import json
import os
import signal
import socket
from dataclasses import dataclass

from boxes import identity, keeper, rehearsal, worker
from boxes.pair import Pair, receive
from boxes.tree import add_places
from ivle import chat, kernel
from python_console.controller import Controller
from python_console.signals import DEFAULT, IGNORE, set_handler

# The process namespace is that of the whole outer box for whoever forks; each box has one of its own below it.
NEW_SPACES = kernel.NEWNS | kernel.NEWPID | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS | kernel.NEWCGROUP
LONGEST_CLAIM = 256 * 1024
_MADE = b'made'
_LONGEST_WORD = 4096


@dataclass
class Box:
    """A box as its keeper knows it: its user on the host, its two processes and what joins them, in case it is a console."""

    line: socket.socket
    config: dict
    uid: int
    pair: Pair
    worker: int
    controller: Controller


def grow(own, doors, order, config):
    """Become the first process of a new box that reports on the socket `own`, a descriptor, to sandbox-server; never returns.

    `doors` are descriptors of files of the box's control group: who writes 0 into each is in it. `order` is JSON of
    {"box": (who its programs are on the host, whether it rehearses what a claim will need)}.
    """
    try:
        for door in doors:
            os.write(door, b'0')
            os.close(door)
        # The kernel was to reap the zygote's children; both processes of a box wait for theirs.
        set_handler(signal.SIGCHLD, DEFAULT)
        # As the first thing that can be: what this process writes to before the fork, the worker holds a copy of, too.
        pair = Pair()
        child = os.fork()
        if child == 0:
            _grow_worker(own, pair, order, config)
        line = socket.socket(fileno=own)
        box = _prepare(line, pair, child, config, *json.loads(order)['box'])
    except BaseException as error:
        say(own, {'failed': f'{type(error).__name__}: {error}'})
        os._exit(1)
    # Not earlier: what goes wrong from here on is told by whoever keeps the box.
    _wait_and_keep(box)


def _grow_worker(line, pair, order, config):
    try:
        os.close(line)
        pair.keep_theirs()
        if pair.orders_theirs.recv(len(_MADE)) == _MADE:
            _close_in(config)
            worker.work(pair, config, *json.loads(order)['box'])
    except BaseException as error:
        # Once it has its part, nobody listens there any more.
        say(pair.orders_theirs.fileno(), f'{type(error).__name__}: {error}')
    finally:
        os._exit(1)


def _prepare(line, pair, child, config, uid, rehearses):
    pair.keep_ours()
    set_handler(signal.SIGINT, IGNORE)
    kernel.control(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    # The worker is on the far side of the wall already.
    kernel.control(kernel.PR_SET_DUMPABLE, 0)
    add_places(config['tmp_bytes'], config['tmp_links'])
    pair.orders.send(_MADE)
    _close_in(config)
    identity.prepare()
    if rehearses:
        rehearsal.rehearse_as_keeper(child, config['environment'])
    # Most will be consoles.
    controller = Controller(child, pair)
    told = pair.orders.recv(_LONGEST_WORD)
    if told != worker.DOWN:
        raise OSError(f'no worker for the box: {told.decode(errors="replace") or "it ended"}')
    # A box without a worker is none.
    set_handler(signal.SIGCHLD, lambda number, frame: os._exit(1))
    itself = os.pidfd_open(os.getpid())
    socket.send_fds(line, [chat.dumps({'prepared': None}).encode()], [itself])
    os.close(itself)
    return Box(line, config, uid, pair, child, controller)


def _close_in(config):
    """Leave no way to more than a claim needs."""
    kernel.control(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.load_filter(config['filters'][0])


def _wait_and_keep(box):
    message, descriptors = receive(box.line, LONGEST_CLAIM)
    if not message:
        # Nobody will claim it any more.
        os._exit(0)
    try:
        keeper.keep(box, json.loads(message), descriptors)
    except BaseException as error:
        say(box.line.fileno(), {'failed': f'{type(error).__name__}: {error}'})
    finally:
        os._exit(1)


def say(line, message):
    """Say something on a line, given as its descriptor."""
    try:
        os.write(line, chat.dumps(message).encode())
    except OSError:
        # Nobody listens; the end of this process says enough.
        pass
