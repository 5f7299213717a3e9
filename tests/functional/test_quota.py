"""A student whose room is full, on a real site: what is refused and how it is told, and the way out of it."""

import contextlib
import os
import re
import secrets

import pytest

from tests.contract.consoles import eventually
from tests.functional.room import Room
from tests.site import RunningSite

LIMIT = 2 << 20


@pytest.fixture(scope='module')
def small(tmp_path_factory):
    """Return a site where each account has room for two MiB."""
    data = tmp_path_factory.mktemp('small')
    for place in (data, *data.parents):
        with contextlib.suppress(PermissionError):
            os.chmod(place, place.stat().st_mode | 0o111)
    with RunningSite(data, **{'files.quota': str(LIMIT)}) as site:
        yield site


@pytest.fixture
def student(small):
    return small.person('studenta')


@pytest.fixture
def room(student):
    room = Room(student, 'studenta')
    yield room
    student.post('/files/studenta/@@delete', {'names': [room.name]})
    student.post('/files/studenta/@@purge', {})


def fill(room, share):
    """Put a file into the room so that `share` of the account's room is taken; nothing when more is taken already."""
    taken = room.visitor.get_json(room.url('files')).json['disk']['used']
    room.put(f'filler-{share}', b'x' * (int(LIMIT * share) - taken))


def test_what_does_not_fit_is_answered_with_507_and_the_way_out(room):
    answer = room.upload({'big': b'x' * LIMIT})
    error = answer.json['error']
    assert (answer.status, error['code']) == (507, 'quota')
    assert re.match(
        r'There is not enough room for that, and nothing was changed\. Your files take \S+ (KiB|MiB) of 2 MiB\. Delete',
        error['message'],
    )
    assert 'empty the trash' in error['message']
    assert error['disk']['limit'] == LIMIT
    assert room.names() == set()


def test_a_save_in_the_editor_that_does_not_fit_is_answered_with_507(room):
    etag = room.put('a', b'old')
    answer = room.visitor.put(room.url('edit', 'a'), b'x' * LIMIT, if_match=f'"{etag}"')
    assert (answer.status, answer.json['error']['code']) == (507, 'quota')
    assert room.content('a') == 'old'


def test_a_page_says_it_as_well(room):
    answer = room.upload({'big': b'x' * LIMIT}, accept='text/html')
    assert answer.status == 507
    assert 'empty the trash' in answer.text


def test_with_room_there_is_no_meter(room):
    page = room.visitor.get(room.url('files')).text
    assert 'data-room' not in page


def test_from_nine_tenths_on_the_listing_has_a_meter_with_words(room):
    fill(room, 0.93)
    page = room.visitor.get(room.url('files')).text
    assert '<meter' in page
    assert '93 % of your room is taken.' in page or '92 % of your room is taken.' in page
    assert 'there is not much room left' in page


def test_a_full_account_is_told_so_and_can_empty_the_trash_and_go_on(room):
    fill(room, 0.998)
    assert room.upload({'more': b'x' * 100_000}).status == 507
    assert room.act('delete', names=['filler-0.998']).status == 200
    # In the trash it takes as much room as before.
    assert room.upload({'more': b'x' * 100_000}).status == 507
    trash = room.visitor.get('/files/studenta/@@trash').text
    assert 'The trash holds 1.' in trash
    assert room.visitor.post('/files/studenta/@@purge', {}).json['purged'] >= 1
    assert 'The trash is empty.' in room.visitor.get('/files/studenta/@@trash').text
    assert room.upload({'more': b'x' * 100_000}).status == 200


def test_one_deletion_is_purged_by_its_id(room):
    room.put('a', b'x')
    trash = room.act('delete', names=['a']).json['trash']
    assert room.visitor.post('/files/studenta/@@purge', {'trash': trash}).json == {'purged': 1}
    assert room.visitor.post('/files/studenta/@@purge', {'trash': trash}).status == 404


def test_an_account_that_was_filled_from_outside_has_a_notice(small, room):
    filler = small.data / 'accounts' / 'studenta' / 'home' / room.name / 'program-wrote-this'
    filler.write_bytes(b'x' * LIMIT)
    # Nobody watches this account, so what was measured a moment ago counts for a moment.
    eventually(lambda: room.upload({secrets.token_hex(4): b''}).status == 507)
    page = room.visitor.get(room.url('files')).text
    assert 'Your room is full.' in page
    assert 'nothing can be added until there is room again' in page


def test_nobody_empties_the_trash_of_another(small, room):
    room.put('a', b'x')
    room.act('delete', names=['a'])
    assert small.person('tutor').post('/files/studenta/@@purge', {}).status == 404
    assert room.visitor.get_json('/files/studenta/@@trash').json['items'] != []


def test_a_tutor_is_not_told_how_much_somebody_has(small):
    answer = small.person('tutor').get_json('/files/studenta/151')
    assert answer.status == 200
    assert 'disk' not in answer.json
