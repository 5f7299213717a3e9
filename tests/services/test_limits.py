"""Bombs in consoles and served programs of a whole host: each is told in words, and another person's console answers."""

import time

import pytest

from tests.services.sandbox_host import SandboxHost, a_place_for_all

# Small, so that every bomb is quick.
LIMITS = 'cpu=1 wall=30 processes=24 memory=96M box_memory=128M file_size=4M open_files=64 tmp=1M output=64K'
PATIENCE_SECONDS = 60.0
FORK_BOMB = """
import os, time
while True:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
"""
THREAD_BOMB = """
import threading, time
threading.stack_size(65536)
while True:
    threading.Thread(target=time.sleep, args=[60], daemon=True).start()
"""
MEMORY_BOMB = """
kept = []
while True:
    kept.append(bytearray(1 << 20))
"""
MEMORY_BOMB_OF_MANY = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = b'x' * (40 << 20)
        time.sleep(60)
        os._exit(len(kept) & 1)
time.sleep(60)
"""
DESCRIPTOR_BOMB = """
kept = []
while True:
    kept.append(open('/dev/null'))
"""
TMP_FILLER = """
with open('/tmp/full', 'wb', buffering=0) as file:
    while file.write(bytes(4096)) == 4096:
        pass
    file.write(b'x')
"""
BIG_FILE = """
with open('big', 'wb', buffering=0) as file:
    while file.write(bytes(1 << 20)) == 1 << 20:
        pass
    file.write(b'x')
"""
PRINTER = """
import os
block = b'x' * (1 << 20)
while True:
    os.write(1, block)
"""
DEAF = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass
"""
DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            pass
    os._exit(0)
x = os.wait()
"""
BOMBS = [
    ('notice', 'This console may have 24 processes and threads at a time', FORK_BOMB),
    ('notice', 'This console may have 24 processes and threads at a time', THREAD_BOMB),
    ('notice', 'A program in this console may use 96 MB of memory.', MEMORY_BOMB),
    ('terminate', 'memory', MEMORY_BOMB_OF_MANY),
    ('notice', 'A program in this console may have 64 files open at a time', DESCRIPTOR_BOMB),
    ('notice', '/tmp in this console holds 1 MB and is full', TMP_FILLER),
    ('notice', 'A program in this console may write files of at most 4 MB.', BIG_FILE),
    ('error', 'The output is longer than 64 kB', PRINTER),
    ('terminate', 'used its 1 second of processor time, and did not stop when it was interrupted', DEAF),
    ('notice', 'What earlier commands had left running in the background used its 1 second', DAEMON),
]
NAMES = ['forks', 'threads', 'memory', 'memory of many', 'descriptors', 'tmp', 'file', 'output', 'deaf', 'daemon']


@pytest.fixture(scope='module', params=[{}, {'sandbox.pool': 0, 'sandbox.cgroups': 'off'}], ids=['warm', 'cold'])
def host(request, tmp_path_factory):
    """Return a host with prepared boxes and control groups, as far as this machine has them, and one with neither."""
    kinds = {'limits.console': LIMITS, 'limits.serve': LIMITS.replace('wall=30', 'wall=6')}
    with SandboxHost(a_place_for_all(tmp_path_factory), **kinds, **request.param) as running:
        yield running


def told(console, key, kind):
    """Yield what is said in replies of a kind, as it comes."""
    after, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page = console.output(key, after, wait=1)
        after = page['next']
        yield from (reply[kind] for reply in page['replies'] if kind in reply)


@pytest.mark.parametrize(('kind', 'words', 'bomb'), BOMBS, ids=NAMES)
def test_a_bomb_is_told_in_words_and_another_console_answers(mine, theirs, kind, words, bomb):
    key, other = mine.start(), theirs.start()
    mine.chat(key, 'block', bomb, wait=0)
    assert any(words in text for text in told(mine, key, kind))
    answer = theirs.chat(other, 'chat', '6 * 7\n')
    assert answer['replies'][0]['output'] == '42\n'


def test_a_served_program_that_burns_is_ended_by_its_own_limit(host):
    host.write('studenta', 'burn.py', 'while True: pass\n')
    ended = host.serve('studenta', 'burn.py')[2]['ended']
    assert (ended['reason'], ended['exit']) == ('killed', -24)


def test_a_served_program_that_sleeps_is_ended_by_the_clock(host):
    host.write('studenta', 'sleep.py', 'import time\ntime.sleep(60)\n')
    started = time.monotonic()
    assert host.serve('studenta', 'sleep.py')[2]['ended']['reason'] == 'time'
    assert 6 < time.monotonic() - started < 14
