"""What a program in a box sees and reaches of the host and of other boxes: nothing."""

import contextlib
import os
import socket
import subprocess
import tempfile

import pytest

from ivle.sandbox.spec import HomeMissing
from tests.contract.consoles import eventually

HIDDEN = (
    '/root',
    '/etc/shadow',
    '/etc/hostname',
    '/etc/ssh',
    '/var',
    '/srv',
    '/opt',
    '/mnt',
    '/sys',
    '/boot',
    '/proc/sys/kernel',
    '/home/asmith',
)


@pytest.fixture
def listener():
    """Return a TCP port of the host that somebody listens at."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def abstract_socket():
    """Return the name of an abstract Unix socket of the host."""
    name = f'ivle-attack-{os.getpid()}'
    with socket.socket(socket.AF_UNIX) as server:
        server.bind('\0' + name)
        server.listen()
        yield '@' + name


@pytest.fixture
def socket_with_a_name():
    """Return the path of a Unix socket of the host that anybody may connect to."""
    with tempfile.TemporaryDirectory(prefix='sock-') as folder, socket.socket(socket.AF_UNIX) as server:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, 'socket')
        server.bind(path)
        os.chmod(path, 0o666)
        server.listen()
        yield path


# -- files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize('path', HIDDEN)
def test_nothing_of_the_host_is_there(host, path):
    assert host.attempt('listing', path=path)['refused'] in ('ENOENT', 'ENOTDIR')


def test_the_root_of_a_box_holds_the_system_and_the_home(host):
    expected = {'bin', 'dev', 'etc', 'home', 'ivle', 'lib', 'lib64', 'proc', 'sbin', 'tmp', 'usr'}
    assert set(host.attempt('listing', path='/')['did']) - {'lib32', 'libx32'} == expected
    assert host.attempt('listing', path='/home')['did'] == ['jdoe']


def test_of_our_source_there_is_what_runs_and_no_more(host):
    assert host.attempt('listing', path='/ivle')['did'] == ['ivle', 'services', 'tests']
    if host.kind == 'cold':
        assert host.attempt('listing', path='/ivle/services')['did'] == ['limited.py']
    modules = {'cold': ['__init__.py', 'chat.py'], 'warm': ['__init__.py', 'chat.py', 'kernel.py']}
    assert host.attempt('listing', path='/ivle/ivle')['did'] == modules[host.kind]


def test_of_etc_there_is_what_the_loader_needs_and_one_person(host):
    found = set(host.attempt('listing', path='/etc')['did'])
    # The files that say who is who are written at a claim, so into a place of their own.
    person = {'cold': set(), 'warm': {'person'}}[host.kind]
    assert found - person <= {'alternatives', 'group', 'hosts', 'ld.so.cache', 'localtime', 'nsswitch.conf', 'passwd'}
    assert host.attempt('read', path='/etc/passwd') == {'did': 'jdoe:x:1000:1000:jdoe:/home/jdoe:/bin/sh\n'}


def test_a_secret_beside_the_home_is_read_outside_and_not_in_a_box(host, outside):
    assert outside('read', path=str(host.secret)) == {'did': 'the secret'}
    assert host.attempt('read', path=str(host.secret)) == {'refused': 'ENOENT'}


def test_a_link_leads_nowhere_outside(host):
    assert host.attempt('read_through_a_link', path=str(host.secret)) == {'refused': 'ENOENT'}


def test_the_root_of_no_process_leads_outside(host, outside):
    assert 'did' in outside('read_through_a_process', path=str(host.secret))
    assert host.attempt('read_through_a_process', path=str(host.secret)) == {'refused': 'ENOENT'}


def test_another_account_is_not_there(host):
    assert host.attempt('read', path='/home/asmith/note.txt') == {'refused': 'ENOENT'}
    assert host.attempt('read', path='note.txt') == {'did': 'by jdoe'}


def test_a_home_that_is_a_link_is_no_home(host):
    home = host.home()
    home.rename(home.with_name('elsewhere'))
    home.symlink_to('/etc')
    with pytest.raises(HomeMissing):
        host.attempt('listing', path='.')


def test_what_is_beside_the_home_is_the_file_service_s_alone(cold, host):
    assert cold.attempt('listing', path='/account', spec={'sees': 'account'}) == {'did': ['home', 'trash']}
    assert host.attempt('listing', path='/account') == {'refused': 'ENOENT'}


def test_a_home_that_is_shown_for_reading_cannot_be_written(host):
    assert host.attempt('write', path='evil', spec={'access': 'read'}) == {'refused': 'EROFS'}
    assert host.attempt('read', path='note.txt', spec={'access': 'read'}) == {'did': 'by jdoe'}


def test_an_account_that_is_shown_for_reading_cannot_be_written(cold):
    spec = {'access': 'read', 'sees': 'account'}
    assert cold.attempt('write', path='/account/home/evil', spec=spec) == {'refused': 'EROFS'}


def test_a_program_writes_to_its_home(host):
    assert host.attempt('write', path='work.txt') == {'did': None}
    assert (host.home() / 'work.txt').read_text() == 'evil'


# -- processes and descriptors ----------------------------------------------------------------------


def test_a_box_has_three_standard_descriptors_and_its_channel(host):
    leak = os.open('/etc/passwd', os.O_RDONLY)
    os.set_inheritable(leak, True)
    # The fifth is the one that reads the list.
    assert host.attempt('descriptors')['did'] == [0, 1, 2, 3, 4]
    os.close(leak)


def test_the_first_process_holds_nothing_but_the_channel_either(cold):
    held = cold.attempt('descriptors_of_the_first_process')['did']
    assert {target.split(':')[0] for target in held.values()} <= {'socket', '/dev/null', 'anon_inode'}


def test_the_log_of_the_daemon_is_written_through_a_socket_and_cannot_be_opened(cold):
    log = cold.data / 'boxes.log'
    with log.open('w') as file:
        held = cold.start('descriptors_of_the_first_process', stderr=file.fileno()).report()['did']
        cold.start('complain', stderr=file.fileno()).box.wait(10)
        assert eventually(lambda: log.read_text() == 'a complaint\n')
    assert str(log) not in held.values()
    assert held['2'].startswith('socket:')


def test_the_first_process_tells_nothing(host):
    command = host.attempt('first_command_line')['did'].replace('\0', ' ')
    assert str(host.data) not in command
    assert host.attempt('first_environment') == {'cold': {'did': ''}, 'warm': {'refused': 'EACCES'}}[host.kind]


def test_the_environment_is_the_one_we_give(host, monkeypatch):
    monkeypatch.setenv('IVLE_SECRET', 'leaked')
    assert host.attempt('environment')['did'] == {
        'HOME': '/home/jdoe',
        'PATH': '/usr/bin:/bin',
        'LANG': 'C.UTF-8',
        'USER': 'jdoe',
        'LOGNAME': 'jdoe',
        'TMPDIR': '/tmp',
        'PYTHONDONTWRITEBYTECODE': '1',
        'OPENBLAS_NUM_THREADS': '1',
        'OMP_NUM_THREADS': '1',
        'MKL_NUM_THREADS': '1',
        'MPLCONFIGDIR': '/tmp/matplotlib',
    }


def test_a_process_of_the_host_cannot_be_signalled(host, outside):
    with subprocess.Popen(['sleep', '600']) as victim, contextlib.ExitStack() as stack:
        stack.callback(victim.kill)
        assert outside('signal_process', pid=victim.pid) == {'did': None}
        assert host.attempt('signal_process', pid=victim.pid) == {'refused': 'ESRCH'}


def test_killing_everybody_finds_nobody(host):
    neighbour = host.start('wait_for_a_byte', login='asmith')
    neighbour.line()
    # Not even its own first process is there to be killed.
    assert host.attempt('kill_everybody') == {'refused': 'ESRCH'}
    neighbour.say(b'x')
    assert neighbour.report() == {'did': 'x'}


def test_the_first_process_cannot_be_stopped(host):
    assert host.attempt('stop_the_first_process')['did'] in ('S', 'R')


def test_a_box_sees_only_its_own_processes(host):
    assert len([name for name in host.attempt('listing', path='/proc')['did'] if name.isdigit()]) <= 2


# -- network ----------------------------------------------------------------------------------------


def test_a_server_of_the_host_is_out_of_reach(host, outside, listener):
    assert outside('tcp', port=listener) == {'did': None}
    assert host.attempt('tcp', port=listener) == {'refused': 'EAFNOSUPPORT'}


def test_an_abstract_socket_of_the_host_is_out_of_reach(host, outside, abstract_socket):
    assert outside('unix_socket', address=abstract_socket) == {'did': None}
    assert host.attempt('unix_socket', address=abstract_socket) == {'refused': 'ECONNREFUSED'}


def test_a_socket_with_a_name_is_out_of_reach(host, outside, socket_with_a_name):
    assert outside('unix_socket', address=socket_with_a_name) == {'did': None}
    assert host.attempt('unix_socket', address=socket_with_a_name) == {'refused': 'ENOENT'}


def test_the_one_socket_that_is_given_is_reached(cold, socket_with_a_name):
    assert cold.attempt('unix_socket', address='/run/svn.sock', spec={'svn_socket': socket_with_a_name}) == {'did': None}


@pytest.mark.parametrize('name', ['cmdline', 'interrupts', 'keys', 'locks', 'partitions'])
def test_what_proc_tells_of_the_machine_is_covered(host, outside, name):
    assert 'did' in outside('read', path=f'/proc/{name}')
    assert host.attempt('read', path=f'/proc/{name}')['refused'] in ('EACCES', 'ENOENT')


def test_a_box_has_name_spaces_of_its_own(host, outside):
    inside, ours = host.attempt('name_spaces')['did'], outside('name_spaces')['did']
    assert [name for name, space in inside.items() if space == ours[name]] == []
    assert set(inside) == {'net', 'pid', 'ipc', 'uts', 'mnt', 'user', 'cgroup'}


# -- two boxes --------------------------------------------------------------------------------------


def test_nothing_left_in_tmp_or_shared_memory_is_seen_by_the_next_box(host):
    host.attempt('leave_a_file')
    assert host.attempt('listing', path='/tmp') == {'did': []}
    assert host.attempt('listing', path='/dev/shm') == {'did': []}


def test_two_boxes_at_once_share_no_tmp(host):
    with contextlib.closing(host.start('wait_for_a_byte').channel):
        host.attempt('leave_a_file')
        assert host.attempt('listing', path='/tmp', login='asmith') == {'did': []}
