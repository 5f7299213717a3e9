"""Explains to beginners where what a program printed or gave back differs from what was expected."""

import re

_RETURN = (
    'Your function gave back None. That is what Python gives when a function ends without `return`: printing a value shows it, '
    'and does not give it back.'
)
_KIND_OF_TEXT = 'One is text and the other is not: `5` is a number, `"5"` is a text that looks like one.'
_FLOAT = (
    'The value is right, its kind is not: `{0}` is a float, `{1}` a whole number. `/` always gives a float, `//` and int() give '
    'whole numbers.'
)
_ROUNDING = 'Only the last digits differ: floats are not exact. Does the exercise say how to reckon or to round?'
_COLLECTION = 'The values are right, their collection is another: `[1, 2]` is a list, `(1, 2)` a tuple, `{1, 2}` a set.'
_ITERATOR = 'That gives its values one by one, as map, filter, zip and `yield` do: list() makes a list of them.'
_ORDER = 'The right values in another order.'

_PROMPT = (
    'What stands in the brackets of `input(...)` is printed, too: your output has `{prompt}` in it, which the exercise does not '
    'ask for. Write `input()` with nothing in the brackets.'
)
_REST_IS_RIGHT = ' The rest of your output is right.'
_EXIT = 'Your program calls exit(), or quit(): it ends there, and what comes after is not done.'
_NOTHING = 'Your program printed nothing. A value that is only reckoned is not shown: `print` shows it.'
_NOTHING_CALLED = _NOTHING + ' And what stands in a `def` is done only when the function is called.'
_SPACES = 'Only spaces or line ends differ. Show the whitespace to see where.'
_CAPITALS = 'Only capital and small letters differ.'
_SIGNS = 'Only signs such as commas, points and quotes differ.'
_NONE = (
    'None is printed where it should not be: it is what a function gives back that has no `return`. Call the function without a '
    '`print` around it.'
)
_MORE = 'What is expected stands in your output, and there is more around it. Print what the exercise asks for and nothing else.'
_LESS = 'The beginning is right, and then something is missing.'

# The text in the brackets of input(): up to the same quote, over what is escaped.
_INPUT = re.compile(r"""\binput\(\s*([rufRUF]{0,2})(["'])((?:\\.|(?!\2)[^\\\n])*)\2""")
_MOST_PROMPTS = 20
_ESCAPED = re.compile(r'\\(.)')
_ESCAPES = {'n': '\n', 't': '\t'}
_BRACKETS = {'[]', '()', '{}'}


def explain_result(expected: str, actual: str) -> str | None:
    """Return what it means that a function gave back `actual`, or None."""
    if actual == 'None':
        return _RETURN
    if _unquoted(expected) == _unquoted(actual):
        return _KIND_OF_TEXT
    if actual.startswith('<iterator of'):
        return _ITERATOR
    return _of_numbers(expected, actual) or _of_collections(expected, actual)


def _unquoted(text):
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in '\'"' else text


def _of_numbers(expected, actual):
    should, is_ = _number(expected), _number(actual)
    if should is None or is_ is None:
        return None
    kinds = sorted((expected, actual), key=lambda text: '.' not in text)
    if should == is_ and ('.' in expected) != ('.' in actual):
        return _FLOAT.format(*kinds)
    return _ROUNDING if '.' in expected and '.' in actual and abs(should - is_) <= 1e-6 * abs(should) else None


def _number(text):
    return float(text) if re.fullmatch(r'-?[0-9]{1,30}(\.[0-9]{1,30})?', text) else None


def _of_collections(expected, actual):
    if not {expected[:1] + expected[-1:], actual[:1] + actual[-1:]} <= _BRACKETS:
        return None
    should, is_ = (text[1:-1].rstrip(',').split(', ') for text in (expected, actual))
    if expected[0] != actual[0]:
        return _COLLECTION if sorted(should) == sorted(is_) else None
    return _ORDER if sorted(should) == sorted(is_) else None


def explain_output(expected: str, actual: str, source: str = '', is_called: bool = False) -> str | None:
    """Return what it means that the program `source`, or with `is_called` a function of it, printed `actual`, or None."""
    return (
        _of_prompts(expected, actual, source)
        or _of_an_end(expected, actual, source, is_called)
        or _of_difference(expected.split(), actual.split(), expected, actual)
    )


def _of_prompts(expected, actual, source):
    asked = [prompt for prompt in _prompts_of(source) if actual.count(prompt) > expected.count(prompt)]
    if not asked:
        return None
    rest = actual
    # The longer first: a short one may stand in it.
    for prompt in sorted(asked, key=len, reverse=True):
        rest = rest.replace(prompt, '')
    told = _PROMPT.format(prompt=asked[0].strip())
    return told + _REST_IS_RIGHT if rest.split() == expected.split() else told


def _prompts_of(source):
    """Return the texts that a program gives to input(), each once; of one that is put together, its beginning."""
    found = {}
    for prefix, _, text in _INPUT.findall(source):
        kind = prefix.lower()
        plain = text if 'r' in kind else _ESCAPED.sub(lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), text)
        prompt = plain.partition('{')[0] if 'f' in kind else plain
        if prompt.strip():
            found[prompt] = True
    return list(found)[:_MOST_PROMPTS]


def _of_an_end(expected, actual, source, is_called):
    printed = '' if actual == 'nothing' else actual
    if expected.startswith(printed.rstrip()) and re.search(r'\b(?:exit|quit)\(', source):
        return _EXIT
    if printed:
        return None
    return _NOTHING_CALLED if not is_called and re.search(r'^def ', source, re.MULTILINE) else _NOTHING


def _of_difference(should, is_, expected, actual):
    """Return what is told by the words of two texts, and by the texts themselves."""
    if should == is_:
        return _SPACES
    if expected.casefold() == actual.casefold():
        return _CAPITALS
    if _words_of(expected) == _words_of(actual):
        return _SIGNS
    if should == [word for word in is_ if word != 'None']:
        return _NONE
    if should and any(is_[start : start + len(should)] == should for start in range(len(is_))):
        return _MORE
    return _LESS if should[: len(is_)] == is_ else None


def _words_of(text):
    return re.findall(r'\w+', text)
