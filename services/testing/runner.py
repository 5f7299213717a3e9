"""The runner: runs the attempt as often as it is asked over a socket, and tells what came of it.

It stands beside code that may attack it, and keeps nothing that were worth that: whoever asks must not believe it either.
Frames come in: the program's source as {"source"}, answered by one frame; then {"runs": [orders]}, answered by one for each, and
{"session": order}.
"""

import os
import selectors
import shutil
import time

from ivle import chat
from services.testing import running, sharing
from services.testing.errors import without_result
from services.testing.process import Process, end_group, open_streams

LONGEST_FILE = 64 * 1024
# A program that hangs would otherwise hang as often as it is run, and others wait for its end.
MOST_LATE_RUNS = 2
MOST_SHARED_SECONDS = 2.0
# Whoever asks may think for a while between two attempts of its own.
PATIENCE_SECONDS = 120.0


def serve(channel, output_bytes):
    """Serve the orders that come on a socket until it is closed. A run may write `output_bytes` to each of its two streams."""
    runner = None
    while (order := _next_order(channel)) is not None:
        if 'source' in order:
            runner = Runner(order['source'], output_bytes)
            _tell(channel, runner.fault)
        elif 'runs' in order:
            for outcome in runner.runs(order['runs']):
                _tell(channel, outcome)
        elif 'session' in order:
            _tell(channel, runner.session(order['session'], channel))
        # Anything else was meant for a session that is over, as whoever sent it will hear.


def _tell(channel, answer):
    try:
        chat.write_value(channel, answer)
    except chat.ConnectionLost:
        os._exit(0)
    except chat.ProtocolError:
        # More than fits, once it is written as JSON.
        chat.write_value(channel, without_result('output'))


def _next_order(channel):
    try:
        return chat.read_value(channel, timeout=PATIENCE_SECONDS)
    except (chat.ProtocolError, OSError):
        return None


class Runner:
    """Runs one program. `fault` is {} or {"exception"}: why it is none."""

    def __init__(self, source, output_bytes, place='/tmp'):
        self.source, self.output_bytes, self._place = source, output_bytes, place
        self._folders = 0
        self.fault = running.outcome_of(lambda: running.compile_program(source) and None)
        self._shares = not self.fault and sharing.may_share(source)

    def runs(self, orders):
        """Yield the outcome of each run: {"value"?, "exception"?, "missing"?, …, "stdout", "stderr", "files", "end", "signal"}.

        An order is {"function", "arguments", "keywords", "variables", "stdin", "files", "wanted": [file names], "seconds"}; how a
        run ended is told as `Process.outcome` does, or "skipped" after some that took too long. Each run begins with the program
        as it was and an empty directory. Those of a simple program share a process as long as none ends it, which saves two
        thirds of their time.
        """
        left, late = list(orders), 0
        while left and late < MOST_LATE_RUNS:
            for outcome in self._runs_of_one_process(left if self._shares else left[:1]):
                left.pop(0)
                late += outcome['end'] == 'time'
                yield outcome
        for _ in left:
            yield without_result('skipped')

    def _runs_of_one_process(self, orders):
        """Yield the outcomes of the first of these runs, up to one after which a new process is better."""
        orders = list(orders)
        folders = [self._next_folder() for _ in orders]
        process, begun = None, time.monotonic()
        try:
            for order, folder in zip(orders, folders, strict=True):
                # Not before: what comes next is nobody's business yet.
                _furnish(folder, order['files'])
                if process is None:
                    process = self._start(orders, folders)
                else:
                    process.go_on()
                outcome = process.outcome(order['seconds'])
                outcome['files'] = {name: _text_of(folder, name) for name in order['wanted']}
                shutil.rmtree(folder, ignore_errors=True)
                yield outcome
                # What a process may take of the processor is for one run.
                if outcome['end'] != 'done' or time.monotonic() > begun + MOST_SHARED_SECONDS:
                    return
        finally:
            if process is not None:
                process.close()

    def _start(self, orders, folders):
        return Process(lambda report, go: running.run_all(self.source, orders, folders, report, go), self.output_bytes)

    def session(self, order, channel):
        """Load the program in a new process that answers calls over the channel itself until {"end"} or the seconds are over.

        Then return {"over": the number that the order has}.
        """
        folder = self._next_folder()
        _furnish(folder, order['files'])
        pid = os.fork()
        if pid == 0:
            self._become_session(channel, folder)
        child = os.pidfd_open(pid)
        with selectors.PollSelector() as selector:
            selector.register(child, selectors.EVENT_READ)
            selector.select(order['seconds'])
        os.close(child)
        end_group(pid)
        shutil.rmtree(folder, ignore_errors=True)
        return {'over': order['number']}

    def _become_session(self, channel, folder):
        try:
            os.setpgid(0, 0)
            os.chdir(folder)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(nowhere, number)
            open_streams()

            def receive():
                asked = chat.read_value(channel, timeout=PATIENCE_SECONDS)
                return None if 'end' in asked else asked

            running.serve_calls(self.source, receive, lambda told: chat.write_value(channel, told))
        finally:
            os._exit(0)

    def _next_folder(self):
        self._folders += 1
        return os.path.join(self._place, f'run-{os.getpid()}-{self._folders}')


def _furnish(folder, files):
    os.mkdir(folder, 0o700)
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)


def _text_of(folder, name):
    """Return what a run wrote into a file, or None where there is none that can be read."""
    try:
        descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, LONGEST_FILE).decode('utf-8', 'backslashreplace')
    except OSError:
        return None
    finally:
        os.close(descriptor)
