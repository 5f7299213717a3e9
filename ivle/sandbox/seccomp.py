"""Which system calls a program in a box may make: a list of what is allowed, grouped by what it is for.

Everything that is not on the list fails with EPERM; the kernel then never runs the code behind it, so a hole in a
part of the kernel that student programs have no use for (io_uring, bpf, keyrings, namespaces, …) is out of reach.
Also missing: what makes memory that belongs to no process, memfd_create and the System V calls, since no limit holds it;
epoll and inotify, of which the kernel counts one number for all boxes of a user, and a watch tells what neighbours do; for the
same reason what waits in line for a process, real-time signals and timers that send some.
"""

import errno
import os
import socket

from ivle import kernel

# Every group has the reason it is here. Names a kernel or a processor does not know are left out on their own.
ALLOWED = {
    'a process of its own, its threads and its end': """
        fork vfork execve execveat exit exit_group wait4 waitid waitpid set_tid_address set_robust_list get_robust_list
        futex futex_waitv futex_wake futex_wait futex_requeue rseq membarrier arch_prctl restart_syscall sched_yield
        getpid getppid gettid getpgid getpgrp setpgid getsid setsid""",
    'who am I: answers only, nobody in a box has a second identity': """
        getuid geteuid getgid getegid getresuid getresgid getgroups capget umask""",
    'memory': """
        brk mmap munmap mremap mprotect madvise msync mlock mlock2 munlock mlockall munlockall mseal
        pkey_alloc pkey_free pkey_mprotect get_mempolicy""",
    'signals, within its own process namespace': """
        rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack signalfd signalfd4
        pause pidfd_open sigreturn""",
    'time and timers: reading clocks, never setting them': """
        time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep alarm getitimer setitimer
        timerfd_create timerfd_settime timerfd_gettime times""",
    # Not splice and its kin: with one end closed for others, they wait for the other. Programs copy in other ways then.
    'open files': """
        open openat openat2 creat close close_range read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2
        lseek dup dup2 dup3 flock fsync fdatasync sync_file_range fallocate fadvise64 readahead truncate ftruncate
        copy_file_range""",
    'the names of files': """
        access faccessat faccessat2 stat fstat lstat newfstatat statx statfs fstatfs getdents getdents64 getcwd chdir fchdir
        mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat readlink readlinkat
        chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
        getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr""",
    'waiting for several things at once': """
        poll ppoll select pselect6 eventfd eventfd2 pipe pipe2""",
    'sockets between the processes of one box (socket itself is below)': """
        bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt
        sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg""",
    'limits and the scheduler: a limit can only be lowered': """
        getrlimit setrlimit getrusage getpriority setpriority getcpu sysinfo uname
        sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler sched_setscheduler
        sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval ioprio_get""",
    'random numbers, and a sandbox a program makes for itself': """
        getrandom landlock_create_ruleset landlock_add_rule landlock_restrict_self""",
}

# clone may make threads and processes, never a namespace. The low byte is the signal that tells of a child's end.
_NEW_NAMESPACE = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000

# The kernel looks at 32 bits of these arguments; so do we, or a set bit above them would pass the list by.
_32_BITS = 0xFFFFFFFF

# Where each call that sends a signal has its number. The standard ones, up to 31, wait once each and never in line.
SIGNALLING = {'kill': 1, 'tkill': 1, 'tgkill': 2, 'pidfd_send_signal': 1}
_NOT_STANDARD = _32_BITS & ~31
_SIGNAL_OF_CLONE = 0xFF

# Terminal questions that every program asks, and what pipes, sockets and files are asked. TIOCSTI and TIOCLINUX, which
# type into a terminal, are not here, nor is anything that speaks to a device.
IOCTLS = {
    'TCGETS': 0x5401,
    'TIOCGPGRP': 0x540F,
    'TIOCGWINSZ': 0x5413,
    'FIONREAD': 0x541B,
    'FIONBIO': 0x5421,
    'FIONCLEX': 0x5450,
    'FIOCLEX': 0x5451,
    'FIOASYNC': 0x5452,
    'FICLONE': 0x40049409,
    'FS_IOC_GETFLAGS': 0x80086601,
}

# What is asked of an open file. Not here: F_NOTIFY and F_SETLEASE, which tell what others do with it.
FCNTLS = {
    'F_DUPFD': 0,
    'F_GETFD': 1,
    'F_SETFD': 2,
    'F_GETFL': 3,
    'F_SETFL': 4,
    'F_GETLK': 5,
    'F_SETLK': 6,
    'F_SETLKW': 7,
    'F_SETOWN': 8,
    'F_GETOWN': 9,
    'F_OFD_GETLK': 36,
    'F_OFD_SETLK': 37,
    'F_OFD_SETLKW': 38,
    'F_DUPFD_CLOEXEC': 1030,
    'F_SETPIPE_SZ': 1031,
    'F_GETPIPE_SZ': 1032,
}

# Names for threads, and questions. PR_SET_PDEATHSIG has a rule of its own. Not here: PR_SET_MM, PR_SET_PTRACER, …
PRCTLS = {
    'PR_GET_PDEATHSIG': 2,
    'PR_GET_DUMPABLE': 3,
    'PR_SET_DUMPABLE': 4,
    'PR_SET_NAME': 15,
    'PR_GET_NAME': 16,
    'PR_GET_SECCOMP': 21,
    'PR_CAPBSET_READ': 23,
    'PR_GET_SECUREBITS': 27,
    'PR_SET_TIMERSLACK': 29,
    'PR_GET_TIMERSLACK': 30,
    'PR_SET_CHILD_SUBREAPER': 36,
    'PR_GET_CHILD_SUBREAPER': 37,
    'PR_SET_NO_NEW_PRIVS': 38,
    'PR_GET_NO_NEW_PRIVS': 39,
    'PR_SET_VMA': 0x53564D41,
}

# What a prepared box still has to do when a student claims it; its last filter takes these away again.
CLAIM_CALLS = ('unshare', 'mount', 'move_mount', 'setresuid', 'setresgid', 'setgroups', 'capset')
CLAIM_PRCTLS = {'PR_SET_SECCOMP': 22, 'PR_CAPBSET_DROP': 24}

_FIFO, _KIND_OF_FILE = 0o010000, 0o170000
_SAME_PERSONALITY, _PLAIN_PERSONALITY = 0xFFFFFFFF, 0


class SeccompMissing(Exception):
    """The Python binding of libseccomp is not installed."""


def names():
    """Return the names of all system calls that are allowed whatever their arguments."""
    return [name for group in ALLOWED.values() for name in group.split()]


def make_filter():
    """Return the filter as a libseccomp object. SeccompMissing where there is no python3-seccomp."""
    try:
        # Debian's package, seen through the system site-packages: there is nothing of that kind to install with pip.
        import seccomp
    except ImportError:
        raise SeccompMissing('the package python3-seccomp is missing') from None
    allow, refuse, arg = seccomp.ALLOW, seccomp.ERRNO, seccomp.Arg
    rules = seccomp.SyscallFilter(defaction=refuse(errno.EPERM))
    # A tree in place of a list: the kernel tries every call there is when it takes a filter, and a cold box takes it twice.
    rules.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)
    for name in names():
        if seccomp.resolve_syscall(seccomp.Arch(), name) >= 0:
            rules.add_rule(allow, name)
    rules.add_rule(allow, 'clone', arg(0, seccomp.MASKED_EQ, _NEW_NAMESPACE | _SIGNAL_OF_CLONE & _NOT_STANDARD, 0))
    # ENOSYS makes the C library fall back to clone, whose flags a filter can see.
    rules.add_rule(refuse(errno.ENOSYS), 'clone3')
    for name in ('socket', 'socketpair'):
        rules.add_rule(allow, name, arg(0, seccomp.EQ, socket.AF_UNIX))
        rules.add_rule(refuse(errno.EAFNOSUPPORT), name, arg(0, seccomp.NE, socket.AF_UNIX))
    for name, position in SIGNALLING.items():
        rules.add_rule(allow, name, arg(position, seccomp.MASKED_EQ, _NOT_STANDARD, 0))
    for command in IOCTLS.values():
        rules.add_rule(allow, 'ioctl', arg(1, seccomp.MASKED_EQ, _32_BITS, command))
    for command in FCNTLS.values():
        rules.add_rule(allow, 'fcntl', arg(1, seccomp.MASKED_EQ, _32_BITS, command))
    # Of this process only: that of another, the keeper, belongs to the same user.
    rules.add_rule(allow, 'prlimit64', arg(0, seccomp.MASKED_EQ, _32_BITS, 0))
    for option in PRCTLS.values():
        rules.add_rule(allow, 'prctl', arg(0, seccomp.MASKED_EQ, _32_BITS, option))
    death = arg(0, seccomp.MASKED_EQ, _32_BITS, kernel.PR_SET_PDEATHSIG), arg(1, seccomp.MASKED_EQ, _NOT_STANDARD, 0)
    rules.add_rule(allow, 'prctl', *death)
    for persona in (_SAME_PERSONALITY, _PLAIN_PERSONALITY):
        rules.add_rule(allow, 'personality', arg(0, seccomp.MASKED_EQ, _32_BITS, persona))
    # mkfifo is mknod; devices are not.
    for name, position in (('mknod', 1), ('mknodat', 2)):
        if seccomp.resolve_syscall(seccomp.Arch(), name) >= 0:
            rules.add_rule(allow, name, arg(position, seccomp.MASKED_EQ, _KIND_OF_FILE, _FIFO))
    return rules


def program():
    """Return the filter as the bytes of a BPF program, which bubblewrap loads."""
    return _exported(make_filter())


def programs_of_prepared_box():
    """Return two programs: that of a prepared box before it is claimed, and what is added to it when it is.

    Together they allow what `program` allows: the first all that and the calls of a claim, the second all but those.
    """
    import seccomp

    before, claimed = make_filter(), seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in CLAIM_CALLS:
        before.add_rule(seccomp.ALLOW, name)
        claimed.add_rule(refuse, name)
    for option in CLAIM_PRCTLS.values():
        before.add_rule(seccomp.ALLOW, 'prctl', seccomp.Arg(0, seccomp.MASKED_EQ, _32_BITS, option))
        claimed.add_rule(refuse, 'prctl', seccomp.Arg(0, seccomp.MASKED_EQ, _32_BITS, option))
    return _exported(before), _exported(claimed)


def _exported(rules):
    with open(os.memfd_create('seccomp'), 'w+b') as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
