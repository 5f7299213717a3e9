"""Room: a running site with as many accounts as a measurement needs, and its consoles at the chat layer."""

import os
import select
import time
from concurrent.futures import ThreadPoolExecutor

from ivle import chat, envelopes, sockets
from ivle.accounts.homes import Homes
from ivle.console import Console
from ivle.replies import State, state_after
from ivle.secrets import read_secret

PATIENCE_SECONDS = 60
# The pool remembers a rush for ten.
SETTLE_SECONDS = 20.0


class Room:
    """The site under measurement. Its accounts are homes alone: a console needs neither a password nor a history."""

    def __init__(self, site):
        self.site, self.settings = site, site.read_settings()
        self.secret = read_secret(self.settings, 'sandbox')
        self.socket_path = str(self.settings.path('run', 'sandbox.sock'))
        self._logins = []

    def logins(self, count):
        """Return so many logins, their homes made as usrmgt-server makes them."""
        new = [f'bench{number}' for number in range(len(self._logins), count)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(Homes(self.settings).make, new))
        self._logins += new
        return self._logins[:count]

    def login(self):
        """Return one login."""
        return self.logins(1)[0]

    def console(self, login=None):
        """Return the web's own client of somebody's consoles."""
        return Console(self.settings, login or self.login())

    def put(self, login, name, content):
        """Write a file into a home."""
        path = self.settings.path('accounts', login, 'home', name)
        path.write_bytes(content)
        if os.geteuid() == 0:
            os.chown(path, self.settings.sandbox_uid, self.settings.sandbox_uid)

    def ask(self, action, **properties):
        """Ask sandbox-server for one action."""
        return envelopes.ask(self.socket_path, self.secret, 'sandbox', {action: properties}, PATIENCE_SECONDS)

    def clear(self):
        """End every console, and wait until what was started beforehand for a rush has gone again."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda login: self.ask('end', login=login), self._logins))
        self.settle()

    def settle(self):
        """Return when no more boxes stand ready than always do: after a rush there are more for some seconds."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            if self.ask('status')['ready'] == self.settings.pool:
                break
            time.sleep(0.2)
        time.sleep(1)


def say(console, key, line):
    """Give a console one line, as the page does, and return the replies up to its end."""
    answer = console.chat(key, 'chat', line + '\n')
    replies = answer['replies']
    while answer['busy']:
        answer = console.output(key, answer['next'], wait=1)
        replies += answer['replies']
    return replies


def expect(replies, text):
    """Raise AssertionError unless this is what was put out."""
    found = ''.join(reply.get('output', '') for reply in replies)
    if found != text:
        raise AssertionError(f'the console said {replies} where {text!r} was expected')


class Stream:
    """One stream of a console, as the gateway holds it: commands up, replies down."""

    def __init__(self, room, login, key, after=0):
        self._socket = sockets.connect(room.socket_path)
        question = {'console_stream': {'login': login, 'key': key, 'after': after}}
        self._frames = chat.Frames()
        chat.write_frame(self._socket, envelopes.seal(question, room.secret, 'sandbox'))
        # As the gateway's: what is sent goes at once, and only for what comes is waited.
        self._socket.setblocking(False)
        self._incoming = select.poll()
        self._incoming.register(self._socket, select.POLLIN)
        if self.receive() != {'okay': {}}:
            raise AssertionError('no stream')

    def send(self, cmd, text=''):
        self._socket.sendall(chat.frame_of({'cmd': cmd, 'text': text}))

    def receive(self):
        while (payload := self._frames.next()) is None:
            if not self._incoming.poll(1000 * PATIENCE_SECONDS):
                raise chat.ConnectionLost('sandbox-server says nothing')
            data = self._socket.recv(chat.READ_BYTES)
            if not data:
                raise chat.ConnectionLost('sandbox-server closed the connection')
            self._frames.feed(data)
        return chat.loads(payload)

    def say(self, line):
        """Give a line and return the replies up to its end."""
        self.send('chat', line + '\n')
        return self.to_prompt()

    def to_prompt(self):
        """Return the replies up to the next prompt."""
        replies = [self.receive()]
        while state_after(replies[-1]) is not State.IDLE:
            replies.append(self.receive())
        return replies

    def close(self):
        self._socket.close()
