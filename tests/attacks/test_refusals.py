"""What the kernel refuses to a program in a box, attempt by attempt."""

import os
import signal
import socket

import pytest

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


@pytest.mark.parametrize('probe', NOT_PERMITTED)
def test_the_kernel_refuses(host, probe):
    assert host.attempt(probe) == {'refused': NOT_PERMITTED[probe]}


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
        'Groups': host.groups,
    }


def test_on_the_host_a_box_is_never_the_superuser(host):
    attempt = host.start('wait_for_a_byte')
    attempt.line()
    assert os.stat(f'/proc/{attempt.box.pid}').st_uid == host.uid
    assert os.stat(f'/proc/{attempt.box.init_pid}').st_uid == host.uid
    assert host.uid != 0


def test_the_probes_do_work_outside(outside):
    # Controls for those refusals that do not need the superuser: the probe is right and only the box says no.
    assert 'did' in outside('memfd')
    assert 'did' in outside('ptrace_myself')
    assert 'did' in outside('keyctl')
    assert 'did' in outside('personality')
    assert 'did' in outside('unshare_user')
    assert 'did' in outside('family', number=int(socket.AF_NETLINK))
    assert 'did' in outside('shared_memory')
