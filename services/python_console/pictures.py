"""Pictures and pages that a program shows: made within bounds, and checked by the controller as what a stranger sent."""

import binascii
import re

# Of base64; of HTML in UTF-8; of the text in place of either, for whoever cannot see it.
LONGEST_IMAGE = 512 * 1024
LONGEST_PAGE = 256 * 1024
LONGEST_ALTERNATIVE = 8000

# How the bytes begin: patterns that are compiled when something is shown, for most consoles show nothing. An SVG is text:
# what is in it, only the browser can say, which shows it as an image, so that no script in it runs and nothing is fetched.
_BEGINNINGS = {
    'image/png': rb'\x89PNG\r\n\x1a\n',
    'image/jpeg': rb'\xff\xd8\xff',
    'image/svg+xml': rb'(?:<\?xml [^>]*>)?(?:\s|<!--[^>]*-->)*(?:<!DOCTYPE svg[^>\[]*>(?:\s|<!--[^>]*-->)*)?<svg[\s>]',
}
_BASE64 = '[A-Za-z0-9+/]+={0,2}'
_BEGINNING_CHARACTERS = 4000
# What JSON would write six times as long, and no page needs.
_CONTROLS = '[\0-\x08\x0b\x0c\x0e-\x1f\x7f]'


class NotShown(Exception):
    """It cannot be shown; the message says why, beginning with a verb."""


def image(kind, content, text):
    """Return the reply's value for a picture (bytes of the type `kind`); NotShown when it is none or too large."""
    if not isinstance(content, (bytes, bytearray)) or not re.match(_BEGINNINGS[kind], content):
        raise NotShown(f'is not {kind}')
    data = binascii.b2a_base64(content, newline=False).decode()
    if len(data) > LONGEST_IMAGE:
        raise NotShown(f'is too large to be shown ({len(content) >> 10} kB of at most {LONGEST_IMAGE * 3 // 4 >> 10} kB)')
    return {'type': kind, 'data': data, 'text': alternative(text)}


def page(content, text):
    """Return the reply's value for a piece of HTML; NotShown when it is too large."""
    if not isinstance(content, str):
        raise NotShown('is not text')
    data = re.sub(_CONTROLS, '', _clean(content))
    size = len(data.encode())
    if size > LONGEST_PAGE:
        raise NotShown(f'is too large to be shown ({size >> 10} kB of at most {LONGEST_PAGE >> 10} kB)')
    return {'data': data, 'text': alternative(text)}


def alternative(text):
    """Return a text as it may stand in place of a picture."""
    return re.sub(_CONTROLS, '', _clean(text))[:LONGEST_ALTERNATIVE]


def is_image(value):
    """Return whether this is what `image` makes."""
    if type(value) is not dict or set(value) != {'type', 'data', 'text'} or not _is_alternative(value['text']):
        return False
    kind, data = value['type'], value['data']
    if type(kind) is not str or kind not in _BEGINNINGS or type(data) is not str or len(data) > LONGEST_IMAGE:
        return False
    if len(data) % 4 or not re.fullmatch(_BASE64, data):
        return False
    return re.match(_BEGINNINGS[kind], binascii.a2b_base64(data[:_BEGINNING_CHARACTERS])) is not None


def is_page(value):
    """Return whether this is what `page` makes."""
    return (
        type(value) is dict
        and set(value) == {'data', 'text'}
        and type(value['data']) is str
        and len(value['data'].encode('utf-8', 'surrogatepass')) <= LONGEST_PAGE
        and not re.search(_CONTROLS, value['data'])
        and _is_alternative(value['text'])
    )


def size_of(value):
    """Return how much of a command's allowance of output a picture or a page takes."""
    return sum(len(text.encode('utf-8', 'surrogatepass')) for text in value.values())


def _is_alternative(value):
    return type(value) is str and len(value) <= LONGEST_ALTERNATIVE and not re.search(_CONTROLS, value)


def _clean(text):
    # JSON has no way to say half characters.
    return text.encode('utf-8', 'backslashreplace').decode('utf-8')
