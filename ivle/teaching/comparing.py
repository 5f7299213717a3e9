"""Two states of a worksheet or an exercise, side by side as lines that were taken away and lines that came."""

import difflib

from ivle.teaching.definition import PytestSuite


def compared(old, new):
    """Return [(kind, line)…] of two texts, with a few lines around each change: kind is same, old, new, or place for a gap."""
    old_lines, new_lines = old.split('\n'), new.split('\n')
    found = []
    for group in difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_grouped_opcodes(3):
        if group[0][1] or group[0][3]:
            found.append(('place', '…'))
        for tag, first, last, first_new, last_new in group:
            if tag == 'equal':
                found += [('same', line) for line in old_lines[first:last]]
            else:
                found += [('old', line) for line in old_lines[first:last]]
                found += [('new', line) for line in new_lines[first_new:last_new]]
    return found


def as_text(definition):
    """Return a Definition as a text that people read, for `compared`."""
    lines = [f'name: {definition.name}', f'rows: {definition.rows}', f'description format: {definition.description_format}']
    parts = [(name, getattr(definition, name)) for name in ('description', 'starter', 'solution', 'include')]
    parts += [(f'hint {number}', hint) for number, hint in enumerate(definition.hints, 1)]
    for title, text in parts:
        lines += ['', f'== {title}', *text.split('\n')] if text else []
    for number, suite in enumerate(definition.suites, 1):
        lines += ['', f'== suite {number}: {suite.name}', *_suite(suite)]
    for name, code in definition.wrong_answers.items():
        lines += ['', f'== wrong answer: {name}', *code.split('\n')]
    return '\n'.join(lines)


def fields_as_text(fields):
    """Return the fields of a form as a text that people read: for what cannot be read as a Definition."""
    lines = []
    for name, text in fields.items():
        lines += [f'== {name}', *text.split('\n'), ''] if text else []
    return '\n'.join(lines)


def _suite(suite):
    hidden = ['hidden'] if suite.is_hidden else []
    if isinstance(suite, PytestSuite):
        return [f'seconds: {suite.seconds:g}', f'weight: {suite.weight}', *hidden, *suite.source.split('\n')]
    lines = [f'call: {suite.function or "the program"}', f'seconds: {suite.seconds:g}', *hidden]
    lines += [f'argument: {one}' for one in suite.arguments]
    lines += [f'argument {name} = {value}' for name, value in suite.keywords.items()]
    lines += [f'variable {name} = {value}' for name, value in suite.variables.items()]
    lines += [f'may raise: {name}' for name in suite.allowed_exceptions]
    lines += ['standard input:', *suite.stdin.split('\n')] if suite.stdin else []
    for name, text in suite.files.items():
        lines += [f'file {name}:', *text.split('\n')]
    for case in suite.cases:
        lines += [f'case, weight {case.weight}', f'  passes: {case.passes}', f'  fails: {case.fails}']
        for check in case.checks:
            text = ', as text' if check.as_text else ''
            lines.append(f'  check {check.aspect}{f" {check.file}" if check.file else ""}: {check.test}{text}')
            lines += [f'    {line}' for line in check.source.split('\n') if check.source]
    return lines
