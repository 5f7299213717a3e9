"""Values told as JSON: what comes back is the same in kind and value, and what was never told that way is refused."""

import enum
from collections import Counter, OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivle import chat
from services.testing import values

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(allow_nan=False)
HASHABLE = st.recursive(SCALARS.filter(lambda value: value == value), lambda inner: st.tuples(inner, inner), max_leaves=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
        | st.frozensets(HASHABLE, max_size=4)
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(['int', 'float', 'list', 'dict', 'set', 'object', 'range', 'str']), inner)
    ),
)


class Colour(enum.Enum):
    RED = 1


class Point:
    def __init__(self, x):
        self.x = x


@given(VALUES)
def test_a_value_comes_back_as_it_was(value):
    told = chat.loads(chat.dumps(values.encode(value)))
    assert repr(values.decode(told)) == repr(value) or values.decode(told) == value
    assert values.same(told, values.encode(values.decode(told)))


@given(JSON)
def test_what_was_never_told_is_refused_and_harms_nobody(told):
    try:
        values.decode(told)
    except ValueError:
        return
    values.show(told)


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (1, '1'),
        ([1], (1,)),
        ({1}, frozenset({1})),
        (b'a', 'a'),
        (None, 0),
        ({1: 2}, {1: 3}),
        ('', None),
    ],
)
def test_kinds_are_told_apart(one, other):
    assert not values.same(values.encode(one), values.encode(other))


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        ({1: 2, 3: 4}, {3: 4, 1: 2}),
        ({'a', 'b', 'c'}, {'c', 'b', 'a'}),
        (0.0, -0.0),
        (float('nan'), float('nan')),
        (Point(1), Point(1)),
        (object(), object()),
        (OrderedDict(a=1), OrderedDict(a=1)),
    ],
)
def test_what_is_the_same_is_the_same(one, other):
    assert values.same(values.encode(one), values.encode(other))


def test_objects_differ_by_what_they_hold():
    assert not values.same(values.encode(Point(1)), values.encode(Point(2)))
    assert not values.same(values.encode(Counter('ab')), values.encode(dict(Counter('ab'))))


def test_a_value_that_is_a_class_of_its_own_is_shown_as_it_shows_itself():
    assert values.show(values.encode(Colour.RED)) == '<Colour.RED: 1>'


def test_what_is_too_large_or_too_deep_is_not_told():
    deep = []
    for _ in range(40):
        deep = [deep]
    loop = []
    loop.append(loop)
    for value in (deep, loop, 'x' * (1 << 20), list(range(60_000)), 1 << 50_000):
        with pytest.raises(values.TooLarge):
            values.encode(value)
