"""Boxes: ending everything that runs for one person, or only what still listens to it."""

import logging

from ivle import chat, envelopes
from ivle.errors import ServiceDown
from ivle.secrets import read_secret

END_SECONDS = 20.0

log = logging.getLogger(__name__)


def end_boxes(settings, login):
    """End every console, program and file service of a person; ServiceDown when it is not certain that they ended."""
    _ask(settings, {'end': {'login': login}})


def cut_streams(settings, login):
    """Close every live view of a person's consoles; the consoles go on. Whoever is still signed in comes back by itself.

    To be called when a session has ended. Where the sandbox service does not answer there is no stream to cut.
    """
    try:
        _ask(settings, {'cut_streams': {'login': login}})
    except ServiceDown as error:
        log.warning('the streams of %s were not cut: %s', login, error)


def _ask(settings, action):
    try:
        reply = envelopes.ask(
            settings.path('run', 'sandbox.sock'), read_secret(settings, 'sandbox'), 'sandbox', action, timeout=END_SECONDS
        )
    except (chat.ProtocolError, envelopes.RemoteError, OSError) as error:
        raise ServiceDown(
            'Their programs could not be ended: the sandbox service does not answer. Try again in a few seconds.'
        ) from error
    if reply != {'okay': {}}:
        raise ServiceDown('Their programs could not be ended. Try again in a few seconds.')
