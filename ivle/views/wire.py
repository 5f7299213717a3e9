"""What views share about requests and answers: fields from JSON or a form, and answers as JSON or a redirect."""

import re

from pyramid.httpexceptions import HTTPSeeOther

from ivle import chat
from ivle.errors import BadRequest
from ivle.resources.homes import NAME_LIMIT_BYTES

_RAW_NAME = re.compile(f'([0-9a-f]{{2}}){{1,{NAME_LIMIT_BYTES}}}')


def wants_json(request):
    """Return True when the caller asked for JSON rather than a page, or sent JSON and takes anything back."""
    if request.content_type == 'application/json' and request.accept.header_value in (None, '*/*'):
        return True
    offers = request.accept.acceptable_offers(['text/html', 'application/json'])
    return bool(offers) and offers[0][0] == 'application/json'


def fields(request):
    """Return what was sent as a dict: a JSON object's members, or a form's fields (a list where one came twice)."""
    if request.content_type == 'application/json':
        try:
            value = chat.loads(request.text_body() or b'{}')
        except chat.ProtocolError as error:
            raise BadRequest(f'The JSON that was sent cannot be used: {error}.') from error
        if type(value) is not dict:
            raise BadRequest('Send a JSON object.')
        return value
    found = {}
    for name, value in request.POST.items():
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def text_field(given, name, default=None, limit=10_000):
    """Return the string field `name`; BadRequest when it is missing (and has no default), no text, or too long.

    The character NUL is in no text: neither a database nor a path could hold it.
    """
    value = given.get(name, default)
    if value is None:
        raise BadRequest(f'The field {name} is missing.')
    if not isinstance(value, str) or len(value) > limit or '\0' in value:
        raise BadRequest(f'The field {name} is not text of at most {limit} characters.')
    return value


def names_field(given, name='names', default=None):
    """Return a list of file names (strings, or {"raw": hex} for names that are not text).

    In a form, the raw names are those in fields called `<name>_raw`, in hexadecimal digits.
    """
    value = given.get(name, default)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | None):
        raise BadRequest(f'The field {name} is not a list of file names.')
    raw = given.get(name + '_raw', [])
    raw = [raw] if isinstance(raw, str) else raw
    if not isinstance(raw, list):
        raise BadRequest(f'The field {name}_raw is not a list of file names.')
    value = [*(value or []), *({'raw': item} for item in raw)]
    if not value and default is None:
        raise BadRequest('Choose at least one file or directory.')
    if not all(map(_could_be_name, value)):
        raise BadRequest(f'The field {name} holds something that is not a file name.')
    return value


def _could_be_name(item):
    """Return True for a string, or {"raw": hex} of as many bytes as a name can have."""
    if isinstance(item, dict) and set(item) == {'raw'}:
        return isinstance(item['raw'], str) and _RAW_NAME.fullmatch(item['raw']) is not None
    return isinstance(item, str)


def answer(request, payload, *, to, message=None, status=200):
    """Return `payload` as JSON, or for a browser a redirect to `to` with `message` shown there once."""
    if wants_json(request):
        request.response.status_int = status
        request.response.content_type = 'application/json'
        request.response.charset = 'utf-8'
        request.response.text = chat.dumps(payload)
        return request.response
    if message:
        request.session.flash(message)
    return HTTPSeeOther(to)
