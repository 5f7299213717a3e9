"""Reads what an exercise is from plain values, of JSON or of a form, or says in a sentence what is wrong with them."""

import ast
from collections.abc import Mapping
from dataclasses import fields

from ivle import chat
from ivle.teaching.definition import ASPECTS, DESCRIPTION_FORMATS, TESTS, CallSuite, Case, Check, Definition, PytestSuite

LONGEST_CODE = 256 * 1024
LONGEST_LINE = 500
LONGEST_NAME = 200
MOST_SUITES, MOST_CASES, MOST_CHECKS, MOST_WRONG_ANSWERS = 60, 60, 20, 20
MOST_SECONDS = 60.0
# Of all suites together: so long may one attempt keep others waiting.
MOST_SECONDS_IN_ALL = 300.0


class BadDefinition(Exception):
    """A definition that cannot be used. The message says where, and what to do."""


def from_json(text):
    """Return the Definition that `to_json` made; BadDefinition when the text is none."""
    try:
        return read(chat.loads(text.encode('utf-8')))
    except (chat.ProtocolError, UnicodeEncodeError) as error:
        raise BadDefinition(f'The definition is not JSON: {error}.') from None


def read(value):
    """Return the Definition of plain values (of JSON, or of a form that was put together); BadDefinition says what is wrong."""
    given = _object(value, Definition, 'the exercise')
    made = dict(given)
    made['name'] = _line(given.get('name'), 'name', least=1, most=LONGEST_NAME)
    for name in ('description', 'starter', 'solution', 'include'):
        made[name] = _text(given.get(name, ''), name)
    made['description_format'] = _one_of(given.get('description_format', 'rst'), DESCRIPTION_FORMATS, 'description_format')
    made['rows'] = _number(given.get('rows', 12), 1, 200, 'rows')
    made['hints'] = tuple(_text(hint, f'hints[{place}]') for place, hint in enumerate(_list(given.get('hints', ()), 20, 'hints')))
    suites = _list(given.get('suites', ()), MOST_SUITES, 'suites')
    made['suites'] = tuple(_suite(suite, f'suites[{place}]') for place, suite in enumerate(suites))
    if sum(suite.seconds for suite in made['suites']) > MOST_SECONDS_IN_ALL:
        raise BadDefinition(f'The suites may take {MOST_SECONDS_IN_ALL:g} seconds together: lower the seconds of some.')
    made['wrong_answers'] = _wrong_answers(given.get('wrong_answers', {}))
    return Definition(**made)


def _suite(value, where):
    kind = value.get('kind', 'calls') if isinstance(value, Mapping) else None
    if kind == 'pytest':
        given = _object(value, PytestSuite, where)
        return PytestSuite(
            name=_line(given.get('name'), f'{where}.name', least=1),
            source=_text(given.get('source', ''), f'{where}.source'),
            seconds=_seconds(given.get('seconds', 20.0), f'{where}.seconds'),
            weight=_number(given.get('weight', 1), 0, 1000, f'{where}.weight'),
            is_hidden=_flag(given.get('is_hidden', False), f'{where}.is_hidden'),
        )
    if kind != 'calls':
        raise BadDefinition(f'{where}.kind is calls or pytest.')
    given = _object(value, CallSuite, where)
    cases = _list(given.get('cases', ()), MOST_CASES, f'{where}.cases')
    arguments = _list(given.get('arguments', ()), 50, f'{where}.arguments')
    allowed = _list(given.get('allowed_exceptions', ()), 50, f'{where}.allowed_exceptions')
    _need_function(given, where)
    return CallSuite(
        name=_line(given.get('name'), f'{where}.name'),
        function=_identifier(given.get('function', ''), f'{where}.function', may_be_empty=True),
        arguments=tuple(_expression(one, f'{where}.arguments[{place}]') for place, one in enumerate(arguments)),
        keywords=_names(given.get('keywords', {}), f'{where}.keywords'),
        variables=_names(given.get('variables', {}), f'{where}.variables'),
        allowed_exceptions=tuple(_identifier(one, f'{where}.allowed_exceptions[{place}]') for place, one in enumerate(allowed)),
        stdin=_text(given.get('stdin', ''), f'{where}.stdin'),
        files=_files(given.get('files', {}), f'{where}.files'),
        seconds=_seconds(given.get('seconds', 5.0), f'{where}.seconds'),
        is_hidden=_flag(given.get('is_hidden', False), f'{where}.is_hidden'),
        cases=tuple(_case(case, f'{where}.cases[{place}]') for place, case in enumerate(cases)),
    )


def is_expression(text):
    """Return whether a text is a Python expression."""
    try:
        ast.parse(text.strip(), mode='eval')
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _need_function(given, where):
    for name in ('arguments', 'keywords'):
        if given.get(name) and not given.get('function'):
            raise BadDefinition(f'{where}.function is missing: there are {name}, and no function to call with them.')


def _expression(value, where):
    text = _text(value, where)
    if not is_expression(text):
        raise BadDefinition(f'{where} is no Python expression: {text.strip()[:80]}')
    return text


def _case(value, where):
    given = _object(value, Case, where)
    checks = _list(given.get('checks', ()), MOST_CHECKS, f'{where}.checks')
    return Case(
        passes=_line(given.get('passes', ''), f'{where}.passes'),
        fails=_line(given.get('fails', ''), f'{where}.fails'),
        checks=tuple(_check(check, f'{where}.checks[{place}]') for place, check in enumerate(checks)),
        weight=_number(given.get('weight', 1), 0, 1000, f'{where}.weight'),
    )


def _check(value, where):
    given = _object(value, Check, where)
    aspect = _one_of(given.get('aspect', 'result'), ASPECTS, f'{where}.aspect')
    test = _one_of(given.get('test', 'match'), TESTS, f'{where}.test')
    source = _text(given.get('source', ''), f'{where}.source')
    if test == 'check' and not source.strip():
        raise BadDefinition(f'{where}.source is missing: write a function of two, the solution and the attempt.')
    file = _file_name(given.get('file', ''), f'{where}.file') if aspect == 'file' else ''
    return Check(aspect, test, source, file, _flag(given.get('as_text', False), f'{where}.as_text'))


# -- plain values -----------------------------------------------------------------------------------


def _object(value, kind, where):
    known = {item.name for item in fields(kind)}
    if not isinstance(value, Mapping):
        raise BadDefinition(f'{where} is an object with names and values.')
    for name in value:
        if name not in known:
            raise BadDefinition(f'{where} has no {name}: it may have {", ".join(sorted(known))}.')
    return value


def _list(value, most, where):
    if not isinstance(value, list | tuple) or len(value) > most:
        raise BadDefinition(f'{where} is a list of at most {most}.')
    return value


def _text(value, where, longest=LONGEST_CODE):
    if not isinstance(value, str) or len(value) > longest or '\0' in value:
        raise BadDefinition(f'{where} is text of at most {longest} characters.')
    try:
        value.encode('utf-8')
    except UnicodeEncodeError:
        raise BadDefinition(f'{where} holds half a character.') from None
    return value.replace('\r\n', '\n')


def _line(value, where, least=0, most=LONGEST_LINE):
    text = _text('' if value is None else value, where, most)
    if len(text.strip()) < least:
        raise BadDefinition(f'{where} is missing.')
    return text


def _number(value, least, most, where):
    if type(value) is not int or not least <= value <= most:
        raise BadDefinition(f'{where} is a whole number from {least} to {most}.')
    return value


def _seconds(value, where):
    if type(value) not in (int, float) or not 0 < value <= MOST_SECONDS:
        raise BadDefinition(f'{where} is a number of seconds, more than 0 and at most {MOST_SECONDS:g}.')
    return float(value)


def _flag(value, where):
    if type(value) is not bool:
        raise BadDefinition(f'{where} is true or false.')
    return value


def _one_of(value, words, where):
    if value not in words:
        raise BadDefinition(f'{where} is one of {", ".join(words)}.')
    return value


def _identifier(value, where, may_be_empty=False):
    text = _line(value, where)
    parts = text.split('.')
    if not (may_be_empty and text == '') and not all(part.isidentifier() for part in parts):
        raise BadDefinition(f'{where} is a name as Python has them.')
    return text


def _names(value, where):
    if not isinstance(value, Mapping) or len(value) > 50:
        raise BadDefinition(f'{where} is an object of at most 50 names with Python expressions.')
    return {_identifier(name, f'{where}: {name!r}'): _expression(item, f'{where}.{name}') for name, item in value.items()}


def _files(value, where):
    if not isinstance(value, Mapping) or len(value) > 50:
        raise BadDefinition(f'{where} is an object of at most 50 file names with their text.')
    return {_file_name(name, where): _text(item, f'{where}.{name}') for name, item in value.items()}


def _wrong_answers(value):
    if not isinstance(value, Mapping) or len(value) > MOST_WRONG_ANSWERS:
        raise BadDefinition(f'wrong_answers is an object of at most {MOST_WRONG_ANSWERS} names with their programs.')
    found = {}
    for place, (name, code) in enumerate(value.items()):
        where = f'wrong_answers[{place}]'
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise BadDefinition(f'{where}.name is a line of at most {LONGEST_NAME} characters that says what is wrong with it.')
        if not (text := _text(code, f'{where}.code')).strip():
            raise BadDefinition(f'{where}.code is missing: write a program that the tests must not let pass.')
        found[name] = text
    return found


def _file_name(value, where):
    text = _line(value, where, least=1)
    parts = text.split('/')
    if text.startswith('/') or any(part in ('', '.', '..') for part in parts) or len(text.encode()) > 200:
        raise BadDefinition(f'{where}: {text!r} is not the name of a file: write one such as data.txt or in/data.txt.')
    return text
