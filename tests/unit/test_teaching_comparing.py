"""Two states of a text side by side, and an exercise as a text."""

from ivle.teaching.comparing import as_text, compared
from ivle.teaching.reading import read


def test_what_changed_is_told_with_a_few_lines_around_it():
    old = '\n'.join(map(str, range(20)))
    new = old.replace('10', 'ten')
    assert compared(old, new) == [
        ('place', '…'),
        ('same', '7'),
        ('same', '8'),
        ('same', '9'),
        ('old', '10'),
        ('new', 'ten'),
        ('same', '11'),
        ('same', '12'),
        ('same', '13'),
    ]


def test_the_beginning_is_no_gap():
    assert compared('a\nb', 'c\nb') == [('old', 'a'), ('new', 'c'), ('same', 'b')]


def test_the_same_is_nothing():
    assert compared('a\n', 'a\n') == []


def test_every_part_of_an_exercise_is_in_its_text():
    parts = {
        'description': 'the description',
        'starter': 'the starter',
        'solution': 'the solution',
        'include': 'the include',
        'hints': ['the hint'],
        'wrong_answers': {'the name': 'the wrong answer'},
    }
    suite = {
        'name': 'the suite',
        'function': 'the_function',
        'arguments': ["'the argument'"],
        'keywords': {'key': "'the keyword'"},
        'variables': {'var': "'the variable'"},
        'allowed_exceptions': ['TheError'],
        'stdin': 'the input',
        'files': {'the.txt': 'the file'},
        'cases': [{'passes': 'it passes', 'fails': 'it fails', 'checks': [{'test': 'check', 'source': 'the check'}]}],
    }
    text = as_text(read({'name': 'The name', 'suites': [suite, {'kind': 'pytest', 'name': 'p', 'source': 'the tests'}], **parts}))
    words = [
        'The name',
        'TheError',
        'the_function',
        'it passes',
        'it fails',
        'the check',
        'the tests',
        'the file',
        'the wrong answer',
    ]
    words += [value for value in parts.values() if isinstance(value, str)] + [
        'the hint',
        "'the argument'",
        'the keyword',
        'the variable',
    ]
    assert [word for word in words if word not in text] == []
