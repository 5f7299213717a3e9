"""Supervisor: the host daemons, the gateway and the worker as children of the web process, started again when they die.

A child ends when its standard input does. The pipe closes with this process whatever kills it, so no
child outlives the site.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

SERVICES = Path(__file__).resolve().parent.parent / 'services'
READY_SECONDS = 20.0
# A child that lived this long had a good start: its next one need not wait.
STEADY_SECONDS = 60.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 30.0
# Together with the web's own goodbye this stays below the five seconds the site has for its end.
END_SECONDS, TERMINATE_SECONDS = 2.0, 0.5

log = logging.getLogger(__name__)


class StartFailed(Exception):
    """A child did not become ready. The message is a sentence for the administrator."""


class Child:
    """One daemon: a program of services/, watched by a thread that starts it again."""

    def __init__(self, command, log_path):
        self.name = Path(command[1]).name
        self._command, self._log_path = command, log_path
        self._is_stopping, self._is_ready = threading.Event(), threading.Event()
        self._has_failed = threading.Event()
        self._process, self._lock = None, threading.Lock()
        self._thread = threading.Thread(target=self._watch, name=f'watch {self.name}', daemon=True)

    @property
    def pid(self):
        """The process id of the running child, or None."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self):
        """Start the program; return at once."""
        self._log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log_start = self._log_path.stat().st_size if self._log_path.exists() else 0
        self._launch()
        self._thread.start()

    def wait_until_ready(self, seconds=READY_SECONDS):
        """Return when the program has said that it is ready; StartFailed when it ends first or takes too long."""
        deadline = time.monotonic() + seconds
        while not self._is_ready.wait(0.02):
            if self._has_failed.is_set():
                raise StartFailed(f'services/{self.name} did not start: {self._last_words()}')
            if time.monotonic() > deadline:
                raise StartFailed(
                    f'services/{self.name} was not ready within {seconds:.0f} seconds; {self._log_path} may say why.'
                )

    def _last_words(self):
        try:
            with open(self._log_path, 'rb') as file:
                file.seek(self._log_start)
                lines = file.read().decode('utf-8', 'replace').split('\n')
        except OSError:
            lines = []
        lines = [line.strip() for line in lines if line.strip()]
        return lines[-1].removeprefix(f'{self.name}: ') if lines else f'it said nothing; {self._log_path} is empty.'

    def _launch(self):
        with self._lock:
            if self._is_stopping.is_set():
                return
            with open(self._log_path, 'ab', opener=_private) as errors:
                # A session of its own: Ctrl+C in the terminal reaches the web first, which then ends the others in order.
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
                )

    def _watch(self):
        pause = FIRST_PAUSE_SECONDS
        while not self._is_stopping.is_set():
            process, started = self._process, time.monotonic()
            with process.stdout as lines:
                for line in lines:
                    if line.strip() == b'ready':
                        self._is_ready.set()
            code = process.wait()
            process.stdin.close()
            if not self._is_ready.is_set():
                # It never worked: whoever waits for it says so and ends the site.
                self._has_failed.set()
                return
            if self._is_stopping.is_set():
                return
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.error('services/%s ended (%s); it starts again in %.1f s', self.name, _how(code), pause)
            if self._is_stopping.wait(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._launch()

    def close(self):
        """Tell the child to end by closing its standard input."""
        with self._lock:
            self._is_stopping.set()
        if self._process is not None:
            try:
                self._process.stdin.close()
            except OSError:
                # Nothing was buffered that could matter; the pipe is closed all the same.
                pass

    def end(self, deadline):
        """Wait for the end until `deadline` (monotonic time), then make it end."""
        if self._process is None:
            return
        for group_signal, patience in (
            (None, max(0.0, deadline - time.monotonic())),
            (signal.SIGTERM, TERMINATE_SECONDS),
            (signal.SIGKILL, 2.0),
        ):
            if group_signal is not None:
                _signal_group(self._process.pid, group_signal)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            break
        self._thread.join(1.0)


class Supervisor:
    """All the children of one site."""

    def __init__(self, ini_path, log_folder, names=('sandbox-server', 'usrmgt-server', 'gateway', 'worker')):
        self.children = [
            Child([sys.executable, str(SERVICES / name), '--ini', str(ini_path)], Path(log_folder, f'{name}.log'))
            for name in names
        ]

    def start(self):
        """Start every child; return at once."""
        for child in self.children:
            child.start()

    def wait_until_ready(self):
        """Return when every child is ready; StartFailed with a sentence otherwise."""
        for child in self.children:
            child.wait_until_ready()

    def stop(self):
        """End every child, within three seconds whatever they do."""
        for child in self.children:
            child.close()
        deadline = time.monotonic() + END_SECONDS
        for child in self.children:
            child.end(deadline)


def _private(path, flags):
    return os.open(path, flags, 0o600)


def _how(code):
    return f'killed by {signal.Signals(-code).name}' if code < 0 else f'exit status {code}'


def _signal_group(pid, number):
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass
