"""The thread that starts boxes: what it sees of the host, that no two boxes share a network, and that errors come back."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ivle import kernel
from ivle.sandbox import box, starter
from ivle.sandbox.limits import Limits
from ivle.sandbox.starter import Starter
from ivle.sandbox.tree import DEVICE_LINKS, DEVICES, Words, system_words
from ivle.settings import Settings

only_root = pytest.mark.skipif(os.geteuid() != 0, reason='only the superuser may leave the mounts of the daemon')
# The network of the box, and that of bubblewrap outside, as the box and the host see them.
NETWORK_AND_WAIT = ['/bin/sh', '-c', 'readlink /proc/self/ns/net; read line']


@pytest.fixture
def settled():
    """Return a Starter and the words of a box that go with it."""
    made = Starter(Settings())
    has_stock = made.settle_down()
    yield made, [*box._CLOSED, *system_words((), has_stock)]
    made.close()


def start(settled, command, **options):
    made, words = settled
    with Words(words) as ours:
        ours.add('--remount-ro', '/')
        return made.start_box(ours, command, **{'stdin': None, 'stdout': subprocess.PIPE, 'stderr': None, **options})


def said_in_a_box(settled, command):
    with start(settled, command) as process:
        said = process.stdout.read().decode()
    assert process.returncode == 0
    return said


def has_network(made):
    deadline = time.monotonic() + 120
    while made._may_make_networks and not made._has_network:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return made._has_network


@pytest.mark.parametrize('waits', [True, False], ids=['with time between', 'in a row'])
def test_no_two_boxes_at_once_are_in_one_network_nor_in_that_of_the_host(settled, waits):
    networks, boxes = [os.readlink('/proc/self/ns/net')], []
    for _ in range(4):
        if waits:
            has_network(settled[0])
        boxes.append(start(settled, NETWORK_AND_WAIT, stdin=subprocess.PIPE))
        networks.append(boxes[-1].stdout.readline().decode().strip())
    for one in boxes:
        one.communicate(b'\n', timeout=120)
    assert len(set(networks)) == len(networks)


@pytest.mark.skipif(os.geteuid() != 0, reason='an ordinary user makes no network')
def test_a_box_that_finds_a_network_is_told_to_make_none(settled, monkeypatch):
    assert has_network(settled[0])
    own = settled[0].run(os.readlink, '/proc/thread-self/ns/net')
    monkeypatch.setattr(starter, 'OWN_NETWORK', ('--no-such-word',))
    assert said_in_a_box(settled, ['/usr/bin/readlink', '/proc/self/ns/net']).strip() == own


def test_a_host_that_makes_no_network_ahead_of_time_makes_one_for_each_box(monkeypatch):
    def refuse(flags):
        raise OSError(errno.EPERM, 'Operation not permitted')

    monkeypatch.setattr(kernel, 'unshare', refuse)
    made = Starter(Settings())
    assert (made.settle_down(), has_network(made)) == (False, False)
    plain = made, [*box._CLOSED, *system_words()]
    said = [said_in_a_box(plain, ['/usr/bin/readlink', '/proc/self/ns/net']) for _ in range(2)]
    assert said[0].startswith('net:')
    assert os.readlink('/proc/self/ns/net') not in {line.strip() for line in said}
    made.close()


@only_root
def test_the_thread_has_a_shorter_table_of_mounts_and_the_daemon_has_its_own(settled):
    def mounts():
        return Path('/proc/thread-self/mountinfo').read_text().splitlines()

    before = mounts()
    there = [line.split()[4] for line in settled[0].run(mounts)]
    assert [place for place in there if place.startswith(('/sys/', '/dev/', '/proc/'))] == []
    assert set(settled[0].run(os.listdir, '/sys')) == {'directory', 'file'}
    assert mounts() == before
    assert any(line.split()[4].startswith('/sys') for line in before)


@only_root
def test_what_a_box_needs_is_never_taken_out_of_sight():
    made = Starter(Settings())
    assert made.settle_down('/usr/bin/bwrap', '/dev/shm/data') is False
    assert made.run(os.readlink, '/proc/thread-self/ns/mnt') == os.readlink('/proc/self/ns/mnt')
    made.close()


@only_root
@pytest.mark.parametrize('call', ['mknod', 'open'])
def test_a_container_that_may_make_no_devices_gets_boxes_with_those_of_the_host(monkeypatch, call):
    original = getattr(os, call)

    def refuse(path, *arguments, **options):
        if str(path).startswith('/dev/null') and threading.current_thread().name == 'boxes' and is_settling:
            raise PermissionError(errno.EPERM, 'Operation not permitted', path)
        return original(path, *arguments, **options)

    is_settling = True
    monkeypatch.setattr(os, call, refuse)
    made = Starter(Settings())
    has_stock = made.settle_down()
    is_settling = False
    assert has_stock is False
    listed = said_in_a_box((made, [*box._CLOSED, *system_words((), has_stock)]), ['/bin/ls', '/dev'])
    made.close()
    assert set(listed.split()) == {*DEVICES, *DEVICE_LINKS, 'shm'}


def test_a_box_has_five_devices_that_work_and_a_place_for_shared_memory(settled):
    assert set(said_in_a_box(settled, ['/bin/ls', '/dev']).split()) == {*DEVICES, *DEVICE_LINKS, 'shm'}
    words = 'echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 5 /dev/urandom | wc -c; echo y > /dev/shm/y; cat /dev/shm/y'
    assert said_in_a_box(settled, ['/bin/sh', '-c', words]).split() == ['3', '5', 'y']


@pytest.mark.parametrize(
    'words',
    [
        '> /dev/evil',
        'mkdir /dev/evil',
        'rm /dev/null',
        'chmod 0 /dev/null',
        # An ordinary user's site can only show the host's own devices, whose times anybody on the host may set; sealed by
        # bubblewrap, they could not be opened.
        pytest.param('touch /dev/null', marks=only_root),
        'ln -s /tmp /dev/evil',
    ],
)
def test_nobody_in_a_box_changes_what_the_next_finds_in_dev(settled, words):
    said = said_in_a_box(settled, ['/bin/sh', '-c', f'({words}) 2>/dev/null && echo done; true'])
    assert said == ''
    assert set(said_in_a_box(settled, ['/bin/ls', '/dev']).split()) == {*DEVICES, *DEVICE_LINKS, 'shm'}


@pytest.mark.parametrize(
    'words',
    [
        'ls /proc/sys | grep .',
        'touch /proc/sys/evil',
        'chmod 777 /proc/sys',
        # What bubblewrap makes for an ordinary user is for one box only, and may be locked.
        pytest.param('flock -n /proc/sys true', marks=only_root),
        'cat /proc/kallsyms',
        '> /proc/kallsyms',
    ],
)
def test_nobody_in_a_box_looks_behind_what_is_laid_over_proc_or_changes_it(settled, words):
    said = said_in_a_box(settled, ['/bin/sh', '-c', f'({words}) 2>/dev/null && echo done; [ -e /proc/kallsyms ] && echo there'])
    assert said == 'there\n'


# In a table of mounts of its own, where it may do as the administrator of a host does.
ALONE = """
import os, subprocess, sys, tempfile
os.umask(0o077)
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ivle import kernel
from ivle.sandbox.box import Launcher
from ivle.sandbox.starter import Starter
from ivle.sandbox.tree import Words
from ivle.settings import Settings
kernel.unshare(kernel.NEWNS)
MS_SHARED = 1 << 20
kernel.mount(None, '/', None, kernel.MS_REC | MS_SHARED)
"""

MASK = (
    ALONE
    + """
made = Starter(Settings())
made.settle_down()
print(oct(made.run(os.stat, '/sys/directory').st_mode), oct(made.run(os.stat, '/sys/file').st_mode))
made.close()
"""
)


@only_root
def test_what_is_laid_over_proc_may_be_entered_and_not_opened_whatever_the_mask_of_the_daemon():
    assert told_by(MASK) == ['0o40111 0o100000']


@only_root
def test_where_nothing_can_be_kept_to_lay_over_proc_bubblewrap_makes_it(monkeypatch):
    original = kernel.mount

    def refuse(source, target, *arguments):
        if target == '/sys':
            raise PermissionError(errno.EPERM, 'Operation not permitted', target)
        original(source, target, *arguments)

    monkeypatch.setattr(kernel, 'mount', refuse)
    made = Starter(Settings())
    assert made.settle_down() is False
    said = said_in_a_box((made, [*box._CLOSED, *system_words()]), ['/bin/sh', '-c', 'ls /proc/sys; ls /dev; cat /proc/uptime'])
    made.close()
    assert set(said.split()[:-2]) == {*DEVICES, *DEVICE_LINKS, 'shm'}


def test_what_goes_wrong_in_the_thread_comes_back_and_the_thread_goes_on(settled):
    with pytest.raises(ZeroDivisionError):
        settled[0].run(lambda: 1 / 0)
    assert settled[0].run(lambda: threading.current_thread().name) == 'boxes'


LIMITS = Limits(open_files=77, file_size=2 << 20, processes=5)


def limit_of(pid, name):
    [words] = [line.removeprefix(name) for line in Path(f'/proc/{pid}/limits').read_text().splitlines() if line.startswith(name)]
    return words.split()[:2]


def children_of(pid):
    return Path(f'/proc/{pid}/task/{pid}/children').read_text().split()


def test_a_process_is_limited_and_in_its_group_before_it_does_anything(settled):
    found = []

    def join(pid):
        # Longer than bubblewrap takes for a whole box.
        time.sleep(0.2)
        found.append((limit_of(pid, 'Max open files'), children_of(pid)))

    with start(settled, ['/bin/sh', '-c', 'ulimit -n; ulimit -f'], limits=LIMITS, join=join) as process:
        said = process.stdout.read().split()
    assert found == [(['77', '77'], [])]
    # The shell counts in half kilobytes.
    assert said == [b'77', b'4096']


def test_from_outside_the_processes_of_a_user_are_not_counted_for_all_boxes_together(settled):
    with start(settled, ['/bin/sh', '-c', 'ulimit -p'], limits=LIMITS) as process:
        said = process.stdout.read().split()
    assert said != [b'5']


def test_what_cannot_join_its_group_runs_nothing_and_is_gone(settled, tmp_path):
    found = []

    def refuse(pid):
        found.append(pid)
        raise OSError(errno.EBUSY, 'Device or resource busy')

    with pytest.raises(OSError, match='busy'):
        start(settled, ['/bin/echo', 'ran'], join=refuse)
    assert not Path(f'/proc/{found[0]}').exists()


def test_what_cannot_be_limited_runs_nothing_and_is_gone(settled, monkeypatch):
    found = []

    def refuse(limits, pid):
        found.append(pid)
        raise PermissionError(errno.EPERM, 'Operation not permitted')

    monkeypatch.setattr(Limits, 'put_on', refuse)
    monkeypatch.setattr(starter, '_IDENTITY_SECONDS', 0.05)
    with pytest.raises(PermissionError):
        start(settled, ['/bin/echo', 'ran'], limits=LIMITS)
    assert len(found) > 1
    assert not Path(f'/proc/{found[0]}').exists()


@pytest.mark.parametrize('is_told', [True, False])
def test_bubblewrap_that_is_never_told_what_to_make_has_nothing_to_run(is_told):
    awaited, tell = os.pipe()
    with open(awaited, 'rb') as awaited, open(tell, 'wb') as tell:
        tell.write(b'--ro-bind\0/\0/\0' if is_told else b'')
        command = ['bwrap', '--args', str(awaited.fileno()), '--', '/bin/echo', 'ran']
        process = subprocess.Popen(command, pass_fds=[awaited.fileno()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        tell.close()
        assert process.communicate(timeout=120)[0] == (b'ran\n' if is_told else b'')


def test_what_cannot_be_told_to_the_end_is_gone_before_it_takes_the_beginning_for_all(settled, monkeypatch):
    def tell_half(pipe, arguments):
        pipe.write(arguments[: arguments.index(b'--remount-ro\0/\0')])
        raise MemoryError

    monkeypatch.setattr(starter, '_tell', tell_half)
    reader, writer = os.pipe()
    with open(reader, 'rb') as reader:
        with open(writer, 'wb') as writer, pytest.raises(MemoryError):
            start(settled, ['/bin/echo', 'ran'], stderr=writer, stdout=writer)
        assert reader.read() == b''


def test_after_the_end_nothing_is_started():
    made = Starter(Settings())
    made.close()
    with pytest.raises(RuntimeError, match='No more boxes'):
        made.run(print)


def test_a_box_ends_with_the_thread(settled):
    with start(settled, ['/bin/sh', '-c', 'echo started; sleep 60']) as process:
        # Only then bubblewrap has asked the kernel for it.
        assert process.stdout.readline() == b'started\n'
        settled[0].close()
        assert process.wait(10) != 0


MASKED = (
    ALONE
    + """
kernel.mount('/dev/null', '/proc/keys', None, kernel.MS_BIND)
kernel.mount('tmpfs', '/proc/fs', 'tmpfs', 0)
with tempfile.TemporaryDirectory() as data:
    launcher = Launcher(Settings(data=Path(data)), programs={})
    launcher.prepare()
    with launcher.new_words() as words:
        words.add('--remount-ro', '/')
        streams = {'stdin': None, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT}
        looks = 'cat /proc/keys; ls /proc/fs; cat /proc/uptime > /dev/null && echo there'
        box = launcher._spawn(words, ['/bin/sh', '-c', looks], **streams)
    print(box.communicate()[0].decode())
    launcher.close()
"""
)
LATER = (
    ALONE
    + """
made = Starter(Settings())
made.settle_down()
with tempfile.TemporaryDirectory() as disk:
    kernel.mount('tmpfs', disk, 'tmpfs', 0)
    Path(disk, 'new').touch()
    print(made.run(os.listdir, disk))
    kernel.unmount(disk)
    print(made.run(os.listdir, disk))
kernel.unmount('/sys')
kernel.mount('sysfs', '/sys', 'sysfs', 0)
print(sorted(made.run(os.listdir, '/sys')))
made.run(kernel.mount, 'tmpfs', '/mnt', 'tmpfs', 0)
print(os.path.ismount('/mnt'))
made.close()
"""
)


def told_by(script):
    command = [sys.executable, '-c', script, str(box.SOURCE)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stderr
    return told.stdout.splitlines()


@only_root
def test_what_the_host_hides_of_proc_is_hidden_in_boxes_too():
    *lines, last = filter(None, told_by(MASKED))
    assert [line.partition(': ')[2].partition(': ')[2] for line in lines] == ['Permission denied'] * 2
    assert last == 'there'


@only_root
def test_a_disk_that_comes_later_is_seen_and_one_that_goes_is_let_go_and_nothing_of_the_thread_is_seen_outside():
    assert told_by(LATER) == ["['new']", '[]', "['directory', 'file']", 'False']


def test_a_network_that_cannot_be_made_for_any_reason_does_not_end_the_thread(monkeypatch):
    def refuse(flags):
        raise MemoryError

    monkeypatch.setattr(kernel, 'unshare', refuse)
    made = Starter(Settings())
    assert not has_network(made)
    assert made.run(os.getpid) == os.getpid()
    made.close()
