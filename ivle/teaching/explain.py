"""Explains common errors to beginners: a sentence or two beside what Python says, and nothing where we would have to guess."""

import re

_BY_KIND = {
    'time': 'Your program did not come to an end in time. Look at each loop: does what it waits for ever happen? '
    'A program that asks for input waits for ever, too, when there is none.',
    'memory': 'Your program used more memory than it may. Look for a list or a text that grows without end.',
    'output': 'Your program wrote far more than can be kept. Look for a print in a loop that never ends.',
    'killed': 'The system ended your program. That happens when it uses too much memory.',
    'left': 'Your program ended the whole of Python, for example by exit(). Let it simply come to its end.',
    'ended': 'Your program ended the whole of Python, for example by exit(). Let it simply come to its end.',
}
_MISSING = (
    'The tests call {name}, and your program has no function of that name. Look at its spelling, and that `def {name}` begins '
    'at the left margin.'
)
_RETURN = (
    'Your function gave back None. That is what Python gives when a function ends without `return`: printing a value shows it, '
    'and does not give it back.'
)


def explain(error: dict) -> str | None:
    """Return what an ERROR of a verdict means to a beginner, or None."""
    kind, name, message = error['kind'], error['name'], error['message']
    if kind == 'missing':
        return _MISSING.format(name=name)
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    for wanted, pattern, sentence in _EXCEPTIONS:
        if name in wanted:
            found = re.search(pattern, message)
            if found:
                return sentence.format(*found.groups())
    return None


def explain_case(case: dict) -> str | None:
    """Return what a CASE that failed means to a beginner, or None."""
    if case.get('passed'):
        return None
    if 'error' in case:
        return explain(case['error'])
    if case.get('aspect') == 'result' and case.get('actual') == 'None' and case.get('expected') not in (None, 'None'):
        return _RETURN
    if 'expected' in case and 'actual' in case and case['expected'] != case['actual']:
        return _explain_texts(case)
    return None


def _explain_texts(case):
    expected, actual = case['expected'], case['actual']
    if case['aspect'] == 'result' and _unquoted(expected) == _unquoted(actual):
        return 'One is text and the other is not: `5` is a number, `"5"` is a text that looks like one.'
    if case['aspect'] != 'stdout':
        return None
    if expected.split() == actual.split():
        return 'Only spaces or line ends differ. Show the whitespace to see where.'
    if expected.casefold() == actual.casefold():
        return 'Only capital and small letters differ.'
    if actual in ('', 'nothing'):
        return 'Your program printed nothing. A value that is only reckoned is not shown: `print` shows it.'
    return None


def _unquoted(text):
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in '\'"' else text


# (exceptions, pattern in the message, sentence with the pattern's groups): the first that fits is told.
_EXCEPTIONS = (
    (
        ('NameError',),
        r"name '(true|false|null|none|Print|Input|Len|Range|Int|Str)' is not",
        'Python knows no `{0}` written like that. Names and words of Python are written exactly: True, False '
        'and None begin with a capital letter.',
    ),
    (
        ('NameError',),
        r"name '([^']+)' is not defined",
        'Python does not know `{0}` at that line. Is it spelled the same everywhere, capital letters '
        'included, and was it given a value before? A text stands in quotes.',
    ),
    (
        ('UnboundLocalError',),
        r"variable '([^']+)'",
        '`{0}` gets a value somewhere in this function, so it is the function’s own, and it was read before it had one.',
    ),
    (
        ('IndentationError', 'TabError'),
        r'expected an indented block',
        'After a line that ends with a colon, the next must be indented: four spaces further in.',
    ),
    (
        ('IndentationError', 'TabError'),
        r'',
        'The beginning of this line does not fit the lines around it. Lines of one block begin in the same '
        'column; use four spaces, and no tabs among them.',
    ),
    (
        ('SyntaxError',),
        r"expected ':'",
        'A colon is missing at the end of the line: after if, for, while, def and else there is one.',
    ),
    (
        ('SyntaxError',),
        r'was never closed',
        'A bracket is opened here and not closed: count them.',
    ),
    (
        ('SyntaxError',),
        r'unterminated',
        'A text begins with a quote and does not end with the same one.',
    ),
    (
        ('SyntaxError',),
        r"Maybe you meant '=='",
        'A single = gives a name a value. To ask whether two things are equal, write ==.',
    ),
    (
        ('SyntaxError',),
        r"Missing parentheses in call to 'print'",
        'print is a function: what it shows stands in brackets.',
    ),
    (
        ('SyntaxError',),
        r'',
        'Python cannot read this line. Look at it, and at the end of the line before: a bracket, a quote or a'
        ' colon may be missing.',
    ),
    (
        ('TypeError',),
        r'(\w+)\(\) takes (?:from )?(\d+)(?: to \d+)? positional arguments? but (\d+) (?:was|were) given',
        'The tests call `{0}` with {2} arguments, and it takes {1}. Compare its `def` with the text of the exercise.',
    ),
    (
        ('TypeError',),
        r'(\w+)\(\) missing (\d+) required positional arguments?',
        '`{0}` was called with fewer arguments than its `def` has. Compare it with the text of the exercise.',
    ),
    (
        ('TypeError',),
        r"unsupported operand type\(s\) for (\S+): 'NoneType'|unsupported operand type\(s\) for (\S+): '\w+' and 'NoneType'",
        'One side is None. A function without `return` gives None, and so does print.',
    ),
    (
        ('TypeError',),
        r'can only concatenate str|unsupported operand type|must be str, not',
        'Two things are put together that do not fit, such as a text and a number. int() makes a number of a '
        'text, str() a text of a number.',
    ),
    (
        ('TypeError',),
        r"'NoneType' object is not (\w+)",
        'What is used there is None. A function without `return` gives None.',
    ),
    (
        ('TypeError',),
        r"'(\w+)' object is not callable",
        'Something that is no function has brackets behind it. Is a name of a function used for a value, too?',
    ),
    (
        ('RecursionError',),
        r'',
        'The function calls itself without end. There must be a case in which it does not, and each call must come nearer to it.',
    ),
    (
        ('IndexError',),
        r'',
        'A position is asked for that the list or text does not have. The first is 0, the last is one less than its length.',
    ),
    (
        ('KeyError',),
        r'',
        'The dictionary has no such key. `in` tells whether there is one.',
    ),
    (
        ('ZeroDivisionError',),
        r'',
        'Something is divided by zero. For which values of your variables does that happen?',
    ),
    (
        ('ValueError',),
        r'invalid literal for int',
        'int() was given a text that is no whole number.',
    ),
    (
        ('AttributeError',),
        r"'NoneType' object has no attribute",
        'What stands before the point is None. Methods such as append and sort change a list and give back None.',
    ),
    (
        ('AttributeError',),
        r"'(\w+)' object has no attribute '(\w+)'",
        'A {0} has no `{1}`. Is it spelled right, and is it the kind of thing you think it is?',
    ),
    (
        ('EOFError',),
        r'',
        'The program asks for more input than the test gives. Call input() as often as the text of the exercise says.',
    ),
    (
        ('ModuleNotFoundError', 'ImportError'),
        r'',
        'There is no such module here. Is its name spelled right?',
    ),
)
