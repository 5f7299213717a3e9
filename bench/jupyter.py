"""The peers of the console: a Jupyter kernel by jupyter_client, and one behind jupyter_server."""

import asyncio
import datetime
import http.client
import json
import secrets
import subprocess
import sys
import tempfile
import time

import websockets.sync.client

from tests.site import free_ports

PATIENCE_SECONDS = 60
SEND_SECONDS, TRIES = 10, 5
# It warns on every start that it speaks TCP, which is not our matter here.
QUIET = {'extra_arguments': ['--log-level=ERROR'], 'stderr': subprocess.DEVNULL}


def _milliseconds_since(before):
    return 1000 * (time.perf_counter() - before)


class Kernel:
    """One kernel and its client. `ready` is the time from asking for it until it answered."""

    def __init__(self):
        from jupyter_client.manager import start_new_kernel

        before = time.perf_counter()
        self.manager, self.client = start_new_kernel(kernel_name='python3', **QUIET)
        self.ready = _milliseconds_since(before)

    @property
    def pid(self):
        return self.manager.provisioner.process.pid

    def first_output(self, line='print(1)'):
        """Run a line to its end and return when its first output came."""
        before, came = time.perf_counter(), []
        self.client.execute_interactive(
            line,
            output_hook=lambda message: came.append(_milliseconds_since(before)) if message['msg_type'] == 'stream' else None,
            timeout=PATIENCE_SECONDS,
        )
        return came[0]

    def run(self, line='print(1)'):
        """Run a line to its end."""
        self.client.execute_interactive(line, output_hook=lambda message: None, timeout=PATIENCE_SECONDS)

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def burst(count):
    """Return when the last of `count` kernels, asked for at once, had put out its first line, and how many died on the way."""
    import zmq

    # One that never listens holds up all others: then they are asked for anew.
    for _ in range(TRIES):
        try:
            return asyncio.run(_burst(count))
        except zmq.Again:
            continue
    raise RuntimeError(f'of {count} kernels asked for at once one did not listen, {TRIES} times')


async def _new_kernel():
    """Return (manager, client) of a kernel that answers; RuntimeError when it died, zmq.Again when it never listened."""
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(kernel_name='python3')
    # Whoever sends to one that has died would wait for ever.
    manager.context.sndtimeo = 1000 * SEND_SECONDS
    await manager.start_kernel(**QUIET)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=PATIENCE_SECONDS)
    except BaseException:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        raise
    return manager, client


async def _burst(count):
    before, started, deaths = time.perf_counter(), [], []

    async def start():
        try:
            return await _new_kernel()
        except RuntimeError:
            # Kernels that start together may choose the same port, and one of them dies of it: it is asked for again.
            deaths.append(1)
            return await start()

    async def one():
        manager, client = await start()
        started.append((manager, client))
        came = []
        await client.execute_interactive(
            'print(1)',
            output_hook=lambda message: came.append(_milliseconds_since(before)) if message['msg_type'] == 'stream' else None,
            timeout=PATIENCE_SECONDS,
        )
        return came[0]

    try:
        found = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    finally:
        for manager, client in started:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
    for outcome in found:
        if isinstance(outcome, BaseException):
            raise outcome
    return max(found), len(deaths)


class Server:
    """One jupyter_server on loopback with a token, as somebody would run it for themselves."""

    def __init__(self):
        self.port, self.token = free_ports(1), secrets.token_hex(16)
        self._folder = tempfile.TemporaryDirectory(prefix='bench-jupyter-')
        self._process = self._connection = None

    def start(self):
        """Start it and return when it answers."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, '-m', 'jupyter_server', '--no-browser', '--allow-root', '--ServerApp.ip=127.0.0.1'),
                *(f'--ServerApp.port={self.port}', '--ServerApp.port_retries=0', '--ServerApp.log_level=ERROR'),
                *(f'--IdentityProvider.token={self.token}', f'--ServerApp.root_dir={self._folder.name}'),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE_SECONDS)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                self._ask('GET', '/api/status')
                return self
            except OSError:
                self._connection.close()
                time.sleep(0.1)
        raise AssertionError('jupyter_server did not start')

    def _ask(self, method, path):
        self._connection.request(method, path, headers={'Authorization': f'token {self.token}'})
        response = self._connection.getresponse()
        body = response.read()
        if response.status >= 400:
            raise AssertionError(f'jupyter_server answered {response.status} to {method} {path}')
        return json.loads(body) if body else None

    def kernel(self):
        """Ask for a kernel and return it with its WebSocket open."""
        key = self._ask('POST', '/api/kernels')['id']
        address = f'ws://127.0.0.1:{self.port}/api/kernels/{key}/channels?token={self.token}'
        return ServedKernel(websockets.sync.client.connect(address, compression=None, max_size=None), key)

    def end(self, kernel):
        kernel.socket.close()
        self._ask('DELETE', f'/api/kernels/{kernel.key}')

    def stop(self):
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    @property
    def pid(self):
        return self._process.pid


class ServedKernel:
    """A kernel behind the server, spoken to by WebSocket."""

    def __init__(self, socket, key):
        self.socket, self.key = socket, key
        self._session = secrets.token_hex(16)

    def first_output(self, line='print(1)'):
        """Give a line and return when its first output is here."""
        message_id = self._send(line)
        while True:
            message = self._receive(message_id)
            if message['msg_type'] == 'stream':
                return message['content']['text']

    def run(self, line='print(1)'):
        """Run a line to its end: its reply is here, and the kernel at rest."""
        message_id, left = self._send(line), {'reply', 'rest'}
        while left:
            message = self._receive(message_id)
            if message['msg_type'] == 'execute_reply':
                left.discard('reply')
            elif message['msg_type'] == 'status' and message['content']['execution_state'] == 'idle':
                left.discard('rest')

    def _send(self, line):
        message_id = secrets.token_hex(16)
        header = {
            'msg_id': message_id,
            'session': self._session,
            'username': 'bench',
            'msg_type': 'execute_request',
            'version': '5.3',
            'date': datetime.datetime.now(datetime.UTC).isoformat(),
        }
        content = {
            **{'code': line, 'silent': False, 'store_history': True},
            **{'user_expressions': {}, 'allow_stdin': False, 'stop_on_error': True},
        }
        parts = {'channel': 'shell', 'parent_header': {}, 'metadata': {}, 'buffers': []}
        self.socket.send(json.dumps({'header': header, 'content': content, **parts}))
        return message_id

    def _receive(self, message_id):
        """Return the next message about one of ours."""
        while True:
            message = json.loads(self.socket.recv(timeout=PATIENCE_SECONDS))
            if message['parent_header'].get('msg_id') == message_id:
                return message
