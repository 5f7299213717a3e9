"""The replies of a console: their kinds, their shapes, and what each says about the console's state.

They come out of a sandbox: sandbox-server and the web tier each check every one.
"""

import enum

from ivle import chat

LONGEST_TEXT = 512 * 1024
MOST_ITEMS = 500

TEXTS = ('output', 'error', 'exc', 'terminate', 'refused', 'restart', 'cut')
SIGNS = ('okay', 'more', 'input')


class State(enum.Enum):
    """What a console is doing."""

    IDLE = 'idle'
    BUSY = 'busy'
    INPUT = 'input'
    ENDED = 'ended'


def read_reply(value, is_numbered=False):
    """Return `value` when it is a console's reply (with its `seq` if numbered); ProtocolError otherwise."""
    if type(value) is not dict:
        raise chat.ProtocolError('a reply of a console is an object')
    content = dict(value)
    if is_numbered:
        number = content.pop('seq', None)
        if type(number) is not int or not 0 < number < 1 << 53:
            raise chat.ProtocolError('a kept reply has a number')
    if not _is_reply(content):
        raise chat.ProtocolError('not a reply that a console gives')
    return value


def state_after(reply):
    """Return the State a console is in after this reply, or None when the reply does not tell."""
    if 'terminate' in reply:
        return State.ENDED
    if 'input' in reply:
        return State.INPUT
    if reply.keys() & {'okay', 'more', 'exc', 'matches', 'members', 'globals'}:
        return State.IDLE
    return None


def _is_reply(content):
    if len(content) == 1:
        [(kind, value)] = content.items()
        if kind == 'globals':
            return _are_globals(value)
        return value is None if kind in SIGNS else kind in TEXTS and _is_text(value)
    if set(content) == {'matches', 'start'}:
        return _are_texts(content['matches']) and type(content['start']) is int
    return (
        set(content) == {'name', 'type', 'repr', 'doc', 'signature', 'members'}
        and all(_is_text(content[key]) for key in ('name', 'type', 'repr'))
        and all(content[key] is None or _is_text(content[key]) for key in ('doc', 'signature'))
        and _are_texts(content['members'])
    )


def _is_text(value):
    return type(value) is str and len(value) <= LONGEST_TEXT


def _are_texts(values):
    return type(values) is list and len(values) <= MOST_ITEMS and all(map(_is_text, values))


def _are_globals(values):
    return (
        type(values) is list
        and len(values) <= MOST_ITEMS
        and all(type(item) is dict and set(item) == {'name', 'type', 'repr'} for item in values)
        and all(_are_texts(list(item.values())) for item in values)
    )
