"""Gives the tests a host with boxes, and the same attempts without a box."""

import json
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.host import PATIENCE_SECONDS, Host

PROBES = Path(__file__).with_name('probes.py')


@pytest.fixture
def host():
    """Return a fresh Host; its boxes end with the test."""
    with ExitStack() as stack:
        yield Host(stack.enter_context(tempfile.TemporaryDirectory(prefix='host-')), stack)


@pytest.fixture
def outside(tmp_path):
    """Return a function that makes the same attempt without a box: the control that the probe can work at all."""

    def attempt(probe, **arguments):
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        with ours, theirs:
            command = ['/bin/sh', '-c', 'exec "$@" 3<&0 0</dev/null', 'sh', sys.executable, PROBES, probe, json.dumps(arguments)]
            subprocess.run(command, stdin=theirs, cwd=tmp_path, timeout=PATIENCE_SECONDS, check=True)
            return json.loads(ours.makefile('rb').readline())

    return attempt
