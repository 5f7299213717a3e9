"""What the kernel refuses to a program in a box, attempt by attempt, and that the attempts would work elsewhere."""

import signal
import socket
import struct
import tempfile
from contextlib import ExitStack

import pytest

from ivle.sandbox import seccomp
from tests.attacks.host import Host
from tests.contract.consoles import children_of

NOT_PERMITTED = {
    # Another identity
    'setuid_root': 'EPERM',
    'setgroups': 'EPERM',
    'write_uid_map': 'EROFS',
    'write_core_pattern': 'ENOENT',
    # Name spaces and mounts
    'unshare_user': 'EPERM',
    'unshare_net': 'EPERM',
    'unshare_mount': 'EPERM',
    'clone_with_a_user_namespace': 'EPERM',
    'clone_with_the_flag_hidden_above_32_bits': 'EPERM',
    'clone3': 'ENOSYS',
    'setns': 'EPERM',
    'mount_tmpfs': 'EPERM',
    'remount_writable': 'EPERM',
    'umount_proc': 'EPERM',
    'chroot': 'EPERM',
    'pivot_root': 'EPERM',
    'open_tree': 'EPERM',
    'fsopen': 'EPERM',
    'make_a_block_device': 'EPERM',
    'make_a_character_device': 'EPERM',
    'change_the_host_name': 'EPERM',
    'change_the_clock': 'EPERM',
    # Files by other doors
    'hard_link_to_the_system': 'EXDEV',
    'name_to_handle': 'EPERM',
    'open_by_handle': 'EPERM',
    'kernel_symbols': 'EACCES',
    'write_the_memory_of_the_first_process': 'EROFS',
    'open_descriptor_of_the_first_process': 'ENXIO',
    # The surface of the kernel
    'add_key': 'EPERM',
    'keyctl': 'EPERM',
    'io_uring': 'EPERM',
    'userfaultfd': 'EPERM',
    'bpf': 'EPERM',
    'perf_event': 'EPERM',
    'ptrace_myself': 'EPERM',
    'ptrace_the_first_process': 'EPERM',
    'read_another_process': 'EPERM',
    'take_a_descriptor': 'EPERM',
    'memfd': 'EPERM',
    'shared_memory': 'EPERM',
    'personality': 'EPERM',
    'put_signals_in_line': 'EPERM',
    'put_signals_in_line_of_a_thread': 'EPERM',
    'put_signals_in_line_by_a_descriptor': 'EPERM',
    'put_a_signal_with_a_word_in_line': 'EPERM',
    'put_signals_in_line_by_ends_of_children': 'EPERM',
    'ask_for_a_signal_in_line_at_the_end_of_the_parent': 'EPERM',
    'make_a_timer': 'EPERM',
    'init_module': 'EPERM',
    'kexec': 'EPERM',
    # The terminal
    'type_into_a_terminal': 'EPERM',
    'open_the_terminal': 'ENOENT',
    # Limits
    'raise_the_limits': 'EPERM',
    'udp': 'EAFNOSUPPORT',
    'family_hidden_above_32_bits': 'EAFNOSUPPORT',
}


# Where a box that stood ready says no in other words: its /proc may be written, knows processes only, and its first process
# hides.
OF_A_WARM_BOX = {
    'write_uid_map': 'EPERM',
    'kernel_symbols': 'ENOENT',
    'write_the_memory_of_the_first_process': 'EACCES',
    'open_descriptor_of_the_first_process': 'EACCES',
}
# Tried outside these would need, and might harm, a whole host: that it is our filter which refuses them is seen by its answer.
ONLY_FOR_THE_SUPERUSER = (
    'setgroups',
    'remount_writable',
    'pivot_root',
    'make_a_block_device',
    'make_a_character_device',
    'change_the_clock',
    'open_by_handle',
    'bpf',
    'perf_event',
    'ptrace_the_first_process',
    'init_module',
    'kexec',
    'type_into_a_terminal',
)
# Refused elsewhere too, yet for another reason than in a box: there is something to be refused.
OTHERWISE_REFUSED = {
    'write_uid_map': 'EPERM',
    'write_core_pattern': 'EACCES',
    'hard_link_to_the_system': 'EPERM',
    'open_the_terminal': 'ENXIO',
    'udp': 'ENETUNREACH',
}
_RETURN, _REFUSE_WITH, _MARK = 0x06, 0x00050000, 118


@pytest.fixture(scope='module')
def with_a_marked_filter():
    """Return a Host whose boxes have our filter, which says ENOTNAM wherever it would say EPERM."""
    marked = bytearray()
    for code, yes, no, value in struct.iter_unpack('HBBI', seccomp.program()):
        is_refusal = (code, value) == (_RETURN, _REFUSE_WITH | 1)
        marked += struct.pack('HBBI', code, yes, no, _REFUSE_WITH | _MARK * is_refusal if is_refusal else value)
    with ExitStack() as stack:
        host = Host(stack.enter_context(tempfile.TemporaryDirectory(prefix='host-')), stack)
        host.launcher._seccomp = bytes(marked)
        yield host


@pytest.mark.parametrize('probe', NOT_PERMITTED)
def test_the_kernel_refuses(host, probe):
    other = {'cold': {}, 'warm': OF_A_WARM_BOX}[host.kind]
    assert host.attempt(probe) == {'refused': other.get(probe, NOT_PERMITTED[probe])}


@pytest.mark.parametrize('probe', [name for name in NOT_PERMITTED if name not in (*ONLY_FOR_THE_SUPERUSER, *OTHERWISE_REFUSED)])
def test_it_would_work_for_whoever_had_no_box_around_their_name_spaces(alone, probe):
    assert 'did' in alone(probe)


@pytest.mark.parametrize('probe', OTHERWISE_REFUSED)
def test_without_a_box_there_is_something_to_be_refused(alone, probe):
    assert alone(probe) == {'refused': OTHERWISE_REFUSED[probe]}


@pytest.mark.parametrize('probe', ONLY_FOR_THE_SUPERUSER)
def test_it_is_the_filter_that_refuses(with_a_marked_filter, probe):
    assert with_a_marked_filter.attempt(probe) == {'refused': 'ENOTNAM'}


def test_the_two_filters_of_a_warm_box_refuse_what_a_claim_needed(warm):
    for name in seccomp.CLAIM_CALLS:
        assert warm.attempt('call_by_name', name=name) == {'refused': 'EPERM'}
    for option in seccomp.CLAIM_PRCTLS.values():
        assert warm.attempt('prctl', option=option) == {'refused': 'EPERM'}


def test_what_a_claim_needs_is_not_refused_by_the_kernel_itself(alone):
    assert {name: alone('call_by_name', name=name) for name in seccomp.CLAIM_CALLS} == {
        'unshare': {'did': 0},
        'mount': {'refused': 'EFAULT'},
        'move_mount': {'refused': 'ENOENT'},
        'setresuid': {'did': 0},
        'setresgid': {'did': 0},
        'setgroups': {'refused': 'EPERM'},
        'capset': {'refused': 'EFAULT'},
    }
    assert alone('prctl', option=seccomp.CLAIM_PRCTLS['PR_CAPBSET_DROP']) == {'did': 0}
    assert alone('prctl', option=seccomp.CLAIM_PRCTLS['PR_SET_SECCOMP']) == {'refused': 'EINVAL'}


def test_a_call_of_the_other_64_bit_kind_is_ended(host, outside):
    assert outside('x32_call') == {'refused': 'ENOSYS'}
    attempt = host.start('x32_call')
    assert (attempt.reason_of_end(), attempt.box.poll()) == ('stopped', 128 + signal.SIGSYS)


@pytest.mark.parametrize('probe', ['signal_the_other_end', 'take_a_descriptor_of_the_other_end'])
def test_the_daemon_at_the_other_end_of_the_channel_is_out_of_reach(host, outside, probe):
    assert 'did' in outside(probe)
    assert host.attempt(probe)['refused'] in ('EINVAL', 'EPERM')


def test_a_terminal_is_not_typed_into_with_bits_the_kernel_does_not_look_at(host):
    assert host.attempt('type_into_a_terminal', high_bits=1 << 32) == {'refused': 'EPERM'}


@pytest.mark.parametrize('family', ['AF_INET', 'AF_INET6', 'AF_NETLINK', 'AF_PACKET', 'AF_VSOCK', 'AF_ALG', 'AF_BLUETOOTH'])
def test_a_box_has_no_sockets_but_unix_ones(host, family):
    assert host.attempt('family', number=int(getattr(socket, family))) == {'refused': 'EAFNOSUPPORT'}


@pytest.mark.parametrize('path', ['/', '/usr', '/etc', '/home', '/dev', '/proc', '/proc/self', '/ivle', '/run', '/bin'])
def test_a_box_writes_nowhere_but_at_home_and_in_its_own_tmp(host, path):
    assert host.attempt('write', path=f'{path}/evil')['refused'] in ('EROFS', 'ENOENT')


def test_a_program_of_32_bits_is_ended(host):
    attempt = host.start('call_of_32_bits')
    assert (attempt.reason_of_end(), attempt.box.poll()) == ('stopped', 128 + signal.SIGSYS)


def test_a_set_user_id_program_gains_nothing(host):
    assert host.attempt('run_setuid_program')['did'] != 0


def test_a_program_in_a_box_is_nobody_in_particular(host):
    none = '0' * 16
    assert host.attempt('identity')['did'] == {
        'uid': [1000] * 3,
        'gid': [1000] * 3,
        'CapInh': none,
        'CapPrm': none,
        'CapEff': none,
        'CapBnd': none,
        'CapAmb': none,
        'NoNewPrivs': '1',
        'Seccomp': '2',
        'Seccomp_filters': {'cold': '1', 'warm': '2'}[host.kind],
        'Groups': host.groups,
    }


def test_on_the_host_a_box_is_never_the_superuser(host):
    attempt = host.start('wait_for_a_byte')
    attempt.line()
    pids = {attempt.box.pid, attempt.box.init_pid, *children_of(attempt.box.init_pid)}
    assert len(pids) > 1
    assert 0 not in {uid for pid in pids for uid in uids_of(pid)}
    assert host.uid != 0


def uids_of(pid):
    """Return the user ids (real, effective, saved, of files) of a process on the host."""
    with open(f'/proc/{pid}/status') as file:
        return next([int(word) for word in line.split()[1:]] for line in file if line.startswith('Uid:'))


def test_the_probes_do_work_outside(outside):
    # As whoever runs the tests: no name space of its own makes them work.
    assert 'did' in outside('ptrace_myself')
    assert 'did' in outside('keyctl')
    assert 'did' in outside('udp')
    assert 'did' in outside('family', number=int(socket.AF_NETLINK))
    assert 'did' in outside('call_of_32_bits')
