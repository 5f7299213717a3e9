"""What a program of ours in a cold box takes over at its start."""

import json
import resource
import socket
import subprocess

from ivle.sandbox.box import PROCESSES, SOURCE
from ivle.sandbox.host import identity_of_boxes
from ivle.settings import Settings

PROGRAM = """
import json, os, resource, subprocess, sys
sys.path.insert(0, sys.argv[1])
from services.handed import take_channel
with take_channel() as channel:
    said = {
        'heir': subprocess.run(['/bin/ls', '-l', '/proc/self/fd'], capture_output=True, text=True).stdout,
        'stdin': sys.stdin.read(),
        'environment': dict(os.environ),
        'processes': resource.getrlimit(resource.RLIMIT_NPROC),
    }
    channel.sendall(json.dumps(said).encode())
"""


def said_with(**environment):
    ours, theirs = socket.socketpair()
    command = ['/usr/bin/python3', '-I', '-c', PROGRAM, str(SOURCE)]
    with ours, theirs, subprocess.Popen(command, stdin=theirs, env=environment, **identity_of_boxes(Settings())) as process:
        theirs.close()
        said = json.loads(ours.makefile('rb').read())
    assert process.returncode == 0
    return said


def test_the_channel_is_kept_from_what_the_program_starts_and_its_standard_input_is_empty():
    said = said_with()
    assert 'socket' not in said['heir']
    assert '/dev/null' in said['heir']
    assert said['stdin'] == ''


def test_the_number_of_processes_is_limited_and_nothing_of_how_it_was_told_is_left():
    # Outside of a box it counts for all processes of the user.
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)
    wanted = (1 << 20 if most == resource.RLIM_INFINITY else most) - 1
    said = said_with(PWD='/elsewhere', LANG='C.UTF-8', **{PROCESSES: str(wanted)})
    assert said['processes'] == [wanted, wanted]
    assert set(said['environment']) <= {'LANG', 'LC_CTYPE'}


def test_a_program_that_is_told_no_number_keeps_the_limit_it_has():
    assert said_with()['processes'] == list(resource.getrlimit(resource.RLIMIT_NPROC))
