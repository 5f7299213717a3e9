"""Values of Python as JSON and back, with their kind: 5 is not "5", 1 is not True, [1] is not (1,).

None, true, false, text and small whole numbers stand for themselves; everything else is an object with one name, its kind. A
value of a class that we do not know is the class' name, its `repr` and its attributes.
"""

import json
import math
import re

# So deep a value is no deeper than JSON of ours may be.
MOST_NODES, DEEPEST, LONGEST_TEXT = 50_000, 25, 128 * 1024
# 2 to the power of this has ten thousand digits, and more than one asks for.
_MOST_BITS = 40_000
_SMALL = 1 << 53
# Where an object lies in memory is not what it is.
_ADDRESS = re.compile(r' at 0x[0-9a-fA-F]+>')


class TooLarge(Exception):
    """The value is larger, or deeper, than what is compared."""


class Opaque:
    """A value whose class exists in the other process only: equal to another when class and attributes are."""

    def __init__(self, type_name, shown, state):
        self.type_name, self.shown, self.state = type_name, shown, state

    def __eq__(self, other):
        return isinstance(other, Opaque) and (self.type_name, self.state) == (other.type_name, other.state)

    def __hash__(self):
        return hash(self.type_name)

    def __repr__(self):
        return self.shown


def encode(value):
    """Return the JSON of a value; TooLarge when it cannot be told as a whole."""
    return _Encoder().encode(value, 0)


class _Encoder:
    def __init__(self):
        self._nodes, self._text = 0, 0

    def encode(self, value, depth):
        self._nodes += 1
        if self._nodes > MOST_NODES or depth > DEEPEST:
            raise TooLarge
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            return self._text_of(value)
        if kind is int:
            if value.bit_length() > _MOST_BITS:
                raise TooLarge
            return value if -_SMALL < value < _SMALL else {'int': hex(value)}
        if kind is float:
            return {'float': repr(value)}
        if kind is complex:
            return {'complex': [repr(value.real), repr(value.imag)]}
        if kind in (bytes, bytearray):
            return {kind.__name__: self._counted(bytes(value).hex())}
        if kind in (list, tuple, set, frozenset):
            return {kind.__name__: [self.encode(item, depth + 1) for item in value]}
        if kind is dict:
            return {'dict': [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in value.items()]}
        if kind is range:
            return {'range': [self.encode(part, depth + 1) for part in (value.start, value.stop, value.step)]}
        return self._object(value, depth)

    def _text_of(self, text):
        self._counted(text)
        try:
            text.encode('utf-8')
        except UnicodeEncodeError:
            return {'str': text.encode('utf-8', 'surrogatepass').hex()}
        return text

    def _counted(self, text):
        self._text += len(text)
        if self._text > LONGEST_TEXT:
            raise TooLarge
        return text

    def _object(self, value, depth):
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ in ('builtins', '__main__') else f'{kind.__module__}.{kind.__qualname__}'
        state = getattr(value, '__dict__', None)
        # An int or a list of a class of its own is told with what it holds besides.
        for base in (int, float, str, bytes, list, tuple, set, frozenset, dict):
            if isinstance(value, base) and kind is not base:
                state = {'': base(value), **(state or {})}
                break
        if isinstance(value, type) or callable(value):
            state = None
        shown = self._text_of(_ADDRESS.sub('>', repr(value)[:2000]))
        told = None if state is None else [[self._text_of(str(key)), self.encode(item, depth + 1)] for key, item in state.items()]
        return {'object': [self._text_of(str(name)), shown if isinstance(shown, str) else '?', told]}


def decode(told):
    """Return the value that `encode` was given, an Opaque for what has no class here. ValueError for what `encode` never says."""
    return _Decoder().decode(told, 0)


class _Decoder:
    def __init__(self):
        self._nodes = 0

    def decode(self, told, depth):
        self._nodes += 1
        if self._nodes > 4 * MOST_NODES or depth > 3 * DEEPEST:
            raise ValueError('too large')
        if told is None or type(told) in (bool, str):
            return told
        if type(told) is int and -_SMALL < told < _SMALL:
            return told
        if type(told) is not dict or len(told) != 1:
            raise ValueError('not a value')
        [(kind, inner)] = told.items()
        try:
            return self._KINDS[kind](self, inner, depth + 1)
        except (KeyError, TypeError, UnicodeDecodeError, OverflowError):
            raise ValueError('not a value') from None

    def _list(self, inner, depth):
        if type(inner) is not list:
            raise ValueError('not a list')
        return [self.decode(item, depth) for item in inner]

    def _dict(self, inner, depth):
        return {self.decode(key, depth): self.decode(item, depth) for key, item in inner}

    def _int(self, inner, depth):
        if type(inner) is not str or len(inner) > _MOST_BITS // 4 + 4:
            raise ValueError('not a whole number')
        return int(inner, 16)

    def _float(self, inner, depth):
        if type(inner) is not str or len(inner) > 40:
            raise ValueError('not a number')
        return float(inner)

    def _complex(self, inner, depth):
        real, imaginary = inner
        return complex(self._float(real, depth), self._float(imaginary, depth))

    def _range(self, inner, depth):
        start, stop, step = self._list(inner, depth)
        return range(start, stop, step)

    def _object(self, inner, depth):
        name, shown, state = inner
        if type(name) is not str or type(shown) is not str:
            raise ValueError('not an object')
        return Opaque(name, shown, None if state is None else {str(key): self.decode(item, depth) for key, item in state})

    _KINDS = {
        'int': _int,
        'float': _float,
        'complex': _complex,
        'str': lambda self, inner, depth: bytes.fromhex(inner).decode('utf-8', 'surrogatepass'),
        'bytes': lambda self, inner, depth: bytes.fromhex(inner),
        'bytearray': lambda self, inner, depth: bytearray.fromhex(inner),
        'list': _list,
        'tuple': lambda self, inner, depth: tuple(self._list(inner, depth)),
        'set': lambda self, inner, depth: set(self._list(inner, depth)),
        'frozenset': lambda self, inner, depth: frozenset(self._list(inner, depth)),
        'dict': _dict,
        'range': _range,
        'object': _object,
    }


def same(one, other):
    """Return whether two told values are the same in kind and value. Order does not matter in sets and dictionaries."""
    return _canonical(one) == _canonical(other)


def _canonical(told):
    if type(told) is list:
        return '[' + ','.join(map(_canonical, told)) + ']'
    if type(told) is not dict:
        return json.dumps(told)
    [(kind, inner)] = told.items()
    if kind in ('set', 'frozenset', 'dict'):
        return f'{kind}{sorted(map(_canonical, inner))}'
    if kind == 'float':
        number = float(inner)
        # -0.0 is 0.0, and what is no number is the same as another that is none.
        return 'float nan' if math.isnan(number) else f'float {number + 0.0!r}'
    if kind == 'object':
        name, shown, state = inner
        return f'object {json.dumps(name)} ' + (json.dumps(shown) if state is None else f'{sorted(map(_canonical, state))}')
    return f'{kind} {json.dumps(inner) if kind in ("int", "str", "bytes", "bytearray", "complex") else _canonical(inner)}'


def show(told, most=4000):
    """Return a told value as Python writes it, cut where it is long."""
    try:
        text = repr(decode(told))
    except (ValueError, RecursionError):
        text = '?'
    return text if len(text) <= most else text[: most - 1] + '…'
