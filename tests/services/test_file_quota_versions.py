"""Subversion where an account has its room: what comes out of a repository, or is kept of a version, counts like any file."""

import contextlib
import os

import pytest

from tests.services.file_room import Host

KIB = 1024
BIG = os.urandom(200 * KIB)


def disk(used=0, limit=1000 * KIB, files=0, most_files=1000):
    return {'used': used, 'limit': limit, 'files': files, 'most_files': most_files, 'trash': 0, 'hides': False, 'at': 0.0}


@pytest.fixture
def host(data):
    with contextlib.closing(Host(data)) as host:
        host.do('activate_user', login='studenta', directories=['151'])
        yield host


@pytest.fixture
def service(host):
    """Return studenta's file service with two working copies: `151`, and `old` as it was before a large file was saved."""
    service = host.service('studenta')
    for place in ('151', 'old'):
        service.do('svn_checkout', place, repository='users/studenta/151')
    service.do('write', '151/big', BIG, if_none_match='*')
    service.do('svn_add', '151', names=['big'])
    service.do('svn_commit', '151', message='Big')
    return service


def test_a_checkout_that_does_not_fit_leaves_nothing(service):
    assert service.code('svn_checkout', 'new', repository='users/studenta/151', disk=disk(used=700 * KIB)) == 'quota'
    assert service.names() == ['151', 'old']
    assert os.listdir(service.account / 'staging') == []


def test_a_checkout_that_fits_is_made_and_counts(service):
    service.do('svn_checkout', 'new', repository='users/studenta/151', disk=disk(used=500 * KIB))
    assert service.bytes('read', 'new/big') == BIG
    assert service.do('list', disk=disk())['disk']['used'] >= 400 * KIB


def test_an_update_that_does_not_fit_changes_nothing(service):
    assert service.code('svn_update', 'old', disk=disk(used=700 * KIB)) == 'quota'
    assert service.names('old') == []


def test_an_update_that_fits_brings_in_what_is_new(service):
    service.do('svn_update', 'old', disk=disk(used=500 * KIB))
    assert service.bytes('read', 'old/big') == BIG


def test_an_update_counts_only_what_is_not_there_yet(service):
    service.do('write', '151/small', b'x', if_none_match='*')
    service.do('svn_add', '151', names=['small'])
    service.do('svn_commit', '151', message='Small')
    service.do('svn_update', 'old', revision=service.do('svn_update', '151')['revision'] - 1)
    service.do('svn_update', 'old', disk=disk(used=900 * KIB))
    assert service.names('old') == ['big', 'small']


def test_a_commit_needs_room_for_what_it_keeps(service):
    service.do('write', '151/second', BIG[::-1], if_none_match='*')
    service.do('svn_add', '151', names=['second'])
    assert service.code('svn_commit', '151', message='Second', disk=disk(used=900 * KIB)) == 'quota'
    assert service.state('151', 'second') == 'added'
    assert service.do('svn_commit', '151', message='Second', disk=disk(used=700 * KIB))['revision']


def test_what_is_brought_back_needs_room(service):
    os.unlink(service.home / '151' / 'big')
    assert service.code('svn_revert', '151', names=['big'], disk=disk(used=1000 * KIB)) == 'quota'
    assert service.state('151', 'big') == 'missing'


def test_files_are_all_brought_back_or_none_of_them(service):
    names = [f'more{number}' for number in range(6)]
    for name in names:
        service.do('write', f'151/{name}', BIG, if_none_match='*')
    service.do('svn_add', '151', names=names)
    service.do('svn_commit', '151', message='More')
    for name in names:
        os.unlink(service.home / '151' / name)
    assert service.code('svn_revert', '151', names=names, disk=disk(limit=1250 * KIB)) == 'quota'
    assert {service.state('151', name) for name in names} == {'missing'}
    service.do('svn_revert', '151', names=names, disk=disk(limit=1300 * KIB))
    assert (service.home / '151' / names[-1]).read_bytes() == BIG


def test_a_change_that_was_undone_takes_no_more_room_than_before(service):
    service.do('write', '151/big', BIG[::-1], if_match=service.do('list', '151/big')['etag'])
    service.do('svn_revert', '151', names=['big'], disk=disk(used=900 * KIB))
    assert service.bytes('read', '151/big') == BIG


def test_a_full_account_can_take_things_from_version_control_and_clean_up(service):
    full = disk(used=1200 * KIB)
    assert service.code('svn_checkout', 'new', repository='users/studenta/151', disk=full) == 'quota'
    service.do('svn_cleanup', '151', disk=full)
    service.do('svn_remove', '151', names=['big'], disk=full)
    assert service.state('151', 'big') == 'deleted'
