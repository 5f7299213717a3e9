"""Values told as JSON: what comes back is the same in kind and value, and what was never told that way is refused."""

import enum
from array import array
from collections import Counter, OrderedDict, deque
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivle import chat
from services.testing import telling, values

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
KINDS = ['constant', 'int', 'float', 'list', 'dict', 'set', 'object', 'range', 'str', 'iterator', 'complex', 'bytes']
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(KINDS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Colour(enum.Enum):
    RED = 1


class Point:
    def __init__(self, x):
        self.x = x


@given(VALUES)
def test_a_value_comes_back_as_it_was(value):
    told = chat.loads(chat.dumps(telling.encode(value)))
    assert repr(values.decode(told)) == repr(value) or values.decode(told) == value
    assert values.same(told, telling.encode(values.decode(told)))


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
    assert not values.same(telling.encode(one), telling.encode(other))


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
    assert values.same(telling.encode(one), telling.encode(other))


class Slotted:
    __slots__ = ('x',)

    def __init__(self, x):
        self.x = x


class Called(Point):
    def __call__(self):
        return self.x


class OwnError(ValueError):
    pass


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        (iter([1]), iter([2])),
        (map(str, [1]), map(int, [])),
        ((n for n in (1, 2)), (n for n in (1, 3))),
        (Slotted(1), Slotted(2)),
        (Called(1), Called(2)),
        (ValueError(1), ValueError(2)),
        (OwnError(1), OwnError(2)),
        (deque(range(3000)), deque([*range(2999), 0])),
        (array('i', range(3000)), array('i', [*range(2999), 0])),
        (Decimal('1.0'), Decimal('1.00')),
        (Fraction(1, 2), Fraction(1, 3)),
    ],
)
def test_what_looks_alike_is_told_apart(one, other):
    assert not values.same(telling.encode(one), telling.encode(other))


def test_a_function_cannot_be_told_from_another_so_it_is_not_told():
    for value in (lambda: 1, len.__call__, test_objects_differ_by_what_they_hold):
        with pytest.raises(telling.TooLarge):
            telling.encode(value)


def test_a_list_of_links_is_told_as_a_whole():
    first = None
    for number in range(300):
        first = Point((number, first))
    assert values.decode(chat.loads(chat.dumps(telling.encode(first)))).state['x'][0] == 299


def test_what_is_held_twice_could_be_written_out_without_end_and_is_refused():
    told = [['constant', 1], *(['list', [number, number]] for number in range(60))]
    with pytest.raises(ValueError, match='not a value'):
        values.decode(told)


def test_objects_differ_by_what_they_hold():
    assert not values.same(telling.encode(Point(1)), telling.encode(Point(2)))
    assert not values.same(telling.encode(Counter('ab')), telling.encode(dict(Counter('ab'))))


def test_a_value_that_is_a_class_of_its_own_is_shown_as_it_shows_itself():
    assert values.show(telling.encode(Colour.RED)) == '<Colour.RED: 1>'


def test_what_is_too_large_or_too_deep_is_not_told():
    deep = []
    for _ in range(1200):
        deep = [deep]
    loop = []
    loop.append(loop)
    for value in (deep, loop, 'x' * (1 << 20), list(range(60_000)), 1 << 50_000):
        with pytest.raises(telling.TooLarge):
            telling.encode(value)
