"""sandbox-server killed while a hundred consoles run: how long until it answers again."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from bench.figures import bounded, figure_of
from bench.room import PATIENCE_SECONDS, expect, say
from ivle import chat

CONSOLES, PER_LOGIN, MOST_MILLISECONDS = 100, 10, 2000


def run(room):
    """Return the Rows."""
    logins = room.logins(CONSOLES // PER_LOGIN)
    consoles = [room.console(login) for login in logins]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda console: [console.start('') for _ in range(PER_LOGIN)], consoles))
    before = time.monotonic()
    os.kill(room.site.children()['sandbox-server'], signal.SIGKILL)
    _wait_until_it_answers(room)
    seconds = time.monotonic() - before
    expect(say(consoles[0], consoles[0].start(''), 'print(1)'), '1\n')
    name = f'sandbox-server killed with {CONSOLES} consoles, until it answers again'
    return [bounded(name, figure_of(name, [1000 * seconds]), 'median', MOST_MILLISECONDS)]


def _wait_until_it_answers(room):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            room.ask('status')
            return
        except chat.ConnectionLost:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
