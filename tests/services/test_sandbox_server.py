"""sandbox-server as a daemon: who is heard, what a request does once, how it ends and begins again."""

import os
import re
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ivle import chat, envelopes, sockets
from ivle.errors import ServiceDown
from tests.leaks import is_running
from tests.services.sandbox_host import (
    EVERYBODY,
    PROGRAM,
    SandboxHost,
    children_of,
    eventually,
    raw_connection,
)

# Only the superuser can be somebody else; run by another, the tests have nobody to ask.
STRANGERS = {0: [12345]}.get(os.geteuid(), [])


def answer_to(host, payload):
    """Return what comes back for the bytes of one frame; None when the connection is closed without a word."""
    with raw_connection(host.socket) as connection:
        connection.sendall(payload)
        try:
            return chat.read_frame(connection)
        except chat.ConnectionLost:
            # Closed with bytes of ours unread.
            return None


def test_it_tells_how_it_is(host):
    status = host.status()
    assert (status['boxes'], status['consoles'], status['backend']) == (0, 0, 'a prepared interpreter')
    assert 'user id 0 ' not in status['users']
    assert eventually(lambda: host.status()['checks'])
    checks = host.status()['checks']
    # By name, but whole, so that a failure shows what was found instead.
    assert {'files', 'network', 'privileges'} <= {check['name'] for check in checks if check['state'] == 'PASS'}, checks


@pytest.mark.parametrize('body', [{}, [], {'a': {}, 'b': {}}, {'nothing': {}}, {'status': None}, {'console_start': {'login': 7}}])
def test_a_request_that_makes_no_sense_is_refused_with_a_sentence(host, body):
    with sockets.connect(host.socket) as connection:
        chat.write_frame(connection, envelopes.seal(body, host.secret, 'sandbox'))
        assert chat.read_value(connection)['error']['code'] == 'bad-request'


def test_unsigned_misdirected_and_broken_requests_are_not_answered(host):
    sealed = envelopes.seal({'status': {}}, host.secret, 'sandbox')
    for payload in (
        chat.frame(b'{"content": "{}", "digest": ""}'),
        chat.frame(envelopes.seal({'status': {}}, b'x' * 32, 'sandbox')),
        chat.frame(envelopes.seal({'status': {}}, host.secret, 'usrmgt')),
        chat.frame(sealed.replace(b'status', b'statuz')),
        b'junk',
        b'99999999:',
    ):
        assert answer_to(host, payload) is None
    assert host.status()['boxes'] == 0


def test_a_repeated_request_is_answered_but_not_executed_twice(host):
    payload = chat.frame(envelopes.seal({'console_start': {'login': 'studenta', 'cwd': '/'}}, host.secret, 'sandbox'))
    assert answer_to(host, payload) == answer_to(host, payload)
    assert host.status()['consoles'] == 1
    host.ask(end={'login': 'studenta'})


def test_a_silent_connection_holds_up_nobody(host):
    with raw_connection(host.socket), raw_connection(host.socket) as half:
        half.sendall(b'100:{"con')
        assert host.status()['boxes'] == 0


def test_another_user_of_the_machine_is_not_heard(host):
    # Even where the file system would let them in.
    host.settings.path('run').chmod(0o711)
    host.socket.chmod(0o666)
    payload = chat.frame(envelopes.seal({'status': {}}, host.secret, 'sandbox'))
    answers = [answer_to_user(uid, host, payload) for uid in STRANGERS]
    assert answer_to(host, payload) is not None
    assert answers == [b''] * len(STRANGERS)


def answer_to_user(uid, host, payload):
    program = (
        'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); '
        's.sendall(sys.argv[2].encode()); sys.stdout.buffer.write(s.recv(10))'
    )
    # Not the Python of this checkout: somebody else may not get that far.
    command = ['/usr/bin/python3', '-c', program, str(host.socket), payload.decode()]
    return subprocess.run(command, cwd='/', user=uid, group=uid, extra_groups=[], capture_output=True, check=False).stdout


def test_it_ends_with_its_standard_input_and_takes_everything_along(data):
    with SandboxHost(data) as host:
        host.console('studenta').start()
        host.file('studenta', op='list', path='')
        below = children_of(host.process.pid)
        assert below
        assert host.stop() == 0
        assert not [pid for pid in below if is_running(pid)]


def test_after_a_kill_nothing_survives_and_the_next_start_is_clean(data):
    with SandboxHost(data) as host:
        key = host.console('studenta').start()
        host.file('studenta', op='list', path='')
        below = children_of(host.process.pid)
        host.kill()
        assert eventually(lambda: not [pid for pid in below if is_running(pid)])
        left = in_sockets(host)
        # As of a check of the walls that the kill came into.
        host.settings.path('sockets', 'ivle-check-killed').mkdir()
        assert any(name.startswith('svn-') for name in left)
        host.start()
        # What else is there belongs to the check of the walls that the new host makes just now.
        assert not (left | {'ivle-check-killed'}) & in_sockets(host)
        lost = host.console('studenta').output(key, 7)
        assert 'the host was restarted' in lost['replies'][0]['terminate']
        assert lost['replies'][0]['seq'] > 7
        revived = host.console('studenta').restart(key)
        assert not revived['busy']
        assert host.console('studenta').chat(key, 'chat', '1+1\n')['replies'][0]['output'] == '2\n'


def in_sockets(host):
    return {path.name for path in host.settings.path('sockets').iterdir()}


def test_a_hundred_consoles_end_with_a_kill_and_begin_again(data):
    with SandboxHost(data, **{'console.per_person': 50}) as host:
        consoles = {login: host.console(login) for login in EVERYBODY}
        keys = [(consoles[login], consoles[login].start()) for login in EVERYBODY for _ in range(50)]
        for console, key in keys[::5]:
            console.chat(key, 'block', 'import time; time.sleep(60)\n', wait=0)
        below = children_of(host.process.pid)
        assert len(below) >= 200
        host.kill()
        with pytest.raises(ServiceDown) as down:
            keys[0][0].chat(keys[0][1], 'chat', '1\n')
        assert 'cannot be reached' in down.value.message
        host.start()
        for console, key in keys[:3]:
            assert 'the host was restarted' in console.chat(key, 'chat', '1 + 1\n')['replies'][0]['terminate']
            console.restart(key)
            assert console.chat(key, 'chat', '1 + 1\n')['replies'][0]['output'] == '2\n'
        assert eventually(lambda: not [pid for pid in below if is_running(pid)])


def test_a_host_without_bubblewrap_is_told_in_one_line(data):
    host = SandboxHost(data, **{'sandbox.bwrap': '/nowhere/bwrap'})
    command = [sys.executable, PROGRAM, '--ini', host.ini]
    ended = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ''
    assert 'bwrap' in ended.stderr
    assert ended.stderr.count('\n') == 1


@pytest.mark.parametrize('line', ['ivle.sandbox.cpu = many', 'ivle.nonsense = 1'])
def test_a_setting_that_cannot_be_used_stops_the_start_with_its_name(data, line):
    host = SandboxHost(data)
    host.ini.write_text(host.ini.read_text() + line + '\n')
    command = [sys.executable, PROGRAM, '--ini', host.ini]
    ended = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, '')
    assert line.split()[0] in ended.stderr


def test_its_table_of_descriptors_is_large_from_the_beginning(host):
    # Where it grows later, every thread waits for the kernel meanwhile: some milliseconds, at the start of somebody's console.
    files = int(re.search(r'^FDSize:\s+(\d+)$', Path(f'/proc/{host.process.pid}/status').read_text(), re.MULTILINE)[1])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert files >= min(most, 1 << 16)
    assert len(os.listdir(f'/proc/{host.process.pid}/fd')) < 1000


def test_requests_of_many_at_once_are_all_answered(host):
    connections = [raw_connection(host.socket) for _ in range(50)]
    for connection in connections:
        chat.write_frame(connection, envelopes.seal({'status': {}}, host.secret, 'sandbox'))
    assert all(chat.read_value(connection)['backend'] == 'a prepared interpreter' for connection in connections)
    for connection in connections:
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()


# As bubblewrap, but for one of the walls.
LEAKY = """#!/usr/bin/python3
import os, sys
given = open(int(sys.argv[2]), 'rb').read()
words = os.memfd_create('words', 0)
os.write(words, given.replace(b'--remount-ro\\0/\\0', b''))
os.lseek(words, 0, os.SEEK_SET)
os.execv('/usr/bin/bwrap', ['bwrap', '--args', str(words), *sys.argv[3:]])
"""


def test_a_host_that_does_not_hold_programs_starts_none_and_keeps_serving_files(data):
    bwrap = Path(data, 'bwrap')
    bwrap.write_text(LEAKY)
    bwrap.chmod(0o755)
    with SandboxHost(data, **{'sandbox.bwrap': bwrap}) as leaky:
        refused = leaky.ask(console_start={'login': 'studenta', 'cwd': ''})['error']
        assert refused['code'] == 'sandbox-broken'
        assert '(read-only system)' in refused['message']
        assert leaky.ask(serve={'login': 'studenta', 'request': {}})['error'] == refused
        assert 'okay' in leaky.file('studenta', op='list', path='')
        assert 'did not hold' in leaky.log()
