"""Files as the web zone reaches them: through sandbox-server, in real boxes, with Subversion behind the tunnel."""

import contextlib
import io
import os
import secrets
import tempfile
import threading
import time
import zipfile

import pytest

from ivle.errors import IvleError, NotFound, ServiceDown
from ivle.hosts.files import Files, HomeView
from ivle.hosts.users import Users
from tests.contract.consoles import eventually, takes_less
from tests.services.host_daemons import HostDaemons

ANNA, BEN = HomeView('studenta', 'write'), HomeView('studentb', 'write')


@pytest.fixture(scope='module')
def host():
    """Return a running host with two students, of whom the first has a working copy."""
    with tempfile.TemporaryDirectory(prefix='host-') as data, contextlib.closing(HostDaemons(data)) as host:
        users = Users(host.settings)
        users.activate('studenta', ['151'])
        users.activate('studentb', ['151'])
        Files(host.settings).svn_checkout(ANNA, '151', 'users/studenta/151')
        yield host


@pytest.fixture
def files(host):
    return Files(host.settings)


@pytest.fixture
def folder(files):
    """Return the name of a fresh directory of studenta's own for one test."""
    name = f'test-{secrets.token_hex(4)}'
    files.mkdir(ANNA, '', name)
    return name


def refusal(call, *arguments, **options):
    with pytest.raises(IvleError) as caught:
        call(*arguments, **options)
    return caught.value


def test_a_file_is_written_listed_read_and_versioned(files):
    etag = files.write(ANNA, '151/hello.py', [b'print', b'(1)\n'], if_none_match='*')['etag']
    files.svn_add(ANNA, '151', ['hello.py'])
    revision = files.svn_commit(ANNA, '151', 'First program')['revision']
    info, body = files.read(ANNA, '151/hello.py')
    with body:
        assert (body.read(), info['etag'], info['kind']) == (b'print(1)\n', etag, 'text')
    [entry] = files.list(ANNA, '151')['entries']
    assert (entry['name'], entry['version']) == ('hello.py', {'state': 'normal', 'revision': revision})
    logged = files.log(ANNA, '151')['revisions'][0]
    assert (logged['author'], logged['message']) == ('studenta', 'First program')


def test_a_missing_file_and_a_missing_person_look_the_same(files):
    assert refusal(files.list, ANNA, 'nothing').status == 404
    assert refusal(files.list, HomeView('nobody', 'write'), '').status == 404


def test_a_stale_save_tells_the_current_etag(files, folder):
    etag = files.write(ANNA, f'{folder}/a', [b'one'], if_none_match='*')['etag']
    error = refusal(files.write, ANNA, f'{folder}/a', [b'two'], if_none_match='*')
    assert (error.status, error.code, error.extra['etag']) == (412, 'stale', etag)
    assert refusal(files.write, ANNA, f'{folder}/a', [b'two']).status == 428


def test_each_refusal_has_its_status(files, folder):
    files.mkdir(ANNA, folder, 'd')
    assert refusal(files.mkdir, ANNA, folder, 'd').status == 409
    assert refusal(files.mkdir, ANNA, folder, '@@d').status == 400
    assert refusal(files.read, ANNA, folder).code == 'is-a-directory'
    assert refusal(files.svn_add, ANNA, folder, ['d']).code == 'svn-not-versioned'


def test_an_upload_and_a_zip_are_each_others_inverse(files, folder):
    files.upload(ANNA, folder, [('a', io.BytesIO(b'1' * 600_000)), ('b', io.BytesIO(b''))])
    with files.zip(ANNA, folder) as archive:
        files.mkdir(ANNA, folder, 'again')
        files.upload(ANNA, f'{folder}/again', [('all.zip', archive)], unpack=True)
    info, body = files.read(ANNA, f'{folder}/again/a')
    with body:
        assert body.read() == b'1' * 600_000


def test_a_whole_home_downloads_as_one_zip(files):
    with files.zip(ANNA, '', ['151']) as body, zipfile.ZipFile(body) as archive:
        assert archive.namelist()[0] == '151/'


def test_what_was_deleted_is_in_the_trash_and_comes_back(files, folder):
    files.write(ANNA, f'{folder}/a', [b'1'], if_none_match='*')
    trash = files.delete(ANNA, folder, ['a'])['trash']
    assert files.trash(ANNA)['items'][0]['trash'] == trash
    assert files.restore(ANNA, '', trash) == {'path': folder}


def test_nobody_reaches_into_another_home(files, folder):
    files.write(ANNA, f'{folder}/secret', [b'mine'], if_none_match='*')
    assert files.list(BEN, '')['entries'] == []
    assert refusal(files.list, BEN, f'../../studenta/home/{folder}').code == 'bad-path'
    assert refusal(files.svn_checkout, BEN, 'stolen', 'users/studenta/151').code == 'svn-refused'


def test_staff_see_the_subject_but_nothing_else_and_change_nothing(files):
    staff = HomeView('studenta', 'read', '151')
    assert files.list(staff, '151')['kind'] == 'directory'
    assert refusal(files.list, staff, '').status == 404
    assert refusal(files.mkdir, staff, '151', 'd').status == 403
    assert refusal(files.trash, staff).status == 403


def test_more_than_the_site_takes_is_refused(host, files, folder):
    error = refusal(
        files.write, ANNA, f'{folder}/big', [b'x' * (1 << 20)] * (host.settings.upload_limit // (1 << 20) + 1), if_none_match='*'
    )
    assert (error.status, error.code) == (413, 'too-large')
    assert files.list(ANNA, folder)['entries'] == []


def boxes_of(host):
    """Return the process ids of the file services of this host: what they see is mounted from its data."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        with (
            contextlib.suppress(OSError),
            open(f'/proc/{pid}/cmdline', 'rb') as words,
            open(f'/proc/{pid}/mountinfo', 'rb') as mounts,
        ):
            if b'/ivle/services/fileservice' in words.read() and os.fsencode(host.settings.data) in mounts.read():
                found.append(int(pid))
    return found


def kill_boxes_of(host):
    for pid in boxes_of(host):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)


def test_a_killed_file_service_is_replaced_at_the_next_request(host, files, folder):
    files.list(ANNA, folder)
    assert boxes_of(host)
    kill_boxes_of(host)
    assert files.list(ANNA, folder)['entries'] == []


@pytest.mark.parametrize('delay', [0.0, 0.001, 0.003, 0.01, 0.03])
def test_a_save_cut_short_is_whole_or_not_there_and_the_next_look_works(host, files, folder, delay):
    old, new = [b'old' * 300_000], [b'new' * 300_000]
    etag = files.write(ANNA, f'{folder}/a', old, if_none_match='*')['etag']
    killer = threading.Timer(delay, kill_boxes_of, [host])
    killer.start()
    with contextlib.suppress(ServiceDown):
        files.write(ANNA, f'{folder}/a', new, if_match=etag)
    killer.join()
    info, body = files.read(ANNA, f'{folder}/a')
    with body:
        assert body.read() in (*old, *new)


def test_a_restart_of_the_daemon_goes_unnoticed_by_the_next_request(host, files, folder):
    host.sandbox.kill()
    assert isinstance(refusal(files.list, ANNA, folder), ServiceDown)
    host.sandbox.start()
    assert files.list(ANNA, folder)['entries'] == []


def test_no_box_of_a_killed_daemon_stays(host, files):
    files.list(ANNA, '')
    assert boxes_of(host)
    host.sandbox.kill()
    eventually(lambda: not boxes_of(host))
    left = boxes_of(host)
    host.sandbox.start()
    assert left == []
    # What else is there belongs to the check that the new daemon makes of its boxes just now.
    assert list(host.settings.path('sockets').glob('svn-*')) == []


def test_the_first_look_at_a_home_is_quick_and_the_next_ones_are_quicker(host, files):
    def first_look():
        host.sandbox.stop()
        host.sandbox.start()
        started = time.monotonic()
        files.list(BEN, '')
        return time.monotonic() - started

    # Once is enough: the machine may be busy.
    assert eventually(lambda: first_look() < 1.5)
    assert takes_less(0.1, lambda: files.list(BEN, ''))


def test_a_missing_account_is_not_found_by_its_class(files):
    assert isinstance(refusal(files.list, HomeView('nobody', 'read', '151'), '151'), NotFound)


def test_the_owner_is_told_how_much_room_is_taken_and_nobody_else_is(files, folder):
    disk = files.list(ANNA, folder)['disk']
    assert (disk['limit'], disk['most_files'], disk['hides']) == (2 << 30, 200_000, False)
    assert disk['used'] > 0
    assert 'disk' not in files.list(HomeView('studenta', 'read', folder), folder)


def test_nobody_but_the_daemon_says_how_much_room_there_is(files, folder):
    full = {'used': 10, 'limit': 1, 'files': 10, 'most_files': 1, 'trash': 0, 'hides': False, 'at': 1e12}
    assert files._ask(ANNA, 'mkdir', folder, name='d', disk=full) == {}
    assert files.list(ANNA, folder)['disk']['limit'] == 2 << 30
