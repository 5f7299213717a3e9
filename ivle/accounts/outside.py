"""Outside: the svnserve that real Subversion clients talk to, started with the daemon and ended with it."""

import logging
import subprocess
import threading

from ivle.sandbox.svn import repository_identity

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
STOP_SECONDS = 2.0

log = logging.getLogger(__name__)


class Outside:
    """Keeps svnserve running. `state` is 'off' (no port is set), 'running' or 'stopped'."""

    def __init__(self, settings, places):
        self._settings, self._places = settings, places
        self._ending = threading.Event()
        self._process = self._thread = None
        self.state = 'off'

    def start(self):
        """Start svnserve, and again whenever it ends, unless no port is set."""
        if self._settings.svn_port:
            self.state = 'stopped'
            self._thread = threading.Thread(target=self._keep_running, name='svnserve')
            self._thread.start()

    def stop(self):
        """End svnserve and do not start it again."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _keep_running(self):
        pause = FIRST_PAUSE_SECONDS
        while not self._ending.is_set():
            # This thread lives as long as the process: the kernel ends a child when the thread that started it goes.
            try:
                process = self._start()
            except OSError as error:
                log.error('svnserve cannot be started: %s', error)
            else:
                self._watch(process)
            if not self._ending.wait(pause):
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _start(self):
        repositories = self._places.path('repositories')
        return subprocess.Popen(
            [
                'setpriv', '--pdeathsig', 'KILL', '--no-new-privs',
                'svnserve', '--daemon', '--foreground', '--threads', '--root', str(repositories),
                '--config-file', str(repositories / 'conf' / 'svnserve.conf'),
                '--listen-host', self._settings.svn_host, '--listen-port', str(self._settings.svn_port),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd='/', umask=0o077,
            env={'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'}, start_new_session=True, **repository_identity(self._settings),
        )  # fmt: skip

    def _watch(self, process):
        self.state = 'running'
        try:
            while process.poll() is None:
                if self._ending.wait(0.2):
                    process.kill()
                    process.wait(STOP_SECONDS)
                    return
            log.error(
                'svnserve ended with %s: %s', process.returncode, process.stderr.read(2000).decode(errors='replace').strip()
            )
        finally:
            self.state = 'stopped'
            process.stderr.close()
