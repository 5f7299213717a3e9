"""The supervisor: children that come up, come back, and never stay behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from ivle.supervisor import Child, StartFailed
from tests.leaks import is_running

GOOD = "import sys; print('ready', flush=True); sys.stdin.read()"
STUBBORN = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
FAILING = "import sys; sys.exit('bubblewrap is missing: install it.')"
SILENT = 'import time; time.sleep(600)'


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a child running some Python; all of them are ended."""
    started = []

    def start_one(program):
        script = tmp_path / f'service{len(started)}'
        script.write_text(program)
        child = Child([sys.executable, str(script)], tmp_path / 'log' / 'service.log')
        child.start()
        started.append(child)
        return child

    yield start_one
    for child in started:
        child.close()
        child.end(time.monotonic() + 0.2)


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, 'it did not happen in time'
        time.sleep(0.01)


def test_a_child_is_ready_when_it_says_so(start):
    child = start(GOOD)
    child.wait_until_ready()
    assert is_running(child.pid)


def test_a_child_that_fails_at_once_is_not_started_again_and_its_last_words_are_told(start):
    child = start(FAILING)
    with pytest.raises(StartFailed, match='^services/service0 did not start: bubblewrap is missing: install it.$'):
        child.wait_until_ready()
    assert child.pid is None


def test_a_silent_child_is_not_waited_for_for_ever(start):
    with pytest.raises(StartFailed, match='not ready within'):
        start(SILENT).wait_until_ready(seconds=0.1)


def test_a_child_that_is_killed_comes_back(start):
    child = start(GOOD)
    child.wait_until_ready()
    first = child.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: child.pid not in (None, first))


def test_closing_its_input_ends_a_child(start):
    child = start(GOOD)
    child.wait_until_ready()
    pid = child.pid
    child.close()
    child.end(time.monotonic() + 5)
    assert not is_running(pid)


def test_a_child_that_does_not_listen_is_killed(start):
    child = start(STUBBORN)
    child.wait_until_ready()
    pid = child.pid
    child.close()
    child.end(time.monotonic() + 0.1)
    assert not is_running(pid)


def test_children_of_a_killed_supervisor_see_the_end_of_their_input(tmp_path):
    service = tmp_path / 'service'
    service.write_text(f'import os; open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()) + "\\n"); {GOOD}')
    program = (
        'import pathlib, sys, time; from ivle.supervisor import Child\n'
        f'child = Child([sys.executable, {str(service)!r}], pathlib.Path({str(tmp_path / "log")!r}))\n'
        'child.start(); child.wait_until_ready(); print("up", flush=True); time.sleep(600)'
    )
    with subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout.readline() == b'up\n'
        pid = int((tmp_path / 'pid').read_text())
        supervisor.kill()
    wait_for(lambda: not is_running(pid))
