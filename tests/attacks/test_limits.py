"""Bombs: each is stopped by a limit of its box, and the box beside it goes on."""

import os
import signal
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from ivle.sandbox.limits import Limits
from ivle.sandbox.memory import used_by
from tests.attacks.host import SMALL, Host

MIB = 1 << 20


@pytest.fixture(params=['auto', 'off'], ids=['groups', 'watch'])
def guarded(request):
    """Return a Host whose boxes are held to their memory by control groups, where it may make some, and one without."""
    with ExitStack() as stack:
        yield Host(stack.enter_context(tempfile.TemporaryDirectory(prefix='host-')), stack, cgroups=request.param)


def test_a_fork_bomb_stops_at_the_limit_of_processes(host):
    children, refused = host.attempt('fork_bomb', most=300)['did']
    assert children < SMALL.processes
    assert refused == 'EAGAIN'


def test_two_fork_bombs_of_one_student_do_not_share_the_limit(host):
    bombs = [host.start('fork_bomb', most=300) for _ in range(2)]
    counts = [bomb.report()['did'][0] for bomb in bombs]
    assert all(SMALL.processes - 5 < count < SMALL.processes for count in counts)


def test_threads_count_as_processes(host):
    threads, refused = host.attempt('thread_bomb', most=300)['did']
    assert (threads < SMALL.processes, refused) == (True, 'EAGAIN')


def test_memory_of_one_process_stops_at_the_limit(host, outside):
    assert outside('memory_bomb', size=SMALL.memory) == {'did': SMALL.memory}
    assert host.attempt('memory_bomb', size=SMALL.memory) == {'refused': 'ENOMEM'}
    assert host.attempt('memory_bomb', size=SMALL.memory // 2) == {'did': SMALL.memory // 2}


def test_many_small_processes_do_not_get_more_memory_than_one_big_one(guarded):
    attempt = guarded.start('memory_bomb_of_many', processes=8, size=64 * MIB)
    assert attempt.reason_of_end() == 'memory'


def test_memory_that_nobody_seems_to_hold_counts_too(guarded):
    attempt = guarded.start('shared_memory_bomb', processes=8, size=48 * MIB)
    assert attempt.reason_of_end() == 'memory'


def test_forty_threads_fit_into_the_limits_of_a_site(host):
    assert host.attempt('thread_bomb', most=40, size=0, limits=Limits.of(host.settings, 'console')) == {'did': [40, None]}


def test_a_box_within_its_memory_is_left_alone(guarded):
    attempt = guarded.start('memory_bomb_of_many', processes=2, size=32 * MIB)
    deadline = time.monotonic() + 60
    while attempt.box.init_pid is None or used_by(attempt.box.init_pid) < 64 * MIB:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # Another box that is over its limit makes the watch look at both.
    assert guarded.start('memory_bomb_of_many', processes=8, size=64 * MIB).reason_of_end() == 'memory'
    assert attempt.box.poll() is None


def test_a_million_empty_files_in_tmp_count_as_memory(guarded):
    limits = replace(SMALL, box_memory=64 * MIB, cpu_seconds=30)
    assert guarded.start('inode_bomb', limits=limits).reason_of_end() == 'memory'


def test_a_file_stops_at_the_limit_of_file_size(host):
    assert host.attempt('file_bomb', path='big', size=4 * SMALL.file_size) == {'refused': 'EFBIG'}
    assert (host.home() / 'big').stat().st_size == SMALL.file_size


def test_the_private_tmp_is_full_at_its_size(host):
    limits = replace(SMALL, file_size=64 * MIB)
    assert host.attempt('file_bomb', path='/tmp/big', size=32 * MIB, limits=limits) == {'refused': 'ENOSPC'}
    assert host.attempt('file_bomb', path='/dev/shm/big', size=32 * MIB, limits=limits) == {'refused': 'ENOSPC'}


def test_descriptors_stop_at_the_limit_of_open_files(host):
    assert host.attempt('descriptor_bomb', most=1000) == {'refused': 'EMFILE'}


def test_a_busy_loop_ends_at_the_limit_of_processor_time(host):
    assert host.start('spin', limits=replace(SMALL, cpu_seconds=1)).reason_of_end() == 'cpu'


def test_a_busy_loop_that_ignores_the_warning_is_ended_two_seconds_later(host):
    attempt = host.start('spin_against_the_warning', limits=replace(SMALL, cpu_seconds=1))
    assert attempt.reason_of_end() == 'stopped'
    assert attempt.box.poll() == 128 + signal.SIGKILL


def test_a_crash_leaves_no_memory_image(host):
    assert host.start('crash').reason_of_end() == 'stopped'
    assert sorted(os.listdir(host.home())) == ['note.txt']


def test_the_neighbour_of_a_bomb_still_answers(host):
    neighbour = host.start('wait_for_a_byte', login='asmith')
    neighbour.line()
    bombs = [host.start('fork_bomb', most=300), host.start('spin'), host.start('inode_bomb')]
    neighbour.say(b'x')
    assert neighbour.report() == {'did': 'x'}
    assert len(bombs) == 3
