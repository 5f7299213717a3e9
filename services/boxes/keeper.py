"""The keeper: lets a home into its box, gives the worker its part, steps down, and runs a program of ours."""

import os
import signal
import socket

from boxes import identity, tree
from boxes.pair import add_variables, replace
from ivle import chat
from python_console.signals import DEFAULT, set_handler
from services.serving.service import serve_one
from services.testing import roles
from services.testing.runner import next_order
from services.testing.simple import serve_simple


def keep(box, claim, descriptors):
    """Keep a Box until its program ends; never returns. `descriptors`: the home (a mount), the channel, a log for complaints.

    `claim`: {"program", "login", "cwd", "environment", "arguments"}, and "limits" and "tmp_bytes" where they are not the usual
    ones; with "has_home" (false) there is no home, and no descriptor of one. The environment is what comes to the one that all
    boxes have.
    """
    set_handler(signal.SIGCHLD, DEFAULT)
    *home_tree, channel, complaints = descriptors
    if 'tmp_bytes' in claim:
        tree.resize_tmp(claim['tmp_bytes'])
    home = tree.let_in(claim['login'], home_tree[0] if claim.get('has_home', True) else None, identity.BOX_ID)
    for mount in home_tree:
        os.close(mount)
    part = {'home': home, 'cwd': claim['cwd'], 'environment': claim['environment']}
    if 'limits' in claim:
        part['limits'] = claim['limits']

    def step_down():
        identity.step_down_as_keeper(box.uid, box.config['filters'][1])
        replace(2, complaints)

    program = PROGRAMS[claim['program']]
    status = program(box, part, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, channel), claim['arguments'], step_down)
    box.line.send(chat.dumps({'ended': status}).encode())
    os._exit(status)


# Each program steps down before anything of the student's runs or is looked at.


def console(box, part, channel, arguments, step_down):
    """python-console: the controller keeps, the interpreter works."""
    # That a command can be given is said first: it takes a while to come. Who runs it is let loose when we have stepped down,
    # for it may come to them by the short way.
    box.controller.begin(channel, *arguments)
    step_down()
    _send_part(box.pair, {**part, 'role': 'interpreter'})
    box.pair.orders.close()
    box.controller.serve()
    return 0


def serve(box, part, channel, arguments, step_down):
    """serveservice: finds what is asked for; the worker runs it when it is a program."""
    step_down()
    add_variables(part['environment'])
    box.pair.close_console()

    def start(path, environment, descriptors):
        environment = {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}
        words = {'role': 'program', 'path': path, 'arguments': [], 'environment': environment}
        folder = os.open('.', os.O_PATH | os.O_DIRECTORY)
        _send_part(box.pair, {**part, **words}, [*descriptors, folder])
        os.close(folder)
        return box.worker

    serve_one(channel, *arguments, start=start)
    return 0


def script(box, part, channel, arguments, step_down):
    """A file run as `python3 file arguments…` with the channel as descriptor 3; the keeper only waits for its end."""
    step_down()
    path, *words = arguments
    return _leave_to_worker(box, {**part, 'role': 'script', 'path': path, 'arguments': words}, [channel.detach()])


def test(box, part, channel, arguments, step_down):
    """testservice: of an attempt that is a simple program the keeper is the runner, and the worker runs it.

    All other parts are the worker's alone.
    """
    step_down()
    role, output_bytes, stretch, niceness, *_ = arguments
    read = []
    for process in (os.getpid(), box.worker):
        roles.give_way(int(niceness), process)
    if role == 'attempt':
        if (first := next_order(channel)) is None:
            return 0

        def start():
            _send_part(box.pair, {**part, 'role': 'runs'})
            return box.worker, box.pair.commands, box.pair.output, box.pair.errors

        if serve_simple(channel, int(output_bytes), int(stretch), first, start):
            return 0
        read.append(os.open('/tmp', os.O_TMPFILE | os.O_RDWR, 0o600))
        os.write(read[0], chat.dumps(first).encode())
    return _leave_to_worker(box, {**part, 'role': 'test', 'arguments': arguments}, [channel.detach(), *read])


def _leave_to_worker(box, part, descriptors):
    """Let the worker do all of it; its first descriptor is the channel. Return how it ended."""
    _send_part(box.pair, part, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    box.pair.close_console()
    while True:
        found, status = os.waitpid(-1, 0)
        if found == box.worker:
            code = os.waitstatus_to_exitcode(status)
            # As a shell puts a signal.
            return code if code >= 0 else 128 - code


PROGRAMS = {'python-console': console, 'serveservice': serve, 'script': script, 'testservice': test}


def _send_part(pair, part, descriptors=()):
    # Paths and variables may hold any bytes.
    message = chat.dumps(part).encode('utf-8', 'surrogateescape')
    if descriptors:
        socket.send_fds(pair.orders, [message], list(descriptors))
    else:
        pair.orders.send(message)
