"""The peer of served programs: Apache with its CGI module on a loopback port, and no sandbox at all."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from tests.site import free_ports

PROGRAM = '/usr/sbin/apache2'
MODULES = Path('/usr/lib/apache2/modules')
# What it runs as when the superuser starts it, which it must not be itself.
USER, GROUP = 'nobody', 'nogroup'
# Threads that ask a daemon to start programs (mod_cgid): quicker here than processes that fork them themselves (mod_cgi).
CONFIGURATION = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/errors
LogLevel crit
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule cgid_module {modules}/mod_cgid.so
ScriptSock {folder}/programs.sock
{identity}
StartServers 1
ThreadsPerChild 25
MaxKeepAliveRequests 0
KeepAliveTimeout 30
DocumentRoot {folder}/pages
ScriptAlias /cgi-bin/ {folder}/programs/
<Directory {folder}/programs>
    Require all granted
</Directory>
"""


class Apache:
    """One Apache with one program."""

    def __init__(self, program):
        self.port = free_ports(1)
        self._folder = tempfile.TemporaryDirectory(prefix='bench-apache-')
        self._process = None
        place = Path(self._folder.name)
        place.chmod(0o755)
        for name in ('pages', 'programs'):
            (place / name).mkdir(mode=0o755)
        script = place / 'programs' / 'hello.py'
        script.write_bytes(program)
        script.chmod(0o755)
        identity = f'User {USER}\nGroup {GROUP}' if os.geteuid() == 0 else ''
        filled = CONFIGURATION.format(folder=place, port=self.port, modules=MODULES, identity=identity)
        (place / 'apache.conf').write_text(filled)

    @staticmethod
    def is_here():
        return os.access(PROGRAM, os.X_OK)

    def start(self):
        """Start it and return when it answers."""
        self._process = subprocess.Popen(
            [PROGRAM, '-f', f'{self._folder.name}/apache.conf', '-D', 'FOREGROUND'],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # At its end it sends a signal to its whole process group, which must not be ours.
            start_new_session=True,
        )
        deadline = time.monotonic() + 10
        while not Path(self._folder.name, 'pid').exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError('Apache did not start')
            time.sleep(0.05)
        time.sleep(0.5)
        return self

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()
