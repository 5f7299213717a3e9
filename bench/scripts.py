"""One script from its start to its exit status: in a sandbox, in a cold box without any daemon, and by bare Python."""

import contextlib
import dataclasses
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from bench import warm
from bench.figures import in_turn, missing, share
from ivle.accounts.homes import Homes
from ivle.hosts.serve import Serve
from ivle.sandbox.box import Launcher
from ivle.sandbox.environments import program_of
from ivle.sandbox.limits import Limits
from ivle.sandbox.programs import LIMITS_ITSELF, Program
from ivle.sandbox.spec import BoxSpec
from tests.site import RunningSite

PROGRAM = 'print(1)\n'
WITH_NUMPY = 'import numpy\nprint(numpy.add(1, 1))\n'
# What students of the environment below can import.
NUMPY = 'numpy==2.4.6'
ROUNDS = 12
# The name spaces of a box, and nothing else of it: neither limits, nor a filter, nor a tree of its own.
ALONE = ('--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev')
PAUSE_SECONDS = 0.06


def run(room):
    """Return the Rows."""
    return [*_warm(), _served_one(room), *_cold(room), _numpy()]


def _warm():
    ours, bare, *paused = warm.measure(PROGRAM, ('script in a box that stood ready', 'bare python3, the same script'))
    return (
        share('sandboxed script, start to exit status', ours, bare, 0.35),
        share('sandboxed script on a machine that was idle', *paused),
    )


def _served_one(room):
    login = room.login()
    room.put(login, 'one.py', PROGRAM.encode())
    served, bare = in_turn(
        ROUNDS,
        ('script by serve, chat layer', lambda: _served(room, login, 'one.py', b'1\n'), 5),
        ('bare python3, the same script', _bare(room, login, 'one.py'), 5),
        pause=PAUSE_SECONDS,
    )
    return share('sandboxed script by serve, with its output', served, bare)


def _numpy():
    name, words = 'sandboxed script that imports numpy', '≤ 0.1 × the peer'
    with tempfile.TemporaryDirectory(prefix='ivle-bench-') as data:
        site, packages = RunningSite(data), Path(data, 'numpy.txt')
        packages.write_text(NUMPY + '\n')
        made = site.command('env', 'create', str(packages))
        if made.returncode != 0:
            return missing(name, words, f'no environment with numpy: {made.stderr.strip().splitlines()[-1]}')
        settings = site.read_settings()
        python = program_of(settings, 'numpy')
        names = (
            'script that imports numpy, in a box that stood ready',
            "bare python3 of the students' environment, the same script",
        )
        ours, bare, *_ = warm.measure(WITH_NUMPY, names, python, ['numpy'], data)
    return share(name, ours, bare, 0.1)


def _bare(room, login, name):
    path = str(room.settings.path('accounts', login, 'home', name))
    return lambda: subprocess.run([room.settings.python, path], stdout=subprocess.DEVNULL, check=True)


def _served(room, login, name, wanted):
    request = {
        **{'method': 'GET', 'path': name, 'query': '', 'headers': {}, 'script_name': f'/serve/{login}'},
        **{'server_name': '127.0.0.1', 'server_port': '80', 'scheme': 'http'},
        **{'remote_user': login, 'remote_addr': '127.0.0.1'},
    }
    answer = Serve(room.settings).run(login, request)
    with answer.body as body:
        if answer.exit != 0 or body.read() != wanted:
            raise AssertionError(f'the script did not answer: {answer}')


def _cold(room):
    with contextlib.ExitStack() as stack:
        # A place of its own that the boxes' user may enter: the site's daemon has its own way in, which takes a process.
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='bench-cold-')))
        data.chmod(0o711)
        settings = dataclasses.replace(room.settings, data=data)
        data.joinpath('accounts').mkdir(mode=0o711)
        Homes(settings).make('cold')
        launcher = Launcher(settings, programs={'one': Program(('bench/one.py', LIMITS_ITSELF), on_students_python=False)})
        stack.callback(launcher.close)
        launcher.prepare()
        spec = BoxSpec('one', 'cold', limits=Limits.of(settings, 'console'))

        def boxed():
            ours, theirs = socket.socketpair()
            with ours, theirs:
                box = launcher.start(spec, theirs)
                # With a time limit Python would look every 50 ms and no sooner.
                if box.wait() != 0:
                    raise AssertionError(f'the box did not end well: {box.reason_of_end()}')

        script = os.path.join(os.path.dirname(__file__), 'one.py')
        cold, bare, alone = in_turn(
            ROUNDS,
            ('cold box of bubblewrap', boxed, 5),
            (
                'bare python3, the same script',
                lambda: subprocess.run([settings.python, script], stdout=subprocess.DEVNULL, check=True),
                5,
            ),
            (
                'bubblewrap alone, the same script',
                lambda: subprocess.run([settings.bwrap, *ALONE, settings.python, script], stdout=subprocess.DEVNULL, check=True),
                5,
            ),
            pause=PAUSE_SECONDS,
        )
    return share('cold sandbox, no daemon', cold, bare, 1.6), share('cold sandbox beside bubblewrap alone', cold, alone)
