"""A page with the console's script in a real browser, and a host that says what a test wants, when it wants."""

import json
import mimetypes
import re
from pathlib import Path
from types import SimpleNamespace

import ivle
from ivle.guard import content_security_policy

DIST = Path(ivle.__file__).parent / 'media' / 'dist'
# Trusted as https is, without which there is no clipboard. Nothing listens there: every request is answered here.
ORIGIN = 'http://localhost:9'
KEY = 'ab' * 16
# What ends a command.
ENDINGS = {'okay', 'exc', 'more', 'input', 'restart', 'terminate'}
PAGE = """<!DOCTYPE html><html lang="en" data-site="/" class="scripted"><head><title>Console</title>
<meta name="csrf-token" content="proof"><link rel="stylesheet" href="/media/app.css"></head><body data-icons="/media/icons.svg">
<main class="console-page"><h1>Console</h1><form data-new-console><button>New console</button></form>
<nav class="console-list" aria-label="My consoles" data-console-list></nav>
<section data-console data-cwd="/151" data-key="KEY" data-login="ann" data-nonce="nonce"></section>
<a href="#">after</a></main><div data-toasts></div>
<script type="module" src="/media/console-page.js"></script></body></html>"""
# The policy of the site's own pages, word for word.
POLICY = content_security_policy(SimpleNamespace(gateway_url='ws://gateway.example/', prefix=''))
POLICY = POLICY.replace('HOST', 'localhost:9').replace('NONCE', 'nonce')


class ScriptedConsole:
    """Answers the page. `commands` holds what it sent, `requests` which addresses it asked; `say` makes replies."""

    def __init__(self, page, key=KEY, has_gateway=True):
        self.page, self.key, self.has_gateway = page, key, has_gateway
        self.replies, self.commands, self.requests, self.sockets = [], [], [], []
        self.is_busy = self.is_gone = self.is_out_of_reach = self.is_unanswered = False
        self.answer = lambda command: [{'okay': None}]
        self.consoles, self.errors = [], []
        self.typed, self.history, self.files = [], [], []
        self.starts_with = []
        self.most_consoles = 100
        # How many replies one answer holds, and the number of the oldest that is kept.
        self.most, self.oldest = 1000, 1
        # Consoles beside the one that is talked to: {key: (replies, typed)}.
        self.others = {}
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
            self.is_unanswered = self.is_unanswered and not ENDINGS & reply.keys()
            self.replies.append({**reply, 'seq': len(self.replies) + 1})
            for socket, after in self.sockets:
                if self.replies[-1]['seq'] > after:
                    socket.send(json.dumps(self.replies[-1]))

    @property
    def is_queued(self):
        """Return whether the console waits for its turn to start."""
        return bool(self.replies) and 'queued' in self.replies[-1]

    def note(self, command):
        """Keep what was typed, by this page or another, as the host does."""
        if command['cmd'] in ('chat', 'block', 'run'):
            self.typed.append({'after': len(self.replies), **command})

    def hang_up(self, code=1001):
        """Close every WebSocket from the gateway's side."""
        for socket, _ in self.sockets:
            socket.close(code=code, reason='')
        self.sockets = []

    def obey(self, command):
        self.commands.append(command)
        self.note(command)
        self.is_unanswered = command['cmd'] in ('chat', 'block', 'run')
        self.say(*self.answer(command))

    # -- the sides of the page --------------------------------------------------------------------

    def _greet(self, socket):
        if not self.has_gateway:
            socket.close(code=1006)
            return

        def hear(message):
            message = json.loads(message)
            if message.get('token') in self.others:
                return
            if 'token' in message:
                self.sockets.append((socket, message.get('after', 0)))
                for reply in self._after(message.get('after', 0)):
                    socket.send(json.dumps(reply))
            else:
                self.obey(message)

        socket.on_message(hear)

    def _serve(self, route):
        path = route.request.url.removeprefix(ORIGIN)
        self.requests.append((route.request.method, path))
        if re.match('/console(/[0-9a-f]{32}|[?].*)?$', path) and 'html' in route.request.headers['accept']:
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

    def _after(self, number):
        is_cut = number < self.oldest - 1
        cut = [{'cut': 'Older output of this console is no longer kept.', 'seq': self.oldest - 1}] if is_cut else []
        return cut + self.replies[max(number, self.oldest - 1) :]

    def _other(self, verb, key):
        replies, typed = self.others[key]
        numbered = [{**reply, 'seq': number} for number, reply in enumerate(replies, 1)]
        answers = {'typed': {'typed': typed}, 'gateway': {'url': 'ws://gateway.example/', 'token': key}}
        return answers.get(verb, {'replies': numbered, 'busy': False, 'next': len(numbered)})

    def _api(self, path, request):
        if path == '/console':
            return 200, {'consoles': self.consoles}
        if path == '/console/@@history':
            return 200, {'history': self.history}
        if path.startswith('/files/'):
            return 200, {'entries': self.files}
        if self.is_gone and path != '/console/@@start':
            return 404, {'error': {'code': 'not-found', 'message': 'There is nothing here.'}}
        verb = path.partition('@@')[2].partition('?')[0]
        if verb == 'start' and len(self.consoles) >= self.most_consoles:
            return 429, {'error': {'code': 'too-many', 'message': 'You have 2 consoles already: end one of them first.'}}
        if verb == 'start':
            self.key, self.is_gone, self.replies, self.typed = 'cd' * 16, False, [], []
            self.sockets = []
            self.say(*self.starts_with)
            return 201, {'key': self.key, 'gateway': {'url': 'ws://gateway.example/', 'token': 'token'}}
        if path[9:41] in self.others:
            return 200, self._other(verb, path[9:41])
        if verb == 'gateway':
            return 200, {'url': 'ws://gateway.example/', 'token': 'token'}
        if verb == 'typed':
            return 200, {'typed': self.typed}
        after = int(path.partition('after=')[2] or len(self.replies))
        if verb == 'chat' and request.post_data_json['cmd'] == 'splash':
            self.say(*([] if self.is_queued else [{'output': 'Python 3\n'}]))
        elif verb == 'chat':
            self.obey(request.post_data_json)
        elif verb == 'interrupt':
            self.is_busy = False
            self.say({'exc': 'KeyboardInterrupt\n'})
        elif verb == 'terminate':
            self.is_busy = False
            self.say({'terminate': 'You ended this console.'})
            self.consoles = [one for one in self.consoles if one['key'] not in path]
        elif verb == 'restart':
            self.say({'restart': 'The console was restarted: its variables are gone.'}, {'okay': None})
        replies = self._after(after)[: self.most]
        following = replies[-1]['seq'] if replies else after
        is_busy = self.is_busy or self.is_unanswered or following < len(self.replies)
        return 200, {'replies': replies, 'busy': is_busy, 'next': following}
