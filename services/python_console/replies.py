"""What the interpreter may answer, checked by the controller: the student's code can write there too."""

from python_console.pictures import is_image, is_page
from python_console.written import written_of

LONGEST_TEXT = 64 * 1024
MOST_ITEMS = 500
KINDS = ('module', 'function', 'class', 'value')


def read_event(message, cmd):
    """Return (kind, reply to pass on) of a message that fits the command `cmd`; None for anything else.

    Pictures, pages and the question whether they were passed on ('passed', a number) fit every command, and none.
    """
    if type(message) is not dict or type(message.get('n')) is not int or len(message) != 2:
        return None
    kind, value = next((item for item in message.items() if item[0] != 'n'), (None, None))
    if kind == 'input':
        return kind, None
    if kind in _SHOWN and _SHOWN[kind](value):
        return kind, value
    if kind == 'exit' or (kind in ('okay', 'more') and written_of(value) is not None):
        return kind, {kind: None}
    if kind == 'exc' and _is_text(value):
        return kind, {'exc': value}
    if kind == cmd and cmd in _ANSWERS and _ANSWERS[cmd](value):
        return kind, value
    return None


def _is_text(value):
    return type(value) is str and len(value) <= LONGEST_TEXT


def _are_texts(values):
    return type(values) is list and len(values) <= MOST_ITEMS and all(_is_text(value) and len(value) <= 1000 for value in values)


def _is_completion(value):
    if type(value) is not dict or set(value) != {'matches', 'start'}:
        return False
    return _are_texts(value['matches']) and type(value['start']) is int


def _is_inspection(value):
    return (
        type(value) is dict
        and set(value) == {'name', 'type', 'repr', 'doc', 'signature', 'members'}
        and all(_is_text(value[key]) for key in ('name', 'type', 'repr'))
        and all(value[key] is None or _is_text(value[key]) for key in ('doc', 'signature'))
        and _are_texts(value['members'])
    )


def _is_listing(value):
    if type(value) is not dict or set(value) != {'globals'}:
        return False
    items = value['globals']
    return type(items) is list and len(items) <= MOST_ITEMS and all(map(_is_variable, items))


def _is_variable(item):
    return (
        type(item) is dict
        and set(item) == {'name', 'type', 'repr', 'kind', 'size'}
        and _are_texts([item['name'], item['type'], item['repr']])
        and type(item['kind']) is str
        and item['kind'] in KINDS
        and (item['size'] is None or _are_texts([item['size']]))
    )


def _is_ticket(value):
    return type(value) is int and 0 <= value < 1 << 53


_ANSWERS = {'complete': _is_completion, 'inspect': _is_inspection, 'globals': _is_listing}
_SHOWN = {'image': is_image, 'html': is_page, 'passed': _is_ticket}
