"""What two processes of a box, ours and the student's, are joined by: made before the fork, shared out after it."""

import os
import socket
import sys

from python_console.line import Mark

_forgotten: list = []
_forgotten_places: list = []
_OURS = ('ivle', 'boxes', 'python_console', 'services')
# More than any message of a box brings.
_SPACE = socket.CMSG_SPACE(4 * 8)


class Pair:
    """Sockets and pipes with an end for each of the two.

    `orders` brings the worker its part; `commands` and `typed` are a console's private socket and its standard input;
    `output` and `errors` carry what the worker writes, and `back` are its own ways to read that; `mark` is a Mark that both see.
    """

    def __init__(self):
        self.orders, self.orders_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.commands, self.commands_theirs = socket.socketpair()
        # Whole messages, so that an empty one can say end of file.
        self.typed, self.typed_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.output, self.output_theirs = os.pipe()
        self.errors, self.errors_theirs = os.pipe()
        # Opened anew, and not the same ends twice: whether they wait is then nobody else's choice.
        self.back = tuple(os.open(f'/proc/self/fd/{end}', os.O_RDONLY | os.O_NONBLOCK) for end in (self.output, self.errors))
        self.mark = Mark()

    def keep_ours(self):
        """Close what is the worker's: for the keeper, after the fork."""
        for theirs in (self.orders_theirs, self.commands_theirs, self.typed_theirs):
            theirs.close()
        for descriptor in (self.output_theirs, self.errors_theirs, *self.back):
            os.close(descriptor)

    def keep_theirs(self):
        """Close what is the keeper's, and take the pipes as standard output and error: for the worker."""
        for ours in (self.orders, self.commands, self.typed):
            ours.close()
        os.close(self.output)
        os.close(self.errors)
        replace(0, os.open(os.devnull, os.O_RDONLY))
        replace(1, self.output_theirs)
        replace(2, self.errors_theirs)

    def close_console(self):
        """Close what only a console needs: for the keeper of something else."""
        self.commands.close()
        self.typed.close()
        os.close(self.output)
        os.close(self.errors)


def replace(standard, descriptor):
    """Make `descriptor` one of the standard ones."""
    os.dup2(descriptor, standard)
    os.close(descriptor)


def add_variables(environment):
    """Set the variables of this process that `environment` names."""
    # `os.environ.update` first finds out what kind of thing it is given, which takes longer.
    for name, value in environment.items():
        os.environ[name] = value


def receive(sock, longest):
    """Return (message, descriptors) of the next message with descriptors: as `socket.recv_fds`, which imports at each call."""
    message, ancillary, _, _ = sock.recvmsg(longest, _SPACE)
    return message, descriptors_in(ancillary)


def descriptors_in(ancillary):
    """Return the descriptors that came with a message."""
    return [descriptor for _, _, data in ancillary for descriptor in memoryview(data).cast('i')]


def forget_ourselves(places):
    """Take our own code out of the student's way: a module of theirs may have the same name."""
    sys.path[:] = [place for place in sys.path if place not in places]
    _forgotten_places.extend(places)
    # Not taken apart, which would write to all the memory that we share.
    _forgotten.extend(sys.modules.pop(name) for name in list(sys.modules) if name.partition('.')[0] in _OURS)


def remember_ourselves():
    """Undo `forget_ourselves`, where nothing of a student's will be imported."""
    sys.path.extend(_forgotten_places)
    sys.modules.update({module.__name__: module for module in _forgotten})
