"""The replies of a console: their kinds, their shapes, and what each says about the console's state.

They come out of a sandbox: sandbox-server and the web tier each check every one.
"""

import binascii
import enum
import re

from ivle import chat

LONGEST_TEXT = 512 * 1024
MOST_ITEMS = 500
# Of base64; of HTML in UTF-8; of the text in place of either, for whoever cannot see it.
LONGEST_IMAGE = 512 * 1024
LONGEST_PAGE = 256 * 1024
LONGEST_ALTERNATIVE = 8000
LONGEST_NOTICE = 1000
MOST_SECONDS = 1 << 31

TEXTS = ('output', 'error', 'exc', 'terminate', 'refused', 'restart', 'cut')
SIGNS = ('okay', 'more', 'input')
KINDS = ('module', 'function', 'class', 'value')

# How the bytes of a picture begin. An SVG is text: what is in it, only the browser can say, which shows it as an image, so
# that no script in it runs and nothing is fetched.
_BEGINNINGS = {
    'image/png': re.compile(rb'\x89PNG\r\n\x1a\n'),
    'image/jpeg': re.compile(rb'\xff\xd8\xff'),
    'image/svg+xml': re.compile(
        rb'(?:<\?xml [^>]*>)?(?:\s|<!--[^>]*-->)*(?:<!DOCTYPE svg[^>\[]*>(?:\s|<!--[^>]*-->)*)?<svg[\s>]'
    ),
}
_BASE64 = re.compile('[A-Za-z0-9+/]+={0,2}')
_BEGINNING_CHARACTERS = 4000
# What JSON would write six times as long, and no page needs.
_CONTROLS = re.compile('[\0-\x08\x0b\x0c\x0e-\x1f\x7f]')


class State(enum.Enum):
    """What a console is doing."""

    IDLE = 'idle'
    BUSY = 'busy'
    INPUT = 'input'
    QUEUED = 'queued'
    ENDED = 'ended'


# No reply has two of these.
_STATES = {
    'terminate': State.ENDED,
    'input': State.INPUT,
    'queued': State.QUEUED,
    **dict.fromkeys(('okay', 'more', 'exc', 'matches', 'members', 'globals'), State.IDLE),
}


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
    for kind in reply:
        if kind in _STATES:
            return _STATES[kind]
    return None


def _is_reply(content):
    if len(content) == 1:
        [(kind, value)] = content.items()
        if kind in _SHAPES:
            return _SHAPES[kind](value)
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
    return type(values) is list and len(values) <= MOST_ITEMS and all(map(_is_variable, values))


def _is_variable(item):
    if type(item) is not dict or not {'name', 'type', 'repr'} <= set(item) <= {'name', 'type', 'repr', 'kind', 'size'}:
        return False
    return (
        _are_texts([item['name'], item['type'], item['repr']])
        and ('kind' not in item or (type(item['kind']) is str and item['kind'] in KINDS))
        and (item.get('size') is None or (_is_text(item['size']) and len(item['size']) <= LONGEST_NOTICE))
    )


def _is_alternative(value):
    return type(value) is str and len(value) <= LONGEST_ALTERNATIVE and not _CONTROLS.search(value)


def _is_image(value):
    if type(value) is not dict or set(value) != {'type', 'data', 'text'} or not _is_alternative(value['text']):
        return False
    kind, data = value['type'], value['data']
    if type(kind) is not str or kind not in _BEGINNINGS or type(data) is not str or len(data) > LONGEST_IMAGE:
        return False
    if len(data) % 4 or not _BASE64.fullmatch(data):
        return False
    return _BEGINNINGS[kind].match(binascii.a2b_base64(data[:_BEGINNING_CHARACTERS])) is not None


def _is_page(value):
    return (
        type(value) is dict
        and set(value) == {'data', 'text'}
        and type(value['data']) is str
        and len(value['data'].encode('utf-8', 'surrogatepass')) <= LONGEST_PAGE
        and not _CONTROLS.search(value['data'])
        and _is_alternative(value['text'])
    )


def _is_notice(value):
    return type(value) is str and len(value) <= LONGEST_NOTICE


def _is_queued(value):
    return (
        type(value) is dict
        and set(value) == {'place', 'seconds'}
        and all(type(number) is int for number in value.values())
        and 1 <= value['place'] <= MOST_ITEMS * 1000
        and 0 <= value['seconds'] <= MOST_SECONDS
    )


_SHAPES = {'globals': _are_globals, 'image': _is_image, 'html': _is_page, 'notice': _is_notice, 'queued': _is_queued}
