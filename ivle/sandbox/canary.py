"""The canary: runs in a throwaway box, tries what no box may allow, and says what happened.

It is called with a JSON object of what to look for, writes `{name: true when it was held back}` to descriptor 3 and
ends. Standard library only, but for its start; every attempt is a function named after what it tries, and returns True when
held back.
"""

import ctypes
import json
import locale
import os
import resource
import signal
import socket
import stat
import sys

CHANNEL = 3


def files_of_the_host(wanted):
    """The secret outside, the home of another, and the host's own files."""
    return not any(os.path.lexists(path) for path in (wanted['secret'], wanted['other'], '/etc/shadow', '/root', '/sys', '/var'))


def writing_outside_the_home(wanted):
    return not any(_can_write(folder) for folder in ('/', '/usr', '/etc', '/dev', '/home', '/ivle', '/proc/self'))


def processes_of_the_host(wanted):
    found = [name for name in os.listdir('/proc') if name.isdigit()]
    # bubblewrap's first process and this one.
    return len(found) <= 2 and not os.path.exists(f'/proc/{wanted["pid"]}/root/usr')


def network(wanted):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_STREAM if family != socket.AF_NETLINK else socket.SOCK_RAW).close()
        except OSError:
            continue
        return False
    return True


def sockets_of_the_host(wanted):
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex('\0' + wanted['abstract']) != 0


def being_the_superuser(wanted):
    status = _status()
    none = all(int(status[name], 16) == 0 for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'))
    return none and os.getuid() != 0 and os.geteuid() != 0 and status['NoNewPrivs'] == '1'


def forbidden_system_calls(wanted):
    libc = ctypes.CDLL(None, use_errno=True)
    newuser, ptrace_traceme = 0x10000000, 0
    tried = (libc.unshare(newuser), libc.ptrace(ptrace_traceme, 0, 0, 0), libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))
    return _status()['Seccomp'] == '2' and all(result == -1 for result in tried)


def inherited_descriptors(wanted):
    folder = os.open('/proc/self/fd', os.O_RDONLY)
    found = {int(name) for name in os.listdir(folder)}
    os.close(folder)
    return found <= {0, 1, 2, 3, folder, folder + 1}


def memory_over_the_limit(wanted):
    try:
        bytearray(wanted['memory'] + (1 << 20))
    except MemoryError:
        return True
    return False


def files_over_the_limit(wanted):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open('big', 'wb') as file:
            file.truncate(wanted['file_size'] + 1)
    except OSError:
        return True
    return False


def descriptors_over_the_limit(wanted):
    opened = []
    try:
        while len(opened) < wanted['open_files']:
            opened.append(os.open('/dev/null', os.O_RDONLY))
    except OSError:
        return True
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return False


def core_dumps(wanted):
    return resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def full_tmp(wanted):
    block = bytes(1 << 16)
    try:
        with open('/tmp/full', 'wb', buffering=0) as file:
            for _ in range(wanted['tmp_size'] // len(block) + 1):
                file.write(block)
    except OSError:
        return True
    finally:
        os.unlink('/tmp/full')
    return False


def pysvn_is_there(wanted):
    try:
        import pysvn  # noqa: F401
    except ImportError:
        return False
    return True


def locale_is_utf8(wanted):
    locale.setlocale(locale.LC_CTYPE, '')
    return locale.nl_langinfo(locale.CODESET) == 'UTF-8'


def _sleep():
    """Stay until the box ends, or the host: one that dies while a box is being made leaves it to nobody."""
    os.read(CHANNEL, 1)


def processes_over_the_limit(wanted):
    """Return how many children there could be, all alive at once with those of a second box."""
    children = []
    try:
        while len(children) < 2 * wanted['processes']:
            child = os.fork()
            if child == 0:
                _sleep()
                os._exit(0)
            children.append(child)
    except OSError:
        return len(children)
    return len(children)


def leave_a_daemon():
    """Leave a process that nobody waits for; it keeps descriptor 3 open for as long as it lives."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            _sleep()
        os._exit(0)
    os.wait()


def eat(wanted):
    """Use little memory in each of many processes, and too much together."""
    for _ in range(8):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1)) * (wanted['memory'] // 2)
            _sleep()
            os._exit(len(kept) & 1)
    _sleep()


def spin():
    """Use up the processor time."""
    while True:
        pass


ATTEMPTS = (
    files_of_the_host,
    writing_outside_the_home,
    processes_of_the_host,
    network,
    sockets_of_the_host,
    being_the_superuser,
    forbidden_system_calls,
    inherited_descriptors,
    memory_over_the_limit,
    files_over_the_limit,
    descriptors_over_the_limit,
    core_dumps,
    full_tmp,
    pysvn_is_there,
    locale_is_utf8,
)


def _can_write(folder):
    try:
        descriptor = os.open(os.path.join(folder, 'canary'), os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError:
        return False
    os.close(descriptor)
    return True


def _status():
    with open('/proc/self/status') as file:
        return dict((part.strip() for part in line.split(':', 1)) for line in file)


def main(task, wanted):
    """Do one task and report on descriptor 3."""
    channel = socket.socket(fileno=CHANNEL)

    def report(said):
        channel.sendall(json.dumps(said).encode() + b'\n')

    if task == 'attempts':
        report({attempt.__name__: attempt(wanted) for attempt in ATTEMPTS})
        leave_a_daemon()
    elif task == 'processes':
        report({'processes': processes_over_the_limit(wanted)})
        # Hold them until the host has heard from both boxes.
        _sleep()
    elif task == 'memory':
        eat(wanted)
    elif task == 'spin':
        spin()


def _start_as_script():
    """Do what is done for a script, and what a program of ours, whose standard input is a socket, does for itself."""
    if stat.S_ISSOCK(os.fstat(0).st_mode):
        sys.path.insert(0, '/ivle')
        from services.limited import limit_processes

        limit_processes()
        os.dup2(0, CHANNEL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)


if __name__ == '__main__':
    _start_as_script()
    main(sys.argv[1], json.loads(sys.argv[2]))
