"""The Subversion side of the file service: real repositories, real svnserve, the real tunnel."""

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess

import pytest

from tests.services.file_room import PROGRAM, PYTHON, Host


@pytest.fixture
def host(data):
    with contextlib.closing(Host(data)) as host:
        host.do('activate_user', login='studenta', directories=['151'])
        yield host


@pytest.fixture
def service(host):
    """Return studenta's file service with `151` checked out."""
    service = host.service('studenta')
    service.do('svn_checkout', '151', repository='users/studenta/151')
    return service


def saved(service, path, content=b'one\n', message='First'):
    """Make a file and save a version with it."""
    directory, _, name = path.rpartition('/')
    service.do('write', path, content, if_none_match='*')
    service.do('svn_add', directory, names=[name])
    return service.do('svn_commit', '151', message=message)['revision']


def test_a_file_goes_through_the_states_of_its_life(service):
    service.do('write', '151/hello.py', b'print(1)\n', if_none_match='*')
    seen = [service.state('151', 'hello.py')]
    service.do('svn_add', '151', names=['hello.py'])
    seen.append(service.state('151', 'hello.py'))
    service.do('svn_commit', '151', message='First')
    seen.append(service.state('151', 'hello.py'))
    service.do('write', '151/hello.py', b'print(2)\n', if_match=service.do('list', '151/hello.py')['etag'])
    seen.append(service.state('151', 'hello.py'))
    service.do('svn_revert', '151', names=['hello.py'])
    seen.append(service.state('151', 'hello.py'))
    os.unlink(service.home / '151/hello.py')
    seen.append(service.state('151', 'hello.py'))
    service.do('svn_remove', '151', names=['hello.py'])
    seen.append(service.state('151', 'hello.py'))
    assert seen == ['unversioned', 'added', 'normal', 'modified', 'normal', 'missing', 'deleted']


def test_a_commit_names_its_revision_and_author(service):
    revision = saved(service, '151/a.py', message='Dein erstes, für mich')
    logged = service.do('log', '151')['revisions'][0]
    assert (logged['revision'], logged['author'], logged['message']) == (revision, 'studenta', 'Dein erstes, für mich')
    assert logged['paths'] == [{'path': '151/a.py', 'action': 'A'}]


def test_a_commit_without_changes_makes_no_revision(service):
    saved(service, '151/a.py')
    assert service.do('svn_commit', '151', message='Again')['revision'] is None


def test_a_commit_needs_a_message(service):
    assert service.code('svn_commit', '151', message='  ') == 'bad-request'


def test_names_that_need_care_are_versioned_like_others(service):
    names = ['a@2', 'dir with spaces', 'ümlaut.txt', '100%.txt', "quote'd", '-dash', '#1?']
    for name in names:
        service.do('write', f'151/{name}', b'x', if_none_match='*')
    service.do('svn_add', '151', names=names)
    service.do('svn_commit', '151', message='All')
    assert {service.state('151', name) for name in names} == {'normal'}


def test_what_lies_outside_a_working_copy_has_no_version(service):
    service.do('mkdir', '', name='loose')
    assert service.state('', 'loose') == 'none'
    assert service.code('svn_add', 'loose', names=['x']) == 'svn-not-versioned'


def test_a_working_copy_shows_its_state_in_the_directory_above(service):
    assert service.state('', '151') == 'normal'


def test_a_name_that_is_not_text_does_not_hide_the_states_of_others(service):
    saved(service, '151/a.py')
    open(os.fsencode(service.home) + b'/151/\xff\xfe', 'wb').close()
    assert service.state('151', 'a.py') == 'normal'
    assert service.entry('151', '\\xff\\xfe')['raw'] == 'fffe'


def test_a_damaged_working_copy_is_still_listed(service):
    saved(service, '151/a.py')
    (service.home / '151/.svn/wc.db').write_bytes(b'not a database')
    assert service.names('151') == ['a.py']


def test_the_past_can_be_listed_and_read(service):
    first = saved(service, '151/a.py', b'old\n')
    service.do('write', '151/a.py', b'newer\n', if_match=service.do('list', '151/a.py')['etag'])
    service.do('svn_commit', '151', message='Second')
    listed = service.do('list', '151', revision=first)['entries']
    assert [(entry['name'], entry['size']) for entry in listed] == [('a.py', 4)]
    assert service.do('list', '151/a.py', revision=first)['size'] == 4
    assert service.bytes('read', '151/a.py', revision=first) == b'old\n'


def test_a_file_that_was_removed_can_still_be_read_from_the_past(service):
    revision = saved(service, '151/gone.py', b'still here\n')
    service.do('svn_remove', '151', names=['gone.py'])
    service.do('svn_commit', '151', message='Without it')
    assert service.bytes('read', '151/gone.py', revision=revision) == b'still here\n'


def test_a_revision_that_never_was_is_not_found(service):
    assert service.code('list', '151', revision=4711) == 'not-found'
    assert service.code('list', '151/never.py', revision=1) == 'not-found'


def test_differences_of_the_working_files_are_unified(service):
    saved(service, '151/a.py', b'one\ntwo\n')
    service.do('write', '151/a.py', b'one\n2\n', if_match=service.do('list', '151/a.py')['etag'])
    [file] = service.do('diff', '151')['files']
    assert file['path'] == '151/a.py'
    assert file['diff'].startswith('--- 151/a.py\t')
    assert '\n+++ 151/a.py\t' in file['diff']
    assert file['diff'].endswith('@@ -1,2 +1,2 @@\n one\n-two\n+2\n')


def test_differences_of_one_file_between_revisions_name_its_path(service):
    first = saved(service, '151/a.py', b'one\n')
    service.do('write', '151/a.py', b'two\n', if_match=service.do('list', '151/a.py')['etag'])
    second = service.do('svn_commit', '151', message='Second')['revision']
    whole = service.do('diff', '151', **{'from': first, 'to': second})['files']
    alone = service.do('diff', '151/a.py', **{'from': first, 'to': second})['files']
    assert [file['path'] for file in whole + alone] == ['151/a.py', '151/a.py']
    assert '-one\n+two\n' in alone[0]['diff']


def test_differences_in_an_unknown_encoding_are_shown_with_escapes(service):
    saved(service, '151/a.txt', b'caf\xe9\n')
    service.do('write', '151/a.txt', b'th\xe9\n', if_match=service.do('list', '151/a.txt')['etag'])
    assert '-caf\\xe9\n+th\\xe9\n' in service.do('diff', '151')['files'][0]['diff']


@pytest.fixture
def elsewhere(service):
    """Return a function that changes `a.py` in another working copy of the same directory, as on another machine."""
    saved(service, '151/a.py', b'one\n')
    service.do('svn_checkout', 'elsewhere', repository='users/studenta/151')

    def change(content):
        service.do('write', 'elsewhere/a.py', content, if_match=service.do('list', 'elsewhere/a.py')['etag'])
        service.do('svn_commit', 'elsewhere', message='From elsewhere')

    return change


def test_an_update_brings_what_others_saved(service, elsewhere):
    elsewhere(b'from elsewhere\n')
    assert service.do('svn_update', '151')['conflicts'] == []
    assert service.bytes('read', '151/a.py') == b'from elsewhere\n'


def test_a_commit_over_a_newer_version_is_out_of_date(service, elsewhere):
    elsewhere(b'from elsewhere\n')
    service.do('write', '151/a.py', b'mine\n', if_match=service.do('list', '151/a.py')['etag'])
    assert service.code('svn_commit', '151', message='Mine') == 'svn-out-of-date'


@pytest.mark.parametrize(('choice', 'content'), [('mine', b'mine\n'), ('theirs', b'from elsewhere\n'), ('base', b'one\n')])
def test_a_conflict_is_named_and_can_be_resolved(service, elsewhere, choice, content):
    elsewhere(b'from elsewhere\n')
    service.do('write', '151/a.py', b'mine\n', if_match=service.do('list', '151/a.py')['etag'])
    assert service.do('svn_update', '151')['conflicts'] == ['a.py']
    assert service.state('151', 'a.py') == 'conflicted'
    assert service.code('svn_commit', '151', message='Mine') == 'svn-conflict'
    service.do('svn_resolve', '151', names=['a.py'], choice=choice)
    assert service.bytes('read', '151/a.py') == content


LEFT_LOCKED = [
    "INSERT INTO wc_lock (wc_id, local_dir_relpath, locked_levels) VALUES (1, '', -1)",
    "INSERT INTO wc_lock (wc_id, local_dir_relpath, locked_levels) VALUES (1, 'proj1', -1)",
    "INSERT INTO work_queue (work) VALUES (CAST('(file-remove 7 proj1/x)' AS BLOB))",
]


def tamper(service, *statements):
    """Change what Subversion keeps about `151` behind its back."""
    with contextlib.closing(sqlite3.connect(service.home / '151/.svn/wc.db')) as database, database:
        for statement in statements:
            database.execute(statement)


@pytest.mark.parametrize('left', LEFT_LOCKED)
def test_a_working_copy_locked_by_a_killed_service_frees_itself(service, left):
    service.do('mkdir', '151', name='proj1')
    saved(service, '151/proj1/a.py')
    tamper(service, left)
    service.do('write', '151/proj1/b.py', b'', if_none_match='*')
    service.do('svn_add', '151/proj1', names=['b.py'])
    tamper(service, left)
    assert service.do('svn_commit', '151/proj1', message='Goes on')['revision'] == 3
    tamper(service, left)
    assert service.do('svn_update', '151/proj1')['revision'] == 3


NOT_OF_THIS_WORLD = {
    'a state that Subversion does not know': ["UPDATE nodes SET presence = 'weird' WHERE local_relpath = 'a.py'"],
    'an address that leads upwards': ["UPDATE nodes SET repos_path = '/../x'"],
    'a table without an end': [
        'ALTER TABLE nodes RENAME TO hidden',
        'CREATE VIEW nodes AS WITH RECURSIVE n AS (SELECT * FROM hidden UNION ALL SELECT * FROM n) SELECT * FROM n',
    ],
}


@pytest.mark.parametrize('statements', NOT_OF_THIS_WORLD.values(), ids=list(NOT_OF_THIS_WORLD))
def test_a_working_copy_that_brings_subversion_down_is_still_listed_and_does_not_end_the_service(service, statements):
    saved(service, '151/a.py')
    tamper(service, *statements)
    assert service.names('151') == ['a.py']
    assert service.names('') == ['151']
    assert service.code('log', '151') == 'svn-failed'
    service.do('write', '151/a.py', b'two\n', if_match=service.do('list', '151/a.py')['etag'])
    refusal = service.refusal('svn_commit', '151', message='Try it')
    assert (refusal['code'], 'damaged' in refusal['message']) == ('svn-failed', True)
    assert service.process.poll() is None


def test_a_locked_working_copy_can_be_cleaned_up(service):
    with contextlib.closing(sqlite3.connect(service.home / '151/.svn/wc.db')) as database, database:
        database.execute("INSERT INTO wc_lock (wc_id, local_dir_relpath, locked_levels) VALUES (1, '', -1)")
    service.do('svn_cleanup', '151')
    with contextlib.closing(sqlite3.connect(service.home / '151/.svn/wc.db')) as database:
        assert database.execute('SELECT count(*) FROM wc_lock').fetchone() == (0,)


def test_a_repository_of_somebody_else_is_refused(host, service):
    host.do('activate_user', login='studentb', directories=['151'])
    assert service.code('svn_checkout', 'theirs', repository='users/studentb/151') == 'svn-refused'


def test_a_working_copy_pointed_at_a_repository_in_the_home_is_refused(service, tmp_path):
    marker = tmp_path / 'the-hook-ran'
    subprocess.run(['svnadmin', 'create', str(service.home / 'evil')], check=True)
    hook = service.home / 'evil/hooks/post-commit'
    hook.write_text(f'#!/bin/sh\ntouch {marker}\n')
    hook.chmod(0o755)
    subprocess.run(['svn', 'checkout', '--quiet', f'file://{service.home}/evil', str(service.home / 'bad')], check=True)
    service.do('write', 'bad/x', b'', if_none_match='*')
    assert service.code('svn_add', 'bad', names=['x']) == 'svn-refused'
    assert service.code('svn_commit', 'bad', message='Run it') == 'svn-refused'
    # Nor as something that lies in a working copy of ours.
    (service.home / 'bad').rename(service.home / '151/bad')
    subprocess.run(['svn', 'add', '--quiet', str(service.home / '151/bad/x')], check=True)
    assert service.code('svn_commit', '151', names=['bad'], message='Run it') == 'svn-refused'
    assert not marker.exists()


def test_externals_are_not_fetched(host, service):
    saved(service, '151/a.py')
    service.do('svn_update', '151')
    subprocess.run(['svn', 'propset', '--quiet', 'svn:externals', 'file:///etc outside', str(service.home / '151')], check=True)
    service.do('svn_commit', '151', message='Point outside')
    service.do('svn_update', '151')
    assert service.names('151') == ['a.py']


def test_a_reader_sees_states_and_history_but_changes_nothing(host, service):
    saved(service, '151/a.py')
    reader = host.service('studenta', 'read', '151')
    assert reader.state('151', 'a.py') == 'normal'
    assert len(reader.do('log', '151')['revisions']) == 2
    assert reader.code('svn_commit', '151', message='No') == 'read-only'


def test_history_seen_within_a_scope_names_nothing_outside_it(host):
    whole = host.service('studenta')
    whole.do('svn_checkout', 'all', repository='users/studenta/151')
    whole.do('mkdir', 'all', name='public')
    whole.do('write', 'all/public/a', b'', if_none_match='*')
    whole.do('write', 'all/secret', b'', if_none_match='*')
    whole.do('svn_add', 'all', names=['public', 'secret'])
    whole.do('svn_commit', 'all', message='Both at once')
    reader = host.service('studenta', 'read', 'all/public')
    paths = [change['path'] for revision in reader.do('log', 'all/public')['revisions'] for change in revision['paths']]
    assert paths == ['all/public', 'all/public/a']


def test_a_removed_file_can_be_brought_back_from_the_trash(service):
    saved(service, '151/a.py', b'precious\n')
    service.do('write', '151/a.py', b'more precious\n', if_match=service.do('list', '151/a.py')['etag'])
    service.do('svn_remove', '151', names=['a.py'])
    [item] = service.do('trash')['items']
    service.do('restore', trash=item['trash'])
    assert service.bytes('read', '151/a.py') == b'more precious\n'


def test_a_checkout_never_goes_over_something(service):
    service.do('mkdir', '', name='taken')
    assert service.code('svn_checkout', 'taken', repository='users/studenta/151') == 'exists'


def test_a_disabled_person_cannot_use_the_repository(host, service):
    host.do('disable_user', login='studenta')
    service.do('write', '151/a.py', b'', if_none_match='*')
    service.do('svn_add', '151', names=['a.py'])
    assert service.code('svn_commit', '151', message='No') == 'svn-refused'


def test_without_a_way_to_the_repository_files_still_work(host, service):
    shutil.rmtree(host.settings.path('repositories'))
    service.do('write', '151/a.py', b'', if_none_match='*')
    service.do('svn_add', '151', names=['a.py'])
    assert service.code('svn_commit', '151', message='No') == 'svn-failed'
    assert service.state('151', 'a.py') == 'added'


def test_subversion_need_not_wait_for_its_tunnel(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / 'svn.sock'))
        listener.listen()
        command = [PYTHON, '-I', '-S', str(PROGRAM.with_name('svn-tunnel')), str(tmp_path / 'svn.sock'), 'ivle', 'svnserve', '-t']
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as tunnel:
            server, _ = listener.accept()
            assert tunnel.wait(10) == 0
            with server:
                tunnel.stdin.write(b'up')
                server.sendall(b'down')
                assert (server.recv(10), tunnel.stdout.read(10)) == (b'up', b'down')
                tunnel.stdin.close()
                assert server.recv(10) == b''
            assert tunnel.stdout.read() == b''
