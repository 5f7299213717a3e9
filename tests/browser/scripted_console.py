"""A page with the console's script in a real browser, and a host that says what a test wants, when it wants."""

import json
import mimetypes
import re
from pathlib import Path

import ivle

DIST = Path(ivle.__file__).parent / 'media' / 'dist'
# Trusted as https is, without which there is no clipboard. Nothing listens there: every request is answered here.
ORIGIN = 'http://localhost:9'
KEY = 'ab' * 16
PAGE = """<!DOCTYPE html><html lang="en" data-site="/" class="scripted"><head><title>Console</title>
<meta name="csrf-token" content="proof"><link rel="stylesheet" href="/media/app.css"></head><body data-icons="/media/icons.svg">
<main class="console-page"><h1>Console</h1><section data-console data-cwd="/151" data-key="KEY"></section>
<a href="#">after</a></main>
<script type="module" src="/media/console-page.js"></script></body></html>"""
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://gateway.example"


class ScriptedConsole:
    """Answers the page. `commands` holds what it sent, `requests` which addresses it asked; `say` makes replies."""

    def __init__(self, page, key=KEY, has_gateway=True):
        self.page, self.key, self.has_gateway = page, key, has_gateway
        self.replies, self.commands, self.requests, self.sockets = [], [], [], []
        self.is_busy = self.is_gone = self.is_out_of_reach = False
        self.answer = lambda command: [{'okay': None}]
        self.consoles, self.errors = [], []
        page.on('pageerror', lambda error: self.errors.append(str(error)))
        page.on('console', lambda message: self.errors.append(message.text) if 'Content Security' in message.text else None)
        page.route(ORIGIN + '/**', self._serve)
        page.route_web_socket(re.compile('^ws://gateway.example/'), self._greet)

    def open(self):
        """Load the page."""
        self.page.goto(ORIGIN + '/console')
        return self

    def say(self, *replies):
        """Say replies now, to everybody who listens."""
        for reply in replies:
            self.replies.append({**reply, 'seq': len(self.replies) + 1})
            for socket, after in self.sockets:
                if self.replies[-1]['seq'] > after:
                    socket.send(json.dumps(self.replies[-1]))

    def hang_up(self, code=1001):
        """Close every WebSocket from the gateway's side."""
        for socket, _ in self.sockets:
            socket.close(code=code, reason='')
        self.sockets = []

    def obey(self, command):
        self.commands.append(command)
        self.say(*self.answer(command))

    # -- the sides of the page --------------------------------------------------------------------

    def _greet(self, socket):
        if not self.has_gateway:
            socket.close(code=1006)
            return

        def hear(message):
            message = json.loads(message)
            if 'token' in message:
                self.sockets.append((socket, message.get('after', 0)))
                for reply in self.replies[message.get('after', 0) :]:
                    socket.send(json.dumps(reply))
            else:
                self.obey(message)

        socket.on_message(hear)

    def _serve(self, route):
        path = route.request.url.removeprefix(ORIGIN)
        self.requests.append((route.request.method, path))
        if path == '/console' and 'html' in route.request.headers['accept']:
            html = PAGE.replace('KEY', self.key or '')
            route.fulfill(body=html, content_type='text/html', headers={'Content-Security-Policy': POLICY})
        elif path.startswith('/media/'):
            file = DIST / path.removeprefix('/media/')
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])
        elif self.is_out_of_reach:
            route.abort()
        else:
            status, value = self._api(path, route.request)
            route.fulfill(status=status, body=json.dumps(value), content_type='application/json')

    def _api(self, path, request):
        if path == '/console':
            return 200, {'consoles': self.consoles}
        if self.is_gone and path != '/console/@@start':
            return 404, {'error': {'code': 'not-found', 'message': 'There is nothing here.'}}
        verb = path.partition('@@')[2].partition('?')[0]
        if verb == 'start':
            self.key, self.is_gone, self.replies = 'cd' * 16, False, []
            return 201, {'key': self.key, 'gateway': {}}
        if verb == 'gateway':
            return 200, {'url': 'ws://gateway.example/', 'token': 'token'}
        after = int(path.partition('after=')[2] or len(self.replies))
        if verb == 'chat' and request.post_data_json['cmd'] == 'splash':
            self.say({'output': 'Python 3\n'})
        elif verb == 'chat':
            self.obey(request.post_data_json)
        elif verb == 'interrupt':
            self.is_busy = False
            self.say({'exc': 'KeyboardInterrupt\n'})
        elif verb == 'restart':
            self.say({'restart': 'The console was restarted: its variables are gone.'}, {'okay': None})
        return 200, {'replies': self.replies[after:], 'busy': self.is_busy, 'next': len(self.replies)}
