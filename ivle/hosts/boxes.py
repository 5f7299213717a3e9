"""Boxes: ending everything that runs for one person."""

from ivle import chat
from ivle.errors import ServiceDown
from ivle.secrets import read_secret

END_SECONDS = 20.0


def end_boxes(settings, login):
    """End every console, program and file service of a person; ServiceDown when it is not certain that they ended."""
    try:
        reply = chat.ask(
            settings.path('run', 'sandbox.sock'),
            read_secret(settings, 'sandbox'),
            'sandbox',
            {'end': {'login': login}},
            timeout=END_SECONDS,
        )
    except (chat.ProtocolError, chat.RemoteError, OSError) as error:
        raise ServiceDown(
            'Their programs could not be ended: the sandbox service does not answer. Try again in a few seconds.'
        ) from error
    if reply != {'okay': {}}:
        raise ServiceDown('Their programs could not be ended. Try again in a few seconds.')
