"""The controller of a console whose interpreter sandbox-server speaks to itself: it sleeps, and takes over what it is told to."""

import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ivle import chat
from tests.contract.consoles import PROGRAM, as_process, output_of

PATIENCE_SECONDS = 60.0
# Long enough for whoever would have been woken.
NOTHING_SECONDS = 0.2


class Shared:
    """A console, and the ways to its interpreter that came with its first message."""

    def __init__(self, talk):
        self.talk = talk
        commands, self.output, self.errors = talk.descriptors
        self.commands = socket.socket(fileno=os.dup(commands))
        self.number = 0

    def give(self, text, cmd='chat'):
        """Give the interpreter a command, as sandbox-server does."""
        self.number += 2
        self.commands.send(chat.frame_of({'n': self.number, 'cmd': cmd, 'text': text}))

    def heard(self):
        """Return what the interpreter answers."""
        self.wait_for(self.commands)
        return chat.Frames().values(self.commands.recv(1 << 16))

    def wait_for(self, source):
        assert select.select([source], [], [], PATIENCE_SECONDS)[0]

    def take(self, cmd='chat', seconds=0.0):
        """Let the controller go on."""
        self.talk.send('take', {'n': self.number, 'cmd': cmd, 'seconds': seconds})


@pytest.fixture
def shared(tmp_path):
    with as_process(tmp_path, is_shared=True) as talk:
        shared = Shared(talk)
        yield shared
        shared.commands.close()


def test_the_controller_is_not_in_the_way(shared):
    shared.give('print(1)\n')
    assert shared.heard() == [{'n': 2, 'okay': {'output': '1\n'}}]


def test_it_goes_on_with_what_was_begun(shared):
    shared.give('import time; print(1); time.sleep(0.1); print(2)\n')
    shared.take()
    assert shared.talk.hear_out() == [{'output': '1\n'}, {'output': '2\n'}, {'okay': None}]


def test_it_goes_on_with_what_was_said_already(shared):
    shared.give('print("before"); 1 / 0\n')
    shared.wait_for(shared.commands)
    shared.take()
    first, last = shared.talk.hear_out()
    assert (first, 'ZeroDivisionError' in last['exc']) == ({'output': 'before\n'}, True)


def test_what_the_interpreter_took_back_is_passed_on_byte_by_byte(shared):
    shared.give("import os; os.write(1, 'größer'.encode() + b'\\xff'); os.write(2, b'no\\n')\n")
    shared.wait_for(shared.commands)
    assert not select.select([shared.output, shared.errors], [], [], 0)[0]
    shared.take()
    assert shared.talk.hear_out() == [{'output': 'größer\ufffd9\n3\n'}, {'error': 'no\n'}, {'okay': None}]


def test_it_asks_for_input_of_what_was_begun(shared):
    shared.give('input("? ")\n')
    shared.wait_for(shared.commands)
    shared.take()
    assert shared.talk.hear_out() == [{'output': '? '}, {'input': None}]
    assert shared.talk.type('me\n') == [{'output': "'me'\n"}, {'okay': None}]


def test_it_interrupts_what_was_begun(shared):
    shared.give('while True: pass\n\n')
    shared.take()
    shared.talk.send('interrupt')
    assert 'KeyboardInterrupt' in shared.talk.hear_out()[-1]['exc']


def test_it_leaves_what_follows_alone(shared):
    for _ in range(3):
        shared.give('import time; time.sleep(0.05)\n')
        shared.take(seconds=0.02)
        assert shared.talk.hear_out() == [{'okay': None}]
        shared.give('print(1)\n')
        assert shared.heard() == [{'n': shared.number, 'okay': {'output': '1\n'}}]


def test_commands_of_its_own_go_on_as_ever(shared):
    assert shared.talk.ask('complete', {'text': 'prin', 'cursor': 4})[-1]['matches'][0].startswith('print')
    shared.give('x = 1\n')
    assert shared.heard() == [{'n': 2, 'okay': None}]
    assert shared.talk.type('x\n') == [{'output': '1\n'}, {'okay': None}]


def test_what_is_written_between_the_commands_is_passed_on_when_it_is_told(shared):
    shared.give(
        'import threading, time\ndef later():\n    time.sleep(0.3); print("later")\n\nthreading.Thread(target=later).start()\n',
        'block',
    )
    assert shared.heard() == [{'n': 2, 'okay': None}]
    shared.wait_for(shared.output)
    shared.talk.send('listen')
    assert shared.talk.hear() == {'output': 'later\n'}


def test_it_says_how_the_interpreter_ended_although_it_does_not_listen(shared):
    shared.give('import os; print("bye", flush=True); os._exit(3)\n')
    replies = shared.talk.hear_out()
    assert output_of(replies) == 'bye\n'
    assert replies[-1] == {'terminate': 'The program ended the console (exit code 3).'}


DIES_FIRST = """
import os, socket, sys
sys.path[:0] = sys.argv[1:]
from boxes.pair import Pair
from python_console.controller import Controller
pair, (ours, theirs) = Pair(), socket.socketpair()
child = os.fork()
if child == 0:
    os._exit(3)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
Controller(child, pair).run(theirs, 1000, 60, 600)
# What descriptors came with is read by itself.
sys.stdout.write((ours.recv(1000) + ours.recv(1000)).decode())
"""


def test_an_interpreter_that_died_before_anybody_listened_is_noticed():
    words = [sys.executable, '-c', DIES_FIRST, str(PROGRAM.parents[1]), str(PROGRAM.parent)]
    said = subprocess.run(words, capture_output=True, timeout=PATIENCE_SECONDS, check=True).stdout
    assert chat.Frames().values(said) == [{'ready': None}, {'terminate': 'The program ended the console (exit code 3).'}]


def test_it_ends_what_uses_its_time_up_after_a_line_that_was_over(tmp_path):
    with as_process(tmp_path, cpu_seconds=1, is_shared=True) as talk:
        shared = Shared(talk)
        spin = 'import threading\ndef spin():\n    while True: pass\n\nthreading.Thread(target=spin, daemon=True).start()\n'
        shared.give(spin, 'block')
        assert shared.heard() == [{'n': 2, 'okay': None}]
        talk.send('rested', 0.001)
        assert 'used its 1 second of processor time' in talk.hear_out()[-1]['terminate']
        shared.commands.close()


def test_the_wall_clock_of_what_was_begun_runs_from_its_beginning(tmp_path):
    with as_process(tmp_path, wall_seconds=32, is_shared=True) as talk:
        shared = Shared(talk)
        shared.give('import time; time.sleep(60)\n')
        shared.take(seconds=31.8)
        before = time.monotonic()
        assert 'ran for 32 seconds' in output_of(talk.hear_out(), 'error')
        assert time.monotonic() - before < 20
        shared.commands.close()


def test_short_lines_are_not_taken_for_what_goes_on_after_them(tmp_path):
    work = 'import time; end = time.process_time() + 0.015\nwhile time.process_time() < end: pass\n'
    with as_process(tmp_path, cpu_seconds=1, is_shared=True) as talk:
        shared, spent = Shared(talk), 0.0
        deadline, told = time.monotonic() + 5, time.monotonic()
        while time.monotonic() < deadline:
            before = time.monotonic()
            shared.give(work, 'block')
            shared.heard()
            spent += time.monotonic() - before
            if time.monotonic() - told > 0.5:
                talk.send('rested', spent)
                told, spent = time.monotonic(), 0.0
        assert talk.type('1\n') == [{'output': '1\n'}, {'okay': None}]
        shared.commands.close()


def test_an_interrupt_that_comes_too_late_starts_nothing(shared):
    shared.give('pass\n')
    shared.take()
    assert shared.talk.hear_out() == [{'okay': None}]
    shared.talk.send('interrupt', 'busy')
    shared.give('print(1)\n')
    assert shared.heard() == [{'n': shared.number, 'okay': {'output': '1\n'}}]
    assert shared.talk.ask('interrupt') == [{'exc': 'KeyboardInterrupt\n'}]


def test_a_program_that_closes_its_output_leaves_the_controller_in_peace(tmp_path):
    def wakes():
        lines = Path(f'/proc/{controller}/status').read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith('voluntary_ctxt_switches'))

    with as_process(tmp_path) as talk:
        [reply, _] = talk.type('import os; os.getppid()\n')
        controller = int(reply['output'])
        talk.type('os.close(1); os.close(2)\n')
        time.sleep(NOTHING_SECONDS)
        before = wakes()
        time.sleep(5 * NOTHING_SECONDS)
        assert wakes() - before < 20
