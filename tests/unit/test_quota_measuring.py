"""Measuring: what lies in an account is counted once, whatever its owner's programs do to hide or to multiply it."""

import os
import resource
import subprocess
import threading
from pathlib import Path

import pytest

from ivle.sandbox.measuring import LEAST_BYTES, measure


@pytest.fixture
def account(tmp_path):
    """Return the directory of an account without files."""
    for area in ('home', 'trash', 'staging'):
        (tmp_path / area).mkdir()
    return tmp_path


def put(path, size):
    """Make a file of `size` bytes that are all on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def test_an_empty_account_takes_nothing(account):
    found = measure(account)
    assert (found.used, found.files, found.is_whole, found.hides) == (0, 0, True, False)


def test_there_is_no_size_of_an_account_that_does_not_exist(account):
    with pytest.raises(FileNotFoundError):
        measure(account / 'nobody')


@pytest.mark.parametrize('area', ['home', 'trash', 'staging'])
def test_what_lies_in_each_area_counts(account, area):
    put(account / area / 'a', 3 * LEAST_BYTES)
    found = measure(account)
    assert (found.used, found.files) == (3 * LEAST_BYTES, 1)


def test_an_empty_file_and_a_directory_take_room_too(account):
    (account / 'home' / 'empty').touch()
    (account / 'home' / 'directory').mkdir()
    found = measure(account)
    assert (found.used, found.files) == (2 * LEAST_BYTES, 2)


def test_directories_below_directories_are_counted(account):
    for path in ('a/1', 'a/b/2', 'a/b/c/3', 'd/4'):
        put(account / 'home' / path, 1)
    assert measure(account).files == 4 + 4


def test_a_file_with_holes_counts_for_what_it_has_on_the_disk(account):
    with open(account / 'home' / 'holes', 'wb') as file:
        file.truncate(1 << 40)
    assert measure(account).used == LEAST_BYTES


def test_a_file_of_several_names_counts_once(account):
    put(account / 'home' / 'one', 10 * LEAST_BYTES)
    for number in range(20):
        os.link(account / 'home' / 'one', account / 'trash' / f'link{number}')
    found = measure(account)
    assert (found.used, found.files) == (10 * LEAST_BYTES, 1)


def test_links_are_counted_and_not_followed(account, tmp_path_factory):
    outside = tmp_path_factory.mktemp('outside')
    put(outside / 'big', 100 * LEAST_BYTES)
    (account / 'home' / 'directory').symlink_to(outside)
    (account / 'home' / 'file').symlink_to(outside / 'big')
    (account / 'home' / 'loop').symlink_to(account / 'home')
    found = measure(account)
    assert (found.used, found.files) == (3 * LEAST_BYTES, 3)


def test_an_area_that_is_a_link_leads_nowhere(account, tmp_path_factory):
    outside = tmp_path_factory.mktemp('outside')
    put(outside / 'big', LEAST_BYTES)
    (account / 'trash').rmdir()
    (account / 'trash').symlink_to(outside)
    assert measure(account).files == 0


def test_pipes_are_counted_and_not_opened(account):
    os.mkfifo(account / 'home' / 'pipe')
    assert measure(account).files == 1


def test_a_nest_of_directories_is_counted_to_its_end_with_few_descriptors(account):
    above = os.open(account / 'home', os.O_RDONLY)
    for _ in range(3000):
        os.mkdir('d', dir_fd=above)
        below = os.open('d', os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(os.open('deep', os.O_CREAT | os.O_WRONLY, dir_fd=above))
    os.close(above)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir('/proc/self/fd')) + 8, hard))
    try:
        found = measure(account)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    _flatten(account / 'home')
    assert (found.files, found.is_whole) == (3001, True)


def _flatten(directory):
    """Take a nest apart from above: no path reaches its end."""
    for number in range(3000):
        os.rename(directory / 'd', directory / f'x{number}')
        for name in os.listdir(directory / f'x{number}'):
            os.rename(directory / f'x{number}' / name, directory / name)


def test_a_directory_that_shuts_its_owner_out_is_counted_all_the_same(account):
    hidden = put(account / 'home' / 'hidden' / 'big', 50 * LEAST_BYTES).parent
    hidden.chmod(0)
    found = measure(account)
    hidden.chmod(0o700)
    assert (found.used, found.files) == (51 * LEAST_BYTES, 2)


def test_what_nobody_could_open_is_not_taken_for_nothing(account):
    put(account / 'home' / 'a' / 'b' / 'file', 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Enough for the account itself and for nothing below it.
    spare = os.dup(0)
    os.close(spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare + 1, hard))
    try:
        found = measure(account)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not found.is_whole


def test_ten_times_too_many_files_are_not_all_counted(account):
    for number in range(6000):
        (account / 'home' / str(number)).touch()
    found = measure(account, most_files=500)
    assert 500 < found.files < 3500
    assert not found.is_whole


def test_a_walk_ends_when_it_is_told_to(account):
    put(account / 'home' / 'a', 1)
    stop = threading.Event()
    stop.set()
    assert not measure(account, stop=stop).is_whole


def test_a_directory_that_is_moved_while_it_is_counted_leads_nowhere_else(account, tmp_path_factory):
    outside = tmp_path_factory.mktemp('outside')
    for number in range(200):
        put(outside / 'many' / str(number), 1)
    for number in range(300):
        put(account / 'home' / 'moving' / f'd{number}' / 'deep' / 'file', 1)
    end = threading.Event()
    mover = threading.Thread(target=_move_about, args=(account / 'home' / 'moving', outside / 'moved', end))
    mover.start()
    counts = [measure(account).files for _ in range(20)]
    end.set()
    mover.join()
    assert max(counts) <= 1 + 300 * 3
    assert measure(account).files == 1 + 300 * 3


def _move_about(one, other, end):
    while not end.is_set():
        os.rename(one, other)
        os.rename(other, one)


AS_SOMEBODY = """
import sys
sys.path.insert(0, sys.argv[2])
from ivle.sandbox.measuring import measure
found = measure(sys.argv[1])
print(found.used, found.files, found.is_whole, found.hides)
"""


@pytest.mark.skipif(os.getuid() != 0, reason='takes another user, who is not shown everything')
def test_an_ordinary_user_sees_what_its_own_programs_have_shut_away(account):
    hidden = put(account / 'home' / 'hidden' / 'big', 50 * LEAST_BYTES).parent
    for path in (account, account / 'home', hidden, hidden / 'big'):
        os.chown(path, 65534, 65534)
    hidden.chmod(0)
    for above in (account, *account.parents):
        above.chmod(above.stat().st_mode | 0o111)
    source = str(Path(__file__).parents[2])
    command = ['/usr/bin/python3', '-I', '-S', '-c', AS_SOMEBODY, str(account), source]
    ran = subprocess.run(command, user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == f'{51 * LEAST_BYTES} 2 True False'
