"""A process that was forked for a program: its streams and its report, read within bounds until it is ended."""

import io
import os
import selectors
import signal
import sys
import time

from ivle import chat

LONGEST_REPORT = 1 << 20
_CHUNK = 64 * 1024
_MORE_THAN_THERE_ARE = 1 << 20


class Process:
    """Runs `become(report, go)` in a new process, in which both are descriptors; neither that process nor `become` comes back.

    What it writes into `report` are JSON texts, each with a line's end, and after each but the last it should wait for a byte
    from `go`: then what it wrote to its streams until then is told with that text.
    """

    def __init__(self, become, output_bytes):
        self._most = output_bytes
        pipes = [os.pipe() for _ in range(4)]
        (self._output, output), (self._errors, errors), (self._report, report), (go, self._go) = pipes
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setpgid(0, 0)
                signal.signal(signal.SIGINT, signal.default_int_handler)
                os.dup2(output, 1)
                os.dup2(errors, 2)
                _close_all_but(0, 1, 2, report, go)
                become(report, go)
            finally:
                os._exit(1)
        for end in (output, errors, report, go):
            os.close(end)
        self._rest, self._status = b'', None

    def outcome(self, seconds):
        """Return the next text of the report as a dict with "stdout", "stderr", "end" and "signal".

        "end" is "done", or why there is none: "time", "output", "killed", "left" (it ended itself). Then it is over.
        """
        found = {self._output: bytearray(), self._errors: bytearray(), self._report: bytearray(self._rest)}
        why = self._read(found, time.monotonic() + seconds)
        told, line_end, self._rest = bytes(found[self._report]).partition(b'\n')
        outcome = _read_report(told) if why == 'done' and line_end else {}
        status = None
        if why != 'done' or not outcome:
            status = self.end()
            if why == 'done':
                why = 'killed' if os.WIFSIGNALED(status) else 'left'
        for end in (self._output, self._errors):
            _take_rest(end, found[end], self._most)
        texts = {'stdout': _text(found[self._output]), 'stderr': _text(found[self._errors])}
        return {**outcome, **texts, 'end': why, 'signal': os.WTERMSIG(status) if why == 'killed' else None}

    def go_on(self):
        """Let it go on with what comes next."""
        try:
            os.write(self._go, b'\n')
        except BrokenPipeError:
            # It has gone; that is told by its next outcome.
            pass

    def end(self):
        """End it with what it started, if it has not ended, and return its status as `waitpid` has it."""
        if self._status is None:
            self._status = end_group(self.pid)
        return self._status

    def close(self):
        """End it, and give back what it was read by."""
        self.end()
        for end in (self._output, self._errors, self._report, self._go):
            os.close(end)

    def _read(self, found, deadline):
        most = {self._output: self._most, self._errors: self._most, self._report: LONGEST_REPORT}
        with selectors.PollSelector() as selector:
            for end in found:
                selector.register(end, selectors.EVENT_READ)
            # What it left behind may hold its streams for ever: it is the report that counts.
            while self._report in selector.get_map() and b'\n' not in found[self._report]:
                left = deadline - time.monotonic()
                if left <= 0:
                    return 'time'
                for key, _ in selector.select(left):
                    data = os.read(key.fd, _CHUNK)
                    found[key.fd] += data[: most[key.fd] - len(found[key.fd])]
                    if not data:
                        selector.unregister(key.fd)
                    elif len(found[key.fd]) >= most[key.fd]:
                        return 'output'
        return 'done'


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


def _close_all_but(*kept):
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
    return data.decode('utf-8', 'replace')
