"""Told values (`services/testing/telling.py`) on the side that must not believe them: checked, compared, shown, made anew."""

import hashlib
import json
import math
import re

from services.testing.telling import LONGEST_TEXT, MOST_BITS, MOST_NODES, SMALL, sendable

_SEQUENCES = {'list': list, 'tuple': tuple, 'set': set, 'frozenset': frozenset}
_ORDERED = ('list', 'tuple', 'iterator')


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
        _need(value is None or type(value) in (bool, str) or type(value) is int and -SMALL < value < SMALL)
    elif kind in ('int', 'str', 'bytes', 'bytearray'):
        [text] = parts
        _need(type(text) is str and len(text) <= 4 * LONGEST_TEXT)
        _need(kind != 'int' or (len(text) <= MOST_BITS // 4 + 4 and re.fullmatch('-?0x[0-9a-f]+', text)))
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
