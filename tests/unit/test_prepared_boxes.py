"""A prepared box as the daemon sees it, however many descriptors the daemon has open."""

import contextlib
import fcntl
import os
import resource
import socket
import subprocess

import pytest

from ivle.sandbox.identities import OneIdentity
from ivle.sandbox.prepared import PreparedBox

# Beyond what select(2) can be asked for: a host with several hundred consoles gets there.
HIGH = 1100


@pytest.fixture
def high():
    """Return a function that gives a descriptor a high number; what it opens is closed with the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opened = []

    def high(descriptor):
        opened.append(fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH))
        return opened[-1]

    yield high
    for descriptor in opened:
        # The box closes its own when it has ended.
        with contextlib.suppress(OSError):
            os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def sleeper():
    """Return a process that sleeps, with a descriptor of it."""
    process = subprocess.Popen(['sleep', '60'])
    descriptor = os.pidfd_open(process.pid)
    yield process, descriptor
    process.kill()
    process.wait()
    os.close(descriptor)


def test_a_box_is_waited_for_where_very_many_descriptors_are_open(high, sleeper):
    process, descriptor = sleeper
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line = socket.socket(fileno=high(ours.fileno()))
    box = PreparedBox(line, high(descriptor), OneIdentity(5000).take(), on_end=lambda identity: None)
    low = [os.open(os.devnull, os.O_RDONLY) for _ in range(HIGH)]
    try:
        for wait in (box.wait, box.wait_for_program):
            with pytest.raises(subprocess.TimeoutExpired):
                wait(0.01)
        process.kill()
        theirs.close()
        assert box.wait(10) == 137
    finally:
        for one in low:
            os.close(one)
        ours.close()


def test_a_box_that_ends_while_it_is_being_ended_is_no_error(monkeypatch):
    process = subprocess.Popen(['true'])
    line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ended = []
    box = PreparedBox(line, os.pidfd_open(process.pid), OneIdentity(5000).take(), ended.append)
    process.wait()
    with theirs:
        # As if it had not been over yet at the look before.
        with monkeypatch.context() as patch:
            patch.setattr('ivle.sandbox.prepared._is_readable', lambda descriptor: False)
            box.kill()
        assert ended == []
        assert box.wait(5) == 137
        box.poll()
        assert ended == [box.identity]
