"""usrmgt-server as a process: what it makes on the disk, whom it lets in, and that every action can be repeated."""

import contextlib
import json
import os
import socket
import subprocess
import tarfile
import tempfile
import time

import pytest

from ivle import chat, envelopes, sockets
from ivle.errors import IvleError, ServiceDown
from ivle.hosts.users import Users
from ivle.secrets import read_secret
from tests.services.host_daemons import HostDaemons
from tests.site import free_ports


@pytest.fixture(scope='module')
def host():
    with tempfile.TemporaryDirectory(prefix='host-') as data, contextlib.closing(HostDaemons(data, free_ports())) as host:
        deadline = time.monotonic() + 120
        while not _listens(host.settings) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield host


def _listens(settings):
    try:
        socket.create_connection((settings.svn_host, settings.svn_port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def users(host):
    return Users(host.settings)


@pytest.fixture
def svn(host, tmp_path):
    """Return a function that runs a real svn client with a login and key; it gives (exit status, all it said)."""

    def run(login, key, *words):
        command = [
            'svn',
            '--config-dir',
            str(tmp_path),
            '--non-interactive',
            '--no-auth-cache',
            '--username',
            login,
            '--password',
            key,
        ]
        done = subprocess.run([*command, *words], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def address(host, path):
    # The @ at the end keeps one inside a login from being read as a revision.
    return f'{host.settings.svn_url}{path}@'


def raw(host, body):
    """Return the reply to a request as it is on the wire."""
    return envelopes.ask(host.settings.path('run/usrmgt.sock'), read_secret(host.settings, 'usrmgt'), 'usrmgt', body)


def owner(path):
    return path.stat().st_uid, path.stat().st_mode & 0o777


def test_an_account_has_its_directories_and_nobody_else_may_look(host, users):
    users.activate('owner', ['151'])
    uid = host.settings.sandbox_uid if os.geteuid() == 0 else os.geteuid()
    account = host.settings.path('accounts/owner')
    assert {owner(path) for path in (account, account / 'home', account / 'trash', account / 'staging')} == {(uid, 0o700)}
    repository_uid = host.settings.repository_uid if os.geteuid() == 0 else os.geteuid()
    assert (host.settings.path('repositories/users/owner/format')).stat().st_uid == repository_uid


def test_a_real_client_uses_its_own_repository_with_its_key_only(host, users, svn, tmp_path):
    users.activate('client', ['151'])
    users.activate('neighbour', ['151'])
    key = users.reset_svn_key('client')
    assert svn('client', key, 'list', address(host, 'users/client')) == (0, '151/\n')
    made = svn('client', key, 'mkdir', '-m', 'Mine', address(host, 'users/client/152'))
    assert made[0] == 0, made
    assert svn('client', key, 'list', address(host, 'users/neighbour'))[0] == 1
    assert svn('client', 'wrong', 'list', address(host, 'users/client'))[0] == 1
    assert svn('neighbour', key, 'list', address(host, 'users/client'))[0] == 1
    users.reset_svn_key('client')
    assert svn('client', key, 'list', address(host, 'users/client'))[0] == 1


@pytest.mark.parametrize(
    'path', ['', 'users', 'conf', 'conf/passwd', 'users/../conf', 'users/client/conf/passwd', 'users/nobody']
)
def test_nothing_but_repositories_is_served(host, users, svn, path):
    users.activate('client', [])
    key = users.reset_svn_key('client')
    assert svn('client', key, 'list', address(host, path))[0] == 1


def test_a_login_with_an_at_sign_is_a_login_like_others(host, users, svn):
    users.activate('a@b.org', ['151'])
    assert svn('a@b.org', users.reset_svn_key('a@b.org'), 'list', address(host, 'users/a@b.org')) == (0, '151/\n')


def test_a_disabled_person_is_shut_out_until_enabled(host, users, svn):
    users.activate('sick', ['151'])
    key = users.reset_svn_key('sick')
    users.disable('sick')
    assert svn('sick', key, 'list', address(host, 'users/sick'))[0] == 1
    users.enable('sick')
    assert svn('sick', key, 'list', address(host, 'users/sick'))[0] == 0


def test_an_account_is_activated_twice_without_harm_and_gains_what_is_missing(host, users, svn):
    users.activate('twice', ['151'])
    key = users.reset_svn_key('twice')
    (host.settings.path('accounts/twice/home/kept')).touch()
    (host.settings.path('accounts/twice/staging')).rmdir()
    users.activate('twice', ['151', '152'])
    assert svn('twice', key, 'list', address(host, 'users/twice')) == (0, '151/\n152/\n')
    assert {path.name for path in host.settings.path('accounts/twice').iterdir()} == {'home', 'trash', 'staging'}
    assert host.settings.path('accounts/twice/home/kept').exists()


def test_a_removed_account_lives_on_in_an_archive_only(host, users):
    users.activate('gone', ['151'])
    home = host.settings.path('accounts/gone/home')
    (home / 'work.py').write_text('print(1)')
    typed = host.settings.path('history/gone')
    typed.mkdir(mode=0o700)
    (typed / 'console.jsonl').write_text('"x = 1"\n')
    os.symlink('/etc/passwd', home / 'link')
    os.mkfifo(home / 'fifo')
    before = users.status()['users']
    archive = users.remove('gone')
    assert users.remove('gone') == archive
    assert users.status()['users'] == before - 1
    assert [path.name for path in host.settings.data.glob('*/gone*')] == ['gone'], 'only the archive is left'
    with tarfile.open(host.settings.path('archive/gone', archive)) as packed:
        assert packed.extractfile('accounts/-leaving-gone/home/work.py').read() == b'print(1)'
        assert packed.getmember('accounts/-leaving-gone/home/link').issym()
        assert packed.getmember('repositories/users/-leaving-gone/format').isfile()
        assert packed.extractfile('history/-leaving-gone/console.jsonl').read() == b'"x = 1"\n'
    assert list(host.settings.path('history').glob('*gone*')) == []
    assert owner(host.settings.path('archive/gone', archive)) == (os.geteuid(), 0o600)


def test_a_login_can_be_used_again_after_its_removal(users):
    users.activate('again', [])
    users.remove('again')
    users.activate('again', [])
    assert users.reset_svn_key('again')


def test_a_new_account_does_not_find_what_another_typed_under_its_login(host, users):
    left = host.settings.path('history/heir')
    left.mkdir(mode=0o700)
    (left / 'console.jsonl').write_text('"x = 1"\n')
    users.activate('heir', [])
    assert not left.exists()
    left.mkdir(mode=0o700)
    users.activate('heir', [])
    assert left.exists()


def test_groups_are_open_to_their_members_as_far_as_they_may(host, users, svn):
    keys = {}
    for login in ('writer', 'reader', 'stranger'):
        users.activate(login, [])
        keys[login] = users.reset_svn_key(login)
    users.create_group_repository('team')
    everybody = sorted(json.loads(host.settings.path('repositories/conf/record.json').read_text())['users'])
    for _ in range(2):
        users.rebuild_svn_config(everybody, {'team': {'write': ['writer'], 'read': ['reader']}})
    may = {
        login: (
            svn(login, keys[login], 'list', address(host, 'groups/team'))[0],
            svn(login, keys[login], 'mkdir', '-m', 'Try', address(host, f'groups/team/{login}'))[0],
        )
        for login in keys
    }
    assert may == {'writer': (0, 0), 'reader': (0, 1), 'stranger': (1, 1)}


def test_rebuilding_shuts_out_whoever_is_not_named(host, users, svn):
    users.activate('named', [])
    users.activate('unnamed', [])
    keys = {login: users.reset_svn_key(login) for login in ('named', 'unnamed')}
    everybody = sorted(json.loads(host.settings.path('repositories/conf/record.json').read_text())['users'])
    users.rebuild_svn_config([login for login in everybody if login != 'unnamed'], {})
    outcome = {login: svn(login, keys[login], 'list', address(host, f'users/{login}'))[0] for login in keys}
    users.rebuild_svn_config(everybody, {})
    assert outcome == {'named': 0, 'unnamed': 1}


@pytest.mark.parametrize(
    'login', ['', '..', '.a', '-a', 'A', 'a/b', 'a b', 'a\nb', 'a=b', 'a:b', 'é', 'x' * 65, 7, None, ['a'], {'a': 1}]
)
def test_what_is_not_a_login_is_refused_by_every_action(host, login):
    asked = [{'activate_user': {'login': login, 'directories': []}}, {'rebuild_svn_config': {'users': [login], 'groups': {}}}]
    asked += [{action: {'login': login}} for action in ('disable_user', 'enable_user', 'remove_user', 'reset_svn_key')]
    assert {raw(host, body)['response'] for body in asked} == {'failure'}


@pytest.mark.parametrize(
    'body',
    [
        7,
        {},
        {'nothing': {}},
        {'do': {}},
        {'status': {}, 'activate_user': {}},
        {'status': {'extra': 1}},
        {'activate_user': {'login': 'a'}},
        {'activate_user': {'login': 'a', 'directories': '151'}},
        {'activate_user': {'login': 'a', 'directories': ['../x']}},
        {'create_group_repository': {'name': 'a@b'}},
        {'rebuild_svn_config': {'users': [], 'groups': {'team': ['a']}}},
        {'rebuild_svn_config': {'users': [], 'groups': {'team\n[/]': {'write': [], 'read': []}}}},
    ],
)
def test_a_request_that_makes_no_sense_fails_and_changes_nothing(host, body):
    before = host.settings.path('repositories/conf/record.json').read_text()
    assert raw(host, body)['response'] == 'failure'
    assert host.settings.path('repositories/conf/record.json').read_text() == before


def test_an_unknown_account_cannot_be_changed(users):
    for action in (users.disable, users.enable, users.remove, users.reset_svn_key):
        with pytest.raises(IvleError, match='no account'):
            action('nobody')


def test_a_repeated_request_is_answered_but_not_done_twice(host, users):
    users.activate('repeater', [])
    sealed = envelopes.seal({'reset_svn_key': {'login': 'repeater'}}, read_secret(host.settings, 'usrmgt'), 'usrmgt')
    replies = []
    for _ in range(2):
        with sockets.connect(host.settings.path('run/usrmgt.sock')) as connection:
            chat.write_frame(connection, sealed)
            replies.append(chat.read_value(connection))
    assert replies[0] == replies[1]


@pytest.mark.parametrize('magic', [b'x' * 32, b''])
def test_a_request_with_another_secret_gets_no_answer(host, magic):
    with pytest.raises(chat.ConnectionLost):
        envelopes.ask(host.settings.path('run/usrmgt.sock'), magic, 'usrmgt', {'status': {}})


def test_the_old_digest_is_never_accepted(host):
    secret = read_secret(host.settings, 'usrmgt')
    content = chat.dumps({'status': {}})
    for order in ('seed', 'ivle'):
        with sockets.connect(host.settings.path('run/usrmgt.sock')) as connection:
            chat.write_value(connection, {'content': content, 'digest': envelopes.legacy_digest(secret, content, order)})
            assert chat.read_frame(connection) is None


def test_what_cannot_be_understood_does_not_stop_the_daemon(host, users):
    for junk in (b'', b'hello', b'9999999999:', b'3:abc', b'2:{},', b'0:,'):
        with sockets.connect(host.settings.path('run/usrmgt.sock')) as connection:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b''
    assert users.status()['svnserve'] == 'running'


def test_a_crash_at_any_moment_of_an_activation_is_mended_by_repeating_it(host, users, svn):
    for number in range(6):
        login = f'crash{number}'
        body = envelopes.seal(
            {'activate_user': {'login': login, 'directories': ['151', '152']}}, read_secret(host.settings, 'usrmgt'), 'usrmgt'
        )
        with sockets.connect(host.settings.path('run/usrmgt.sock')) as connection:
            chat.write_frame(connection, body)
            time.sleep(0.012 * number)
            host.usrmgt.kill()
        host.usrmgt.start()
        users.activate(login, ['151', '152'])
        deadline = time.monotonic() + 120
        while not _listens(host.settings) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert svn(login, users.reset_svn_key(login), 'list', address(host, f'users/{login}')) == (0, '151/\n152/\n')
    assert not list(host.settings.path('accounts').glob('-making-*'))
    assert not list(host.settings.path('repositories/users').glob('-making-*'))


def test_a_crash_in_the_middle_of_a_removal_is_finished_by_repeating_it(host, users):
    for number in range(5):
        users.activate('leaver', ['151'])
        (host.settings.path('accounts/leaver/home/work.py')).write_text('print(1)')
        body = envelopes.seal({'remove_user': {'login': 'leaver'}}, read_secret(host.settings, 'usrmgt'), 'usrmgt')
        with sockets.connect(host.settings.path('run/usrmgt.sock')) as connection:
            chat.write_frame(connection, body)
            time.sleep(0.006 * number)
            host.usrmgt.kill()
        host.usrmgt.start()
        archive = users.remove('leaver')
        with tarfile.open(host.settings.path('archive/leaver', archive)) as packed:
            assert {'accounts/-leaving-leaver/home/work.py', 'repositories/users/-leaving-leaver/format'} <= set(
                packed.getnames()
            )
        assert not host.settings.path('accounts/-leaving-leaver').exists()
        assert not host.settings.path('repositories/users/-leaving-leaver').exists()


def test_no_svnserve_outlives_a_killed_daemon(host):
    host.usrmgt.kill()
    deadline = time.monotonic() + 120
    while _listens(host.settings) and time.monotonic() < deadline:
        time.sleep(0.05)
    still = _listens(host.settings)
    host.usrmgt.start()
    assert not still


def test_without_the_daemon_the_web_says_so_in_a_sentence(host, users):
    assert host.usrmgt.stop() == 0
    with pytest.raises(ServiceDown, match='Accounts cannot be reached'):
        users.status()
    host.usrmgt.start()
    assert users.status()['version']


def test_thousands_of_directories_inside_each_other_do_not_stop_a_removal(host, users):
    users.activate('digger', [])
    descriptor = os.open(host.settings.path('accounts/digger/home'), os.O_RDONLY)
    for _ in range(1500):
        os.mkdir('d', dir_fd=descriptor)
        below = os.open('d', os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    archive = users.remove('digger')
    assert not list(host.settings.path('accounts').glob('*digger'))
    with tarfile.open(host.settings.path('archive/digger', archive)) as packed:
        assert 'accounts/-leaving-digger/home' + 1500 * '/d' in packed.getnames()
