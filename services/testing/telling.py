"""Tells values of Python as JSON, with their kind: 5 is not "5", 1 is not True, [1] is not (1,).

A told value is a list of nodes, each after those that it holds: `[kind, …]`, where what is held is the number of its node. The
last one is the value itself. So nothing is nested, however deep a value is; one that holds itself cannot be told. A value of a
class that we do not know is the class' name, its `repr` and its attributes.
"""

import itertools
import re
import sys
from collections import deque
from decimal import Decimal
from fractions import Fraction

MOST_NODES, DEEPEST, LONGEST_TEXT = 20_000, 1000, 128 * 1024
# 2 to the power of this has ten thousand digits, and more than one asks for.
MOST_BITS = 40_000
SMALL = 1 << 53
# Where an object lies in memory is not what it is.
_ADDRESS = re.compile(r' at 0x[0-9a-fA-F]+>')
_MOST_SHOWN = 2000
_BASES = (bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict)


class TooLarge(Exception):
    """The value is larger, or deeper, than what is compared, or cannot be told from others of its class."""


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
            if value.bit_length() > MOST_BITS:
                raise TooLarge
            return ['constant', value] if -SMALL < value < SMALL else ['int', self._counted(hex(value))]
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
