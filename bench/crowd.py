"""Crowd: many people at once in one process, over as many connections as they would have."""

import asyncio
import contextlib
import resource
import statistics
import time
from dataclasses import dataclass, field

from ivle import chat, envelopes
from ivle.replies import State, state_after

PATIENCE_SECONDS = 120


class Refused(Exception):
    """Sandbox-server did not do what it was asked for. The message is its own."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclass
class Queue:
    """How many consoles had to wait for a place, and how long (seconds)."""

    waits: list = field(default_factory=list)

    def __str__(self):
        if not self.waits:
            return 'none waited in line'
        middle, most = statistics.median(self.waits), max(self.waits)
        return f'{len(self.waits)} waited in line, {middle:.2f} s in the middle and {most:.2f} s at the most'


def allow_many_connections():
    """Raise the soft limit of descriptors to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def processor_time():
    """Give a list that holds, afterwards, the part of one processor that this process itself took."""
    said, spent, begun = [], time.process_time(), time.monotonic()
    try:
        yield said
    finally:
        said.append((time.process_time() - spent) / (time.monotonic() - begun))


class Connection:
    """One connection to sandbox-server."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, room, action, **properties):
        """Connect and ask for an action."""
        connection = cls(*await asyncio.open_unix_connection(room.socket_path, limit=4 << 20))
        connection._writer.write(chat.frame(envelopes.seal({action: properties}, room.secret, 'sandbox')))
        return connection

    def send(self, value):
        self._writer.write(chat.frame_of(value))

    async def receive(self):
        """Return the next value; IncompleteReadError at the end."""
        length = int((await self._reader.readuntil(b':'))[:-1])
        # Not by chat.loads: what came is compared with what is expected, and a crowd's reader must be quick.
        return chat.json.loads((await self._reader.readexactly(length + 1))[:-1])

    def close(self):
        self._writer.close()


async def ask(room, action, **properties):
    """Return the reply to one request; Refused when it is none."""
    connection = await Connection.open(room, action, **properties)
    try:
        reply = await asyncio.wait_for(connection.receive(), PATIENCE_SECONDS)
    finally:
        connection.close()
    if 'error' in reply:
        raise Refused(reply['error']['code'], reply['error']['message'])
    if 'traceback' in reply:
        raise Refused('broken', reply['value'])
    return reply


async def start(room, login):
    """Return the key of a new console."""
    return (await ask(room, 'console_start', login=login, cwd=''))['key']


async def first_output(room, login, queue, line='print(1)', wanted='1\n'):
    """Start a console, wait in line if that must be, give it a line, and return its key when it has put out what it should."""
    key = await start(room, login)
    try:
        said = await say(room, login, key, line)
    except Refused as refused:
        if refused.code != 'busy':
            raise
        # It is known to be in line only now: asking for that first would take time from all that are not.
        begun = time.monotonic()
        await wait_in_line(room, login, key)
        queue.waits.append(time.monotonic() - begun)
        said = await say(room, login, key, line)
    if said != wanted:
        raise AssertionError(f'a console said {said!r} where {wanted!r} was expected')
    return key


async def wait_in_line(room, login, key):
    """Return when a console that was queued has its place; Refused when it gets none."""
    after, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = await ask(room, 'console_output', login=login, key=key, after=after, wait=1)
        after = answer['next']
        for reply in answer['replies']:
            if 'okay' in reply:
                return
            if 'terminate' in reply:
                raise Refused('ended', reply['terminate'])
    raise Refused('late', f'a console waited in line for {PATIENCE_SECONDS} s')


async def say(room, login, key, line):
    """Give a line by requests and return what was put out."""
    answer = await ask(room, 'console_chat', login=login, key=key, cmd='chat', text=line + '\n', wait=1)
    replies = answer['replies']
    while answer['busy']:
        answer = await ask(room, 'console_output', login=login, key=key, after=answer['next'], wait=1)
        replies += answer['replies']
    return output_of(replies)


async def stream(room, login, key):
    """Return a Connection that streams a console."""
    connection = await Connection.open(room, 'console_stream', login=login, key=key, after=0)
    if await connection.receive() != {'okay': {}}:
        raise Refused('broken', 'no stream')
    return connection


def output_of(replies):
    """Return the text that was put out."""
    return ''.join(reply.get('output', '') for reply in replies)


def is_at_prompt(reply):
    """Return True for a reply after which the console waits for a line."""
    return state_after(reply) is State.IDLE
