"""What an author would rather know about a course before students see it: more than what keeps it from being read."""

import ast
import re
import warnings

from ivle.teaching.course import course_of
from ivle.teaching.exercise_files import exercise_files
from ivle.teaching.folder import read_folder
from ivle.teaching.missing import line_with
from ivle.teaching.problems import BadCourse, Problem
from ivle.teaching.worksheet import render, render_text

_LINE = re.compile(r'Line ([0-9]+): (.*)', re.DOTALL)


def lint_folder(folder, bank=()):
    """Return the Problems of a course in a folder. `bank`: identifiers of exercises that are elsewhere."""
    try:
        course = course_of(read_folder(folder))
    except BadCourse as error:
        return list(error.problems)
    return lint(course, bank)


def lint(course, bank=()):
    """Return the Problems of a Course that can be read: bad markup, exercises and files that are missing, nothing to test."""
    found = []
    known = {*course.exercises, *bank}
    for worksheet in course.worksheets:
        found += _worksheet(worksheet, known)
    for identifier, definition in course.exercises.items():
        found += _exercise(f'exercises/{identifier}/', definition)
    return found


def _worksheet(worksheet, known):
    file = f'worksheets/{worksheet.identifier}/worksheet.{worksheet.format}'
    rendered = render(worksheet.source, worksheet.format)
    yield from (_problem(file, sentence) for sentence in rendered.problems)
    for identifier in rendered.exercises:
        if identifier not in known:
            yield Problem(
                file, f'there is no exercise {identifier}: add exercises/{identifier}/.', line_with(worksheet.source, identifier)
            )
    for name in rendered.files:
        if name not in worksheet.files:
            yield Problem(file, f'there is no file {name} beside the worksheet.', line_with(worksheet.source, name))


def _problem(file, sentence):
    found = _LINE.fullmatch(sentence)
    return Problem(file, found[2], int(found[1])) if found else Problem(file, sentence)


def _exercise(place, definition):
    described = render_text(definition.description, definition.description_format)
    suffix = {'text': 'txt'}.get(definition.description_format, definition.description_format)
    yield from (_problem(f'{place}description.{suffix}', sentence) for sentence in described.problems)
    for number, hint in enumerate(definition.hints, 1):
        yield from (
            Problem(f'{place}exercise.toml', f'hint {number}: {sentence}')
            for sentence in render_text(hint, definition.description_format).problems
        )
    if not definition.has_tests:
        yield Problem(f'{place}exercise.toml', 'nothing is tested: add a suite with checks, or tests/test_….py.')
    if not definition.solution.strip():
        yield Problem(f'{place}solution.py', 'there is no solution: attempts are compared with what it does.')
    for name, content in exercise_files(definition).items():
        if name.endswith('.py') and name != 'starter.py':
            yield from _python(f'{place}{name}', content.decode('utf-8'))


def _python(file, source):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            ast.parse(source)
    except SyntaxError as error:
        yield Problem(file, f'it is not Python: {error.msg}.', error.lineno)
    except (ValueError, MemoryError, RecursionError):
        yield Problem(file, 'it is nested too deeply to be read.')
