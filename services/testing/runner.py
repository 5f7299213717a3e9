"""The runner: runs the attempt as often as it is asked over a socket, each time in a new process, and tells what came of it.

It stands beside code that may attack it, and keeps nothing that were worth that: whoever asks must not believe it either.
Frames come in: the program's source as {"source"}, then {"run": order} and {"session": order}, each answered by one frame.
"""

import io
import os
import selectors
import shutil
import signal
import sys
import time

from ivle import chat
from services.testing import running

LONGEST_REPORT = 1 << 20
LONGEST_FILE = 64 * 1024
_CHUNK = 64 * 1024
_MORE_THAN_THERE_ARE = 1 << 20
# Whoever asks may think for a while between two attempts of its own.
PATIENCE_SECONDS = 120.0


def serve(channel, output_bytes):
    """Serve the orders that come on a socket until it is closed. A run may write `output_bytes` to each of its two streams."""
    runner = None
    while (order := _next_order(channel)) is not None:
        if 'source' in order:
            runner = Runner(order['source'], output_bytes)
            answer = runner.fault
        elif 'run' in order:
            answer = runner.run(order['run'])
        elif 'session' in order:
            answer = runner.session(order['session'], channel)
        else:
            # Meant for a session that is over, as whoever sent it will hear.
            continue
        _tell(channel, answer)


def _tell(channel, answer):
    try:
        chat.write_value(channel, answer)
    except chat.ConnectionLost:
        os._exit(0)
    except chat.ProtocolError:
        # More than fits, once it is written as JSON.
        chat.write_value(channel, {'stdout': '', 'stderr': '', 'files': {}, 'end': 'output'})


def _next_order(channel):
    try:
        return chat.read_value(channel, timeout=PATIENCE_SECONDS)
    except (chat.ProtocolError, OSError):
        return None


class Runner:
    """Runs one program. `fault` is {} or {"exception"}: why it is none."""

    def __init__(self, source, output_bytes, place='/tmp'):
        self.source, self.output_bytes, self._place = source, output_bytes, place
        self._runs = 0
        self.fault = running.outcome_of(lambda: running.compile_program(source) and None)

    def run(self, order):
        """Return the outcome of one run: {"value"?, "exception"?, "missing"?, "stdout", "stderr", "files", "end"}.

        `order`: {"function", "arguments", "keywords", "variables", "stdin", "files", "wanted": [file names], "seconds"}. "end" is
        "done", or why there is no result: "time", "output", "killed", "left" (it ended itself).
        """
        folder = self._new_folder(order['files'])
        try:
            outcome = self._watch(self._start(order, folder), order['seconds'])
            outcome['files'] = {name: _text_of(folder, name) for name in order['wanted']}
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return outcome

    def session(self, order, channel):
        """Load the program in a new process that answers calls over the channel itself until {"end"} or the seconds are over.

        Then return {"over": the number that the order has}.
        """
        folder = self._new_folder(order['files'])
        pid = os.fork()
        if pid == 0:
            self._become_session(channel, folder)
        try:
            seconds = order['seconds']
            child = os.pidfd_open(pid)
            with selectors.PollSelector() as selector:
                selector.register(child, selectors.EVENT_READ)
                selector.select(seconds)
            os.close(child)
        finally:
            _end(pid)
            shutil.rmtree(folder, ignore_errors=True)
        return {'over': order['number']}

    def _become_session(self, channel, folder):
        try:
            _leave_group(folder)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(nowhere, number)
            _open_streams()

            def receive():
                asked = chat.read_value(channel, timeout=PATIENCE_SECONDS)
                return None if 'end' in asked else asked

            running.serve_calls(self.source, receive, lambda told: chat.write_value(channel, told))
        finally:
            os._exit(0)

    def _new_folder(self, files):
        self._runs += 1
        folder = os.path.join(self._place, f'run-{os.getpid()}-{self._runs}')
        os.mkdir(folder, 0o700)
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        return folder

    def _start(self, order, folder):
        pipes = [os.pipe() for _ in range(3)]
        pid = os.fork()
        if pid == 0:
            try:
                _leave_group(folder)
                self._become_run(order, pipes)
            finally:
                os._exit(1)
        for _, end in pipes:
            os.close(end)
        return pid, [end for end, _ in pipes]

    def _become_run(self, order, pipes):
        (_, output), (_, errors), (_, report) = pipes
        _put_input(order['stdin'])
        os.dup2(output, 1)
        os.dup2(errors, 2)
        # The socket on which we are asked is none of the program's business.
        os.closerange(3, report)
        os.closerange(report + 1, _MORE_THAN_THERE_ARE)
        _open_streams()
        running.run_once(self.source, order, report)
        os._exit(0)

    def _watch(self, started, seconds):
        """Return what a run wrote and told, when it has ended or its seconds are over."""
        pid, ends = started
        found, limits = (
            {end: bytearray() for end in ends},
            dict(zip(ends, (self.output_bytes, self.output_bytes, LONGEST_REPORT), strict=True)),
        )
        deadline, why = time.monotonic() + seconds, 'done'
        report = ends[2]
        with selectors.PollSelector() as selector:
            for end in ends:
                selector.register(end, selectors.EVENT_READ)
            # The report is the last thing that a run of ours does; what it left behind may hold the other ends for ever.
            while report in selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    why = 'time'
                    break
                for key, _ in selector.select(left):
                    data = os.read(key.fd, _CHUNK)
                    found[key.fd] += data[: limits[key.fd] - len(found[key.fd])]
                    if not data:
                        selector.unregister(key.fd)
                    elif len(found[key.fd]) >= limits[key.fd]:
                        why = 'output'
                if why == 'output':
                    break
        status = _end(pid)
        for end in ends[:2]:
            _take_rest(end, found[end], limits[end])
        for end in ends:
            os.close(end)
        output, errors, told = (bytes(found[end]) for end in ends)
        outcome = _read_report(told) if why == 'done' else {}
        if why == 'done' and not outcome:
            why = 'killed' if os.WIFSIGNALED(status) else 'left'
        texts = {'stdout': output.decode('utf-8', 'replace'), 'stderr': errors.decode('utf-8', 'replace')}
        return {**outcome, **texts, 'end': why, 'signal': os.WTERMSIG(status) if why == 'killed' else None}


def _leave_group(folder):
    os.setpgid(0, 0)
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _put_input(text):
    descriptor = os.open('/tmp', os.O_TMPFILE | os.O_RDWR, 0o600)
    data = text.encode('utf-8')
    while data:
        data = data[os.write(descriptor, data) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)


def _open_streams():
    sys.stdin = sys.__stdin__ = open(0, encoding='utf-8', errors='surrogateescape', closefd=False)  # noqa: SIM115
    for name, number, errors in (('stdout', 1, 'surrogateescape'), ('stderr', 2, 'backslashreplace')):
        stream = io.TextIOWrapper(io.FileIO(number, 'w', closefd=False), encoding='utf-8', errors=errors, write_through=True)
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)


def _end(pid):
    """End a run with what it started; return its status as `waitpid` has it."""
    # Before it is reaped: until then the number of its group cannot be another's.
    for kill, number in ((os.killpg, pid), (os.kill, pid)):
        try:
            kill(number, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    return os.waitpid(pid, 0)[1]


def _take_rest(end, found, most):
    os.set_blocking(end, False)
    try:
        while len(found) < most and (data := os.read(end, _CHUNK)):
            found += data[: most - len(found)]
    except BlockingIOError:
        pass


def _read_report(data):
    try:
        told = chat.loads(data)
    except chat.ProtocolError:
        return {}
    return told if type(told) is dict else {}


def _text_of(folder, name):
    """Return what a run wrote into a file, or None where there is none that can be read."""
    try:
        descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, LONGEST_FILE).decode('utf-8', 'replace')
    except OSError:
        return None
    finally:
        os.close(descriptor)
