"""TOML: reads it and says where it is none, and writes it as people like it, with long text over several lines."""

import re
import tomllib

_BARE = re.compile(r'[A-Za-z0-9_-]+')
_ESCAPES = {'\\': '\\\\', '"': '\\"', '\b': '\\b', '\f': '\\f', '\r': '\\r', '\t': '\\t', '\n': '\\n'}
_PLACE = re.compile(r' \(at (?:line ([0-9]+), column [0-9]+|end of document)\)')


class BadToml(Exception):
    """A text that is not TOML. `line` is where."""

    def __init__(self, message, line):
        super().__init__(message)
        self.line = line


def loads(text):
    """Return the values of a text; BadToml says where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip('\n').count('\n') + 1
        raise BadToml(f'it is not TOML: {_PLACE.sub("", str(error))}.', line) from None
    except RecursionError:
        raise BadToml('it is nested too deeply.', 1) from None


def dumps(value):
    """Return the TOML of an object of JSON: text, numbers, true and false, lists, and objects of those."""
    return '\n'.join(_table(value, ())).strip('\n') + '\n'


def _table(value, path):
    below = []
    for name, item in value.items():
        if isinstance(item, dict):
            below += ['', f'[{_path(path, name)}]', *_table(item, (*path, name))]
        elif isinstance(item, list | tuple) and item and isinstance(item[0], dict):
            for entry in item:
                below += ['', f'[[{_path(path, name)}]]', *_table(entry, (*path, name))]
        else:
            yield f'{_key(name)} = {_value(item)}'
    yield from below


def _path(path, name):
    return '.'.join(_key(part) for part in (*path, name))


def _key(name):
    return name if _BARE.fullmatch(name) else _basic(name)


def _value(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _several_lines(value) if '\n' in value else _basic(value)
    items = [_value(item) for item in value]
    short = f'[{", ".join(items)}]'
    return short if len(short) <= 100 and '\n' not in short else '\n'.join(['[', *(f'{item},' for item in items), ']'])


def _basic(text):
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character):
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f'\\u{ord(character):04x}' if character < ' ' or character == '\x7f' else character


def _several_lines(text):
    """Return text over several lines; as it is, where that can be, so that a backslash stays one."""
    is_plain = not re.search('[\x00-\x08\x0b-\x1f\x7f]', text)
    if '\\' in text and is_plain and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    kept = ''.join(character if character in '\n\t"' else _escaped(character) for character in text)
    kept = kept.replace('""', '"\\"')
    return f'"""\n{kept[:-1]}\\""""' if kept.endswith('"') else f'"""\n{kept}"""'
