"""What a new exercise begins with: three small ones that work, each tested in another way."""

from ivle.teaching.reading import read

_CHECKED = {'passes': 'The result is right.', 'fails': 'The result is not what it should be.', 'checks': [{'aspect': 'result'}]}
_PRINTED = {'passes': 'It prints the right text.', 'fails': 'It prints something else.', 'checks': [{'aspect': 'stdout'}]}
_PROPERTIES = """from hypothesis import given
from hypothesis import strategies as st

from attempt import double


@given(st.integers())
def test_the_double_is_the_number_twice(number):
    assert double(number) == number + number
"""
WORDS = {
    'function': 'A function, called with arguments',
    'program': 'A program, which reads and prints',
    'properties': 'A function, tested with pytest and Hypothesis',
}
_VALUES = {
    'function': {
        'description': 'Write a function ``double(number)`` that returns twice the number.\n',
        'starter': 'def double(number):\n    ...\n',
        'solution': 'def double(number):\n    return 2 * number\n',
        'suites': [{'name': 'double(21)', 'function': 'double', 'arguments': ['21'], 'cases': [_CHECKED]}],
        'wrong_answers': {'squares instead': 'def double(number):\n    return number * number\n'},
    },
    'program': {
        'description': 'Write a program that reads a name and greets it, for example ``Hello, Ann!``\n',
        'starter': '',
        'solution': "print(f'Hello, {input()}!')\n",
        # Two names, or whoever always greets the one would pass.
        'suites': [{'name': name, 'stdin': f'{name}\n', 'cases': [_PRINTED]} for name in ('Ann', 'Béla')],
        'wrong_answers': {'greets always the same': "print('Hello, Ann!')\n"},
    },
    'properties': {
        'description': 'Write a function ``double(number)`` that returns twice the number.\n',
        'starter': 'def double(number):\n    ...\n',
        'solution': 'def double(number):\n    return 2 * number\n',
        'suites': [{'kind': 'pytest', 'name': 'any number', 'source': _PROPERTIES}],
        'wrong_answers': {'squares instead': 'def double(number):\n    return number * number\n'},
    },
}


def beginning(kind, name):
    """Return the Definition that a new exercise of a kind, one of WORDS, begins with."""
    return read({'name': name, **_VALUES[kind]})
