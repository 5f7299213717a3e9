"""A prepared box: ready without a student, claimed for one, and looked after until it ends."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading

from ivle import chat
from ivle.sandbox.started import is_out_of_memory, reason_of

_LONGEST_WORD = 4096
# What the shell makes of SIGKILL; who killed is told by the reason.
_KILLED = 128 + signal.SIGKILL


class PreparedBox:
    """A box of the zygote's, with the interface of a `started.Box`. `line` is the socket on which its first process reports.

    `identity` is the Identity of its programs; `on_end(identity)` is called once, when the box has ended and somebody notices.
    """

    def __init__(self, line, process, identity, on_end):
        self._line, self._process, self._on_end = line, process, on_end
        self.identity = identity
        self.group = self._status = self._reason = self._failure = None
        # Threads may end a box and look at it at once; its descriptors are closed by one.
        self._lock = threading.Lock()

    def claim(self, words, descriptors):
        """Give the box what it is for: `words` are those that services/boxes/keeper.py reads. OSError when it is gone."""
        # Paths and variables may hold any bytes.
        socket.send_fds(self._line, [chat.dumps(words).encode('utf-8', 'surrogateescape')], descriptors)

    def poll(self):
        """Return None while the box lives, else its exit status (128 and more: the signal)."""
        with self._lock:
            if self._status is None and _is_readable(self._process):
                self._status = self._read_status()
                self._line.close()
                os.close(self._process)
                self._on_end(self.identity)
            return self._status

    def kill(self, reason='killed'):
        """End the box at once, whatever it does. No harm when it has ended already."""
        if self.poll() is None:
            with self._lock:
                if self._status is None:
                    self._reason = self._reason or reason
                    # It may have ended since we looked.
                    with contextlib.suppress(ProcessLookupError):
                        signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def wait(self, timeout=None):
        """Return the exit status when the box has ended; subprocess.TimeoutExpired when that takes too long."""
        if self.poll() is None:
            # Whoever else closes the descriptor meanwhile has seen the end of the box.
            try:
                mine = os.dup(self._process)
            except OSError:
                return self.poll()
            try:
                _wait_for([mine], timeout)
            finally:
                os.close(mine)
        if self.poll() is None:
            raise subprocess.TimeoutExpired('a prepared box', timeout)
        return self._status

    def wait_for_program(self, timeout=None):
        """Return the exit status of the box's program as soon as it has ended; the kernel takes the box away some time later.

        subprocess.TimeoutExpired when it takes too long.
        """
        if self._status is None:
            _wait_for([self._line, self._process], timeout)
            said = self._said(socket.MSG_PEEK)
            if 'ended' in said:
                return said['ended']
        return self.wait(timeout)

    @property
    def init_pid(self):
        """The host's process id of the first process in the box, or None when it has ended."""
        with self._lock:
            if self._status is not None:
                return None
            with open(f'/proc/self/fdinfo/{self._process}') as file:
                pid = next((int(line.split()[1]) for line in file if line.startswith('Pid:')), -1)
        return pid if pid > 0 else None

    pid = init_pid

    def reason_of_end(self):
        """Return why the box ended, or None while it lives; the words are those of `started.Box`."""
        status = self.poll()
        if status is None:
            return None
        if self._reason is not None:
            return self._reason
        if is_out_of_memory(self):
            return 'memory'
        return 'broken' if self._failure is not None else reason_of(status)

    def _said(self, flags=0):
        """Return what the first process said at its end: {"ended": status}, {"failed": text}, or nothing that makes sense."""
        try:
            said = chat.loads(self._line.recv(_LONGEST_WORD, socket.MSG_DONTWAIT | flags) or b'{}')
        except (OSError, chat.ProtocolError):
            return {}
        if type(said) is not dict:
            return {}
        kinds = {'ended': int, 'failed': str}
        return {name: said[name] for name, kind in kinds.items() if name in said and type(said[name]) is kind}

    def _read_status(self):
        said = self._said()
        self._failure = said.get('failed')
        return said.get('ended', 1 if self._failure else _KILLED)


def _is_readable(descriptor):
    return bool(_wait_for([descriptor], 0))


def _wait_for(descriptors, timeout):
    # Not by select(2), which knows no more than 1024 descriptors: so many a few hundred consoles have.
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return poll.poll(None if timeout is None else 1000 * timeout)
