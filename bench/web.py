"""A console through HTTP and the gateway against jupyter_server: the same requests as the page's script sends."""

import http.client
import json
import time

import websockets.sync.client

from bench.consoles import PAUSE_SECONDS, PAUSES, REFILL_SECONDS
from bench.figures import faster, figure_of, in_turn, milliseconds_of
from bench.jupyter import PATIENCE_SECONDS, Server
from bench.room import expect

ROUNDS, OURS_A_ROUND = 10, 20


class Page:
    """Somebody's console page: one connection that stays open, a session, and the page's proof."""

    def __init__(self, site, login):
        self._prefix, self._headers = site.prefix, self.headers_of(site, login)
        self._connection = http.client.HTTPConnection('127.0.0.1', site.port, timeout=PATIENCE_SECONDS)

    @staticmethod
    def headers_of(site, login):
        """Sign in and return what the page's script sends along."""
        person = site.person(login)
        return {
            'Cookie': '; '.join(f'{name}={value}' for name, value in person.cookies.items()),
            'X-CSRF-Token': person.csrf_token,
            'Content-Type': 'application/json',
            'Accept': 'application/json',
        }

    def post(self, path, **fields):
        """Return the answer to a JSON request."""
        return self.ask('POST', path, json.dumps(fields).encode())

    def ask(self, method, path, body=None):
        self._connection.request(method, self._prefix + path, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise AssertionError(f'{method} {path}: {response.status} {content[:300]}')
        return json.loads(content)

    def start(self):
        """Ask for a console and return {"key", "gateway"}."""
        return self.post('/console/@@start', cwd='/')

    def say(self, key, line):
        """Give a line and return the replies up to its end."""
        answer = self.post(f'/console/{key}/@@chat', cmd='chat', text=line + '\n')
        replies = answer['replies']
        while answer['busy']:
            answer = self.ask('GET', f'/console/{key}/@@output?after={answer["next"]}')
            replies += answer['replies']
        return replies

    def end(self, key):
        self.post(f'/console/{key}/@@terminate')

    def close(self):
        self._connection.close()


class Tab:
    """A console's WebSocket to the gateway."""

    def __init__(self, gateway):
        self._socket = websockets.sync.client.connect(gateway['url'], compression=None, max_size=None)
        self._socket.send(json.dumps({'token': gateway['token']}))

    def send(self, cmd, text=''):
        self._socket.send(json.dumps({'cmd': cmd, 'text': text}))

    def receive(self):
        return json.loads(self._socket.recv(timeout=PATIENCE_SECONDS))

    def say(self, line):
        """Give a line and return the replies up to its end."""
        self.send('chat', line + '\n')
        replies = [self.receive()]
        while not replies[-1].keys() & {'okay', 'exc', 'more', 'input', 'terminate'}:
            replies.append(self.receive())
        return replies

    def close(self):
        self._socket.close()


def run(room):
    """Return the Rows."""
    server, page = Server().start(), Page(room.site, 'studenta')
    try:
        return [*_starts(page, server), _lines(page, server)]
    finally:
        page.close()
        server.stop()


def _starts(page, server):
    kernels = []

    def start_theirs():
        kernel = server.kernel()
        kernel.first_output()
        kernels.append(kernel)

    _start_some(page, 1)
    ours, theirs, paused = [], [], []
    for _ in range(ROUNDS):
        time.sleep(REFILL_SECONDS)
        ours += _start_some(page, OURS_A_ROUND)
        theirs.append(milliseconds_of(start_theirs))
        server.end(kernels.pop())
    for _ in range(PAUSES):
        time.sleep(PAUSE_SECONDS)
        paused += _start_some(page, 1)
    theirs = figure_of('jupyter_server by REST and WebSocket, first output', theirs)
    ours, paused = (figure_of('console by @@start and @@chat, first output', times) for times in (ours, paused))
    return [
        faster('first output through HTTP', ours, theirs, 40),
        faster('first output through HTTP on a machine that was idle', paused, theirs),
    ]


def _start_some(page, count):
    """Start consoles one by one and say a line to each; return the milliseconds to each first output. Then end them."""
    keys, times = [], []
    for _ in range(count):
        before = time.perf_counter()
        keys.append(page.start()['key'])
        expect(page.say(keys[-1], 'print(1)'), '1\n')
        times.append(1000 * (time.perf_counter() - before))
    for key in keys:
        page.end(key)
    return times


def _lines(page, server):
    started = page.start()
    tab, kernel = Tab(started['gateway']), server.kernel()
    tab.say('1')
    kernel.run()
    try:
        ours, theirs = in_turn(
            20,
            ('console, next line through the gateway', lambda: expect(tab.say('print(1)'), '1\n'), 15),
            ('jupyter_server, next line by WebSocket', kernel.run, 5),
        )
    finally:
        tab.close()
        server.end(kernel)
        page.end(started['key'])
    return faster('next line through the gateway', ours, theirs, 20)
