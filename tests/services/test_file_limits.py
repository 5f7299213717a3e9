"""The file service where there is no more room: the answer says so, and what was there stays."""

import contextlib
import hashlib
import resource
from pathlib import Path

import pytest

from tests.services.file_room import FileService

CONTENT = b'precious' * 10_000
# A file system of one megabyte that only the service sees: it takes no rights, and goes with it.
MOUNT = 'mount -t tmpfs -o size=1m small "$1" && mkdir "$1/home" "$1/trash" "$1/staging" && shift && exec "$@"'


@pytest.fixture
def small_disk(data):
    """Return the service of an account on a file system of one megabyte."""
    place = Path(data, 'small')
    place.mkdir()
    within = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', MOUNT, 'sh', str(place)]
    with contextlib.closing(FileService(place, within=within)) as service:
        yield service


@pytest.fixture
def small_files(data):
    """Return an account whose service may write files of 300 KB only, as its box would have it."""
    for area in ('home', 'trash', 'staging'):
        Path(data, area).mkdir()
    with contextlib.closing(FileService(data)) as service:
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (300_000, 300_000))
        yield service


def etag(content):
    return hashlib.sha256(content).hexdigest()[:32]


def test_a_file_over_the_limit_is_too_large_and_the_old_one_stays(small_files):
    small_files.do('write', 'a', CONTENT, if_none_match='*')
    assert small_files.code('write', 'a', b'x' * 400_000, if_match=etag(CONTENT)) == 'too-large'
    assert small_files.code('write', 'b', b'x' * 400_000, if_none_match='*') == 'too-large'
    assert small_files.bytes('read', 'a') == CONTENT
    assert small_files.names() == ['a']


def test_on_a_full_disk_nothing_changes_and_it_goes_on_when_there_is_room_again(small_disk):
    filler, more = b'x' * (600 << 10), b'y' * (500 << 10)
    small_disk.do('write', 'a', CONTENT, if_none_match='*')
    filled = small_disk.do('write', 'filler', filler, if_none_match='*')['etag']
    small_disk.do('mkdir', name='to')
    assert small_disk.code('write', 'a', more, if_match=etag(CONTENT)) == 'disk-full'
    assert small_disk.code('upload', '', more, files=[{'name': 'b', 'size': len(more)}]) == 'disk-full'
    assert small_disk.code('copy', names=['filler'], to='to') == 'disk-full'
    assert small_disk.bytes('read', 'a') == CONTENT
    assert small_disk.names() == ['to', 'a', 'filler']
    small_disk.do('write', 'filler', b'', if_match=filled)
    small_disk.do('write', 'a', more, if_match=etag(CONTENT))
