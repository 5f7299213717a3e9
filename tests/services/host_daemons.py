"""The two daemons of a host, as processes, for tests of what the web zone has of them."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from ivle.sandbox.daemon import settings_from

SERVICES = Path(__file__).resolve().parents[2] / 'services'
START_SECONDS = 120


class Daemon:
    """One daemon. It ends when its standard input does, as under the site's own supervisor."""

    def __init__(self, name, ini):
        self._name, self._ini = name, ini
        self.start()

    def start(self):
        """Start it and wait until it is ready."""
        command = [sys.executable, str(SERVICES / self._name), '--ini', str(self._ini)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b'ready\n':
            raise AssertionError(f'{self._name} ended with status {self.stop()}')

    def kill(self):
        """End it as a crash would."""
        self.process.kill()
        self.stop()

    def stop(self):
        """End it as the site does; return its exit status."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(START_SECONDS)


class HostDaemons:
    """usrmgt-server and sandbox-server on one data directory."""

    def __init__(self, data, port=0):
        # Others must be able to pass: what runs for students is not root.
        os.chmod(data, 0o711)
        ini = Path(data, 'site.ini')
        ini.write_text(f'[app:main]\nivle.mode = development\nivle.data = {data}\nivle.port = {port}\n')
        self.settings = settings_from(ini, environ={})
        with contextlib.ExitStack() as stack:
            self.usrmgt = Daemon('usrmgt-server', ini)
            stack.callback(self.usrmgt.stop)
            self.sandbox = Daemon('sandbox-server', ini)
            stack.callback(self.sandbox.stop)
            self._stack = stack.pop_all()

    def close(self):
        """End both."""
        self._stack.close()
