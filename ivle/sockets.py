"""Unix sockets by their path, whatever its length: whoever connects, listens, and is at the other end."""

import os
import socket
import struct

from ivle import chat


def connect(path, timeout=chat.TIMEOUT_SECONDS):
    """Return a connected Unix stream socket; ConnectionLost when nobody listens at `path`."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        with _reachable(path) as address:
            sock.connect(address)
    except OSError as error:
        sock.close()
        raise chat.ConnectionLost(f'nothing answers at {path}: {error}') from None
    return sock


def listen(path, backlog=128):
    """Return a listening Unix stream socket at `path` (mode 0600), replacing one a dead process left."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    # Before there is a name that others could use. A creation mask would hold for every thread of this process.
    os.fchmod(sock.fileno(), 0o600)
    with _reachable(path) as address:
        sock.bind(address)
    sock.listen(backlog)
    return sock


class _reachable:
    """Gives an address for a socket path; a long one goes through its folder's descriptor (the limit is 107 bytes)."""

    def __init__(self, path):
        self._path, self._folder = os.fspath(path), None

    def __enter__(self):
        if len(os.fsencode(self._path)) < 100:
            return self._path
        folder, name = os.path.split(self._path)
        self._folder = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        return f'/proc/self/fd/{self._folder}/{name}'

    def __exit__(self, *exception):
        if self._folder is not None:
            os.close(self._folder)


def peer_uid(sock):
    """Return the user id of the process at the other end of a Unix socket."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize('3i'))
    return struct.unpack('3i', credentials)[1]
