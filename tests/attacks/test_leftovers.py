"""What stays when a box has ended: nothing; and when a box ends: no later than its daemon."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests import leaks

PATIENCE_SECONDS = 60
# A daemon of its own, so that it can be killed: it starts one box and says its first process.
DAEMON = """
import socket, sys, time
from pathlib import Path
from ivle.sandbox.box import Launcher
from ivle.sandbox.programs import Program
from ivle.sandbox.spec import BoxSpec
from ivle.settings import Settings

probe = Program(('tests/attacks/probes.py', 'services/limited.py'), on_students_python=False)
launcher = Launcher(Settings(data=Path(sys.argv[1])), programs={'probe': probe})
launcher.prepare()
ours, theirs = socket.socketpair()
box = launcher.start(BoxSpec('probe', 'jdoe', arguments=('wait_for_a_byte', '{}')), theirs)
ours.recv(6)
print(box.init_pid, box.pid, flush=True)
time.sleep(600)
"""


def gone(pidfd):
    """Return whether the process ends within the patience of a test."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(PATIENCE_SECONDS * 1000))


@pytest.fixture
def first_process(host):
    """Return a started box and a descriptor that tells when its first process is gone."""
    attempt = host.start('wait_for_a_byte')
    attempt.line()
    pidfd = os.pidfd_open(attempt.box.init_pid)
    yield attempt, pidfd
    os.close(pidfd)


def test_a_daemon_of_a_student_ends_with_its_box(host):
    attempt = host.start('leave_a_daemon', path='lock')
    assert attempt.report() == {'did': None}
    assert attempt.reason_of_end() == 'ended'
    # The daemon held the channel and a lock; both are free when it is gone.
    assert attempt.channel.recv(1) == b''
    with open(host.home() / 'lock', 'w') as file:
        os.lockf(file.fileno(), os.F_LOCK, 0)


def test_a_daemon_of_a_student_does_survive_outside(host, outside, tmp_path):
    lock = tmp_path / 'lock'
    outside('leave_a_daemon', path=str(lock))
    with open(lock, 'r+') as file, pytest.raises(BlockingIOError):
        os.lockf(file.fileno(), os.F_TLOCK, 0)
    [survivor] = [int(pid) for pid in os.listdir('/proc') if pid.isdigit() and _has_open(pid, lock)]
    os.kill(survivor, signal.SIGKILL)


def _has_open(pid, path):
    try:
        return any(os.readlink(f'/proc/{pid}/fd/{name}') == str(path) for name in os.listdir(f'/proc/{pid}/fd'))
    except OSError:
        return False


def test_killing_a_box_ends_everything_in_it(first_process):
    attempt, pidfd = first_process
    attempt.box.kill()
    assert attempt.reason_of_end() == 'killed'
    assert gone(pidfd)
    assert attempt.channel.recv(100) == b''


def test_a_box_that_is_killed_at_any_moment_of_its_start_leaves_nothing(host):
    for milliseconds in range(0, 30):
        attempt = host.start('wait_for_a_byte')
        time.sleep(milliseconds / 1000)
        attempt.box.kill()
        assert attempt.reason_of_end() == 'killed'
        # Whoever were left would still hold the other end.
        attempt.channel.recv(100)
        assert attempt.channel.recv(100) == b''


def test_a_box_dies_with_its_daemon(host):
    command = [sys.executable, '-c', DAEMON, str(host.data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True) as daemon:
        pidfds = [os.pidfd_open(int(pid)) for pid in daemon.stdout.readline().split()]
        daemon.kill()
        assert [gone(pidfd) for pidfd in pidfds] == [True, True]
    for pidfd in pidfds:
        os.close(pidfd)


def test_a_box_outlives_the_thread_that_asked_for_it(host):
    started = []
    thread = threading.Thread(target=lambda: started.append(host.start('wait_for_a_byte')))
    thread.start()
    thread.join()
    started[0].line()
    started[0].say(b'x')
    assert started[0].report() == {'did': 'x'}


def test_a_program_whose_channel_ends_can_end(first_process):
    attempt, pidfd = first_process
    attempt.channel.shutdown(socket.SHUT_RDWR)
    assert gone(pidfd)


def test_nothing_of_forty_boxes_is_left(host):
    before = leaks.Belongings.now()
    for _ in range(10):
        attempts = [host.start('descriptors', login=login) for login in ('jdoe', 'asmith', 'jdoe', 'asmith')]
        for attempt in attempts:
            assert attempt.reason_of_end() == 'ended'
            attempt.channel.close()
    assert leaks.what_is_more(before) == []
