"""What a host must have before it can make boxes, and what to do where it does not."""

import contextlib
import ctypes
import os
import platform

# The shell of a box, by its own name: each kind of shell has other letters for limits.
SHELL = '/bin/dash'

# What bubblewrap says when it cannot start, and what helps.
_HINTS = (
    (
        ('No permissions to create', 'Creating new namespace failed', 'setting up uid map'),
        'this host forbids user namespaces to ordinary users. On Ubuntu give bubblewrap an AppArmor profile with "userns," or '
        'set sysctl kernel.apparmor_restrict_unprivileged_userns=0; elsewhere set sysctl kernel.unprivileged_userns_clone=1.',
    ),
    (
        ('Unknown option',),
        'bubblewrap is older than 0.8 with its security fix of 2024: apt-get update && apt-get install bubblewrap.',
    ),
    (("Can't mount proc",), 'this host hides parts of /proc, as containers do: start the container with an unmasked /proc.'),
    (
        ('No space left', 'max_user_namespaces'),
        'the number of user namespaces is used up: raise sysctl user.max_user_namespaces.',
    ),
)

# The calls themselves: what the C library makes of them changes every thread of a process.
_IDENTITY_CALLS = {
    'x86_64': {'setgroups': 116, 'setresuid': 117, 'setresgid': 119},
    'aarch64': {'setresuid': 147, 'setresgid': 149, 'setgroups': 159},
    'riscv64': {'setresuid': 147, 'setresgid': 149, 'setgroups': 159},
}.get(platform.machine())
_PR_CAP_AMBIENT, _CLEAR_ALL = 47, 4
_libc = ctypes.CDLL(None, use_errno=True)


class SandboxUnavailable(Exception):
    """This host cannot make boxes. The message is one sentence that says why and what to do."""


def check_ingredients(settings):
    """Return nothing when the programs a box is made of are there; SandboxUnavailable names the first that is not.

    The students' Python is looked at by `pythons.read_python`.
    """
    if os.geteuid() == 0 and settings.sandbox_uid == 0:
        raise SandboxUnavailable('A box is never made for the superuser: set ivle.sandbox.uid to another number than 0.')
    if not os.access(settings.bwrap, os.X_OK):
        raise SandboxUnavailable(f'bubblewrap is not at {settings.bwrap}: apt-get install bubblewrap, or set ivle.sandbox.bwrap.')
    if not os.access(SHELL, os.X_OK):
        raise SandboxUnavailable(f'{SHELL} is missing: apt-get install dash.')


def identity_of_boxes(settings):
    """Return the options of Popen that make a child an ordinary user: none when this process is one."""
    if os.geteuid() != 0:
        return {}
    return {'user': settings.sandbox_uid, 'group': settings.sandbox_uid, 'extra_groups': []}


def threads_may_change_user():
    """Return whether in `as_user_of_boxes` this thread is that user."""
    return os.geteuid() != 0 or _IDENTITY_CALLS is not None


@contextlib.contextmanager
def as_user_of_boxes(settings):
    """Give the options of Popen that make a child an ordinary user; this thread may be that user meanwhile, and no other is.

    Told to change the user of a child, Popen copies the tables of this whole process first, which takes a millisecond and
    more. What a thread starts has the identity of the thread, and of the superuser nothing outlives the child's exec.
    """
    if os.geteuid() != 0 or not threads_may_change_user():
        yield identity_of_boxes(settings)
        return
    ours, user = (os.getgroups(), os.getresgid(), os.getresuid()), settings.sandbox_uid
    try:
        # What is ambient would pass an exec: the kernel only clears it where no id is the superuser's any more.
        _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_CLEAR_ALL), *[ctypes.c_ulong(0)] * 3)
        # The saved id stays ours, for the way back; at an exec the kernel writes the new one over it.
        _identify([], (user, user, user), (user, user, os.geteuid()))
        yield {}
    finally:
        _call('setresuid', *ours[2])
        _identify(*ours)


def _identify(groups, gids, uids):
    # The user comes last: an ordinary one may change nothing more.
    _call('setgroups', len(groups), (ctypes.c_uint * len(groups))(*groups))
    _call('setresgid', *gids)
    _call('setresuid', *uids)


def _call(name, *words):
    if _libc.syscall(ctypes.c_long(_IDENTITY_CALLS[name]), *words) == -1:
        raise OSError(ctypes.get_errno(), f'{name}: {os.strerror(ctypes.get_errno())}')


def explain(said):
    """Return the sentence for what bubblewrap said when it failed."""
    line = next((line for line in said.splitlines() if line.strip()), 'it said nothing').removeprefix('bwrap: ')
    for marks, hint in _HINTS:
        if any(mark in said for mark in marks):
            return f'bubblewrap cannot make a box ({line}): {hint}'
    return f'bubblewrap cannot make a box ({line}).'
