"""The file service where an account has its room: what would pass it is refused whole, what frees room always works."""

import contextlib
import hashlib
import io
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest

from ivle import chat
from tests.services.file_room import FileService

KIB = 1024
BIG = os.urandom(200 * KIB)


def disk(used=0, limit=1000 * KIB, files=0, most_files=1000, at=0.0, **more):
    """Return what sandbox-server says of an account with each request."""
    return {'used': used, 'limit': limit, 'files': files, 'most_files': most_files, 'trash': 0, 'hides': False, 'at': at, **more}


FULL = disk(used=1000 * KIB)


def etag(content):
    return hashlib.sha256(content).hexdigest()[:32]


def zip_of(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def service(data):
    for area in ('home', 'trash', 'staging'):
        Path(data, area).mkdir()
    with contextlib.closing(FileService(data)) as service:
        yield service


def left_in(service, area):
    return os.listdir(service.account / area)


# -- what is refused --------------------------------------------------------------------------------


def test_a_refusal_says_how_much_is_taken_of_what(service):
    refusal = service.refusal('write', 'a', BIG, if_none_match='*', disk=disk(used=900 * KIB))
    assert refusal['code'] == 'quota'
    assert refusal['disk'] == {
        'used': 900 * KIB,
        'limit': 1000 * KIB,
        'files': 0,
        'most_files': 1000,
        'trash': 0,
        'hides': False,
    }


def test_a_save_that_does_not_fit_leaves_the_old_file_and_nothing_half_written(service):
    service.do('write', 'a', b'old', if_none_match='*')
    assert service.code('write', 'a', BIG, if_match=etag(b'old'), disk=disk(used=900 * KIB)) == 'quota'
    assert service.bytes('read', 'a') == b'old'
    assert left_in(service, 'staging') == []


def test_an_empty_file_takes_room_too(service):
    assert service.code('write', 'a', b'', if_none_match='*', disk=FULL) == 'quota'
    assert service.names() == []


def test_a_full_account_can_make_a_file_shorter_but_not_longer(service):
    service.do('write', 'a', BIG, if_none_match='*')
    service.do('write', 'a', BIG[:10], if_match=etag(BIG), disk=disk(used=1100 * KIB))
    assert service.code('write', 'a', BIG, if_match=etag(BIG[:10]), disk=FULL) == 'quota'


def test_a_file_of_several_names_makes_no_room_when_one_of_them_changes(service):
    service.do('write', 'a', BIG, if_none_match='*')
    os.link(service.home / 'a', service.home / 'b')
    assert service.code('write', 'a', BIG[::-1], if_match=etag(BIG), disk=FULL) == 'quota'


def test_an_upload_is_kept_whole_or_not_at_all(service):
    files = [{'name': name, 'size': len(BIG)} for name in ('a', 'b')]
    assert service.code('upload', '', BIG, BIG, files=files, disk=disk(used=700 * KIB)) == 'quota'
    assert service.names() == []
    assert left_in(service, 'staging') == []
    service.do('upload', '', BIG, BIG, files=files, disk=disk(used=500 * KIB))
    assert service.names() == ['a', 'b']


def test_an_upload_larger_than_announced_is_refused(service):
    assert service.code('upload', '', BIG, files=[{'name': 'a', 'size': 10}], disk=disk()) == 'bad-request'
    assert service.names() == []


def test_what_comes_out_of_an_archive_counts(service):
    packed = zip_of(a=b'x' * 300_000, b=b'y' * 300_000)
    files = [{'name': 'a.zip', 'size': len(packed)}]
    assert service.code('upload', '', packed, files=files, unpack=True, disk=disk(used=500 * KIB)) == 'quota'
    assert service.names() == []
    assert left_in(service, 'staging') == []
    service.do('upload', '', packed, files=files, unpack=True, disk=disk(used=300 * KIB))
    assert service.names() == ['a', 'b']


def test_an_archive_of_many_empty_files_counts_its_files(service):
    packed = zip_of(**{f'f{number}': b'' for number in range(200)})
    files = [{'name': 'a.zip', 'size': len(packed)}]
    assert service.code('upload', '', packed, files=files, unpack=True, disk=disk(limit=0, files=850)) == 'quota'
    assert service.names() == []


def test_a_directory_that_does_not_fit_is_not_made(service):
    assert service.code('mkdir', name='d', disk=FULL) == 'quota'
    assert service.code('mkdir', name='d', disk=disk(files=1000)) == 'quota'
    assert service.names() == []


def test_a_copy_is_made_whole_or_not_at_all(service):
    (service.home / 'd' / 'below').mkdir(parents=True)
    (service.home / 'to').mkdir()
    for name in ('a', 'below/b'):
        (service.home / 'd' / name).write_bytes(BIG)
    assert service.code('copy', names=['d'], to='to', disk=disk(used=650 * KIB)) == 'quota'
    assert service.names('to') == []
    assert left_in(service, 'staging') == []
    service.do('copy', names=['d'], to='to', disk=disk(used=550 * KIB))
    assert service.names('to') == ['d']


def test_a_copy_of_a_file_with_holes_counts_what_it_will_take(service):
    with open(service.home / 'holes', 'wb') as file:
        file.truncate(10 << 20)
    (service.home / 'to').mkdir()
    assert service.code('copy', names=['holes'], to='to', disk=disk()) == 'quota'


def test_while_a_directory_cannot_be_measured_nothing_is_added(service):
    assert service.code('mkdir', name='d', disk=disk(hides=True)) == 'quota'


def test_without_a_limit_everything_is_taken(service):
    service.do('write', 'a', BIG, if_none_match='*', disk=disk(used=1 << 40, limit=0, files=1 << 30, most_files=0))
    service.do('write', 'b', BIG, if_none_match='*')


# -- what always works ------------------------------------------------------------------------------


def test_a_full_account_can_read_move_rename_delete_restore_and_purge(service):
    service.do('mkdir', name='to')
    for name in ('a', 'b'):
        service.do('write', name, BIG, if_none_match='*')
    over = disk(used=2000 * KIB, files=2000)
    assert service.bytes('read', 'a', disk=over) == BIG
    service.do('move', names=['a'], to='to', disk=over)
    service.do('rename', **{'from': 'b', 'to': 'c'}, disk=over)
    trash = service.do('delete', names=['c'], disk=over)['trash']
    service.do('restore', trash=trash, disk=over)
    service.do('delete', names=['c', 'to'], disk=over)
    assert service.do('purge', disk=over) == {'purged': 1}
    assert service.names() == left_in(service, 'trash') == left_in(service, 'staging') == []


# -- two at once ------------------------------------------------------------------------------------


def test_what_was_added_since_the_measurement_counts(service):
    measured = disk(limit=900 * KIB, at=time.monotonic())
    for name in ('a', 'b', 'c', 'd'):
        service.do('write', name, BIG, if_none_match='*', disk=measured)
    assert service.code('write', 'e', BIG, if_none_match='*', disk=measured) == 'quota'
    assert service.do('list', disk=measured)['disk']['used'] == 800 * KIB
    assert service.do('list', disk=measured)['disk']['files'] == 4


def test_what_a_new_measurement_has_seen_does_not_count_twice(service):
    service.do('write', 'a', BIG, if_none_match='*', disk=disk(at=time.monotonic()))
    seen = disk(used=200 * KIB, at=time.monotonic())
    assert service.do('list', disk=seen)['disk']['used'] == 200 * KIB


def test_an_old_measurement_does_not_undo_a_newer_one(service):
    now = time.monotonic()
    service.do('list', disk=disk(used=900 * KIB, at=now))
    assert service.do('list', disk=disk(used=0, at=now - 5))['disk']['used'] == 900 * KIB


def test_what_came_to_nothing_takes_no_room(service):
    measured = disk(at=time.monotonic())
    service.do('write', 'a', b'x', if_none_match='*', disk=measured)
    for _ in range(10):
        assert service.code('write', 'a', BIG, if_none_match='*', disk=measured) == 'stale'
    service.do('write', 'b', BIG, if_none_match='*', disk=measured)


def test_an_archive_takes_no_room_when_it_is_unpacked(service):
    packed, measured = zip_of(a=BIG), disk(at=time.monotonic())
    service.do('upload', '', packed, files=[{'name': 'a.zip', 'size': len(packed)}], unpack=True, disk=measured)
    assert service.do('list', disk=measured)['disk']['used'] == 200 * KIB


def test_two_uploads_at_once_do_not_pass_the_limit_together(service):
    measured = disk(used=500 * KIB, at=time.monotonic())
    replies = []

    def upload(name):
        files = [{'name': name, 'size': 100 * KIB * 3}]
        with service.begin({'op': 'upload', 'path': '', 'files': files, 'disk': measured}) as connection:
            # Each begins before the other has ended.
            chat.write_frame(connection, BIG[: 100 * KIB])
            both_have_begun.wait(10)
            for _ in range(2):
                chat.write_frame(connection, BIG[: 100 * KIB])
            chat.write_frame(connection, b'')
            replies.append(chat.read_value(connection, timeout=60))

    both_have_begun = threading.Barrier(2)
    uploads = [threading.Thread(target=upload, args=(name,)) for name in ('a', 'b')]
    for one in uploads:
        one.start()
    for one in uploads:
        one.join()
    assert sorted(next(iter(reply)) for reply in replies) == ['error', 'okay']
    assert len(service.names()) == 1


# -- the trash --------------------------------------------------------------------------------------


def test_one_deletion_is_purged_and_the_others_stay(service):
    for name in ('a', 'b'):
        service.do('write', name, b'x', if_none_match='*')
    first, _ = (service.do('delete', names=[name])['trash'] for name in ('a', 'b'))
    assert service.do('purge', trash=first) == {'purged': 1}
    assert [item['names'] for item in service.do('trash')['items']] == [['b']]
    assert service.code('restore', trash=first) == 'not-found'


@pytest.mark.parametrize('trash', ['', '..', 'a/b', 'unknown', '../home', 5])
def test_only_what_is_in_the_trash_is_purged(service, trash):
    service.do('write', 'unknown', b'x', if_none_match='*')
    assert service.code('purge', trash=trash) == 'not-found'
    assert service.names() == ['unknown']


def test_the_trash_is_emptied_of_what_is_nested_shut_and_under_version_control(service):
    deep = service.home / 'd'
    deep.mkdir()
    above = os.open(deep, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir('n', dir_fd=above)
        below = os.open('n', os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(above)
    (deep / '.svn').mkdir()
    (deep / '.svn' / 'wc.db').write_bytes(BIG)
    (deep / 'link').symlink_to('/etc')
    (deep / 'shut').mkdir()
    (deep / 'shut' / 'file').touch()
    (deep / 'shut').chmod(0)
    service.do('delete', names=['d'])
    assert service.do('purge') == {'purged': 1}
    assert left_in(service, 'trash') == left_in(service, 'staging') == []


def test_what_was_half_purged_is_swept_away_by_the_next_service(service):
    service.do('write', 'a', b'x', if_none_match='*')
    trash = service.do('delete', names=['a'])['trash']
    os.rename(service.account / 'trash' / trash, service.account / 'staging' / trash)
    with contextlib.closing(FileService(service.account)) as another:
        another.names()
    assert left_in(service, 'staging') == []


def test_whoever_may_only_read_purges_nothing(service):
    service.do('write', 'a', b'x', if_none_match='*')
    service.do('delete', names=['a'])
    with contextlib.closing(FileService(service.account, options=['--read-only'])) as reader:
        assert reader.code('purge') == 'read-only'
    assert len(left_in(service, 'trash')) == 1
