"""The thread that starts boxes.

The kernel ends a box when the *thread* that started it ends, so one thread starts them all and stays. Where it may, it sees less
of the host than the daemon (`stock`), and when there is time it moves to a new network, where the next box finds itself alone.
"""

import contextlib
import os
import queue
import subprocess
import threading
import time
from concurrent.futures import Future

from ivle import kernel
from ivle.sandbox.cgroups import go_through
from ivle.sandbox.host import as_user_of_boxes
from ivle.sandbox.stock import settle_down

# What bubblewrap is told for a box that does not find a network of its own made.
OWN_NETWORK = ('--unshare-net',)
# To make a network takes a processor for half a millisecond, which a box that is being made had better have.
_CALM_SECONDS = 0.02
_IDENTITY_SECONDS, _A_MOMENT = 0.1, 20e-6


class Starter:
    """Starts processes, one after the other, from a thread of its own."""

    def __init__(self, settings):
        self._settings = settings
        self._tasks, self._lock, self._is_closed = queue.SimpleQueue(), threading.Lock(), False
        self._has_network, self._may_make_networks = False, True
        self._has_stock = None
        self._thread = threading.Thread(target=self._work, name='boxes', daemon=True)
        self._thread.start()

    def run(self, function, *arguments, **options):
        """Return what `function` returns or raises in the thread. RuntimeError when the thread was ended."""
        future, (told, tell) = Future(), os.pipe()
        try:
            with self._lock:
                if self._is_closed:
                    os.close(tell)
                    raise RuntimeError('No more boxes are started.')
                self._tasks.put((future, tell, function, arguments, options))
            # Who waits for a pipe wakes up where this thread, which is about to rest, was at work. A lock would wake them where
            # they had been, and there bubblewrap is at work by now.
            os.read(told, 1)
        finally:
            os.close(told)
        return future.result()

    def settle_down(self, *needed, sources=None):
        """Leave the daemon's table of mounts, and return whether there is a stock (`stock.settle_down`).

        Done once, before the first start.
        """
        if self._has_stock is None:
            self._has_stock = self.run(settle_down, needed, sources or {})
        return self._has_stock

    def start_box(self, words, command, limits=None, doors=(), ways_back=(), join=None, **streams):
        """Start bubblewrap with its Words and the command of the box, as the user of boxes, and return the Popen.

        `limits` (Limits) hold from the first moment, but for that of processes; with None the command sees to them. `doors` are
        those of a control group, by which the thread enters it, and by `ways_back` it comes back; or `join(pid)` puts the process
        into its group before it starts others. OSError when there is no such program, or it cannot be limited.
        """
        return self.run(self._start_box, words, command, limits, doors, ways_back, join, streams)

    def close(self):
        """End the thread, and with it every box it has started."""
        with self._lock:
            self._is_closed = True
            self._tasks.put(None)
        self._thread.join()

    def _work(self):
        while True:
            try:
                task = self._tasks.get(timeout=None if self._has_network or not self._may_make_networks else _CALM_SECONDS)
            except queue.Empty:
                self._make_network()
                continue
            if task is None:
                return
            future, tell, function, arguments, options = task
            try:
                future.set_result(function(*arguments, **options))
            except BaseException as error:
                future.set_exception(error)
            # Whoever asked may have gone: what they would have closed by now may be something else.
            with contextlib.suppress(OSError), open(tell, 'wb', 0) as pipe:
                pipe.write(b'.')
            # While nothing happens, nobody here holds on to a process that has ended.
            del task, tell, future, function, arguments, options

    def _make_network(self):
        try:
            kernel.unshare(kernel.NEWNET)
            self._has_network = True
        except Exception:
            # Whatever it is, the thread must stay: boxes go without, and make their own.
            self._may_make_networks = False

    def _start_box(self, words, command, limits, doors, ways_back, join, streams):
        # Decided here and used up whatever becomes of this start: two boxes are never in one network.
        networks, self._has_network = () if self._has_network else OWN_NETWORK, False
        arguments = '\0'.join([*networks, *words.words, '']).encode()
        process = None
        awaited, tell = os.pipe()
        with open(awaited, 'rb', 0) as awaited, open(tell, 'wb', 0) as tell:
            try:
                try:
                    go_through(doors)
                    with as_user_of_boxes(self._settings) as identity:
                        process = self._start_waiting(words, command, awaited, streams, identity)
                        if limits is not None:
                            _limit(process.pid, limits)
                        if join is None:
                            _tell(tell, arguments)
                finally:
                    go_through(ways_back)
                if join is not None:
                    join(process.pid)
                    _tell(tell, arguments)
            except BaseException:
                # Before the pipe is closed: bubblewrap must not take for all what it was told so far.
                if process is not None:
                    with process:
                        process.kill()
                raise
        return process

    def _start_waiting(self, words, command, awaited, streams, identity):
        # Its arguments are not on its command line, so that /proc/1/cmdline tells nothing about the host; and they come by a
        # pipe, so that it waits for them until all is set. Should none come, it has nothing to run; were they cut short, the
        # walls come first (`box`).
        return subprocess.Popen(
            [self._settings.bwrap, '--args', str(awaited.fileno()), '--', *command],
            env={},
            cwd='/',
            umask=0o022,
            pass_fds=(awaited.fileno(), *words.descriptors),
            start_new_session=True,
            **{name: subprocess.DEVNULL if stream is None else stream for name, stream in streams.items()},
            **identity,
        )


def _limit(pid, limits):
    # Only its own user may do that, and at an exec the kernel lets us go on a little before it takes the saved id away.
    deadline = time.monotonic() + _IDENTITY_SECONDS
    while True:
        try:
            limits.put_on(pid)
            return
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_A_MOMENT)


def _tell(pipe, arguments):
    # One that has ended already is asked why by whoever waits for it.
    with contextlib.suppress(BrokenPipeError):
        while arguments:
            arguments = arguments[pipe.write(arguments) :]
    # Only now: the end of the pipe says that this was all.
    pipe.close()
