"""Processes that the test service runs programs in, and those that judge: who is kept, who is ended, and how time is counted."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from ivle import chat
from services.testing.examiners import Examiners
from services.testing.runner import Runner
from tests.contract.consoles import eventually

ROOT = Path(__file__).parents[2]
# Three tenths of a second of the processor.
WORK = """
import time
def f():
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    return 'done'
"""
ORDER = {'function': 'f', 'arguments': [], 'keywords': {}, 'variables': {}, 'stdin': '', 'files': {}, 'wanted': []}
# An interpreter of its own: what tests leave in memory, and would have done at its exit, is done in no program's time.
ALONE = """
import json, os, sys, tempfile
from contextlib import closing
from services.testing.process import Process
from services.testing.running import run_all
processor, source, order, seconds, stretch = json.loads(sys.argv[1])
def run_on_the_processor(talk):
    os.sched_setaffinity(0, {processor})
    run_all(talk)
with tempfile.TemporaryDirectory() as place, closing(Process.forked(run_on_the_processor, 1000)) as process:
    process.tell({'source': source})
    process.tell({**order, 'folder': f'{place}/run'})
    print(json.dumps(process.outcome(seconds, stretch)))
"""


def one_processor():
    return min(os.sched_getaffinity(0))


@pytest.fixture
def others():
    """Have three others on one processor, each of which wants all of it."""
    spin = f'import os\nos.sched_setaffinity(0, {{{one_processor()}}})\nwhile True: pass'
    started = [subprocess.Popen([sys.executable, '-c', spin]) for _ in range(3)]
    yield
    for process in started:
        process.kill()
        process.wait()


def outcome_of(source, seconds, stretch):
    asked = json.dumps([one_processor(), source, ORDER, seconds, stretch])
    done = subprocess.run([sys.executable, '-c', ALONE, asked], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_program_that_waits_for_the_processor_has_its_seconds_all_the_same(others):
    # With the others it never comes to its end within that time; but it may have to wait for a disk, too.
    outcomes = [outcome_of(WORK, 0.7, 1000) for _ in range(5)]
    assert any(outcome['end'] == 'done' for outcome in outcomes), outcomes


def test_a_program_does_not_wait_for_ever(others):
    assert outcome_of(WORK, 0.7, 1)['end'] == 'time'


def test_a_program_that_works_on_and_on_has_its_seconds_and_no_more(others):
    assert outcome_of('def f():\n    while True: pass\n', 0.25, 1000)['end'] == 'time'


def test_a_program_that_sleeps_has_its_seconds_and_no_more(others):
    assert outcome_of('import time\ndef f():\n    time.sleep(30)\n', 0.3, 1000)['end'] == 'time'


@pytest.fixture
def session():
    """Return a function that opens a session of a program: (the socket to call it by, the thread that waits for its end)."""
    with ExitStack() as stack:

        def open_session(source, seconds, stretch):
            ours, theirs = map(stack.enter_context, socket.socketpair())
            order = {'files': {}, 'seconds': seconds, 'number': 1}
            thread = threading.Thread(target=Runner(source, 1000, stretch).session, args=(order, theirs))
            thread.start()
            stack.callback(thread.join)
            assert chat.read_value(ours) == {}
            return ours, thread

        yield open_session


def call(channel):
    chat.write_value(channel, {'call': 'f', 'arguments': [], 'keywords': {}})


def test_a_session_waits_for_whoever_calls_beyond_its_seconds(session):
    channel, thread = session('def f(): return 1', 0.2, 100)
    time.sleep(0.6)
    call(channel)
    assert 'value' in chat.read_value(channel)
    chat.write_value(channel, {'end': None})
    thread.join(60)
    assert not thread.is_alive()


def test_a_session_that_works_on_and_on_has_its_seconds_and_no_more(session):
    channel, thread = session('def f():\n    while True: pass\n', 0.2, 1000)
    call(channel)
    thread.join(60)
    assert not thread.is_alive()


def test_a_session_that_sleeps_is_ended(session):
    channel, thread = session('import time\ndef f(): time.sleep(600)\n', 0.2, 2)
    call(channel)
    thread.join(60)
    assert not thread.is_alive()


class Judge:
    """A judge whose examiners write who they are into the file they are given, after what `before()` does."""

    def __init__(self, before=lambda: True, may_stay=True):
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # It waits for none of its children: not this process.
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self._channel.close()
                self._serve(theirs, Examiners(lambda file: self._examine(file, before), 1, may_stay, theirs))
            finally:
                os._exit(0)
        theirs.close()

    @staticmethod
    def _serve(channel, examiners):
        while True:
            _, [file], _, _ = socket.recv_fds(channel, 16, 1)
            examiners.give([file])
            os.close(file)

    @staticmethod
    def _examine(file, before):
        went_well = before()
        os.write(file, b'%d' % os.getpid())
        os.close(file)
        return went_well

    def give(self):
        """Return a descriptor from which the number of whoever judged can be read."""
        answer, file = os.pipe()
        socket.send_fds(self._channel, [b'attempt'], [file])
        os.close(file)
        return answer

    def who(self):
        return read(self.give())

    def close(self):
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._channel.close()


@pytest.fixture
def judge_that():
    """Return a function that makes a Judge."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(Judge(**options)))


def read(answer):
    with open(answer, 'rb') as file:
        return file.read()


def numbers_of(judge, count=4):
    """Return by how many processes so many attempts were judged, one after the other."""
    found = set()
    for _ in range(count):
        found.add(judge.who())
        # Whoever could be given another would say so a moment later.
        time.sleep(0.2)
    return len(found)


def judges_the_next(judge):
    """Return whether it comes to that, that one process judges two attempts, one after the other."""

    def is_so():
        first = judge.who()
        # It says that it is free a moment after it has judged: until then the next is another's.
        time.sleep(0.2)
        return first == judge.who() != b''

    return eventually(is_so)


def test_whoever_has_judged_judges_the_next(judge_that):
    assert judges_the_next(judge_that())


def test_where_an_author_s_code_meets_an_attempt_nobody_judges_twice(judge_that):
    assert numbers_of(judge_that(may_stay=False)) == 4


def test_whoever_has_met_something_odd_judges_no_more(judge_that):
    assert numbers_of(judge_that(before=lambda: False)) == 4


def test_whoever_has_grown_judges_no_more(judge_that):
    assert numbers_of(judge_that(before=lambda: bool(b'x' * (64 << 20)))) == 4


def test_two_at_once_are_judged_by_two(judge_that):
    judge = judge_that(before=lambda: time.sleep(0.5) is None)
    first, second = judge.give(), judge.give()
    assert read(first) != read(second)


def test_whoever_does_not_come_to_an_end_is_ended_and_the_next_is_judged(judge_that):
    def forever():
        while True:
            pass

    assert judge_that(before=forever).who() == b''


def test_each_attempt_has_its_own_seconds(judge_that):
    def busy():
        end = time.process_time() + 0.7
        while time.process_time() < end:
            pass
        return True

    assert judges_the_next(judge_that(before=busy))
