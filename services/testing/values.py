"""Values of Python as JSON and back, with their kind: 5 is not "5", 1 is not True, [1] is not (1,).

A told value is a list of nodes, each after those that it holds: `[kind, …]`, where what is held is the number of its node. The
last one is the value itself. So nothing is nested, however deep a value is; one that holds itself cannot be told. A value of a
class that we do not know is the class' name, its `repr` and its attributes.
"""

import hashlib
import itertools
import json
import math
import re
import sys
from collections import deque
from decimal import Decimal
from fractions import Fraction

MOST_NODES, DEEPEST, LONGEST_TEXT = 20_000, 1000, 128 * 1024
# 2 to the power of this has ten thousand digits, and more than one asks for.
_MOST_BITS = 40_000
_SMALL = 1 << 53
# Where an object lies in memory is not what it is.
_ADDRESS = re.compile(r' at 0x[0-9a-fA-F]+>')
_MOST_SHOWN = 2000
_SEQUENCES = {'list': list, 'tuple': tuple, 'set': set, 'frozenset': frozenset}
_ORDERED = ('list', 'tuple', 'iterator')
_BASES = (bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict)


class TooLarge(Exception):
    """The value is larger, or deeper, than what is compared, or cannot be told from others of its class."""


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
    """Return the nodes of a value; TooLarge when it cannot be told as a whole."""
    before = sys.getrecursionlimit()
    # A list of a thousand links is held in a thousand objects, each in the one before.
    sys.setrecursionlimit(max(before, 8 * DEEPEST))
    try:
        encoder = _Encoder()
        encoder.add(value, 0)
        return encoder.nodes
    finally:
        sys.setrecursionlimit(before)


class _Encoder:
    def __init__(self):
        self.nodes = []
        self._text = 0

    def add(self, value, depth):
        """Add the nodes of a value and return the number of its own."""
        if len(self.nodes) >= MOST_NODES or depth > DEEPEST:
            raise TooLarge
        node = self._node(value, depth)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _all(self, items, depth):
        return [self.add(item, depth + 1) for item in items]

    def _node(self, value, depth):
        kind = type(value)
        if value is None or kind is bool:
            return ['constant', value]
        if kind is str:
            return self._text_node(value)
        if kind is int:
            if value.bit_length() > _MOST_BITS:
                raise TooLarge
            return ['constant', value] if -_SMALL < value < _SMALL else ['int', self._counted(hex(value))]
        if kind is float:
            return ['float', repr(value)]
        if kind is complex:
            return ['complex', repr(value.real), repr(value.imag)]
        if kind in (bytes, bytearray):
            return [kind.__name__, self._counted(bytes(value).hex())]
        if kind in (list, tuple, set, frozenset):
            return [kind.__name__, self._all(value, depth)]
        if kind is dict:
            return ['dict', self._all(value.keys(), depth), self._all(value.values(), depth)]
        if kind is range:
            return ['range', self._all((value.start, value.stop, value.step), depth)]
        if hasattr(kind, '__next__'):
            # As the student's program would see it: what it gives, one after the other.
            return ['iterator', self._all(itertools.islice(value, MOST_NODES), depth)]
        return self._object(value, depth)

    def _text_node(self, text):
        self._counted(text)
        try:
            text.encode('utf-8')
        except UnicodeEncodeError:
            return ['str', text.encode('utf-8', 'surrogatepass').hex()]
        return ['constant', text]

    def _counted(self, text):
        self._text += len(text)
        if self._text > LONGEST_TEXT:
            raise TooLarge
        return text

    def _object(self, value, depth):
        kind = type(value)
        shown = repr(value)
        state = {} if isinstance(value, type) or kind.__module__ == 'builtins' and callable(value) else _state_of(value)
        if not state and (_ADDRESS.search(shown) or len(shown) > _MOST_SHOWN) and kind is not object:
            # Any other of its class would look the same.
            raise TooLarge
        name = (
            kind.__qualname__
            if kind.__module__ in ('builtins', '__main__', 'program')
            else f'{kind.__module__}.{kind.__qualname__}'
        )
        shown = sendable(_ADDRESS.sub('>', shown[:_MOST_SHOWN]))
        keys = [self._counted(sendable(str(key))) for key in state]
        return ['object', sendable(name), self._counted(shown), keys, self._all(state.values(), depth)]


def _state_of(value):
    """Return {name: value} of what an object holds: attributes and slots, and what it is besides as a kind of something known."""
    kind, state = type(value), {}
    for base in (base for base in _BASES if isinstance(value, base)):
        state[''] = base(value)
        break
    if isinstance(value, BaseException):
        state['args'] = value.args
    elif isinstance(value, (deque, Decimal, Fraction)):
        state['value'] = list(value) if isinstance(value, deque) else str(value)
    elif hasattr(kind, 'tolist') and hasattr(kind, 'dtype'):
        # An array of numpy, without the need to know it.
        state |= {'dtype': str(value.dtype), 'shape': list(value.shape), 'items': value.tolist()}
    elif hasattr(kind, 'tolist'):
        state['items'] = value.tolist()
    for base in kind.__mro__:
        slots = base.__dict__.get('__slots__', ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ('__dict__', '__weakref__') and hasattr(value, name):
                state[name] = getattr(value, name)
    return {**state, **(getattr(value, '__dict__', None) or {})}


def sendable(text):
    """Return a text with a question mark for each half character, which no frame can carry."""
    return text.encode('utf-8', 'replace').decode('utf-8')


def check(told):
    """Raise ValueError for what `encode` never says."""
    if type(told) is not list or not 0 < len(told) <= MOST_NODES:
        raise ValueError('not a value')
    held = []
    for number, node in enumerate(told):
        try:
            _check_node(node, number, held)
        except (TypeError, KeyError, IndexError, AttributeError):
            raise ValueError('not a value') from None
    # Each is held once, but for the last: what is held twice could be written out without end.
    if len(set(held)) != len(held) or len(held) != len(told) - 1:
        raise ValueError('not a value')


def _check_node(node, number, held):
    kind, *parts = node
    if kind == 'constant':
        [value] = parts
        _need(value is None or type(value) in (bool, str) or type(value) is int and -_SMALL < value < _SMALL)
    elif kind in ('int', 'str', 'bytes', 'bytearray'):
        [text] = parts
        _need(type(text) is str and len(text) <= 4 * LONGEST_TEXT)
        _need(kind != 'int' or (len(text) <= _MOST_BITS // 4 + 4 and re.fullmatch('-?0x[0-9a-f]+', text)))
        if kind != 'int':
            bytes.fromhex(text).decode('utf-8', 'surrogatepass') if kind == 'str' else bytes.fromhex(text)
    elif kind in ('float', 'complex'):
        _need(len(parts) == 1 + (kind == 'complex'))
        for text in parts:
            _need(type(text) is str and len(text) <= 40)
            float(text)
    elif kind in (*_SEQUENCES, 'iterator', 'range'):
        [inner] = parts
        _check_numbers(inner, number, held)
        _need(kind != 'range' or len(inner) == 3)
    elif kind == 'dict':
        keys, items = parts
        _check_numbers(keys, number, held)
        _check_numbers(items, number, held)
        _need(len(keys) == len(items))
    else:
        _need(kind == 'object')
        name, shown, keys, items = parts
        _need(all(type(text) is str for text in (name, shown, *keys)))
        _check_numbers(items, number, held)
        _need(type(keys) is list and len(keys) == len(items))


def _check_numbers(numbers, number, held):
    _need(type(numbers) is list and all(type(one) is int and 0 <= one < number for one in numbers))
    held.extend(numbers)


def _need(holds):
    if not holds:
        raise ValueError('not a value')


def decode(told):
    """Return the value that `encode` was given, an Opaque for what has no class here. ValueError for what `encode` never says."""
    check(told)
    made = []
    try:
        for node in told:
            made.append(_decoded(node, made))
    except (TypeError, OverflowError):
        raise ValueError('not a value') from None
    return made[-1]


def _decoded(node, made):
    kind, *parts = node
    if kind == 'constant':
        return parts[0]
    if kind == 'int':
        return int(parts[0], 16)
    if kind == 'float':
        return float(parts[0])
    if kind == 'complex':
        return complex(float(parts[0]), float(parts[1]))
    if kind == 'str':
        return bytes.fromhex(parts[0]).decode('utf-8', 'surrogatepass')
    if kind in ('bytes', 'bytearray'):
        return (bytes if kind == 'bytes' else bytearray).fromhex(parts[0])
    if kind == 'dict':
        return {made[key]: made[item] for key, item in zip(*parts, strict=True)}
    if kind == 'range':
        return range(*(made[number] for number in parts[0]))
    if kind == 'object':
        name, shown, keys, items = parts
        return Opaque(name, shown, {key: made[item] for key, item in zip(keys, items, strict=True)})
    items = [made[number] for number in parts[0]]
    return iter(items) if kind == 'iterator' else _SEQUENCES[kind](items)


def same(one, other):
    """Return whether two told values are the same in kind and value. Order does not matter in sets and dictionaries."""
    return _digest(one) == _digest(other)


def _digest(told):
    """Return what stands for a told value: equal for those that are the same, found without hashing what they hold."""
    digests = []
    for kind, *parts in told:
        if kind == 'float':
            number = float(parts[0])
            # -0.0 is 0.0, and what is no number is the same as another that is none.
            parts = ['nan' if math.isnan(number) else repr(number + 0.0)]
        elif kind in _ORDERED or kind == 'range':
            parts = [digests[number] for number in parts[0]]
        elif kind in _SEQUENCES:
            parts = sorted(digests[number] for number in parts[0])
        elif kind == 'dict':
            parts = sorted(digests[key] + digests[item] for key, item in zip(*parts, strict=True))
        elif kind == 'object':
            name, shown, keys, items = parts
            # With attributes, how it shows itself is no matter.
            parts = [
                name,
                '' if keys else shown,
                *sorted(f'{key} {digests[item]}' for key, item in zip(keys, items, strict=True)),
            ]
        digests.append(hashlib.sha256(json.dumps([kind, *parts]).encode('utf-8')).hexdigest())
    return digests[-1]


def show(told, most=4000):
    """Return a told value as Python writes it, cut where it is long."""
    try:
        value = decode(told)
        text = f'<{told[-1][0]} of {list(value)!r}>' if told[-1][0] == 'iterator' else repr(value)
    except (ValueError, RecursionError):
        text = '?'
    text = sendable(text)
    return text if len(text) <= most else text[: most - 1] + '…'


def text_of(text):
    """Return the told value of a text."""
    return [['constant', text]]
