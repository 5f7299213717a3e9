"""A started box: whether it lives, how to end it, and why it ended."""

import json
import os
import select
import signal
import subprocess
import threading
import time

_PATIENCE_SECONDS = 10


class Box:
    """A started box. `pid` is that of bubblewrap on the host; when it ends, everything in the box ends."""

    def __init__(self, process, report):
        self.process, self._report = process, report
        self.pid = process.pid
        self.group = self._reason = self._said = None
        self._lock = threading.Lock()

    def poll(self):
        """Return None while the box lives, else the exit status of its program (128 and more: the signal)."""
        status = self.process.poll()
        if status is not None:
            self._close_report()
        return status

    def kill(self, reason='killed'):
        """End the box at once, whatever it does. No harm when it has ended already."""
        if self.poll() is None:
            self._reason = self._reason or reason
            if not self._kill_first_process():
                self.process.kill()

    def _kill_first_process(self):
        # Everything in a box ends with its first process. With bubblewrap it ends only after set-up is over: killed
        # in its first milliseconds, bubblewrap would leave a box behind that nobody looks after.
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.init_pid is None and self.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        try:
            process = os.pidfd_open(self.init_pid or 0)
        except OSError:
            return False
        try:
            if _parent_of(self.init_pid) != self.pid:
                return False
            signal.pidfd_send_signal(process, signal.SIGKILL)
            return True
        except OSError:
            return False
        finally:
            os.close(process)

    def wait(self, timeout=None):
        """Return the exit status when the box has ended; subprocess.TimeoutExpired when that takes too long."""
        if timeout is not None and not self._ends_within(timeout):
            raise subprocess.TimeoutExpired(self.process.args, timeout)
        # Not `poll`: while another thread is just asking, it says that the process lives.
        self.process.wait()
        return self.poll()

    def _ends_within(self, timeout):
        if self.process.returncode is not None:
            return True
        # Told how long to wait, Popen would look ever more seldom, at last each 50 ms.
        try:
            process = os.pidfd_open(self.pid)
        except ProcessLookupError:
            # Another thread has just taken note of its end.
            return True
        try:
            waiting = select.poll()
            waiting.register(process, select.POLLIN)
            # Or another thread has taken note of its end meanwhile.
            return bool(waiting.poll(1000 * timeout)) or self.process.returncode is not None
        finally:
            os.close(process)

    # The kernel has no more to take away: bubblewrap waits for its program, and for nothing else.
    wait_for_program = wait

    @property
    def init_pid(self):
        """The host's process id of the first process in the box, or None as long as there is none."""
        return self._reported().get('child-pid')

    def reason_of_end(self):
        """Return why the box ended, or None while it lives.

        'ended' and 'failed': the program did, by itself; 'killed': by us; 'cpu' and 'memory': it used up its processor
        time or its memory; 'stopped': by another signal, its own doing or the kernel's; 'broken': there never was a
        program.
        """
        status = self.poll()
        if status is None:
            return None
        if self._reason is not None or status < 0:
            return self._reason or ('memory' if is_out_of_memory(self) else 'killed')
        if is_out_of_memory(self):
            return 'memory'
        inside = self._reported().get('exit-code')
        return 'broken' if inside is None else reason_of(inside)

    def _reported(self):
        with self._lock:
            return self._said if self._said is not None else _parse(os.pread(self._report, 65536, 0))

    def _close_report(self):
        with self._lock:
            if self._said is None:
                self._said = _parse(os.pread(self._report, 65536, 0))
                os.close(self._report)


def is_out_of_memory(box):
    """Return whether the kernel has ended a process of a box for its memory, as far as can be known: by its control group."""
    return box.group is not None and box.group.struck() == 'memory'


def reason_of(status):
    """Return why a program ended by its exit status (128 and more: the signal), in the words of `Box.reason_of_end`."""
    if status == 0:
        return 'ended'
    if status == 128 + signal.SIGXCPU:
        return 'cpu'
    return 'stopped' if status > 128 else 'failed'


def _parent_of(pid):
    with open(f'/proc/{pid}/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('PPid:'))


def _parse(report):
    said = {}
    # A line is written in pieces; what has no end yet is not a line.
    for line in report.rpartition(b'\n')[0].splitlines():
        said.update(json.loads(line))
    return said
