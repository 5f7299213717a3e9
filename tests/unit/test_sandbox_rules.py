"""The list of system calls and the tree of a box, as data."""

import os
from pathlib import Path

import pytest
import seccomp as libseccomp

from ivle.sandbox import seccomp, tree
from ivle.sandbox.tree import Words, furnish_etc, open_directory, system_words

# Each has been a way out of somebody's sandbox.
_NEVER = """
    ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp add_key request_key keyctl io_uring_setup
    io_uring_enter userfaultfd bpf perf_event_open unshare setns mount umount2 pivot_root chroot move_mount
    open_tree fsopen fsconfig fsmount mount_setattr init_module finit_module delete_module kexec_load
    kexec_file_load reboot swapon swapoff acct quotactl syslog open_by_handle_at name_to_handle_at setuid setgid
    setresuid setresgid setreuid setregid setgroups setfsuid capset settimeofday clock_settime clock_adjtime
    adjtimex sethostname setdomainname ioperm iopl modify_ldt personality clone clone3 socket socketpair ioctl
    prctl mknod mknodat memfd_create memfd_secret shmget msgget semget fanotify_init lookup_dcookie seccomp
    vmsplice splice tee sendfile process_madvise migrate_pages move_pages mbind set_mempolicy
"""


@pytest.mark.parametrize('name', _NEVER.split())
def test_no_call_that_leads_out_is_allowed_whatever_its_arguments(name):
    assert name not in seccomp.names()


def test_every_allowed_call_stands_once():
    names = seccomp.names()
    assert len(names) == len(set(names))


def test_every_allowed_call_has_a_name_that_libseccomp_or_a_newer_kernel_knows():
    newer = {'futex_wake', 'futex_wait', 'futex_requeue', 'fchmodat2', 'mseal', 'waitpid', 'sigreturn'}
    unknown = {name for name in seccomp.names() if libseccomp.resolve_syscall(libseccomp.Arch(), name) == -1}
    assert unknown <= newer


def test_the_filter_is_a_program_the_kernel_can_load():
    program = seccomp.program()
    # An instruction has eight bytes and a program at most 4096 of them.
    assert len(program) % 8 == 0
    assert 0 < len(program) // 8 < 4096


def test_source_that_lies_below_usr_is_covered():
    words = ' '.join(system_words(['/usr/local/ivle']))
    assert '--tmpfs /usr/local/ivle --remount-ro /usr/local/ivle' in words


def test_a_file_of_proc_that_only_the_superuser_may_read_gets_no_cover_of_its_own(monkeypatch):
    monkeypatch.setattr(tree, '_HIDDEN_FILES', ['version', 'kmsg'])
    words = ' '.join(system_words())
    assert '--ro-bind /dev/null /proc/version' in words
    assert '/proc/kmsg' not in words


def test_what_the_loader_and_the_clock_need_is_copied_and_the_alternatives_are_shown():
    with Words() as words:
        furnish_etc(words, 'jdoe', '/home/jdoe')
        for place in ('/etc/localtime', '/etc/ld.so.cache'):
            read_from = int(words.words[words.words.index(place) - 1])
            assert os.pread(read_from, 1 << 20, 0) == Path(place).read_bytes()
    assert [word for word in system_words() if str(word).startswith('/etc/')] == ['/etc/alternatives'] * 2


def test_no_link_is_followed_on_the_way_to_a_home(tmp_path):
    (tmp_path / 'jdoe').symlink_to('/etc')
    with pytest.raises(NotADirectoryError):
        open_directory(tmp_path, 'jdoe')
