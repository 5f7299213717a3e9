"""Handing a request over: the client's connection and the request go to a box, which answers by itself."""

import os
import socket

from ivle import chat


def hand_over(channel, connection, request):
    """Send a client's connection and its request (a JSON value) over the channel of a box.

    BlockingIOError when the box has too many waiting; another OSError when it is no longer there.
    """
    memory = os.memfd_create('request', os.MFD_CLOEXEC)
    # Whether it blocks belongs to the connection, not to the process that holds it: from here on it is the box's.
    connection.setblocking(True)
    try:
        with open(memory, 'wb', closefd=False) as file:
            file.write(chat.dumps(request).encode('utf-8'))
        os.lseek(memory, 0, os.SEEK_SET)
        socket.send_fds(channel, [b'request'], [connection.fileno(), memory])
    except BaseException:
        connection.setblocking(False)
        raise
    finally:
        os.close(memory)
