"""The serve service: answers the one request that comes over its channel with a file, or with a program run as CGI."""

import os

from ivle import chat
from services.handed import receive
from services.serving.files import send_file
from services.serving.finding import Redirect, Refusal, find
from services.serving.programs import run_program, spool

DEFAULT_SECONDS = 10.0
DEFAULT_OUTPUT = 1 << 20


def serve_one(channel, seconds=DEFAULT_SECONDS, limit=DEFAULT_OUTPUT, start=None):
    """Serve the one request that comes over the channel.

    A program has `seconds` and may write `limit` bytes; `start` is how it is started (as `programs.spawn`, the default).
    """
    received = receive(channel)
    if received is None:
        return
    with received[0] as connection:
        try:
            _answer(connection, chat.loads(received[1]), os.environ['HOME'], float(seconds), int(limit), start)
        except chat.ProtocolError:
            # The asker has gone, or speaks something else: there is nobody to tell.
            pass
    channel.send(b'done')


def _answer(connection, request, home, seconds, limit, start):
    body = spool(connection)
    try:
        target = find(os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), request['path'])
        if target.is_program:
            run_program(connection, request, target, home, body, seconds, limit, start)
        elif request['method'] in ('GET', 'HEAD'):
            send_file(connection, target)
        else:
            raise Refusal('bad-method', 'Only a program takes this kind of request; this is a plain file.')
    except Redirect:
        chat.write_value(connection, {'okay': {'kind': 'redirect'}})
    except Refusal as refusal:
        chat.write_value(connection, {'error': {'code': refusal.code, 'message': refusal.message}})
