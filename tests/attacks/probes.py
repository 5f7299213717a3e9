"""What hostile code tries: each function is one attempt, run in a box (or, as a control, outside of one).

Called as `probes.py NAME JSON-ARGUMENTS`. An attempt that works returns something; one that the system refuses raises
OSError. Either is reported on descriptor 3 as one JSON line: `{"did": value}` or `{"refused": "EPERM"}`.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUSER, NEWNET = 0x00020000, 0x10000000, 0x40000000
# System call numbers of x86-64, for what the C library has no function for.
CALLS = {
    'clone': 56,
    'ptrace': 101,
    'setgroups': 116,
    'setresuid': 117,
    'setresgid': 119,
    'capset': 126,
    'rt_sigqueueinfo': 129,
    'pivot_root': 155,
    'mount': 165,
    'init_module': 175,
    'io_setup': 206,
    'timer_create': 222,
    'add_key': 248,
    'keyctl': 250,
    'unshare': 272,
    'perf_event_open': 298,
    'name_to_handle_at': 303,
    'open_by_handle_at': 304,
    'process_vm_readv': 310,
    'kcmp': 312,
    'memfd_create': 319,
    'kexec_file_load': 320,
    'bpf': 321,
    'userfaultfd': 323,
    'io_uring_setup': 425,
    'open_tree': 428,
    'move_mount': 429,
    'fsopen': 430,
    'clone3': 435,
    'pidfd_getfd': 438,
    'mount_setattr': 442,
}
BUFFER = ctypes.create_string_buffer(4096)


def checked(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def call(name, *arguments):
    return checked(libc.syscall(CALLS[name], *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))


# -- who am I ---------------------------------------------------------------------------------------


def identity():
    status = dict(line.split(':', 1) for line in read('/proc/self/status').splitlines())
    names = ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'Groups')
    return {'uid': os.getresuid(), 'gid': os.getresgid(), **{name: status[name].strip() for name in names}}


def name_spaces():
    return {name: os.readlink(f'/proc/self/ns/{name}') for name in ('net', 'pid', 'ipc', 'uts', 'mnt', 'user', 'cgroup')}


def environment():
    return dict(os.environ)


def setuid_root():
    os.setuid(0)
    return os.getuid()


def setgroups():
    checked(libc.setgroups(1, (ctypes.c_uint * 1)(0)))


def run_setuid_program():
    """Run a set-user-id program of the system and return the ids it had."""
    return subprocess.run(
        ['/usr/bin/su', '-c', 'id', 'root'], stdin=subprocess.DEVNULL, capture_output=True, timeout=5
    ).returncode


def write_uid_map():
    with open('/proc/self/uid_map', 'w') as file:
        file.write('0 0 1\n')


def write_core_pattern():
    with open('/proc/sys/kernel/core_pattern', 'w') as file:
        file.write('|/home/evil')


# -- name spaces ------------------------------------------------------------------------------------


def unshare(flag):
    return checked(libc.unshare(flag))


def unshare_user():
    unshare(NEWUSER)


def unshare_net():
    unshare(NEWNET)


def unshare_mount():
    unshare(NEWNS)


def clone_with_a_user_namespace():
    child = call('clone', NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def clone_with_the_flag_hidden_above_32_bits():
    child = call('clone', (1 << 40) | NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def clone3():
    call('clone3', ctypes.byref(BUFFER), 88)


def setns():
    checked(libc.setns(os.open('/proc/self/ns/mnt', os.O_RDONLY), 0))


def mount_tmpfs():
    checked(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))


def remount_writable():
    remount, bind = 32, 4096
    checked(libc.mount(None, b'/usr', None, remount | bind, None))


def umount_proc():
    checked(libc.umount2(b'/proc', 2))


def chroot():
    os.chroot('/tmp')


def pivot_root():
    call('pivot_root', b'/tmp', b'/tmp')


def open_tree():
    call('open_tree', -100, b'/home', 1)


def fsopen():
    call('fsopen', b'tmpfs', 0)


def make_a_block_device():
    os.mknod('disk', 0o060600, os.makedev(254, 0))


def make_a_character_device():
    os.mknod('mem', 0o020600, os.makedev(1, 1))


def change_the_host_name():
    checked(libc.sethostname(b'evil', 4))


def change_the_clock():
    time.clock_settime(time.CLOCK_REALTIME, 0)


# -- files ------------------------------------------------------------------------------------------


def read(path):
    with open(path, 'rb') as file:
        return file.read(4096).decode('latin-1')


def listing(path):
    return sorted(os.listdir(path))


def write(path):
    with open(path, 'w') as file:
        file.write('evil')


def read_through_a_link(path):
    os.symlink(path, 'link')
    return read('link')


def read_through_a_process(path):
    """Look for the path below the root of every process there is."""
    for name in os.listdir('/proc'):
        if name.isdigit() and os.path.lexists(f'/proc/{name}/root{path}'):
            return name
    raise FileNotFoundError(errno.ENOENT, path)


def hard_link_to_the_system():
    os.link('/usr/bin/su', 'su')


def name_to_handle():
    struct.pack_into('I', BUFFER, 0, 128)
    call('name_to_handle_at', -100, b'/home', BUFFER, ctypes.byref(ctypes.c_int()), 0)


def open_by_handle():
    call('open_by_handle_at', 3, BUFFER, os.O_RDONLY)


def first_command_line():
    return read('/proc/1/cmdline')


def first_environment():
    return read('/proc/1/environ')


def write_the_memory_of_the_first_process():
    return os.open('/proc/1/mem', os.O_RDWR)


def descriptors():
    return sorted(int(name) for name in os.listdir('/proc/self/fd'))


def descriptors_of_the_first_process():
    return {name: os.readlink(f'/proc/1/fd/{name}') for name in os.listdir('/proc/1/fd')}


def complain():
    os.write(2, b'a complaint\n')


def open_descriptor_of_the_first_process():
    return os.open('/proc/1/fd/0', os.O_RDWR)


def kernel_symbols():
    return read('/proc/kallsyms')


def sysrq():
    write('/proc/sysrq-trigger')


# -- network ----------------------------------------------------------------------------------------


def tcp(port):
    with socket.socket(socket.AF_INET) as sock:
        sock.connect(('127.0.0.1', port))


def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b'x', ('127.0.0.1', 53))


def family(number, kind=socket.SOCK_RAW):
    socket.socket(number, kind).close()


def family_hidden_above_32_bits():
    sock = checked(libc.syscall(ctypes.c_long(41), ctypes.c_long((1 << 32) | socket.AF_INET), ctypes.c_long(1), ctypes.c_long(0)))
    os.close(sock)


def unix_socket(address):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(address.replace('@', '\0', 1) if address.startswith('@') else address)


# -- the surface of the kernel ----------------------------------------------------------------------


def add_key():
    call('add_key', b'user', b'evil', b'x', 1, -3)


def keyctl():
    call('keyctl', 0, -3, 0, 0, 0)


def io_uring():
    call('io_uring_setup', 8, BUFFER)


def userfaultfd():
    call('userfaultfd', 1)


def bpf():
    call('bpf', 0, BUFFER, 64)


def perf_event():
    call('perf_event_open', BUFFER, 0, -1, -1, 0)


def ptrace_myself():
    call('ptrace', 0, 0, 0, 0)


def ptrace_the_first_process():
    attach = 16
    call('ptrace', attach, 1, 0, 0)


def read_another_process():
    call('process_vm_readv', os.getppid(), BUFFER, 1, BUFFER, 1, 0)


def take_a_descriptor():
    call('pidfd_getfd', os.pidfd_open(1), 0, 0)


def memfd():
    os.memfd_create('x')


def shared_memory():
    remove = 0
    checked(libc.shmctl(checked(libc.shmget(0, 4096, 0o1600)), remove, None))


def call_by_name(name):
    """Make a call that would change nothing, or fails of its arguments, if it were allowed."""
    arguments = {'setresuid': (-1, -1, -1), 'setresgid': (-1, -1, -1), 'move_mount': (-1, b'', -1, b'', 0)}
    return call(name, *arguments.get(name, {'mount': (1, 1, 1, 0, 0), 'capset': (1, 1)}.get(name, (0, 0, 0))))


def prctl(option):
    return checked(libc.prctl(option, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def x32_call():
    """Enter the kernel as a program of 64 bits with pointers of 32 does: getpid."""
    return checked(libc.syscall(ctypes.c_long(0x40000000 | 39)))


def _other_end():
    so_peerpidfd = 77
    return channel.getsockopt(socket.SOL_SOCKET, so_peerpidfd)


def signal_the_other_end():
    """Signal whoever made the channel, without knowing its process id."""
    signal.pidfd_send_signal(_other_end(), 0)


def take_a_descriptor_of_the_other_end():
    return call('pidfd_getfd', _other_end(), 0, 0)


def personality():
    read_implies_exec = 0x0400000
    checked(libc.personality(ctypes.c_ulong(read_implies_exec)))


def init_module():
    call('init_module', BUFFER, 10, b'')


def kexec():
    call('kexec_file_load', -1, -1, 0, 0, 0)


def call_of_32_bits():
    """Enter the kernel through the door of 32-bit programs: mov eax, 20 (getpid); int 0x80; ret."""
    import mmap

    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b'\xb8\x14\x00\x00\x00\xcd\x80\xc3')
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


def type_into_a_terminal(high_bits=0):
    tiocsti = 0x5412
    checked(libc.ioctl(0, ctypes.c_ulong(high_bits | tiocsti), ctypes.c_char_p(b'x')))


def open_the_terminal():
    return os.open('/dev/tty', os.O_RDWR)


# -- signals and what stays -------------------------------------------------------------------------


def signal_process(pid):
    os.kill(pid, 0)


def kill_everybody():
    """Kill all there is but oneself."""
    os.kill(-1, signal.SIGKILL)


def _hold_back(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    return os.getpid(), number


def put_signals_in_line():
    """Send oneself signals of which each waits in a line that the kernel counts for all boxes of a user id."""
    process, number = _hold_back(signal.SIGRTMIN)
    for _ in range(3):
        os.kill(process, number)


def put_signals_in_line_of_a_thread():
    _, number = _hold_back(signal.SIGRTMIN)
    signal.pthread_kill(threading.get_ident(), number)


def put_signals_in_line_by_a_descriptor():
    process, number = _hold_back(signal.SIGRTMIN)
    signal.pidfd_send_signal(os.pidfd_open(process), number)


def put_a_signal_with_a_word_in_line():
    process, number = _hold_back(signal.SIGUSR1)
    by_queue = -1
    information = struct.pack('iii', number, 0, by_queue).ljust(128, b'\0')
    call('rt_sigqueueinfo', process, number, information)


def put_signals_in_line_by_ends_of_children():
    """Have children whose end is told by a signal that waits in line."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
    child = call('clone', int(signal.SIGRTMIN), 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    wall = 0x40000000
    os.waitpid(child, wall)


def ask_for_a_signal_in_line_at_the_end_of_the_parent():
    set_pdeathsig = 1
    checked(libc.prctl(set_pdeathsig, ctypes.c_ulong(signal.SIGRTMIN), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def make_a_timer():
    monotonic = 1
    call('timer_create', monotonic, None, BUFFER)


def stop_the_first_process():
    os.kill(1, signal.SIGSTOP)
    return read('/proc/1/status').split('State:\t')[1][0]


def leave_a_daemon(path):
    """Double fork, leave the session, ignore everything: keep a lock on the file for as long as it lives."""
    ready, done = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            os.lockf(os.open(path, os.O_WRONLY | os.O_CREAT), os.F_LOCK, 0)
            os.write(done, b'x')
            time.sleep(600)
        os._exit(0)
    os.wait()
    os.read(ready, 1)


def leave_a_file():
    for path in ('/dev/shm/left', '/tmp/left'):
        write(path)


def wait_for_a_byte():
    """Answer one byte with the same byte, for tests that want a box that lives on."""
    channel.sendall(b'ready\n')
    return channel.recv(1).decode()


# -- the first process of the box, which is not ours --------------------------------------------------


def pry(process):
    """Return what can be opened of a process below /proc, of all that only its owner should."""
    secret = ('fd', 'fdinfo', 'map_files', 'ns', 'cwd', 'root', 'exe', 'environ', 'auxv', 'maps', 'smaps', 'mem', 'pagemap')
    secret += ('syscall', 'io', 'timers')
    found = []
    for name in secret:
        try:
            os.close(os.open(f'/proc/{process}/{name}', os.O_RDONLY))
            found.append(name)
        except OSError:
            pass
    return found


def signal_the_first_process():
    """Send it every signal that may be sent, and return how it is."""
    first = os.pidfd_open(1)
    for number in range(1, 32):
        os.kill(1, number)
        signal.pidfd_send_signal(first, number)
    return read('/proc/1/status').split('State:\t')[1][0]


def signal_a_child():
    """Send every signal there is to a process that may be signalled."""
    child = os.fork()
    if child == 0:
        time.sleep(600)
    for number in range(1, 65):
        os.kill(child, number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def read_the_memory_of_the_first_process():
    class Range(ctypes.Structure):
        _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]

    ours = Range(ctypes.addressof(BUFFER), 8)
    call('process_vm_readv', 1, ctypes.byref(ours), 1, ctypes.byref(ours), 1, 0)


def find_processes(most):
    """Return the processes that can be named with a number up to `most`."""
    found = []
    for number in range(1, most):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            continue
        except PermissionError:
            pass
        found.append(number)
    return found


def maps_of_ids():
    return [[int(word) for word in read(f'/proc/self/{name}').split()] for name in ('uid_map', 'gid_map')]


def give_a_file_away(uid):
    write('mine')
    os.chown('mine', uid, -1)


# -- other boxes --------------------------------------------------------------------------------------


def keep_things(word):
    """Put a word wherever another box might find it, and stay."""
    for path in ('/tmp/kept', '/dev/shm/kept'):
        with open(path, 'w') as file:
            file.write(word)
    os.environ['KEPT'] = word
    listeners = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for listener, name in zip(listeners, ('\0kept', '/tmp/kept.sock'), strict=True):
        listener.bind(name)
        listener.listen()
    return wait_for_a_byte()


def look_for_things(beside=None):
    """Return what is found of `keep_things`; with `beside`, a word, they are kept by another process of this very box."""
    if beside is not None:
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            global channel
            channel = theirs
            keep_things(beside)
            os._exit(0)
        ours.recv(6)
    attempts = {
        'tmp': lambda: read('/tmp/kept'),
        'shm': lambda: read('/dev/shm/kept'),
        'abstract socket': lambda: unix_socket('@kept'),
        'socket': lambda: unix_socket('/tmp/kept.sock'),
        'process': lambda: find_processes(100)[2],
    }
    found = []
    for name, attempt in attempts.items():
        try:
            attempt()
            found.append(name)
        except (OSError, IndexError):
            pass
    return sorted(found)


def search_memory(inverted, beside=None):
    """Return whether a word is in the memory of this process. It is told by its inverted bytes, lest we put it there ourselves.

    `beside` is not looked at: the control says the word in it.
    """
    wanted, invert = bytes.fromhex(inverted), bytes(255 - number for number in range(256))
    with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', buffering=0) as memory:
        for line in maps.readlines():
            addresses, access = line.split()[:2]
            start, end = (int(number, 16) for number in addresses.split('-'))
            if access[0] == 'r' and '[v' not in line:
                memory.seek(start)
                if wanted in memory.read(end - start).translate(invert):
                    return True
    return False


def draw(seed=None):
    """Return what all sources of chance say; with a `seed`, those that can be told what to say."""
    import random
    import secrets
    import tempfile
    import uuid

    if seed is not None:
        random.seed(seed)
        return {'random': random.random()}
    drawn = {
        'random': random.random(),
        'shared random': random._inst.getrandbits(64),
        'secrets': secrets.token_hex(),
        'uuid': str(uuid.uuid4()),
        'tempfile': tempfile.mktemp(),
        'urandom': os.urandom(8).hex(),
        'kernel': os.getrandom(8).hex(),
    }
    try:
        import numpy
    except ImportError:
        return drawn
    return {**drawn, 'numpy': numpy.random.random(), 'numpy generator': numpy.random.default_rng().random()}


def hash_of(word):
    return hash(word)


def watch(path):
    """Return the names of what is opened in a directory, from the first byte on the channel to the second."""
    opened = 0x20
    watching = checked(libc.inotify_init1(0))
    checked(libc.inotify_add_watch(watching, path.encode(), opened))
    wait_for_a_byte()
    names, events = set(), os.read(watching, 65536)
    while events:
        length = struct.unpack_from('iIII', events)[3]
        names.add(events[16 : 16 + length].rstrip(b'\0').decode())
        events = events[16 + length :]
    return sorted(names)


def take_all_watches():
    """Take as many instances for watching files as one user may have."""
    taken = 0
    while libc.inotify_init1(0) >= 0:
        taken += 1
    return taken


def wait_with_epoll():
    import select

    select.epoll().close()


def wait_in_a_loop():
    """Return what an event loop of Python waits with."""
    import asyncio

    async def wait():
        await asyncio.sleep(0)
        return type(asyncio.get_running_loop()._selector).__name__

    return asyncio.run(wait())


def limit_the_first_process():
    """Take from the first process what it needs."""
    resource.prlimit(1, resource.RLIMIT_DATA, (0, 0))
    resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))


def limit_a_child():
    child = os.fork()
    if child == 0:
        time.sleep(600)
    resource.prlimit(child, resource.RLIMIT_NOFILE, (0, 0))
    os.kill(child, signal.SIGKILL)


def lock(path):
    import fcntl

    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return wait_for_a_byte()


def fill_sockets_with_descriptors(most):
    """Leave descriptors in sockets where nobody takes them out; return how many."""
    sent, kept = 0, []
    try:
        while sent < most:
            kept.append(socket.socketpair())
            socket.send_fds(kept[-1][0], [b'x'], [0] * 200)
            sent += 200
    except OSError:
        pass
    channel.sendall(json.dumps(sent).encode() + b'\n')
    return wait_for_a_byte()


def change_everything(path):
    """Try to change a file in every way there is; return the ways that work."""
    import mmap

    held = os.open(path, os.O_RDONLY)
    whole = os.path.abspath(path)

    def map_it():
        with open(path, 'r+b') as file:
            mmap.mmap(file.fileno(), 0).flush()

    ways = {
        'open': lambda: os.open(path, os.O_WRONLY),
        'by its descriptor': lambda: os.open(f'/proc/self/fd/{held}', os.O_RDWR),
        'by the root of the process': lambda: os.open(f'/proc/self/root{whole}', os.O_RDWR),
        'by the working directory': lambda: os.open(f'/proc/self/cwd/{path}', os.O_RDWR | os.O_APPEND),
        'truncate': lambda: os.truncate(path, 1),
        'map': map_it,
        'mode': lambda: os.chmod(path, 0o600),
        'mode of its descriptor': lambda: os.fchmod(held, 0o600),
        'times': lambda: os.utime(path),
        'times of its descriptor': lambda: os.utime(held),
        'hard link': lambda: os.link(path, 'linked'),
        'soft link': lambda: os.symlink(path, 'soft'),
        'directory': lambda: os.mkdir('made'),
        'queue': lambda: os.mkfifo('queue'),
        'unnamed file': lambda: os.open('.', os.O_TMPFILE | os.O_RDWR),
        'socket': lambda: socket.socket(socket.AF_UNIX).bind('socket'),
        'rename': lambda: os.rename(path, 'renamed'),
        'remove': lambda: os.unlink('renamed'),
    }
    done = []
    for name, way in ways.items():
        try:
            way()
            done.append(name)
        except OSError:
            pass
    return done


# -- bombs ------------------------------------------------------------------------------------------


def fork_bomb(most):
    children = 0
    try:
        while children < most:
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
            children += 1
    except OSError as error:
        return [children, errno.errorcode[error.errno]]
    return [children, None]


def thread_bomb(most, size=64 * 1024):
    threads, stop = 0, threading.Event()
    threading.stack_size(size)
    try:
        while threads < most:
            threading.Thread(target=stop.wait, daemon=True).start()
            threads += 1
    except RuntimeError:
        return [threads, 'EAGAIN']
    return [threads, None]


def memory_bomb(size):
    try:
        return len(bytearray(size))
    except MemoryError:
        raise OSError(errno.ENOMEM, 'no memory') from None


def memory_bomb_of_many(processes, size):
    for _ in range(processes):
        if os.fork() == 0:
            kept = b'x' * size
            time.sleep(600)
            os._exit(len(kept) & 1)
    time.sleep(600)


def file_bomb(path, size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    block, written = bytes(1 << 20), 0
    with open(path, 'wb', buffering=0) as file:
        while written < size:
            written += file.write(block)
    return written


def shared_memory_bomb(processes, size):
    """Fill memory that belongs to all, and put it out of one's own sight."""
    import mmap

    for _ in range(processes):
        if os.fork() == 0:
            shared = mmap.mmap(-1, size)
            shared.write(b'x' * size)
            shared.madvise(mmap.MADV_DONTNEED)
            time.sleep(600)
            os._exit(0)
    time.sleep(600)


def inode_bomb():
    count = 0
    while True:
        os.close(os.open(f'/tmp/{count}', os.O_CREAT | os.O_WRONLY))
        count += 1


def descriptor_bomb(most):
    opened = []
    while len(opened) < most:
        opened.append(os.open('/dev/null', os.O_RDONLY))
    return len(opened)


def spin():
    while True:
        pass


def spin_against_the_warning():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    spin()


def raise_the_limits():
    for name in ('RLIMIT_AS', 'RLIMIT_NPROC', 'RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_NOFILE', 'RLIMIT_CORE'):
        number = getattr(resource, name)
        try:
            resource.setrlimit(number, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            continue
        return name
    raise PermissionError(errno.EPERM, 'no limit can be raised')


def crash():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), signal.SIGSEGV)


# -- what must go on working ------------------------------------------------------------------------


def ordinary_things():
    """Do what course work does; return what came of each."""
    import asyncio
    import concurrent.futures
    import multiprocessing
    import sqlite3
    import tempfile

    done = {}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done['threads'] = sum(pool.map(len, ['ab'] * 50))
    done['subprocess'] = subprocess.run(['sh', '-c', 'echo $((6 * 7))'], capture_output=True, text=True).stdout.strip()
    with multiprocessing.get_context('fork').Pool(2) as pool:
        done['multiprocessing'] = pool.map(abs, [-1, -2])
    database = sqlite3.connect('work.db')
    database.execute('pragma journal_mode = wal')
    database.execute('create table t (n)')
    with database:
        database.execute('insert into t values (5)')
    done['sqlite'] = database.execute('select n from t').fetchone()[0]

    async def conversation():
        ours, theirs = socket.socketpair()
        reader, _ = await asyncio.open_connection(sock=ours)
        _, writer = await asyncio.open_connection(sock=theirs)
        writer.write(b'hi\n')
        line = await reader.readline()
        program = await asyncio.create_subprocess_exec('true')
        return line.decode().strip() + str(await program.wait())

    done['asyncio'] = asyncio.run(conversation())
    with tempfile.NamedTemporaryFile('w+', encoding='utf-8') as file:
        file.write('grüße')
        file.seek(0)
        done['temporary files'] = file.read()
    with open('grüße.txt', 'w') as file:
        file.write('ok')
    done['names'] = 'grüße.txt' in os.listdir()
    os.mkfifo('queue')
    import pwd
    import shutil

    shutil.copy2('grüße.txt', 'copy.txt')
    done['who'] = pwd.getpwuid(os.getuid()).pw_name
    return done


def numerical_things():
    """Do what numerical libraries do to the kernel: load code, map memory, pin threads to processors."""
    import mmap
    import threading

    square_root = ctypes.CDLL('libm.so.6').sqrt
    square_root.argtypes, square_root.restype = [ctypes.c_double], ctypes.c_double
    shared = mmap.mmap(-1, 1 << 22)
    shared.madvise(mmap.MADV_HUGEPAGE)
    os.sched_setaffinity(0, os.sched_getaffinity(0))

    def work(place):
        shared[place] = int(square_root(place * place))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(shared[:8])


def version_things():
    import locale

    import pysvn

    locale.setlocale(locale.LC_ALL, '')
    return [pysvn.Client().is_url('file:///x'), locale.nl_langinfo(locale.CODESET)]


def report(attempt, arguments):
    """Return what came of an attempt as a JSON object."""
    try:
        return {'did': attempt(**arguments)}
    except OSError as error:
        return {'refused': errno.errorcode[error.errno]}


def start_as_script(cwd):
    """Do what is done for a script, and what a program of ours, whose standard input is a socket, does for itself."""
    if stat.S_ISSOCK(os.fstat(0).st_mode):
        os.dup2(0, 3)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.environ.pop('PWD', None)
        sys.path.insert(0, '/ivle')
        from services.limited import limit_processes

        sys.path.remove('/ivle')
        limit_processes()
        with contextlib.suppress(OSError):
            os.chdir(cwd)


if __name__ == '__main__':
    start_as_script(*sys.argv[3:] or ['.'])
    channel = socket.socket(fileno=3)
    channel.sendall(json.dumps(report(globals()[sys.argv[1]], json.loads(sys.argv[2]))).encode() + b'\n')
