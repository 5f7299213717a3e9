"""Memory shared with the zygote: a box copies less of it where its holes were filled before."""

import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
# A child begins a console and works on a line; what it has copied then, in kilobytes, is what its private pages have grown by.
ZYGOTE = """
import gc, os, sys
sys.path[:0] = sys.argv[1:3]
from boxes import forks
forks.put_off()
from boxes import compact, rehearsal, zygote

def private():
    descriptor = os.open('/proc/self/smaps_rollup', os.O_RDONLY)
    told = os.read(descriptor, 4096)
    os.close(descriptor)
    return int(told.split(b'Private_Dirty:')[1].split()[0])

zygote._import_everything([])
rehearsal.rehearse_in_advance({})
gc.collect()
if sys.argv[3] == 'filled':
    compact.fill_holes()
gc.freeze()
parent = os.getpid()
private()
if os.fork() == 0:
    before = private()
    rehearsal.rehearse_as_worker({})
    rehearsal._rehearse_console(parent)
    print(private() - before, flush=True)
    os._exit(0)
os.wait()
"""


def copied(kind):
    command = [sys.executable, '-I', '-c', ZYGOTE, str(SOURCE / 'services'), str(SOURCE), kind]
    told = subprocess.run(command, env={'HOME': '/tmp', 'LANG': 'C.UTF-8'}, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    return int(told.stdout)


def test_a_box_copies_less_of_what_it_shares_when_the_holes_are_filled():
    assert copied('filled') < copied('as it is') - 32
