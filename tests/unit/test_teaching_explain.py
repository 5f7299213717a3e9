"""Explanations of common errors: the right sentence for each, and none where one would have to guess."""

import pytest

from ivle.teaching.explain import explain, explain_case


def error(name='', message='', kind='exception'):
    return {'kind': kind, 'name': name, 'message': message, 'line': 1, 'traceback': ''}


@pytest.mark.parametrize(
    ('name', 'message', 'words'),
    [
        ('NameError', "name 'cuont' is not defined", '`cuont`'),
        ('NameError', "name 'true' is not defined", 'capital letter'),
        ('NameError', "name 'trueish' is not defined", 'spelled the same'),
        ('UnboundLocalError', "cannot access local variable 'x' where it is not associated with a value", '`x` gets a value'),
        ('IndentationError', "expected an indented block after 'if' statement on line 3", 'four spaces further in'),
        ('IndentationError', 'unexpected indent', 'same column'),
        ('TabError', 'inconsistent use of tabs and spaces in indentation', 'no tabs'),
        ('SyntaxError', "expected ':'", 'colon is missing'),
        ('SyntaxError', "'(' was never closed", 'bracket'),
        ('SyntaxError', 'unterminated string literal (detected at line 1)', 'quote'),
        ('SyntaxError', "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 'write =='),
        ('SyntaxError', 'invalid syntax', 'cannot read this line'),
        ('TypeError', 'fac() takes 1 positional argument but 2 were given', 'with 2 arguments, and it takes 1'),
        ('TypeError', 'fac() takes 0 positional arguments but 1 was given', 'with 1 arguments, and it takes 0'),
        ('TypeError', "fac() missing 1 required positional argument: 'n'", 'fewer arguments'),
        ('TypeError', "unsupported operand type(s) for *: 'int' and 'NoneType'", 'One side is None'),
        ('TypeError', 'can only concatenate str (not "int") to str', 'do not fit'),
        ('TypeError', "'NoneType' object is not iterable", 'What is used there is None'),
        ('TypeError', "'int' object is not callable", 'brackets behind it'),
        ('RecursionError', 'maximum recursion depth exceeded', 'calls itself without end'),
        ('IndexError', 'list index out of range', 'one less than its length'),
        ('KeyError', "'a'", 'no such key'),
        ('ZeroDivisionError', 'division by zero', 'divided by zero'),
        ('ValueError', "invalid literal for int() with base 10: 'x'", 'no whole number'),
        ('AttributeError', "'NoneType' object has no attribute 'append'", 'give back None'),
        ('AttributeError', "'str' object has no attribute 'push'", 'A str has no `push`'),
        ('EOFError', 'EOF when reading a line', 'more input than the test gives'),
        ('ModuleNotFoundError', "No module named 'numpyy'", 'no such module'),
    ],
)
def test_an_exception_is_explained(name, message, words):
    assert words in explain(error(name, message))


@pytest.mark.parametrize(
    ('kind', 'words'),
    [
        ('time', 'loop'),
        ('memory', 'memory'),
        ('output', 'print in a loop'),
        ('killed', 'memory'),
        ('left', 'exit()'),
        ('missing', '`def fac`'),
    ],
)
def test_the_other_ends_are_explained(kind, words):
    assert words in explain(error('fac', 'words', kind))


@pytest.mark.parametrize(('name', 'message'), [('ValueError', 'my own words'), ('TypeError', 'my own words'), ('Strange', '')])
def test_what_nobody_knows_is_not_explained(name, message):
    assert explain(error(name, message)) is None


def test_braces_and_odd_names_of_a_student_do_no_harm():
    assert '`{0}`' in explain(error('NameError', "name '{0}' is not defined"))


@pytest.mark.parametrize(
    ('aspect', 'expected', 'actual', 'words'),
    [
        ('result', '120', 'None', 'without `return`'),
        ('result', '5', "'5'", 'One is text'),
        ('stdout', 'a b\n', 'a  b\n', 'Only spaces'),
        ('stdout', 'Hello\n', 'hello\n', 'capital'),
        ('stdout', 'Hello\n', '', 'printed nothing'),
    ],
)
def test_a_case_is_explained(aspect, expected, actual, words):
    assert words in explain_case({'passed': False, 'aspect': aspect, 'expected': expected, 'actual': actual})


@pytest.mark.parametrize(
    'case',
    [
        {'passed': True, 'aspect': 'result', 'expected': '1', 'actual': 'None'},
        {'passed': False, 'aspect': 'result', 'expected': 'None', 'actual': 'None'},
        {'passed': False, 'aspect': 'result', 'expected': '1', 'actual': '2'},
        {'passed': False},
    ],
)
def test_a_case_that_tells_nothing_is_not_explained(case):
    assert explain_case(case) is None


def test_a_case_with_an_error_has_its_explanation():
    assert 'divided by zero' in explain_case({'passed': False, 'error': error('ZeroDivisionError', 'division by zero')})
