"""Joins a file box to svnserve: who is asking is decided by the socket, so no student can choose it."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import subprocess

from ivle import sockets

# A box serves one person: a listing, an update and a commit at once are already many.
CONNECTIONS_AT_ONCE = 4
_STOP_SECONDS = 2.0

log = logging.getLogger(__name__)


class Tunnel:
    """The listening socket of one box. `path` is bound into the box at /run/svn.sock.

    Each connection becomes an `svnserve -t` of the login whose box it is, reading only when the box may only read.
    """

    def __init__(self, settings, places, login, read_only):
        self._settings, self._places, self._login, self._read_only = settings, places, login, read_only
        # The name is short: the path of a socket has at most 107 bytes.
        self.path = places.path('sockets', f'svn-{secrets.token_hex(6)}.sock')
        self._socket = self._accepting = None
        self._servers = set()

    async def open(self):
        """Start to listen."""
        self.path.parent.mkdir(mode=0o711, exist_ok=True)
        self._socket = sockets.listen(self.path, backlog=CONNECTIONS_AT_ONCE)
        self._socket.setblocking(False)
        if os.geteuid() == 0:
            # Connecting takes the right to write to the socket, and the box is not us.
            os.chown(self.path, self._settings.sandbox_uid, self._settings.sandbox_uid)
        self._accepting = asyncio.create_task(self._accept())

    async def close(self):
        """Stop listening and end every svnserve of this box."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, *self._servers, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    async def _accept(self):
        loop = asyncio.get_running_loop()
        free = asyncio.Semaphore(CONNECTIONS_AT_ONCE)
        try:
            while True:
                await free.acquire()
                connection, _ = await loop.sock_accept(self._socket)
                task = asyncio.create_task(self._serve(connection))
                self._servers.add(task)
                task.add_done_callback(self._servers.discard)
                task.add_done_callback(lambda done: free.release())
        finally:
            for task in self._servers:
                task.cancel()

    async def _serve(self, connection):
        with connection:
            # A child sees a blocking socket, and keeps its own reference to it.
            connection.setblocking(True)
            try:
                server = await asyncio.create_subprocess_exec(
                    *svnserve_tunnel(self._places, self._login, self._read_only),
                    stdin=connection,
                    stdout=connection,
                    stderr=subprocess.DEVNULL,
                    env={'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'},
                    cwd='/',
                    start_new_session=True,
                    **repository_identity(self._settings),
                )
            except OSError as error:
                log.error('svnserve cannot be started: %s', error)
                return
        try:
            await server.wait()
        finally:
            if server.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    server.kill()
                await asyncio.wait_for(asyncio.shield(server.wait()), _STOP_SECONDS)


def svnserve_tunnel(places, login, read_only):
    """Return the command of an svnserve for one connection, on behalf of `login`."""
    options = ['-R'] if read_only else []
    repositories = places.path('repositories')
    return [
        'svnserve',
        '-t',
        f'--tunnel-user={login}',
        '-r',
        str(repositories),
        '--config-file',
        str(repositories / 'conf' / 'svnserve.conf'),
        *options,
    ]


def repository_identity(settings):
    """Return the arguments of Popen that make a child the owner of the repositories; none for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    uid = settings.repository_uid
    return {'user': uid, 'group': uid, 'extra_groups': []}


def remove_leftover_sockets(settings):
    """Remove the sockets of boxes whose daemon was killed. To be called once, when the daemon starts."""
    for path in settings.path('sockets').glob('svn-*.sock'):
        with contextlib.suppress(FileNotFoundError), socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
            except OSError as error:
                log.warning('%s may be left over: %s', path, error)
