"""What the form of an exercise says, as a Definition, and a Definition as the tree of a form.

Expressions stand one a line; a line that begins with a space goes on with the one above it.
"""

import re

from ivle.teaching.definition import ASPECTS, TESTS
from ivle.teaching.form_tree import PLAIN, new_part
from ivle.teaching.reading import BadDefinition, read


class BadField(Exception):
    """What was typed into one field cannot be used. `field` is its name in the form."""

    def __init__(self, field, message):
        super().__init__(message)
        self.field, self.message = field, message


def definition_of(tree):
    """Return the Definition that a form describes; BadField names the first field that must be mended."""
    value = {name: tree[name] for name in PLAIN if name != 'rows'}
    value['description_format'] = tree['description_format'] or 'rst'
    value['rows'] = _whole(tree['rows'] or '12', 'rows')
    value['hints'] = [hint for hint in tree['hint'] if hint.strip()]
    value['suites'] = [_suite(suite, f'suite.{place}') for place, suite in enumerate(tree['suite'])]
    value['wrong_answers'] = {}
    for place, wrong in enumerate(tree['wrong']):
        if wrong['name'] in value['wrong_answers']:
            raise BadField(f'wrong.{place}.name', 'Another wrong answer is called so. Give each a name of its own.')
        value['wrong_answers'][wrong['name']] = wrong['code']
    try:
        return read(value)
    except BadDefinition as error:
        raise _at_its_field(str(error), tree) from None


def _suite(suite, where):
    if suite['kind'] == 'pytest':
        return {
            'kind': 'pytest',
            'name': suite['name'],
            'source': suite['source'],
            'seconds': _seconds(suite['seconds'] or '20', f'{where}.seconds'),
            'weight': _whole(suite['weight'] or '1', f'{where}.weight'),
            'is_hidden': suite['is_hidden'],
        }
    return {
        'name': suite['name'],
        'function': suite['function'].strip(),
        'arguments': expressions(suite['arguments'], f'{where}.arguments'),
        'keywords': assignments(suite['keywords'], f'{where}.keywords'),
        'variables': assignments(suite['variables'], f'{where}.variables'),
        'allowed_exceptions': re.findall(r'[^\s,]+', suite['allowed_exceptions']),
        'stdin': suite['stdin'],
        'files': _files(suite['file'], where),
        'seconds': _seconds(suite['seconds'] or '5', f'{where}.seconds'),
        'is_hidden': suite['is_hidden'],
        'cases': [_case(case, f'{where}.case.{place}') for place, case in enumerate(suite['case'])],
    }


def _case(case, where):
    checks = [
        {name: check[name] for name in ('aspect', 'test', 'source', 'file', 'as_text')}
        | {'aspect': check['aspect'] or ASPECTS[0], 'test': check['test'] or TESTS[0]}
        for check in case['check']
    ]
    weight = _whole(case['weight'] or '1', f'{where}.weight')
    return {'passes': case['passes'], 'fails': case['fails'], 'weight': weight, 'checks': checks}


def _files(listed, where):
    files = {}
    for place, file in enumerate(listed):
        if file['name'] in files:
            raise BadField(f'{where}.file.{place}.name', 'Another file is called so.')
        files[file['name']] = file['text']
    return files


def expressions(text, where):
    """Return the expressions of a field, one a line."""
    found = []
    for line in text.split('\n'):
        if line.startswith(' '):
            if not found:
                raise BadField(where, 'Begin the first line with the expression, not with a space.')
            found[-1] += '\n' + line[1:]
        elif line.strip():
            found.append(line)
    return found


def assignments(text, where):
    """Return {name: expression} of a field, `name = expression` a line."""
    found = {}
    for line in expressions(text, where):
        name, sign, expression = line.partition('=')
        if not sign or not expression.strip():
            raise BadField(where, f'Write name = expression on each line, for example width = 40: {line!r} is none.')
        if name.strip() in found:
            raise BadField(where, f'The name {name.strip()} stands here twice.')
        found[name.strip()] = expression.strip(' ')
    return found


def _whole(text, where):
    if not re.fullmatch('[0-9]{1,6}', text.strip()):
        raise BadField(where, 'Write a whole number.')
    return int(text)


def _seconds(text, where):
    if not re.fullmatch(r'[0-9]{1,4}(\.[0-9]{1,3})?', text.strip()):
        raise BadField(where, 'Write a number of seconds, such as 5 or 0.5.')
    return float(text)


_NAMES = {'suites': 'suite', 'cases': 'case', 'checks': 'check', 'hints': 'hint', 'wrong_answers': 'wrong', 'files': 'file'}
_NUMBERS = re.compile(r'([a-z_]+)\[([0-9]+)\]')


def _at_its_field(message, tree):
    """Return the BadField of a sentence of `read`, which begins with the place of a value."""
    found = re.match(r'[a-z_]+(?:\[[0-9]+\])?(?:\.[a-z_]+(?:\[[0-9]+\])?)*', message)
    if not found:
        return BadField('', message)
    field = _NUMBERS.sub(lambda part: f'{_NAMES.get(part[1], part[1])}.{part[2]}', found[0])
    field = re.sub(r'\b(arguments|allowed_exceptions)\.[0-9]+$', r'\1', field)
    field = re.sub(r'\b(keywords|variables)\..*$', r'\1', field)
    files = re.fullmatch(r'suite\.([0-9]+)\.files\b.*', field)
    if files:
        # Of a file its name is told, and not its number.
        names = [file['name'] for file in tree['suite'][int(files[1])]['file']]
        place = next((place for place, name in enumerate(names) if repr(name) in message), 0)
        field = f'suite.{files[1]}.file.{place}.name'
    field = _NAMES.get(field, field)
    rest = message[found.end() :].lstrip(':').strip()
    is_told = rest.startswith(('is ', 'holds ', 'has '))
    return BadField(field, f'This {rest}' if is_told else rest[:1].upper() + rest[1:])


# -- to a form --------------------------------------------------------------------------------------


def tree_from(definition):
    """Return the tree of a Definition: `definition_of` makes the same Definition of it."""
    return {
        **{name: getattr(definition, name) for name in PLAIN if name != 'rows'},
        'rows': str(definition.rows),
        'hint': list(definition.hints),
        'wrong': [{'name': name, 'code': code} for name, code in definition.wrong_answers.items()],
        'suite': [_shown_suite(suite) for suite in definition.suites],
    }


def _shown_suite(suite):
    shown = new_part('suite', suite.kind) | {
        'name': suite.name,
        'seconds': f'{suite.seconds:g}',
        'is_hidden': suite.is_hidden,
    }
    if suite.kind == 'pytest':
        return shown | {'source': suite.source, 'weight': str(suite.weight)}
    return shown | {
        'function': suite.function,
        'arguments': _lines(suite.arguments),
        'keywords': _lines(f'{name} = {value}' for name, value in suite.keywords.items()),
        'variables': _lines(f'{name} = {value}' for name, value in suite.variables.items()),
        'allowed_exceptions': ' '.join(suite.allowed_exceptions),
        'stdin': suite.stdin,
        'file': [{'name': name, 'text': text} for name, text in suite.files.items()],
        'case': [
            {
                'passes': case.passes,
                'fails': case.fails,
                'weight': str(case.weight),
                'check': [
                    {
                        'aspect': check.aspect,
                        'test': check.test,
                        'source': check.source,
                        'file': check.file,
                        'as_text': check.as_text,
                    }
                    for check in case.checks
                ],
            }
            for case in suite.cases
        ],
    }


def _lines(expressions):
    return '\n'.join(expression.strip(' ').replace('\n', '\n ') for expression in expressions)
