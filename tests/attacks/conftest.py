"""Gives the tests a host with boxes of both kinds, and the same attempts without a box or with less of one."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from ivle.settings import Settings
from tests.attacks.host import PATIENCE_SECONDS, Host, WarmDaemon, WarmHost, new_launcher

PROBES = Path(__file__).with_name('probes.py')
_CHANNEL_IS_3 = ['/bin/sh', '-c', 'exec "$@" 3<&0 0</dev/null', 'sh']
# The superuser of name spaces that nobody else is in, and who is nobody outside: may do what a filter or the want of
# capabilities forbids, and harms no host.
_ALONE = [
    '/usr/bin/unshare',
    '--user',
    '--map-root-user',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--net',
    '--ipc',
    '--uts',
    '--cgroup',
]
_NOBODY = ['/usr/bin/setpriv', '--reuid=20000', '--regid=20000', '--clear-groups']


@pytest.fixture(scope='session')
def warm_daemons():
    """Return a function that gives the WarmDaemon with these settings: one for all tests that want the same."""
    with ExitStack() as stack:
        started = {}

        def daemon(**settings):
            key = json.dumps(settings, sort_keys=True)
            if key not in started:
                data = stack.enter_context(tempfile.TemporaryDirectory(prefix='warm-'))
                started[key] = stack.enter_context(contextlib.closing(WarmDaemon(data, **settings)))
            return started[key]

        yield daemon


@pytest.fixture(scope='session')
def cold_launchers():
    """Return a function that gives (data, launcher) with these settings: one for all tests that want the same."""
    with ExitStack() as stack:
        made = {}

        def launcher(**settings):
            key = json.dumps(settings, sort_keys=True)
            if key not in made:
                data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='host-')))
                made[key] = data, new_launcher(Settings(data=data, **settings), stack)
            return made[key]

        yield launcher


@pytest.fixture
def make_host(cold_launchers, warm_daemons):
    """Return a function that makes a Host with boxes of a kind and settings; its boxes end with the test."""
    with ExitStack() as stack:

        def make(kind, **settings):
            if kind == 'warm':
                return WarmHost(warm_daemons(**settings), stack)
            data, launcher = cold_launchers(**settings)
            return Host(data, stack, launcher, **settings)

        yield make


@pytest.fixture(params=['cold', 'warm'])
def host(request, make_host):
    """Return a Host: once one whose boxes are made when they are wanted, once one whose boxes stand ready."""
    return make_host(request.param)


@pytest.fixture
def cold(make_host):
    """Return a Host whose boxes are made when they are wanted."""
    return make_host('cold')


@pytest.fixture
def warm(make_host):
    """Return a Host whose boxes stand ready."""
    return make_host('warm')


@pytest.fixture
def outside(tmp_path):
    """Return a function that makes the same attempt without a box: the control that the probe can work at all."""
    return _attempt_by([], tmp_path)


@pytest.fixture
def alone(tmp_path):
    """Return a function that makes the same attempt as the superuser of fresh name spaces, where no filter is."""
    with tempfile.TemporaryDirectory(prefix='alone-') as place:
        os.chmod(place, 0o777)
        yield _attempt_by([*{0: _NOBODY}.get(os.geteuid(), []), *_ALONE], place)


def _attempt_by(command, place):
    def attempt(probe, **arguments):
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_SECONDS)
        with ours, theirs:
            program = ['/usr/bin/python3', '-I', '-c', PROBES.read_text(), probe, json.dumps(arguments)]
            subprocess.run([*_CHANNEL_IS_3, *command, *program], stdin=theirs, cwd=place, timeout=PATIENCE_SECONDS, check=True)
            return json.loads(ours.makefile('rb').readline())

    return attempt
