"""System calls that Python has no function for: mounts, name spaces, identities and filters, each raising OSError.

Standard library only, and nothing else of ours: what prepares a box before a student's program is in it imports this module.
"""

import ctypes
import os
import platform
import struct

# The root and the current directory of a process, which a thread must have of its own before it leaves its mounts.
FS = 0x00000200
NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MS_SLAVE = 4096, 16384, 1 << 18, 1 << 19
MNT_DETACH = 2

ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC, ATTR_IDMAP = 1, 2, 4, 8, 0x100000

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 4, 22, 24, 38, 47

_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH = 4
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION = 0x20080522
_AMBIENT_RAISE = 2
_SCHEDULING_BYTES, _RESET_ON_FORK = 48, 1
_SIGCHLD = 17
# The newer calls have one number on every kind of processor; the older ones have not.
_NEW_CALLS = {'open_tree': 428, 'move_mount': 429, 'mount_setattr': 442}
_OLD_CALLS = {
    'x86_64': {'clone': 56, 'pivot_root': 155, 'capget': 125, 'capset': 126, 'sched_setattr': 314},
    'aarch64': {'clone': 220, 'pivot_root': 41, 'capget': 90, 'capset': 91, 'sched_setattr': 274},
    'riscv64': {'clone': 220, 'pivot_root': 41, 'capget': 90, 'capset': 91, 'sched_setattr': 274},
}
_NUMBERS = _NEW_CALLS | _OLD_CALLS.get(platform.machine(), {})

_libc = ctypes.CDLL(None, use_errno=True)
# With the interpreter's lock held: between a clone and its end no other thread may run.
_locked = ctypes.PyDLL(None, use_errno=True)
_long, _text, _number, _memory = ctypes.c_long, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_void_p


def _declared(function, *kinds):
    """Return a function of the C library with the kinds of its arguments: what is passed then needs no object of its own."""
    function.argtypes = kinds
    return function


_prctl = _declared(_libc.prctl, ctypes.c_int, *[_number] * 4)
_mount = _declared(_libc.mount, _text, _text, _text, _number, _text)
_clone = _declared(_locked['syscall'], *[_long] * 6)
_open_tree = _declared(_libc['syscall'], _long, _long, _text, _long)
_move_mount = _declared(_libc['syscall'], _long, _long, _text, _long, _text, _long)
_mount_setattr = _declared(_libc['syscall'], _long, _long, _text, _long, _memory, _number)
_pivot_root = _declared(_libc['syscall'], _long, _text, _text)
_scheduling = _declared(_libc['syscall'], _long, _long, _text, _long)
_capabilities = _declared(_libc['syscall'], _long, _memory, _memory)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ('set', 'clear', 'propagation', 'userns')]


class _FilterProgram(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('instructions', ctypes.c_char_p)]


def _checked(result, path=None):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
    return result


def _call(function, name, *arguments, path=None):
    if name not in _NUMBERS:
        raise OSError(38, f'the number of {name} on {platform.machine()} is not known')
    return _checked(function(_NUMBERS[name], *arguments), path)


# -- mounts -----------------------------------------------------------------------------------------


def mount(source, target, kind, flags, options=None):
    """Mount as mount(2) does; None stands for nothing."""
    encoded = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    data = None if options is None else options.encode()
    _checked(_mount(*encoded, flags, data), os.fspath(target))


def unmount(target):
    """Take a mount, with what is mounted below, out of sight at once."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), os.fspath(target))


def clone_tree(source):
    """Return a descriptor of a mount of its own of what `source` (a descriptor or a path) shows, mounts below included."""
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | _AT_RECURSIVE
    if isinstance(source, int):
        return _call(_open_tree, 'open_tree', source, b'', flags | _AT_EMPTY_PATH)
    return _call(_open_tree, 'open_tree', _AT_FDCWD, os.fsencode(source), flags, path=os.fspath(source))


def change_tree(tree, attributes, user_namespace=0):
    """Give a mount of `clone_tree`, with all below it, the ATTR_ flags; with ATTR_IDMAP the ids of a user namespace."""
    wanted = _MountAttributes(attributes, 0, 0, user_namespace)
    # A map of ids is for one mount: what is mounted below it may be a file system that knows no such map.
    below = 0 if attributes & ATTR_IDMAP else _AT_RECURSIVE
    place, size = ctypes.addressof(wanted), ctypes.sizeof(wanted)
    _call(_mount_setattr, 'mount_setattr', tree, b'', _AT_EMPTY_PATH | below, place, size)


def place_tree(tree, target):
    """Put a mount of `clone_tree` at `target`."""
    path = os.fsencode(target)
    _call(_move_mount, 'move_mount', tree, b'', _AT_FDCWD, path, _MOVE_MOUNT_F_EMPTY_PATH, path=os.fspath(target))


def enter_root(folder):
    """Make `folder`, a mount, the root of this process' mount namespace; nothing else stays in sight."""
    os.chdir(folder)
    _call(_pivot_root, 'pivot_root', b'.', b'.')
    # Both stand at the same place now; the old one is on top.
    unmount('.')
    os.chdir('/')


# -- name spaces and identities ---------------------------------------------------------------------


def unshare(flags):
    """Leave the name spaces of `flags` for new ones."""
    _checked(_libc.unshare(flags))


def fork_into(flags):
    """Fork into new name spaces; returns as `os.fork`. For a process with one thread that runs this and nothing else.

    Neither Python nor the C library is told: what they do at a fork is about other threads, and makes half a megabyte of the
    memory that is shared with the child its own.
    """
    return _call(_clone, 'clone', flags | _SIGCHLD, 0, 0, 0, 0)


def map_ids(process, uids, gids, may_set_groups):
    """Write the maps of a user namespace: lines of (inside, outside, count). `process` is its id, or 'self'."""
    texts = [('uid_map', _lines(uids)), ('gid_map', _lines(gids))]
    if not may_set_groups:
        texts.insert(0, ('setgroups', 'deny'))
    for name, text in texts:
        descriptor = os.open(f'/proc/{process}/{name}', os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def _lines(ids):
    return ''.join(f'{inside} {outside} {count}\n' for inside, outside, count in ids)


def become(uid, gid):
    """Become a user for good. OSError where that is not allowed."""
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def hand_capabilities_on():
    """Let what this process executes have its capabilities: without this an ordinary user's program gets none."""
    head, words = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    places = ctypes.addressof(head), ctypes.addressof(words)
    _call(_capabilities, 'capget', *places)
    # Two rounds of (effective, permitted, inheritable), each for 32 capabilities.
    words[2], words[5] = words[1], words[4]
    _call(_capabilities, 'capset', *places)
    permitted = words[1] | words[4] << 32
    for number in range(64):
        if permitted >> number & 1:
            control(PR_CAP_AMBIENT, _AMBIENT_RAISE, number)


def forgo_capabilities():
    """Give up the chance to get a capability that this process does not have; a new user namespace gives it back."""
    for number in range(64):
        if _prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break


def drop_capabilities():
    """Give up every capability."""
    head, nothing = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    _call(_capabilities, 'capset', ctypes.addressof(head), ctypes.addressof(nothing))


def control(option, value=0, second=0):
    """Call prctl(2) with its values."""
    _checked(_prctl(option, value, second, 0, 0))


def load_filter(program):
    """Put a filter of system calls (the bytes of a BPF program) in front of this process for good."""
    wanted = _FilterProgram(len(program) // 8, program)
    _checked(_prctl(PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(wanted), 0, 0))


def take_turns(seconds):
    """Let this thread have the processor for so long at a time; what it starts has it as always.

    Whoever wants it for less gets it sooner: a thread with long turns leaves it to whoever has just woken it, until they rest.
    A policy for real time stays as it is; kernels older than Linux 6.12 take no notice. OSError where it is not allowed.
    """
    policy, nice = os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)
    if policy not in (os.SCHED_OTHER, os.SCHED_BATCH):
        return
    attributes = struct.pack('IIQiIQQQ', _SCHEDULING_BYTES, policy, _RESET_ON_FORK, nice, 0, int(seconds * 1e9), 0, 0)
    _call(_scheduling, 'sched_setattr', 0, attributes, 0)


def set_host_name(name):
    """Name the host in this UTS namespace."""
    _checked(_libc.sethostname(name.encode(), len(name)))
