"""What the kernel is asked for that Python has no function for."""

import ctypes
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
TURNS = """
import os, sys
sys.path[:0] = [sys.argv[1]]
from ivle import kernel
from tests.unit.test_kernel import scheduling
os.nice(3)
before = scheduling()
kernel.take_turns(0.02)
print(before[1] == scheduling()[1] == 0, before[3] == scheduling()[3] != 0, scheduling()[5], flush=True)
if os.fork() == 0:
    print(scheduling()[5] == before[5])
    os._exit(0)
os.wait()
"""
SCHED_GETATTR = 315


def scheduling():
    """Return what the kernel says of this thread: (size, policy, flags, nice, priority, turn in nanoseconds, …)."""
    told = ctypes.create_string_buffer(56)
    assert ctypes.CDLL(None).syscall(SCHED_GETATTR, 0, told, len(told), 0) == 0
    return struct.unpack('IIQiIQQQ', told.raw[:48])


@pytest.mark.skipif(os.uname().machine != 'x86_64' or scheduling()[5] == 0, reason='this kernel tells nothing of turns')
def test_a_thread_has_long_turns_and_what_it_starts_has_not():
    told = subprocess.run([sys.executable, '-c', TURNS, str(SOURCE)], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ['True', 'True', '20000000', 'True']
