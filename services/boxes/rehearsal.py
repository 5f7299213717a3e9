"""Rehearsal: what a claim will need is done once for nobody, so that memory shared with the zygote is copied while nobody waits.

A page of memory costs some microseconds when it is touched for the first time after the fork, and a console touches a thousand of
them before its first output. Whatever is rehearsed leaves nothing behind but these pages.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sys

from boxes import tree
from boxes.pair import Pair, add_variables, receive
from ivle import chat
from python_console.controller import Controller
from python_console.interpreter import Interpreter
from python_console.line import Mark
from python_console.signals import DEFAULT, handler_of, set_handler
from services.testing import running
from services.testing.process import Process
from services.testing.runner import Runner, next_order, serve_runs

_LONGEST = 256 * 1024
_LINE = 'prepared = [str(number) for number in range(3)]; print(end="")\n'
_OUTPUT = '1048576'
_VARIABLES = ('HOME', 'USER', 'LOGNAME')
# Python 3.11 has rewritten a function after eight calls, and an instruction after some more.
_TIMES = 20
_PROGRAM = 'def prepared(n):\n    return 1 if n < 2 else n * prepared(n - 1)\n'
_RUN = {'function': 'prepared', 'arguments': ['3'], 'keywords': {}, 'variables': {}, 'stdin': '', 'files': {}, 'wanted': []}
_RUN_SECONDS, _RUN_OUTPUT, _STRETCH = 5.0, 1000, 1
# What a console, or a test, makes anew in the module sys.
_OPENED = ('stdin', '__stdin__', 'stdout', '__stdout__', 'stderr', '__stderr__', 'argv')


def rehearse_in_advance(environment):
    """Do it all in the zygote, as often as Python needs to rewrite what is run often: then no box has to, each for itself."""
    for _ in range(_TIMES):
        _rehearse_claim(environment)
        _rehearse_variables()
        _rehearse_console(os.getpid(), with_command=True)
        _rehearse_command()
        _rehearse_test()


def rehearse_as_keeper(child, environment):
    """Take a claim and begin a console, without a student; `child` is the worker, which sandbox-server speaks to itself."""
    _rehearse_claim(environment)
    tree.rehearse()
    _rehearse_console(child)


def rehearse_as_worker(environment):
    """Take a part and work on a console's first command, without a student."""
    _rehearse_claim(environment)
    _rehearse_variables()
    _rehearse_command()


def _rehearse_claim(environment):
    words = {'program': 'python-console', 'cwd': '', 'environment': environment}
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(chat.dumps(words).encode('utf-8', 'surrogateescape'))
    message, _ = receive(theirs, _LONGEST)
    json.loads(message.decode('utf-8', 'surrogateescape'))
    ours.close()
    theirs.close()


def _rehearse_variables():
    for name in _VARIABLES:
        add_variables({name: '/home/nobody'})
        del os.environ[name]


def _rehearse_console(child, with_command=False):
    pair = Pair()
    ours, theirs = socket.socketpair()
    controller = Controller(child, pair)
    controller.begin(theirs, _OUTPUT, '60', '600')
    try:
        # In each turn something goes out, and something comes in: nobody has to wait.
        if with_command:
            ours.send(chat.frame_of({'cmd': 'chat', 'text': 'print(1)\n'}))
            controller.turn()
            os.write(pair.output_theirs, b'1\n')
            pair.commands_theirs.send(chat.frame_of({'n': 1, 'okay': None}))
            controller.turn()
        ours.send(chat.frame_of({'cmd': 'nothing', 'text': ''}))
        controller.turn()
    finally:
        controller.close()
        pair.keep_ours()
        pair.orders.close()
        for end in (ours, theirs, pair.commands, pair.typed):
            end.close()
        os.close(pair.output)
        os.close(pair.errors)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGXCPU):
            set_handler(number, DEFAULT)


def _rehearse_command():
    handler = handler_of(signal.SIGINT)
    ours, theirs = socket.socketpair()
    typed, typed_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with ours, theirs, typed, typed_theirs, _as_it_was():
        ours.send(chat.frame_of({'n': 1, 'cmd': 'chat', 'text': _LINE}))
        interpreter = Interpreter(theirs, typed_theirs, Mark(), ())
        interpreter.open(nowhere, nowhere)
        interpreter.work()
    del sys.ps1, sys.ps2
    set_handler(signal.SIGINT, handler)
    os.close(nowhere)


def _rehearse_test():
    """Be the keeper and the worker of an attempt's box in turn: the one asks for a run of a program, the other runs it."""
    asked, theirs = socket.socketpair()
    talk, talk_theirs = socket.socketpair()
    (output, output_theirs), (errors, errors_theirs) = os.pipe(), os.pipe()
    source, folder = {'source': _PROGRAM}, f'/tmp/rehearsal-{os.getpid()}'
    chat.write_value(asked, source)
    chat.write_value(asked, {'runs': [{**_RUN, 'seconds': _RUN_SECONDS}]})
    process = Process(os.getpid(), talk, output, errors, _RUN_OUTPUT)
    # What it tells of the run is there before it is asked for it.
    chat.write_value(talk, source)
    chat.write_value(talk, {**_RUN, 'folder': folder})
    with _as_it_was(), _as_if_nothing_had_run():
        program = chat.read_value(talk_theirs)['source']
        order = chat.read_value(talk_theirs)
        running.tell(talk_theirs, order, running.run(program, sys.path[:], order))
    shutil.rmtree(folder)
    runner = Runner(next_order(theirs)['source'], _RUN_OUTPUT, _STRETCH, start=lambda: process)
    serve_runs(theirs, runner, next_order(theirs))
    # It is this process.
    process.let_go()
    for end in (asked, theirs, talk_theirs):
        end.close()
    os.close(output_theirs)
    os.close(errors_theirs)


@contextlib.contextmanager
def _as_it_was():
    """Have what is made anew in sys afterwards as it was before."""
    kept, path, main = {name: getattr(sys, name) for name in _OPENED}, sys.path[:], sys.modules['__main__']
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(sys, name, value)
        sys.path[:], sys.modules['__main__'] = path, main


@contextlib.contextmanager
def _as_if_nothing_had_run():
    """Have standard input, the directory, chance and the modules afterwards as they were before."""
    given, place, chance = os.dup(0), os.getcwd(), random.getstate()
    try:
        yield
    finally:
        os.dup2(given, 0)
        os.close(given)
        os.chdir(place)
        random.setstate(chance)
        del sys.modules[running.MODULE]
