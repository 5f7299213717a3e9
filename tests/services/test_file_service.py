"""The file service on real directories: what it does, what it refuses, and that nothing half done is ever seen."""

import contextlib
import hashlib
import io
import os
import socket
import stat
import threading
import time
import zipfile
from pathlib import Path

import pytest

from ivle import chat
from ivle.sandbox.handover import hand_over
from services.handed import receive
from tests.contract.consoles import takes_less
from tests.services.file_room import FileService


@pytest.fixture
def account(data):
    for area in ('home', 'trash', 'staging'):
        Path(data, area).mkdir()
    return Path(data)


@pytest.fixture
def service(account):
    with contextlib.closing(FileService(account)) as service:
        yield service


def reader_of(account, scope=''):
    return contextlib.closing(FileService(account, options=['--read-only', f'--scope={scope}']))


def etag(content):
    return hashlib.sha256(content).hexdigest()[:32]


# -- listing and reading ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('name', 'content', 'kind'),
    [
        ('a.png', b'\x89PNG', 'image'),
        ('a.mp3', b'', 'audio'),
        ('a.webm', b'', 'video'),
        ('a.py', b'print(1)', 'text'),
        ('drawing.svg', b'<svg/>', 'text'),
        ('Makefile', b'all:\n', 'text'),
        ('empty', b'', 'text'),
        ('half-a-letter', b'a' * 4095 + 'é'.encode(), 'text'),
        ('program', b'\x7fELF\0\0', 'binary'),
        ('latin', b'caf\xe9\n', 'binary'),
        ('a.tar.gz', b'', 'binary'),
        ('a.pdf', b'%PDF', 'binary'),
    ],
)
def test_a_name_or_else_the_content_decides_the_kind(service, name, content, kind):
    (service.home / name).write_bytes(content)
    assert service.entry('', name)['kind'] == kind
    assert service.do('list', name)['kind'] == kind


def test_directories_come_first_and_times_are_in_utc(service):
    (service.home / 'b').mkdir()
    (service.home / 'a').write_bytes(b'12345')
    os.utime(service.home / 'a', (0, 0))
    entries = service.do('list')['entries']
    assert [(entry['name'], entry['kind'], entry['size']) for entry in entries] == [('b', 'directory', 0), ('a', 'text', 5)]
    assert entries[1]['modified'] == '1970-01-01T00:00:00Z'


def test_a_time_beyond_all_calendars_is_survived(service):
    (service.home / 'a').write_bytes(b'')
    os.utime(service.home / 'a', (0, 1 << 33))
    assert service.names() == ['a']


def test_what_is_not_a_file_is_shown_but_never_opened(service):
    os.symlink('/etc/passwd', service.home / 'link')
    os.mkfifo(service.home / 'fifo')
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(service.home / 'socket'))
    shown = {entry['name']: entry['special'] for entry in service.do('list')['entries']}
    assert shown == {'link': 'link', 'fifo': 'fifo', 'socket': 'socket'}
    assert {service.code(op, name) for op in ('list', 'read') for name in shown} == {'not-a-file'}
    assert {service.code('write', name, b'', if_match=etag(b'')) for name in shown} == {'not-a-file'}


def test_a_link_is_no_way_to_another_directory(service, tmp_path):
    (tmp_path / 'secret').write_bytes(b'secret')
    os.symlink(tmp_path, service.home / 'out')
    os.symlink('/', service.home / 'root')
    for path in ('out', 'out/secret', 'root/etc', 'root/etc/passwd'):
        assert service.code('list', path) in ('not-found', 'not-a-file')
        assert service.code('read', path) in ('not-found', 'not-a-file')
    assert service.code('write', 'out/new', b'x', if_none_match='*') == 'not-found'
    assert service.code('mkdir', 'out', name='new') == 'not-found'
    (service.home / 'a').write_bytes(b'')
    assert service.code('move', '', names=['a'], to='out') == 'bad-path'
    assert os.listdir(tmp_path) == ['secret']


def test_a_directory_that_turns_into_a_link_all_the_time_leads_nowhere(service, tmp_path):
    (tmp_path / 'secret').write_bytes(b'secret')
    home, ending = service.home, threading.Event()
    (home / 'real').mkdir()
    (home / 'real' / 'secret').write_bytes(b'public')
    os.symlink(tmp_path, home / 'trap')
    os.rename(home / 'real', home / 'door')

    def flip():
        while not ending.is_set():
            os.rename(home / 'door', home / 'kept')
            os.symlink(tmp_path, home / 'door')
            os.unlink(home / 'door')
            os.rename(home / 'kept', home / 'door')

    flipping = threading.Thread(target=flip)
    flipping.start()
    try:
        read = {service.reply('read', 'door/secret', limit=0).get('okay', {}).get('etag') for _ in range(500)}
    finally:
        ending.set()
        flipping.join()
    assert etag(b'secret') not in read
    # How often the door stood open is a matter of luck; that it opens at all is not.
    assert service.do('read', 'door/secret', limit=0)['etag'] == etag(b'public')


def test_another_name_of_the_same_file_can_be_read(service):
    (service.home / 'a').write_bytes(b'once')
    os.link(service.home / 'a', service.home / 'b')
    assert service.bytes('read', 'b') == b'once'


def test_names_that_are_not_text_or_look_like_views_are_shown_and_can_be_renamed(service):
    open(os.fsencode(service.home) + b'/caf\xe9', 'wb').close()
    (service.home / '@@edit').touch()
    (service.home / 'line\nend').touch()
    shown = {entry['name']: entry['raw'] for entry in service.do('list')['entries']}
    assert shown == {'caf\\xe9': '636166e9', '@@edit': '404065646974', 'line\\x0aend': '6c696e650a656e64'}
    for number, raw in enumerate(shown.values()):
        service.do('rename', **{'from': {'raw': raw}, 'to': f'n{number}'})
    assert service.names() == ['n0', 'n1', 'n2']


def test_the_directory_of_subversion_is_not_there(service):
    (service.home / '.svn').mkdir()
    (service.home / '.svn' / 'x').touch()
    assert service.names() == []
    assert service.code('list', '.svn') == 'not-found'
    assert service.code('read', '.svn/x') == 'not-found'
    assert service.code('delete', names=['.svn']) == 'not-found'
    assert service.code('rename', **{'from': '.svn', 'to': 'x'}) == 'not-found'


@pytest.mark.parametrize('path', ['..', 'a/..', './a', '/a', 'a//b', 'a/', 'a\0b', 'x' * 5000, 'a/' * 70 + 'a', 7, None, ['a']])
def test_paths_in_doubt_are_refused(service, path):
    assert service.code('read', path) in ('bad-path', 'bad-request', 'is-a-directory')


def test_a_name_that_is_too_long_is_not_found(service):
    assert service.code('list', 'x' * 256) == 'not-found'


def test_a_reading_is_told_apart_by_etag_and_can_be_cut(service):
    (service.home / 'a').write_bytes(b'0123456789')
    assert service.bytes('read', 'a', limit=4) == b'0123'
    assert service.do('list', 'a')['etag'] == etag(b'0123456789')


def test_a_large_file_arrives_whole(service):
    content = os.urandom(1 << 20) * 9
    (service.home / 'a').write_bytes(content)
    assert service.bytes('read', 'a') == content


def test_a_large_file_that_changes_meanwhile_is_not_passed_off_as_whole(service):
    (service.home / 'a').write_bytes(b'a' * (9 << 20))
    with service.begin({'op': 'read', 'path': 'a'}) as connection:
        assert 'okay' in chat.read_value(connection)
        with open(service.home / 'a', 'r+b') as file:
            file.seek(9 << 20)
            file.write(b'more')
        with pytest.raises(chat.ConnectionLost):
            b''.join(chat.read_data(connection))


def test_five_thousand_entries_are_listed_in_a_moment(service):
    for number in range(5000):
        (service.home / f'a rather long name of a file, as students make them {number:05}.py').touch()
    assert len(service.do('list')['entries']) == 5000
    assert takes_less(5, lambda: service.do('list'))


def test_a_zip_holds_files_and_directories_but_no_links(service):
    (service.home / 'd' / '.svn').mkdir(parents=True)
    (service.home / 'd' / 'ä').write_bytes(b'content')
    os.symlink('/etc', service.home / 'd' / 'link')
    with zipfile.ZipFile(io.BytesIO(service.bytes('zip'))) as archive:
        assert archive.namelist() == ['d/', 'd/ä']
        assert archive.read('d/ä') == b'content'


def test_a_zip_of_a_name_that_is_not_there_names_it(service):
    assert service.refusal('zip', names=['nothing'])['names'] == ['nothing']


# -- saving -----------------------------------------------------------------------------------------


def test_a_save_replaces_exactly_the_version_it_names(service):
    first = service.do('write', 'a.py', b'one', if_none_match='*')
    second = service.do('write', 'a.py', b'two', if_match=first['etag'])
    assert (first['created'], second['created']) == (True, False)
    stale = service.refusal('write', 'a.py', b'three', if_match=first['etag'])
    assert (stale['code'], stale['etag']) == ('stale', etag(b'two'))
    assert (service.home / 'a.py').read_bytes() == b'two'


def test_a_new_file_never_replaces_one(service):
    service.do('write', 'a', b'one', if_none_match='*')
    assert service.refusal('write', 'a', b'two', if_none_match='*')['etag'] == etag(b'one')


def test_a_save_over_a_file_that_is_gone_is_stale(service):
    assert service.refusal('write', 'a', b'', if_match=etag(b''))['etag'] is None


def test_a_save_says_what_it_replaces(service):
    assert service.code('write', 'a', b'') == 'precondition-required'
    assert service.code('write', 'a', b'', if_match=etag(b''), if_none_match='*') == 'precondition-required'


def test_a_save_keeps_the_permissions_and_leaves_nothing_in_staging(service):
    service.do('write', 'run.py', b'one', if_none_match='*')
    os.chmod(service.home / 'run.py', 0o750)
    service.do('write', 'run.py', b'two', if_match=etag(b'one'))
    assert stat.S_IMODE((service.home / 'run.py').stat().st_mode) == 0o750
    assert os.listdir(service.account / 'staging') == []


def test_a_save_into_nowhere_is_not_found(service):
    assert service.code('write', 'no/where', b'', if_none_match='*') == 'not-found'
    assert service.code('write', '', b'', if_none_match='*') == 'is-a-directory'


def test_a_body_that_stops_short_changes_nothing(service):
    service.do('write', 'a', b'old', if_none_match='*')
    with service.begin({'op': 'write', 'path': 'a', 'if_match': etag(b'old')}) as connection:
        chat.write_frame(connection, b'half of the new')
    assert service.names() == ['a']
    assert service.bytes('read', 'a') == b'old'


def test_a_save_that_loses_against_a_program_of_the_student_keeps_both_honest(service):
    home, content = service.home, b'from the editor'
    (home / 'a').write_bytes(b'0')
    refused = 0
    for number in range(1, 40):
        (home / 'b').write_bytes(b'%d' % number)
        with service.begin({'op': 'write', 'path': 'a', 'if_match': etag((home / 'a').read_bytes())}) as connection:
            os.rename(home / 'b', home / 'a')
            chat.write_data(connection, [content])
            refused += chat.read_value(connection).get('error', {}).get('code') == 'stale'
        assert (home / 'a').read_bytes() in (content, b'%d' % number)
    assert refused > 0


def test_two_saves_of_the_same_version_cannot_both_win(service):
    service.do('write', 'a', b'old', if_none_match='*')
    connections = [service.begin({'op': 'write', 'path': 'a', 'if_match': etag(b'old')}) for _ in range(6)]
    for number, connection in enumerate(connections):
        chat.write_data(connection, [b'%d' % number])
    replies = [chat.read_value(connection) for connection in connections]
    for connection in connections:
        connection.close()
    assert sorted('okay' in reply for reply in replies) == [False] * 5 + [True]


@pytest.mark.parametrize('try_number', range(12))
def test_a_service_killed_in_the_middle_of_a_save_leaves_the_old_file_or_the_new(account, try_number):
    old, new = b'old' * 500_000, b'new' * 500_000
    (account / 'home' / 'a').write_bytes(old)
    service = FileService(account)
    service.do('list')
    connection = service.begin({'op': 'write', 'path': 'a', 'if_match': etag(old)})
    chat.write_data(connection, [new])
    time.sleep(try_number * 0.0007)
    service.kill()
    connection.close()
    assert (account / 'home' / 'a').read_bytes() in (old, new)
    with contextlib.closing(FileService(account)) as service:
        assert service.names() == ['a']
        assert os.listdir(account / 'staging') == []


# -- names and directories --------------------------------------------------------------------------

BAD_NAMES = [
    '',
    '.',
    '..',
    '.svn',
    'a/b',
    'a\0b',
    'a\nb',
    '\x7f',
    '\x85',
    '@@edit',
    'x' * 256,
    'é' * 128,
    '\u202egnp.exe',
    7,
    None,
    {'raw': 'ff'},
]


@pytest.mark.parametrize('name', BAD_NAMES)
def test_a_new_name_in_doubt_is_refused(service, name):
    assert service.code('mkdir', name=name) in ('bad-name', 'bad-request')
    assert service.names() == []


@pytest.mark.parametrize('name', ['é' * 127, ' ', '-rf', '%2e%2e', 'a\\b', '*', 'naïve 日本', '~', '.hidden', '#?&', '\'"'])
def test_an_odd_name_is_as_good_as_any(service, name):
    service.do('mkdir', name=name)
    service.do('write', f'{name}/{name}', b'', if_none_match='*')
    assert service.names(name) == [name]


def test_a_directory_is_not_made_twice(service):
    service.do('mkdir', name='d')
    assert service.refusal('mkdir', name='d')['names'] == ['d']


def test_a_rename_goes_over_nothing(service):
    service.do('mkdir', name='a')
    service.do('mkdir', name='b')
    assert service.code('rename', **{'from': 'a', 'to': 'b'}) == 'exists'
    assert service.code('rename', **{'from': 'c', 'to': 'd'}) == 'not-found'
    assert service.code('rename', **{'from': 'a', 'to': '@@b'}) == 'bad-name'
    service.do('rename', **{'from': 'a', 'to': 'c'})
    assert service.names() == ['b', 'c']


@pytest.mark.parametrize('op', ['move', 'copy'])
def test_all_of_the_names_go_or_none(service, op):
    for name in ('a', 'b', 'target/b'):
        (service.home / name).parent.mkdir(exist_ok=True)
        (service.home / name).write_text(name)
    refusal = service.refusal(op, names=['a', 'b'], to='target')
    assert (refusal['code'], refusal['names']) == ('exists', ['b'])
    assert service.names('target') == ['b']
    assert service.code(op, names=['a', 'missing'], to='target') == 'not-found'
    assert service.names() == ['target', 'a', 'b']


@pytest.mark.parametrize('op', ['move', 'copy'])
def test_a_directory_does_not_go_into_itself(service, op):
    (service.home / 'a' / 'b').mkdir(parents=True)
    assert service.code(op, names=['a'], to='a/b') == 'bad-path'
    assert service.code(op, names=['a'], to='a') == 'bad-path'


def test_a_copy_is_whole_but_new_to_subversion(service):
    (service.home / 'a' / '.svn').mkdir(parents=True)
    (service.home / 'a' / 'run.py').write_bytes(b'x')
    os.chmod(service.home / 'a' / 'run.py', 0o755)
    os.symlink('run.py', service.home / 'a' / 'link')
    service.do('mkdir', name='to')
    service.do('copy', names=['a'], to='to')
    assert sorted(os.listdir(service.home / 'to' / 'a')) == ['link', 'run.py']
    assert stat.S_IMODE((service.home / 'to' / 'a' / 'run.py').stat().st_mode) == 0o755


def test_a_fifo_cannot_hold_up_a_copy(service):
    service.do('mkdir', name='to')
    os.mkfifo(service.home / 'fifo')
    assert service.code('copy', names=['fifo'], to='to') == 'not-a-file'
    assert service.names('to') == []


def nest(place, levels):
    """Make directories inside each other, more than a path can name."""
    descriptor = os.open(place, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir('d', dir_fd=descriptor)
        below = os.open('d', os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)


def test_directories_that_are_nested_too_deeply_are_told_before_anything_is_copied_or_sent(service):
    service.do('mkdir', name='to')
    nest(service.home, 100)
    assert service.code('copy', names=['d'], to='to') == 'too-large'
    assert service.code('zip') == 'too-large'
    assert service.names('to') == os.listdir(service.account / 'staging') == []
    trash = service.do('delete', names=['d'])['trash']
    assert service.names() == ['to']
    service.do('restore', trash=trash)
    assert service.names() == ['d', 'to']


def test_a_service_starts_whatever_a_killed_one_has_left(account):
    nest(account / 'staging', 1500)
    (account / 'staging' / 'half').touch()
    with contextlib.closing(FileService(account)) as service:
        assert service.names() == []
        assert os.listdir(account / 'staging') == []


# -- the trash --------------------------------------------------------------------------------------


def test_what_was_deleted_comes_back(service):
    (service.home / 'd').mkdir()
    for name in ('a', 'b'):
        service.do('write', f'd/{name}', name.encode(), if_none_match='*')
    trash = service.do('delete', 'd', names=['a', 'b'])['trash']
    assert service.names('d') == []
    [item] = service.do('trash')['items']
    assert (item['trash'], item['path'], item['names']) == (trash, 'd', ['a', 'b'])
    assert service.do('restore', trash=trash)['path'] == 'd'
    assert service.names('d') == ['a', 'b']
    assert service.do('trash')['items'] == []


def test_a_restore_makes_the_directory_anew_but_goes_over_nothing(service):
    service.do('mkdir', name='d')
    service.do('write', 'd/a', b'one', if_none_match='*')
    first = service.do('delete', 'd', names=['a'])['trash']
    service.do('write', 'd/a', b'two', if_none_match='*')
    assert service.refusal('restore', trash=first)['names'] == ['a']
    service.do('delete', names=['d'])
    service.do('restore', trash=first)
    assert service.bytes('read', 'd/a') == b'one'


def test_the_newest_deletion_comes_first(service):
    ids = []
    for name in ('a', 'b'):
        service.do('mkdir', name=name)
        ids.append(service.do('delete', names=[name])['trash'])
    assert [item['trash'] for item in service.do('trash')['items']] == ids[::-1]


@pytest.mark.parametrize('trash', ['', '..', '../home', 'nothing', 'a/b', 7])
def test_only_what_is_in_the_trash_can_be_restored(service, trash):
    assert service.code('restore', trash=trash) in ('not-found', 'bad-request')


def test_names_that_are_not_text_survive_the_trash(service):
    open(os.fsencode(service.home) + b'/\xff', 'wb').close()
    trash = service.do('delete', names=[{'raw': 'ff'}])['trash']
    assert service.do('trash')['items'][0]['names'] == ['\\xff']
    service.do('restore', trash=trash)
    assert service.entry('', '\\xff')['raw'] == 'ff'


# -- uploads ----------------------------------------------------------------------------------------


def packed(members):
    """Return a zip archive of [(name or ZipInfo, content)]."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def upload(service, files, unpack=False, path=''):
    """Upload {name: content} and return the whole reply."""
    announced = [{'name': name, 'size': len(content)} for name, content in files.items()]
    return service.reply('upload', path, *files.values(), files=announced, unpack=unpack)


def test_an_upload_stores_all_files(service):
    assert upload(service, {'b': b'2', 'a': b''}) == {'okay': {'saved': ['a', 'b']}}
    assert service.bytes('read', 'b') == b'2'


def test_an_upload_goes_over_nothing_and_keeps_all_or_none(service):
    service.do('mkdir', name='b')
    reply = upload(service, {'a': b'1', 'b': b'2'})
    assert (reply['error']['code'], reply['error']['names']) == ('exists', ['b'])
    assert service.names() == ['b']


@pytest.mark.parametrize('name', ['../a', '.svn', '@@a', '', 'a\\\0'])
def test_an_upload_with_a_bad_name_stores_nothing(service, name):
    assert upload(service, {'good': b'1', name: b'2'})['error']['code'] == 'bad-name'
    assert service.names() == []


def test_a_file_that_does_not_arrive_whole_is_not_stored(service):
    assert service.code('upload', '', b'12', files=[{'name': 'a', 'size': 3}]) == 'bad-request'
    assert service.names() == []


def test_a_zip_is_unpacked_only_on_request(service):
    archive = packed([('d/a', b'1'), ('d/e/', b''), ('b', b'2'), ('__MACOSX/junk', b'')])
    upload(service, {'x.zip': archive})
    upload(service, {'x.zip': archive, 'c': b'3'}, unpack=True)
    assert service.names() == ['d', 'b', 'c', 'x.zip']
    assert service.names('d') == ['e', 'a']


def link_member():
    info = zipfile.ZipInfo('link')
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    'members',
    [
        [('../a', b'')],
        [('/etc/a', b'')],
        [('a/../../b', b'')],
        [('a\\b', b'')],
        [('.svn/hooks', b'')],
        [('a/@@edit', b'')],
        [('a//b', b'')],
        [(link_member(), b'/etc')],
        [('a', b'1'), ('a/b', b'2')],
        [('bomb', b'\0' * (40 << 20))],
        [(f'{number}', b'') for number in range(5001)],
    ],
)
def test_a_zip_that_means_harm_is_refused_as_a_whole(service, members):
    reply = upload(service, {'x.zip': packed([('good', b''), *members])}, unpack=True)
    assert reply['error']['code'] in ('bad-request', 'too-large', 'exists')
    assert service.names() == []
    assert os.listdir(service.account / 'staging') == []


def test_a_damaged_zip_is_refused(service):
    archive = packed([('a', b'content' * 100)])
    for broken in (b'', b'PK', archive[:-30], archive[:40] + b'\xff' * 10 + archive[50:]):
        assert upload(service, {'x.zip': broken}, unpack=True)['error']['code'] == 'bad-request'
    assert service.names() == []


# -- views for reading ------------------------------------------------------------------------------


def test_a_reader_changes_nothing(account):
    (account / 'home' / 'a').write_bytes(b'a')
    with reader_of(account) as reader:
        assert reader.bytes('read', 'a') == b'a'
        assert reader.code('write', 'a', b'b', if_match=etag(b'a')) == 'read-only'
        assert reader.code('upload', '', b'', files=[{'name': 'b', 'size': 0}]) == 'read-only'
        assert {reader.code(op, names=['a'], name='b', to='') for op in ('mkdir', 'delete', 'move', 'trash')} == {'read-only'}


def test_a_scope_hides_all_else_as_if_it_were_not_there(account):
    for path in ('151/a', '151b/secret', 'secret'):
        (account / 'home' / path).parent.mkdir(exist_ok=True)
        (account / 'home' / path).write_text('x')
    with reader_of(account, '151') as reader:
        assert reader.names('151') == ['a']
        outside = [reader.refusal('list', path) for path in ('', 'secret', '151b', '151b/secret', 'missing')]
        assert outside == [reader.refusal('list', 'missing')] * 5


# -- requests that make no sense --------------------------------------------------------------------


@pytest.mark.parametrize(
    'request_',
    [
        7,
        [],
        {},
        {'op': 'nothing'},
        {'op': ['list']},
        {'op': 'list', 'path': 7},
        {'op': 'delete'},
        {'op': 'delete', 'names': []},
        {'op': 'delete', 'names': [7]},
        {'op': 'delete', 'names': 'a'},
        {'op': 'delete', 'names': [{'raw': 'xx'}]},
        {'op': 'read', 'path': 'a', 'limit': -1},
        {'op': 'list', 'revision': '1'},
        {'op': 'list', 'revision': 1 << 40},
        {'op': 'upload', 'files': {}},
        {'op': 'rename', 'from': 'a'},
        {'op': 'log', 'before': True},
    ],
)
def test_a_request_that_makes_no_sense_gets_an_answer(service, request_):
    with service.begin(request_) as connection:
        assert chat.read_value(connection)['error']['code'] == 'bad-request'
    assert service.names() == []


def test_the_service_ends_with_its_channel_and_had_nothing_to_complain_of(account):
    service = FileService(account)
    service.do('list')
    assert service.close() == ''
    assert service.process.returncode == 0


@pytest.fixture
def open_service(account):
    """Return a service whose descriptors can be looked at: whoever makes a user namespace is its master."""
    with contextlib.closing(FileService(account, within=['unshare', '--user', '--map-root-user'])) as service:
        yield service


def test_what_is_handed_over_is_inherited_by_no_program_that_the_service_starts():
    ours, channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client, theirs = socket.socketpair()
    with ours, channel, client, theirs:
        hand_over(ours, theirs, {'op': 'list'})
        connection, request = receive(channel)
        with connection:
            assert (os.get_inheritable(connection.fileno()), request) == (False, b'{"op":"list"}')
        ours.send(b'something else')
        assert receive(channel) is None
