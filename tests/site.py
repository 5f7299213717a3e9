"""A real site for tests: `pserve` with its daemons as processes, on free ports, with data of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from ivle.scripts.options import read_site
from tests.visitor import Visitor

ROOT = Path(__file__).parent.parent
START_SECONDS, STOP_SECONDS = 300, 60


def free_ports(count=3):
    """Return a port such that it and the next ones are free.

    Below those that the kernel gives to clients: there a client could take one before the site does.
    """
    while True:
        first = random.randrange(10_000, 32_000)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True


class RunningSite:
    """One site: `with` starts it and ends it, whatever happens between.

    `settings` are keys without `ivle.`: `RunningSite(data, sample='false')`; `prefix` is one of them.
    """

    def __init__(self, data, ini='development.ini', **settings):
        self.data, self.ini, self.port = Path(data), ROOT / ini, int(settings.pop('port', 0) or free_ports())
        self.settings = {'data': str(data), 'port': str(self.port), **settings}
        self.prefix = settings.get('prefix', '')
        self.url = f'http://127.0.0.1:{self.port}{self.prefix}'
        self.process, self.output = None, []

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *exception):
        self.stop()

    @property
    def environment(self):
        """Return the environment of its processes: ours without other IVLE_ variables, and its settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith('IVLE_')}
        return inherited | {f'IVLE_{name.replace(".", "_").upper()}': value for name, value in self.settings.items()}

    def launch(self):
        """Start the process without waiting for it."""
        self.output, self._reader = [], None
        self.process = subprocess.Popen(
            [str(Path(sys.executable).parent / 'pserve'), str(self.ini)],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def start(self):
        """Start the site and return when it says that it serves; AssertionError with its words when it does not."""
        self.launch()
        is_serving = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(is_serving,), daemon=True)
        self._reader.start()
        assert is_serving.wait(START_SECONDS), 'the site did not start:\n' + ''.join(self.output)
        assert f'IVLE is serving at {self.url}/\n' in self.output, 'the site ended:\n' + ''.join(self.output)
        return self

    def _read(self, is_serving):
        with self.process.stdout as lines:
            for line in lines:
                self.output.append(line)
                if line.startswith('IVLE is serving'):
                    is_serving.set()
        is_serving.set()

    def wait(self, seconds=START_SECONDS):
        """Return (exit status, everything it said) of a site that ends by itself."""
        said, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, said

    def signal(self, number=signal.SIGTERM):
        """Send a signal to the web process alone."""
        self.process.send_signal(number)

    def stop(self):
        """End the site and return its exit status; kill it when it does not listen."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self._reader is None:
            # Launched, and nobody has read along.
            self.process.stdout.close()
        else:
            self._reader.join(STOP_SECONDS)
        return self.process.returncode

    def children(self):
        """Return {program: pid} of the site's daemons."""
        found = {}
        for pid in Path(f'/proc/{self.process.pid}/task').glob('*/children'):
            for child in pid.read_text().split():
                command = Path(f'/proc/{child}/cmdline').read_bytes().split(b'\0')
                found |= {Path(word.decode()).name: int(child) for word in command if b'/services/' in word}
        return found

    def read_settings(self):
        """Return the Settings that its processes have."""
        return read_site(self.ini, self.environment)

    def visitor(self):
        """Return somebody with an empty cookie jar."""
        return Visitor(self.url)

    def person(self, login, password='password'):
        """Return a Visitor who is signed in."""
        return self.visitor().sign_in(login, password)

    def command(self, *arguments):
        """Run the `ivle` command on this site and return the completed process."""
        program = str(Path(sys.executable).parent / 'ivle')
        return subprocess.run(
            [program, *arguments, '--ini', str(self.ini)],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
        )
