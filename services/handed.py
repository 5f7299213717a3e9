"""Handed over: the channel of a program in a box, and on it a client's connection and its request, as sandbox-server passes them.

Standard library, `ivle.chat` and `services.limited` only: this module runs in the sandbox.
"""

import array
import os
import socket

from ivle import chat
from services.limited import limit_processes

_DESCRIPTORS = 2


def take_channel():
    """Return the socket that this program was started with as its standard input, which is empty from then on.

    What it starts inherits neither that nor the directory that bubblewrap has put into the environment: a program that runs in
    another would read a wrong one there, and one in a box that stood ready has none. And how many processes there may be is
    limited from here on: only in the box that number is the box's own.
    """
    os.environ.pop('PWD', None)
    limit_processes()
    channel = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return channel


def receive(channel):
    """Return (connection, request as bytes) of the next message on the channel, or None when there is none to come.

    No program that the service starts inherits either of them: somebody else's answer could be read or written there,
    and a connection that was closed would stay open.
    """
    # Not socket.recv_fds: Python 3.11 forgets its flags, and a thread may start a program before we could set them.
    space = socket.CMSG_SPACE(_DESCRIPTORS * array.array('i').itemsize)
    try:
        message, ancillary, _, _ = channel.recvmsg(64, space, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        # The other end went away without having read all that we said.
        return None
    descriptors = [descriptor for _, _, data in ancillary for descriptor in array.array('i', data)]
    if message != b'request' or len(descriptors) != _DESCRIPTORS:
        return None
    connection = socket.socket(fileno=descriptors[0])
    with os.fdopen(descriptors[1], 'rb') as file:
        # Where the writer left the file's position is not our business.
        file.seek(0)
        return connection, file.read(chat.MAX_FRAME + 1)
