"""The worker: steps down, waits for its part, and becomes what runs the student's code."""

import json
import os
import socket

from boxes import forks, identity, rehearsal, script
from boxes.pair import add_variables, receive, remember_ourselves, replace
from python_console.interpreter import Interpreter
from services.testing import roles, running
from services.testing.process import close_all_but

LONGEST_PART = 1 << 20
# What the keeper hears when there is nothing left that we could do to others.
DOWN = b'down'
# Where a program that is given one finds its channel.
_CHANNEL = 3


def work(pair, config, uid, rehearses):
    """Become the user `uid` of the host, wait for a part and play it; never returns."""
    os.setsid()
    sockets = (pair.orders_theirs, pair.commands_theirs, pair.typed_theirs)
    close_all_but(0, 1, 2, *(kept.fileno() for kept in sockets), *pair.back)
    forks.make_up()
    interpreter = Interpreter(pair.commands_theirs, pair.typed_theirs, pair.mark, pair.back)
    identity.step_down_as_worker(uid, config['filters'][1])
    pair.orders_theirs.send(DOWN)
    if rehearses:
        rehearsal.rehearse_as_worker(config['environment'])
    part, descriptors = _next_part(pair)
    identity.keep_within(part.get('limits', config['limits']))
    _enter(part['home'], part['cwd'])
    if part['role'] == 'program':
        # All it has is what CGI gives it, and it runs where its file is.
        os.environ.clear()
        *descriptors, folder = descriptors
        os.fchdir(folder)
        os.close(folder)
    add_variables(part['environment'])
    if part['role'] == 'interpreter':
        pair.orders_theirs.close()
        interpreter.serve()
    if part['role'] == 'runs':
        close_all_but(0, 1, 2, pair.commands_theirs.fileno())
        running.run_all(pair.commands_theirs)
    for ours in sockets:
        ours.close()
    if part['role'] == 'test':
        _test(descriptors, *part['arguments'])
    _arrange(descriptors)
    script.run(part['path'], part['arguments'])


def _test(descriptors, role, *arguments):
    channel, *read = descriptors
    # What was read from the channel before it came here.
    orders = [json.loads(os.pread(file, LONGEST_PART, 0)) for file in read]
    _arrange([channel])
    if role == 'judge':
        # What its tests want is imported when it is known which they are.
        remember_ourselves()
    roles.play(socket.socket(fileno=_CHANNEL), role, *arguments, read=orders)


def _next_part(pair):
    message, descriptors = receive(pair.orders_theirs, LONGEST_PART)
    if not message:
        # The keeper has gone; nothing will be asked of us.
        os._exit(0)
    return json.loads(message.decode('utf-8', 'surrogateescape')), descriptors


def _enter(home, cwd):
    for place in (home, cwd or '.'):
        try:
            os.chdir(place)
        except OSError:
            # A directory that is gone, or closed even to its owner, is no reason to have no console.
            break


def _arrange(descriptors):
    """Three descriptors are the standard ones; one is a channel and becomes number 3."""
    if len(descriptors) == 1:
        replace(1, os.open(os.devnull, os.O_WRONLY))
        replace(2, os.open(os.devnull, os.O_WRONLY))
        moved = [(descriptors[0], _CHANNEL)]
    else:
        moved = list(zip(descriptors, range(3), strict=True))
    for descriptor, number in moved:
        if descriptor != number:
            replace(number, descriptor)
    close_all_but(*range(moved[-1][1] + 1))
