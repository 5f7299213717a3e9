"""Memory: what an idle console holds, with everything that was started for it, against an idle Jupyter kernel."""

import os
import time

from bench.figures import share, single
from bench.jupyter import Kernel
from bench.room import expect, say

CONSOLES, KERNELS = 50, 4
LINES = (('print(1)', '1\n'), ('print(len([x * x for x in range(1000)]))', '1000\n'))
# Until a kernel that was just asked has come to rest.
REST_SECONDS = 3.0
MIB = 1 << 20


def run(room):
    """Return the Rows."""
    before = host_memory(room.site)
    console = room.console()
    key = console.start('')
    _use(console, key)
    room.settle()
    first = host_memory(room.site)
    for login in room.logins(CONSOLES + 1)[1:]:
        console = room.console(login)
        _use(console, console.start(''))
    room.settle()
    each = (host_memory(room.site) - first) / CONSOLES / MIB
    note = f'sandbox-server with everything below it: {before / MIB:.0f} MiB without a console'
    return [share('idle console, memory (PSS)', single('console', each, 'MiB'), _kernel(), 1 / 8, note)]


def _use(console, key):
    for line, output in LINES:
        expect(say(console, key, line), output)


def _kernel():
    kernels = [Kernel() for _ in range(KERNELS)]
    try:
        for kernel in kernels:
            for line, _ in LINES:
                kernel.run(line)
        time.sleep(REST_SECONDS)
        used = sum(pss(pid) for kernel in kernels for pid in family(kernel.pid))
    finally:
        for kernel in kernels:
            kernel.stop()
    return single('Jupyter kernel', used / KERNELS / MIB, 'MiB')


def host_memory(site):
    """Return the PSS of sandbox-server and of every process below it: what shared pages cost is counted once."""
    return sum(map(pss, family(site.children()['sandbox-server'])))


def family(pid):
    """Return a process and every process below it."""
    found = [pid]
    for parent in found:
        found += _children(parent)
    return found


def _children(pid):
    below = []
    try:
        for thread in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{thread}/children') as file:
                below += map(int, file.read().split())
    except OSError:
        # It has ended, or a thread of it: it has no children any more.
        pass
    return below


def pss(pid):
    """Return the bytes a process holds, its part of shared pages included; 0 for one that has ended."""
    try:
        with open(f'/proc/{pid}/smaps_rollup') as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith('Pss:'))
    except (OSError, StopIteration):
        return 0


def available():
    """Return the bytes of memory that this machine still has to give, what the kernel itself uses taken off."""
    with open('/proc/meminfo') as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith('MemAvailable:'))
