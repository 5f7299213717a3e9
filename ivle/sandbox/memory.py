"""Ends a box whose processes together use more memory than it may have.

RLIMIT_DATA bounds one process; sixty-four of them could still fill the host. Where there are control groups, the kernel holds
a box to its memory by killing a process in it, and we only look whether it has. Elsewhere the daemon looks at the processes
themselves: rarely while the host's free memory stays where it is, at once when it drops.
"""

import contextlib
import logging
import math
import os
import re
import threading
import time

from ivle.sandbox.processes import family

_LOOK_SECONDS = 0.05
_CALM_SECONDS = 5.0
_GROUP_SECONDS = 1.0
_DROP = 48 << 20
_PAGE = os.sysconf('SC_PAGE_SIZE')
# What the kernel keeps for a file of a tmpfs, whose content may be empty.
_INODE = 1 << 10
# How the kernel names anonymous memory that processes share.
_SHARED_MEMORY = re.compile(rb'([0-9a-f]+-[0-9a-f]+) \S+ \S+ \S+ ([0-9]+) +/dev/zero \(deleted\)')

log = logging.getLogger('ivle.sandbox')


class MemoryWatch:
    """Looks after the memory of many boxes in one thread, which starts with the first box.

    A box is anything with `poll()`, `init_pid`, `group` and `kill(reason)`.
    """

    def __init__(self):
        self._boxes, self._groups = {}, {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = None

    def add(self, box, limit):
        """End `box` with the reason 'memory' when it uses more than `limit` bytes.

        Its control group, where it has one, knows its limit by itself, and is removed when the box has ended.
        """
        with self._lock:
            if box.group is None:
                self._boxes[box] = limit
            else:
                self._groups[box] = box.group
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name='memory of boxes', daemon=True)
                self._thread.start()

    def close(self):
        """Stop looking."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        self._look_at_groups(list(self._groups.items()))

    def _look(self):
        most_free, looked, portions = 0, 0.0, self._portions()
        while not self._closed.wait(_LOOK_SECONDS):
            try:
                self._look_at_groups(next(portions))
                free = _free_memory()
                most_free = max(most_free, free)
                if free > most_free - _DROP and time.monotonic() < looked + _CALM_SECONDS:
                    continue
                self._look_at_all()
                most_free, looked = free, time.monotonic()
            except Exception:
                # The edge of the thread: were it to end here, no box would have a limit of memory any more.
                log.exception('the memory of the boxes cannot be looked at')
                self._closed.wait(_CALM_SECONDS)

    def _portions(self):
        """Yield a few groups each time, without end: all at once would be felt by whoever asks for something at that moment."""
        while True:
            with self._lock:
                groups = list(self._groups.items())
            count = math.ceil(len(groups) * _LOOK_SECONDS / _GROUP_SECONDS) or 1
            for start in range(0, len(groups) or 1, count):
                yield groups[start : start + count]

    def _look_at_groups(self, groups):
        for box, group in groups:
            if box.poll() is not None:
                if group.remove():
                    with self._lock:
                        del self._groups[box]
            elif group.struck() == 'memory':
                # The kernel has taken one process; what is left of the box is of no use, and its person is to know why.
                box.kill('memory')

    def _look_at_all(self):
        with self._lock:
            boxes = list(self._boxes.items())
        for box, limit in boxes:
            if box.poll() is not None:
                with self._lock:
                    del self._boxes[box]
            elif box.init_pid is not None and used_by(box.init_pid, limit) > limit:
                box.kill('memory')


def used_by(init_pid, enough=0):
    """Return the bytes that a process, all below it, and the files in its /tmp and /dev/shm hold.

    Exact only above `enough`: processes that have not even asked for so much need no closer look.
    """
    pids = list(family(init_pid))
    files = _files_in_memory(f'/proc/{init_pid}/root') * _INODE
    asked = sum(map(_asked_for, pids)) + files
    if asked <= enough:
        return asked
    return sum(map(_own_pages, pids)) + _shared_pages(pids) + files


# A process that has ended in the meantime has no memory: here and below.
def _asked_for(pid):
    with contextlib.suppress(OSError), open(f'/proc/{pid}/statm', 'rb') as file:
        return int(file.read().split()[0]) * _PAGE
    return 0


def _own_pages(pid):
    try:
        with open(f'/proc/{pid}/smaps_rollup', 'rb') as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(b'Pss_Anon:'))
    except OSError:
        # A process that hides from its own kind still says how big it is; what it shares counts as its own then.
        return _resident(pid)


def _resident(pid):
    with contextlib.suppress(OSError), open(f'/proc/{pid}/statm', 'rb') as file:
        _, resident, shared = map(int, file.read().split()[:3])
        return (resident - shared) * _PAGE
    return 0


def _shared_pages(pids):
    # By what is mapped, not by what is resident: a page that a process has put out of its sight is still there.
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError), open(f'/proc/{pid}/maps', 'rb') as file:
            for addresses, inode in (_SHARED_MEMORY.match(line).groups() for line in file if _SHARED_MEMORY.match(line)):
                start, end = (int(address, 16) for address in addresses.split(b'-'))
                found[inode] = max(found.get(inode, 0), end - start)
    return sum(found.values())


def _files_in_memory(root):
    with contextlib.suppress(OSError):
        # Until bubblewrap has made the box's own root, its first process still sees that of the host.
        if not os.path.samefile(root, '/'):
            return sum(system.f_files - system.f_ffree for system in (os.statvfs(root + place) for place in ('/tmp', '/dev/shm')))
    return 0


def _free_memory():
    with open('/proc/meminfo', 'rb') as file:
        for line in file:
            if line.startswith(b'MemAvailable:'):
                return int(line.split()[1]) << 10
    return 0
