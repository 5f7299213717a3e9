"""Boxes that stand ready, in a real daemon: how many there are, what takes their place, and what a full disk does to consoles."""

import asyncio
import contextlib
import os
import re
import signal
import tempfile
import time
from pathlib import Path

import pytest

from ivle.sandbox import zygote as zygotes
from ivle.sandbox.box import Launcher
from ivle.sandbox.identities import Identities, OneIdentity
from ivle.sandbox.supply import Supply
from ivle.sandbox.zygote import answer
from ivle.settings import Settings
from tests.services.sandbox_host import SandboxHost, children_of, eventually

FILL = """\
with open('much', 'wb') as file:
    for number in range(400):
        file.write(b'x' * 65536)
        file.flush()
while True:
    pass
"""


@pytest.fixture
def place():
    """Return a directory for the data, which boxes can pass through."""
    with tempfile.TemporaryDirectory(prefix='host-') as folder:
        yield folder


@pytest.fixture
def start(place):
    """Return a function that starts a host with settings; it ends with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(SandboxHost(place, **settings))


def ready(host):
    return host.status()['ready']


def said(replies):
    return ''.join(reply.get('output', '') for reply in replies)


def zygote_of(host):
    """Return the process id of the first process in the outer box: the one below the daemon that calls itself python3."""
    [outer] = [
        pid
        for pid in children_of(host.process.pid)
        if command(pid).startswith('/usr/bin/python3 -I -c import sys; sys.path.insert')
    ]
    return children_of(outer)[0]


def command(pid):
    # What has just ended has none.
    with contextlib.suppress(OSError), open(f'/proc/{pid}/cmdline', 'rb') as file:
        return file.read().replace(b'\0', b' ').decode()
    return ''


def test_as_many_boxes_stand_ready_as_the_site_wants(start):
    host = start(**{'sandbox.pool': 3})
    assert eventually(lambda: ready(host) == 3)
    assert host.status()['backend'] == 'a prepared interpreter'


def test_a_console_takes_one_of_them_and_another_takes_its_place(start):
    host = start(**{'sandbox.pool': 2})
    assert eventually(lambda: ready(host) == 2)
    key = host.console('studenta').start()
    assert said(host.console('studenta').chat(key, 'chat', 'print(6 * 7)')['replies']) == '42\n'
    assert host.programs('python-console') == []
    assert eventually(lambda: ready(host) == 2)


def test_more_stand_ready_while_many_are_needed_and_no_more_than_the_site_allows(start):
    host = start(**{'sandbox.pool': 1, 'sandbox.pool_most': 3, 'console.per_person': 5})
    assert eventually(lambda: ready(host) == 1)
    for _ in range(5):
        host.console('studenta').start()
    assert eventually(lambda: ready(host) == 3)


def test_without_a_pool_each_box_is_made_when_it_is_needed(start):
    host = start(**{'sandbox.pool': 0})
    assert host.status()['backend'] == 'bubblewrap, one by one: ivle.sandbox.pool is 0'
    key = host.console('studenta').start()
    assert said(host.console('studenta').chat(key, 'chat', 'print(6 * 7)')['replies']) == '42\n'


def test_when_the_zygote_dies_consoles_say_so_and_start_cold_until_there_is_another(start):
    host = start(**{'sandbox.pool': 2})
    assert eventually(lambda: ready(host) == 2)
    key = host.console('studenta').start()
    os.kill(zygote_of(host), signal.SIGKILL)
    assert eventually(lambda: any('terminate' in reply for reply in host.console('studenta').output(key, 0, 0.1)['replies']))
    again = host.console('studentb').start()
    assert said(host.console('studentb').chat(again, 'chat', 'print(1)')['replies']) == '1\n'
    assert eventually(lambda: host.status()['backend'] == 'a prepared interpreter' and ready(host) == 2)


def test_a_served_program_runs_in_one_of_them(start):
    host = start(**{'sandbox.pool': 1})
    assert eventually(lambda: ready(host) == 1)
    host.write(
        'studenta', 'page.py', "import os\nprint('Content-Type: text/plain\\n\\n' + open('/proc/1/comm').read(), os.getppid())\n"
    )
    _, body, ended = host.serve('studenta', 'page.py')
    assert (body.decode().split(), ended['ended']['exit']) == (['Content-Type:', 'text/plain', 'python3', '1'], 0)


def test_each_box_has_a_user_of_its_own_for_as_long_as_it_lives():
    identities = Identities(5000, 3, spare=2)
    for number in (5000, 5001):
        identities.add(number, None)
    assert identities.wanted == 0
    first, second = identities.take(), identities.take()
    assert (first.uid, second.uid, identities.take()) == (5000, 5001, None)
    assert (identities.wanted, identities.next_uid()) == (2, 5000)
    identities.give_back(second)
    assert (identities.take(), identities.take()) == (second, None)


def test_a_number_of_which_nothing_was_made_is_tried_again_and_none_is_wanted_when_all_are_used():
    identities = Identities(5000, 2, spare=5)
    assert identities.next_uid() == 5000
    identities.return_uid(5000)
    assert [identities.next_uid() for _ in range(3)] == [5000, 5001, None]
    assert identities.wanted == 0


def test_a_console_is_told_that_its_account_is_nearly_full(start):
    host = start(**{'files.quota': '1M'})
    host.write('studenta', 'some', 'x' * (950 << 10))
    key = host.console('studenta').start()
    noticed = lambda: [reply['notice'] for reply in host.console('studenta').output(key, 0, 0)['replies'] if 'notice' in reply]  # noqa: E731
    assert eventually(noticed)
    assert re.match('Your files take .* of 1 MiB: there is not much room left', noticed()[0])


def test_a_program_that_fills_the_disk_is_stopped_and_its_console_ended_with_words(start):
    host = start(**{'files.quota': '1M', 'sandbox.file_size': '64M'})
    console = host.console('studenta')
    key = console.start()
    began = time.monotonic()
    console.chat(key, 'block', FILL)
    assert eventually(lambda: 'terminate' in console.output(key, 0, 0)['replies'][-1])
    words = console.output(key, 0, 0)['replies'][-1]['terminate']
    assert words.startswith('The program used up the space for files. Your files take ') and 'empty the trash' in words
    assert time.monotonic() - began < 15


FORKS = """\
import os, random, threading
print('Content-Type: text/plain\\n', flush=True)
read, write = os.pipe()
if os.fork() == 0:
    os.write(write, str(random.random()).encode())
    os._exit(0)
os.wait()
print(random.random(), threading.main_thread().native_id == threading.get_native_id(), os.read(read, 100).decode())
"""


def test_modules_do_what_they_want_done_after_a_fork_in_the_box_and_in_what_its_program_forks(start):
    host = start(**{'sandbox.pool': 2})
    assert eventually(lambda: ready(host) == 2)
    host.write('studenta', 'forks.py', FORKS)
    runs = [host.serve('studenta', 'forks.py')[1].decode().split('\n')[2].split() for _ in range(2)]
    assert [is_right for _, is_right, _ in runs] == ['True', 'True']
    # Each process draws numbers of its own: two boxes, and what each has forked.
    assert len({number for own, _, forked in runs for number in (own, forked)}) == 4


@pytest.fixture
def launcher(place):
    """Return a Launcher of a site with nobody's files."""
    os.chmod(place, 0o711)
    launcher = Launcher(Settings(data=Path(place)))
    launcher.prepare()
    yield launcher
    launcher.close()


@pytest.fixture
def zygote(launcher):
    """Return a zygote that takes orders."""
    zygote = launcher.start_zygote()
    yield zygote
    zygote.close()


SLOW_PARENT = """
import os, time
fork = os.fork
def fork_and_sleep():
    child = fork()
    if child:
        time.sleep(1)
    return child
os.fork = fork_and_sleep
"""


def test_a_zygote_starts_as_well_when_the_parent_of_the_outer_box_comes_late_to_its_turn(launcher, monkeypatch):
    # On a busy machine: the child has taken both to its own root meanwhile, where the parent is not known.
    monkeypatch.setattr(zygotes, '_START', SLOW_PARENT + zygotes._START)
    zygote = launcher.start_zygote()
    time.sleep(1.5)
    assert zygote.is_alive
    zygote.close()


def test_a_box_whose_worker_cannot_step_down_is_none(zygote):
    # This number is nobody's in the outer box.
    line = zygote.order_box(1_234_567_890, rehearses=False)
    message, descriptors = answer(line)
    line.close()
    assert descriptors == []
    assert 'no worker for the box' in message['failed']


def test_boxes_come_again_when_there_were_no_control_groups_for_a_while(launcher, zygote):
    errors, boxes = [OSError(24, 'Too many open files')] * 3, []

    def new_group():
        if errors:
            raise errors.pop()

    async def run():
        files = launcher.ids.files
        supply = Supply(zygote, 1, 2, OneIdentity(files), files, new_group, watch=boxes.append)
        for _ in range(200):
            supply.fill()
            if len(supply):
                break
            await asyncio.sleep(0.1)
        # What is on its way would have nobody.
        while supply._ordered:
            await asyncio.sleep(0.1)
        ready = len(supply)
        supply.close()
        return ready

    assert asyncio.run(run()) >= 1
    for box in boxes:
        box.wait(10)
