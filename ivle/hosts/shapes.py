"""Shapes: what a reply from a daemon or a sandbox may look like, checked before anything believes it.

A shape is a function that returns the value it was given or raises Misshapen. Replies that come out of a sandbox are
hostile input: a key too many, a string too long or a number too large counts as a lie.
"""

import re


class Misshapen(Exception):
    """A reply does not have the promised shape. The message says where, for the log."""


def text(longest=4096, pattern=None):
    """Accept a string of at most `longest` characters that can be written as UTF-8."""
    compiled = re.compile(pattern) if pattern else None

    def check(value, where='reply'):
        if type(value) is not str or len(value) > longest or (compiled and not compiled.fullmatch(value)):
            raise Misshapen(f'{where}: not an acceptable text')
        return value

    return check


def whole(most=1 << 53):
    """Accept a whole number from 0."""

    def check(value, where='reply'):
        if type(value) is not int or not 0 <= value <= most:
            raise Misshapen(f'{where}: not an acceptable number')
        return value

    return check


def flag(value, where='reply'):
    """Accept True or False."""
    if type(value) is not bool:
        raise Misshapen(f'{where}: neither true nor false')
    return value


def one_of(*allowed):
    """Accept one of some strings."""

    def check(value, where='reply'):
        if type(value) is not str or value not in allowed:
            raise Misshapen(f'{where}: not one of the known words')
        return value

    return check


def maybe(shape):
    """Accept None or what `shape` accepts."""

    def check(value, where='reply'):
        return None if value is None else shape(value, where)

    return check


def many(shape, most=100_000):
    """Accept a list of at most `most` things of one shape."""

    def check(value, where='reply'):
        if type(value) is not list or len(value) > most:
            raise Misshapen(f'{where}: not an acceptable list')
        for item in value:
            shape(item, where)
        return value

    return check


def record(needed, optional=()):
    """Accept an object with exactly the needed keys and perhaps the optional ones."""
    optional = dict(optional)
    known = {**needed, **optional}

    def check(value, where='reply'):
        if type(value) is not dict or not needed.keys() <= value.keys() <= known.keys():
            raise Misshapen(f'{where}: not the promised keys')
        for key, item in value.items():
            known[key](item, f'{where}.{key}')
        return value

    return check


def either(key, shapes):
    """Accept an object whose shape depends on the value of one of its keys; `shapes[None]` stands for all other values."""

    def check(value, where='reply'):
        if type(value) is not dict or type(value.get(key)) is not str:
            raise Misshapen(f'{where}: not the promised keys')
        return shapes.get(value[key], shapes[None])(value, where)

    return check
