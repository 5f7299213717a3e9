"""The list of system calls, the limits and the tree of a box, as data."""

import resource

import pytest
import seccomp as libseccomp

from ivle.sandbox import seccomp
from ivle.sandbox.limits import Limits
from ivle.sandbox.tree import open_directory, system_words
from ivle.settings import Settings

# Each has been a way out of somebody's sandbox.
_NEVER = """
    ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp add_key request_key keyctl io_uring_setup
    io_uring_enter userfaultfd bpf perf_event_open unshare setns mount umount2 pivot_root chroot move_mount
    open_tree fsopen fsconfig fsmount mount_setattr init_module finit_module delete_module kexec_load
    kexec_file_load reboot swapon swapoff acct quotactl syslog open_by_handle_at name_to_handle_at setuid setgid
    setresuid setresgid setreuid setregid setgroups setfsuid capset settimeofday clock_settime clock_adjtime
    adjtimex sethostname setdomainname ioperm iopl modify_ldt personality clone clone3 socket socketpair ioctl
    prctl mknod mknodat memfd_create memfd_secret shmget msgget semget fanotify_init lookup_dcookie seccomp
    vmsplice process_madvise migrate_pages move_pages mbind set_mempolicy
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


def test_the_limits_of_a_site_are_those_of_its_settings():
    settings = Settings(
        cpu_seconds=7, memory=1 << 28, box_memory=1 << 29, processes=9, file_size=5, open_files=8, tmp_size=1 << 20
    )
    assert Limits.of(settings) == Limits(7, 1 << 28, 1 << 29, 9, 5, 8, 1 << 20)


def test_a_file_service_may_write_a_whole_upload_and_lives_long():
    limits = Limits.of_files(Settings(upload_limit=1 << 30, file_size=1 << 20))
    assert limits.file_size == 1 << 30
    assert limits.cpu_seconds == 3600


def test_a_limit_that_is_lower_already_is_kept(monkeypatch):
    monkeypatch.setattr(resource, 'getrlimit', lambda number: (10, 10))
    assert '--nproc=10:10' in Limits().prlimit_options()
    assert '--core=0:0' in Limits().prlimit_options()


def test_source_that_lies_below_usr_is_covered():
    words = ' '.join(system_words(['/usr/local/ivle']))
    assert '--tmpfs /usr/local/ivle --remount-ro /usr/local/ivle' in words


def test_no_link_is_followed_on_the_way_to_a_home(tmp_path):
    (tmp_path / 'jdoe').symlink_to('/etc')
    with pytest.raises(NotADirectoryError):
        open_directory(tmp_path, 'jdoe')
