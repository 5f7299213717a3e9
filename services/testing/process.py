"""A process in which programs run: what it is given to do, its streams and reports, read within bounds until it is ended."""

import io
import math
import os
import selectors
import signal
import socket
import sys
import time

from ivle import chat

LONGEST_REPORT = 1 << 20
_ORDER_SECONDS = 10.0
_CHUNK = 64 * 1024
_MORE_THAN_THERE_ARE = 1 << 20


class Process:
    """A process that does what it is told over the socket `talk`: frames go there, and JSON texts come back, a line each.

    What it wrote until then to `output` and `errors`, descriptors of pipes, is told with such a text: `output_bytes` of each.
    """

    def __init__(self, pid, talk, output, errors, output_bytes):
        self.pid, self._talk, self._output, self._errors, self._most = pid, talk, output, errors, output_bytes
        self._rest, self._status = b'', None

    @classmethod
    def forked(cls, become, output_bytes):
        """Return one that is a fork of this process and runs `become(talk)`; neither that nor the process comes back."""
        talk, theirs = socket.socketpair()
        (output, output_end), (errors, errors_end) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgid(0, 0)
                os.dup2(output_end, 1)
                os.dup2(errors_end, 2)
                close_all_but(0, 1, 2, theirs.fileno())
                become(theirs)
            finally:
                os._exit(1)
        theirs.close()
        os.close(output_end)
        os.close(errors_end)
        return cls(pid, talk, output, errors, output_bytes)

    def tell(self, order):
        """Tell it what comes, or what to do."""
        try:
            chat.write_value(self._talk, order, timeout=_ORDER_SECONDS)
        except chat.ProtocolError:
            # It has gone, or does not listen; that is told by its next outcome.
            pass

    def outcome(self, seconds, stretch):
        """Return the next text of the report as a dict with "stdout", "stderr", "end" and "signal".

        It has so many seconds, and where it has to wait for the processor up to `stretch` times as many.
        "end" is "done", or why there is none: "time", "output", "killed", "left" (it ended itself). Then it is over.
        """
        found = {self._output: bytearray(), self._errors: bytearray(), self._talk.fileno(): bytearray(self._rest)}
        why = self._read(found, seconds, stretch)
        told, line_end, self._rest = bytes(found[self._talk.fileno()]).partition(b'\n')
        outcome = _read_report(told) if why == 'done' and line_end else {}
        status = None
        if why != 'done' or not outcome:
            status = self.end()
            if why == 'done':
                why = _why(status)
        for end in (self._output, self._errors):
            _take_rest(end, found[end], self._most)
        texts = {'stdout': _text(found[self._output]), 'stderr': _text(found[self._errors])}
        return {'files': {}, **outcome, **texts, 'end': why, 'signal': os.WTERMSIG(status) if why == 'killed' else None}

    def end(self):
        """End it with what it started, if it has not ended, and return its status as `waitpid` has it."""
        if self._status is None:
            self._status = end_group(self.pid)
        return self._status

    def close(self):
        """End it, and give back what it was read by."""
        self.end()
        self.let_go()

    def let_go(self):
        """Give back what it was read by, and leave it to itself."""
        self._talk.close()
        for end in (self._output, self._errors):
            os.close(end)

    def _read(self, found, seconds, stretch):
        report = self._talk.fileno()
        most = {self._output: self._most, self._errors: self._most, report: LONGEST_REPORT}
        begun, before = time.monotonic(), self._scheduled()
        deadline = begun + seconds
        with selectors.PollSelector() as selector:
            for end in found:
                selector.register(end, selectors.EVENT_READ)
            # What it left behind may hold its streams for ever: it is the report that counts.
            while report in selector.get_map() and b'\n' not in found[report]:
                left = deadline - time.monotonic()
                if left <= 0:
                    # A program is as slow as it is, and not as the machine is busy.
                    deadline = min(self._deadline(begun, seconds, before), begun + seconds * stretch)
                    left = deadline - time.monotonic()
                if left <= 0:
                    return 'time'
                for key, _ in selector.select(left):
                    try:
                        data = os.read(key.fd, _CHUNK)
                    except ConnectionResetError:
                        # It has not read all that it was told.
                        data = b''
                    found[key.fd] += data[: most[key.fd] - len(found[key.fd])]
                    if not data:
                        selector.unregister(key.fd)
                    elif len(found[key.fd]) >= most[key.fd]:
                        return 'output'
        return 'done'

    def _deadline(self, begun, seconds, before):
        """Return until when it may go on, as far as is known now: without what it has waited for a processor since `before`."""
        is_ready, worked, waited = self._scheduled()
        deadline = begun + seconds + waited - before[2]
        if is_ready:
            # How long it waits just now is told when it no longer does.
            deadline = max(deadline, time.monotonic() + seconds - (worked - before[1]))
        return deadline

    def _scheduled(self):
        """Return (whether it wants a processor, seconds it has worked, seconds it has waited for one), as far as told."""
        try:
            state = _stat_of(self.pid)[0]
            with open(f'/proc/{self.pid}/schedstat', 'rb') as file:
                worked, waited, _ = file.read().split()
            return state == b'R', int(worked) / 1e9, int(waited) / 1e9
        except (OSError, ValueError):
            return False, 0.0, 0.0


def worked_seconds(pid):
    """Return how long a process, which is not reaped yet, has worked, with all its threads."""
    try:
        user, system = _stat_of(pid)[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')
    except (OSError, ValueError):
        # Then it has worked for as long as it was there.
        return math.inf


def _stat_of(pid):
    """Return what the kernel tells of a process after its name: its state first."""
    with open(f'/proc/{pid}/stat', 'rb') as file:
        return file.read().rpartition(b') ')[2].split()


def _why(status):
    if not os.WIFSIGNALED(status):
        return 'left'
    return 'time' if os.WTERMSIG(status) == signal.SIGXCPU else 'killed'


def end_group(pid):
    """End a process that leads a group, with the group; return its status as `waitpid` has it."""
    # Before it is reaped: until then the number of its group cannot be another's.
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    return os.waitpid(pid, 0)[1]


def open_streams():
    """Make the standard streams anew, for whatever the first three descriptors are now."""
    sys.stdin = sys.__stdin__ = open(0, encoding='utf-8', errors='surrogateescape', closefd=False)  # noqa: SIM115
    for name, number, errors in (('stdout', 1, 'surrogateescape'), ('stderr', 2, 'backslashreplace')):
        stream = io.TextIOWrapper(io.FileIO(number, 'w', closefd=False), encoding='utf-8', errors=errors, write_through=True)
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)


def put_input(text):
    """Make a text what standard input gives, from its start."""
    descriptor = os.open('/tmp', os.O_TMPFILE | os.O_RDWR, 0o600)
    data = text.encode('utf-8')
    while data:
        data = data[os.write(descriptor, data) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)


def close_all_but(*kept):
    """Close every descriptor of this process but some."""
    first = 0
    for descriptor in sorted(kept):
        # An empty range that begins with 0 would be everything.
        if first < descriptor:
            os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, _MORE_THAN_THERE_ARE)


def _take_rest(end, found, most):
    os.set_blocking(end, False)
    try:
        while len(found) < most and (data := os.read(end, _CHUNK)):
            found += data[: most - len(found)]
    except BlockingIOError:
        pass
    os.set_blocking(end, True)


def _read_report(data):
    try:
        told = chat.loads(data)
    except chat.ProtocolError:
        return {}
    return told if type(told) is dict else {}


def _text(data):
    return data.decode('utf-8', 'backslashreplace')
