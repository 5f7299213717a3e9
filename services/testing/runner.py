"""The runner: runs attempts as often as it is asked over a socket, and tells what came of it.

It may stand beside code that attacks it, and keeps nothing that were worth that: whoever asks must not believe it either. Frames
come in: a program as {"source", "late"}, answered by one frame; then {"runs": [orders]}, answered by one for each, and
{"session": order}.
"""

import os
import selectors
import shutil
import time

from ivle import chat
from services.testing import running, sharing
from services.testing.errors import without_result
from services.testing.process import Process, end_group, open_streams, worked_seconds

# A program that hangs would otherwise hang as often as it is run, and others wait for its end.
MOST_LATE_RUNS = 2
MOST_SHARED_SECONDS = 2.0
# The answer to a run for which there is no process: it has to be asked for in another box.
SPENT = {'spent': None}
# Whoever asks may think for a while between two attempts of its own.
PATIENCE_SECONDS = 120.0
# So often is looked how long a session has worked, at most.
_LOOK_SECONDS = 0.1
_PLACE = '/tmp'


def serve(channel, output_bytes, stretch, first=None):
    """Serve the orders that come on a socket until it is closed. A run may write `output_bytes` to each of its two streams.

    One that has to wait for the processor has up to `stretch` times its seconds. `first` is an order that was read before.
    """
    order = first or next_order(channel)
    if order is None:
        return
    runner = Runner(order['source'], output_bytes, stretch, late=order['late'])
    tell(channel, runner.fault)
    while (order := next_order(channel)) is not None:
        if 'session' in order:
            tell(channel, runner.session(order['session'], channel))
        else:
            serve_runs(channel, runner, order)


def serve_runs(channel, runner, order):
    """Answer {"runs": [orders]} by what comes of each, or SPENT where it cannot be run; nothing comes after that.

    Anything else was meant for a session that is over, as whoever sent it will hear.
    """
    for one in order.get('runs', ()):
        outcome = runner.run(one)
        tell(channel, SPENT if outcome is None else outcome)
        if outcome is None:
            return


def tell(channel, answer):
    """Send an answer. Where nobody listens any more, this process ends."""
    try:
        chat.write_value(channel, answer)
    except chat.ConnectionLost:
        os._exit(0)
    except chat.ProtocolError:
        # More than fits, once it is written as JSON.
        chat.write_value(channel, without_result('output'))


def next_order(channel):
    """Return the next frame, None when there is none to come."""
    try:
        return chat.read_value(channel, timeout=PATIENCE_SECONDS)
    except (chat.ProtocolError, OSError):
        return None


class Runner:
    """Runs one program. `fault` is {} or {"exception"}: why it is none.

    `start()` returns a Process that runs it, or None when there can be no more of them; without it they are forked from this
    one. `late` of its runs have taken too long already; one that waits for the processor has up to `stretch` times its seconds.
    """

    def __init__(self, source, output_bytes, stretch, start=None, late=0):
        self.source, self.output_bytes, self.stretch = source, output_bytes, stretch
        self._start, self._late = start or self._fork, late
        self._folders = 0
        self._process, self._begun = None, 0.0
        self.fault = running.outcome_of(lambda: running.compile_program(source) and None)
        self.is_simple = not self.fault and sharing.may_share(source)

    def run(self, order):
        """Return the outcome of a run: {"value"?, "exception"?, "missing"?, …, "stdout", "stderr", "files", "end", "signal"}.

        An order is {"function", "arguments", "keywords", "variables", "stdin", "files", "wanted": [file names], "seconds"}; how a
        run ended is told as `Process.outcome` does, or "skipped" after some that took too long. Each run begins with the program
        as it was and an empty directory. Those of a simple program share a process as long as none ends it, which saves two
        thirds of their time. None when there is no process for it.
        """
        if self._late >= MOST_LATE_RUNS:
            return without_result('skipped')
        if self._process is None and not self._begin():
            return None
        folder = self._next_folder()
        self._process.tell({**order, 'folder': folder})
        outcome = self._process.outcome(order['seconds'], self.stretch)
        self._late += outcome['end'] == 'time'
        # What a process may take of the processor is for one run.
        if outcome['end'] != 'done' or not self.is_simple or time.monotonic() > self._begun + MOST_SHARED_SECONDS:
            self.close()
            shutil.rmtree(folder, ignore_errors=True)
        return outcome

    def close(self):
        """End what runs."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _begin(self):
        self._process, self._begun = self._start(), time.monotonic()
        if self._process is not None:
            self._process.tell({'source': self.source})
        return self._process is not None

    def _fork(self):
        return Process.forked(running.run_all, self.output_bytes)

    def session(self, order, channel):
        """Load the program in a new process that answers calls over the channel itself until {"end"} or its time is over.

        That is when it has worked for the seconds of the order; it waits for the processor and for whoever calls up to `stretch`
        times as long. Then return {"over": the number that the order has}.
        """
        folder = self._next_folder()
        running.furnish(folder, order['files'])
        pid = os.fork()
        if pid == 0:
            self._become_session(channel, folder)
        child = os.pidfd_open(pid)
        with selectors.PollSelector() as selector:
            selector.register(child, selectors.EVENT_READ)
            deadline = time.monotonic() + self.stretch * order['seconds']
            left = order['seconds']
            while left > 0 and not selector.select(left):
                # Who calls may have to wait for the processor, too: only of the work it is known whose time it was.
                left = order['seconds'] - worked_seconds(pid)
                if left > 0:
                    left = min(max(_LOOK_SECONDS, left), deadline - time.monotonic())
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
        return os.path.join(_PLACE, f'run-{os.getpid()}-{self._folders}')
