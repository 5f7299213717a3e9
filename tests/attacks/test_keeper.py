"""The first process of a box that stood ready was there before the student: it is read, stopped and robbed by nobody."""

import contextlib
import os
import signal
import socket
import subprocess

import pytest

from ivle.sandbox.identities import OneIdentity
from ivle.sandbox.prepared import PreparedBox
from tests.attacks.test_refusals import uids_of
from tests.contract.consoles import children_of, eventually

LIST_DESCRIPTORS = """
import os
for number in sorted(os.listdir('/proc/self/fd'), key=int):
    try:
        print(number, os.readlink('/proc/self/fd/' + number).partition(':')[0])
    except FileNotFoundError:
        pass
"""
LIST_DESCRIPTORS_OF_A_CHILD = """
import subprocess
print(subprocess.run(['/bin/ls', '/proc/self/fd'], close_fds=False, capture_output=True, text=True).stdout)
"""
EVERY_SIGNAL = """
import os, signal
for number in range(1, 32):
    if number != signal.SIGXCPU:
        os.kill(1, number)
print('sent')
"""
PRIVATE = ['auxv', 'cwd', 'environ', 'exe', 'fd', 'fdinfo', 'io', 'map_files', 'maps', 'mem', 'ns', 'pagemap', 'root', 'smaps']


def test_nothing_private_of_the_first_process_can_be_opened(warm):
    assert set(PRIVATE) <= set(warm.attempt('pry', process='self')['did'])
    assert warm.attempt('pry', process=1) == {'did': []}


def test_the_first_process_of_a_console_keeps_as_much_to_itself(host):
    talk = host.console()
    code = "import os\nfound = []\nfor name in {}:\n    try: os.open('/proc/{}/' + name, 0)\n    except OSError: pass\n"
    code += '    else: found.append(name)\nprint(sorted(found))'
    # In a cold box our controller is the second one.
    controller = {'cold': 'self/task/../../2', 'warm': '1'}[host.kind]
    assert talk.run(code.format(PRIVATE, controller)) == '[]\n'
    assert talk.run(code.format(PRIVATE, 'self')) == f'{PRIVATE}\n'


@pytest.mark.parametrize('probe', ['read_the_memory_of_the_first_process', 'ptrace_the_first_process', 'take_a_descriptor'])
def test_the_first_process_cannot_be_robbed(warm, probe):
    assert warm.attempt(probe) == {'refused': 'EPERM'}


def test_no_signal_ends_or_stops_the_first_process(warm, outside):
    assert warm.attempt('signal_the_first_process')['did'] in ('S', 'R')
    assert outside('signal_a_child')['did'] < 0


def test_a_console_whose_first_process_is_sent_signals_goes_on(warm):
    talk = warm.console()
    assert talk.run(EVERY_SIGNAL) == 'sent\n'
    assert talk.run('print(6 * 7)') == '42\n'


def test_a_console_told_that_its_time_is_up_by_its_own_program_says_so(warm):
    talk = warm.console()
    last = talk.ask('block', f'import os\nos.kill(1, {int(signal.SIGXCPU)})\nwhile True: pass')[-1]
    assert list(last) == ['terminate']
    assert 'processor time' in last['terminate']


def test_the_limits_of_the_first_process_cannot_be_lowered(warm, outside):
    assert outside('limit_a_child') == {'did': None}
    assert warm.attempt('limit_the_first_process') == {'refused': 'EPERM'}


def test_a_first_process_that_is_starved_takes_its_own_box_along_and_no_other(warm):
    neighbour, talk = warm.console('asmith'), warm.console()
    starve = 'import resource\nfor kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_DATA, resource.RLIMIT_AS):\n'
    talk.send('block', starve + '    try: resource.prlimit(1, kind, (0, 0))\n    except OSError: pass\nprint("x" * 1000000)')
    assert neighbour.run('print(6 * 7)') == '42\n'
    talk.send('terminate')
    talk.hear_all()
    assert talk.box.wait(5) is not None
    assert neighbour.run('print(6 * 7)') == '42\n'


def test_a_student_s_program_in_a_console_holds_its_streams_two_sockets_and_the_way_back_to_what_it_wrote(host):
    talk = host.console()
    held = [line.split()[1] for line in talk.run(LIST_DESCRIPTORS).splitlines()]
    assert held[:3] == ['/dev/null', 'pipe', 'pipe']
    assert sorted(held[3:]) == ['pipe', 'pipe', 'socket', 'socket']
    assert talk.run(LIST_DESCRIPTORS_OF_A_CHILD).split() == ['0', '1', '2', '3']


def test_a_student_is_one_user_and_nobody_else_has_a_number(host, outside):
    [uids, gids] = host.attempt('maps_of_ids')['did']
    assert [(inside, count) for inside, _, count in (uids, gids)] == [(1000, 1)] * 2
    assert host.attempt('give_a_file_away', uid=0) == {'refused': 'EINVAL'}
    assert host.attempt('give_a_file_away', uid=host.uid) == {'refused': 'EINVAL'}
    assert host.attempt('give_a_file_away', uid=1000) == {'did': None}
    assert outside('give_a_file_away', uid=os.geteuid()) == {'did': None}


def test_of_all_processes_only_the_first_and_oneself_have_a_number(host, outside):
    assert len(outside('find_processes', most=100_000)['did']) > 2
    found = host.attempt('find_processes', most=100_000)['did']
    assert found == [1, 2]


def test_the_outer_box_and_the_boxes_that_stand_ready_cannot_be_signalled(warm, outside):
    daemon = warm.daemon
    others = [daemon.process.pid, *daemon.outer, warm.console('asmith').box.init_pid]
    assert [outside('signal_process', pid=pid) for pid in others] == [{'did': None}] * 4
    assert [warm.attempt('signal_process', pid=pid) for pid in others] == [{'refused': 'ESRCH'}] * 4


def test_no_process_that_waits_for_a_student_is_the_superuser_s(warm):
    # A keeper and its worker, which is somebody else already where there are others.
    assert eventually(lambda: len(children_of(warm.daemon.outer[1])) > 1)
    outer, ready = (
        {uid for pid in pids for uid in uids_of(pid)} for pids in (warm.daemon.outer, children_of(warm.daemon.outer[1]))
    )
    assert outer == {warm.uid}
    assert warm.uid in ready
    assert 0 not in ready


def test_a_box_has_a_user_id_of_the_host_to_itself_where_there_are_some(warm):
    attempts = [warm.start('wait_for_a_byte', login=login) for login in ('jdoe', 'jdoe', 'asmith')]
    for attempt in attempts:
        attempt.line()
    boxes = [{tuple(uids_of(pid)) for pid in children_of(attempt.box.init_pid)} for attempt in attempts]
    first, last = (warm.settings.sandbox_uids[0], sum(warm.settings.sandbox_uids))
    different, allowed = {True: (3, range(first, last)), False: (1, [warm.uid])}[warm.daemon.state()['has_identities']]
    assert len({*map(str, boxes)}) == different
    assert all(uid in allowed for found in boxes for uids in found for uid in uids)


def test_what_a_box_writes_belongs_to_the_user_of_all_files(host):
    host.attempt('write', path='work.txt')
    found = (host.home() / 'work.txt').stat()
    assert (found.st_uid, found.st_gid) == (host.uid, host.uid)


@pytest.mark.parametrize('said', ['[]', '1', '{"ended":"0"}', '{"ended":null}', '{"ended":[]}'])
def test_nonsense_of_a_first_process_is_an_end_like_any_other(said):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, subprocess.Popen(['true']) as program:
        process = os.pidfd_open(program.pid)
        box = PreparedBox(ours, process, OneIdentity(5000).take(), on_end=lambda identity: None)
        theirs.send(said.encode())
    try:
        assert type(box.poll()) is int
        assert box.reason_of_end() in ('broken', 'stopped', 'failed')
    finally:
        ours.close()
        with contextlib.suppress(OSError):
            # The box has closed it, if it could tell that it has ended.
            os.close(process)
