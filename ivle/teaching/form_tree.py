"""The form of an exercise as a tree: numbered fields such as `suite.0.case.1.fails`, and buttons that add and move parts.

A tree is dicts with lists where fields are numbered, all its leaves text or True and False. What was typed comes back, whether
it can be used or not.
"""

import re

_LISTS = {
    'hint': (),
    'wrong': ('name', 'code'),
    'suite': (
        'kind',
        'name',
        'function',
        'arguments',
        'keywords',
        'variables',
        'allowed_exceptions',
        'stdin',
        'seconds',
        'source',
        'weight',
    ),
    'case': ('passes', 'fails', 'weight'),
    'check': ('aspect', 'test', 'source', 'file'),
    'file': ('name', 'text'),
}
_FLAGS = {'suite': ('is_hidden',), 'check': ('as_text',)}
_BELOW = {'suite': ('case', 'file'), 'case': ('check',)}
PLAIN = ('name', 'description', 'description_format', 'starter', 'solution', 'include', 'rows')
_NUMBERED = re.compile(r'(hint|wrong|suite)\.([0-9]{1,3})(?:\.(.*))?')
_PART = re.compile(r'(case|file|check)\.([0-9]{1,3})\.(.*)')
MOST_PARTS = 100

NEW = {
    'hint': '',
    'wrong': {'name': '', 'code': ''},
    'file': {'name': '', 'text': ''},
    'check': {'aspect': 'result', 'test': 'match', 'source': '', 'file': '', 'as_text': False},
}
KINDS = ('calls', 'pytest')


def new_part(kind, what=''):
    """Return an empty part of a form: a hint, wrong answer, suite (`what` is its kind), case, check or file."""
    if kind == 'case':
        return {'passes': '', 'fails': '', 'weight': '1', 'check': [dict(NEW['check'])]}
    if kind == 'suite':
        is_pytest = what == 'pytest'
        made = dict.fromkeys(_LISTS['suite'], '')
        return made | {
            'kind': 'pytest' if is_pytest else 'calls',
            'seconds': '20' if is_pytest else '5',
            'weight': '1',
            'is_hidden': False,
            'source': PYTEST_START if is_pytest else '',
            'case': [] if is_pytest else [new_part('case')],
            'file': [],
        }
    part = NEW[kind]
    return dict(part) if isinstance(part, dict) else part


PYTEST_START = 'from attempt import answer\n\n\ndef test_something():\n    assert answer() == 42\n'


# -- from a form ------------------------------------------------------------------------------------


def tree_of(fields):
    """Return the tree of a form's {name: text}; parts that leave numbers out move up."""
    tree = {name: _clean(fields.get(name, '')) for name in PLAIN}
    groups = {'hint': {}, 'wrong': {}, 'suite': {}}
    for name, value in fields.items():
        found = _NUMBERED.fullmatch(name)
        if found:
            kind, number, rest = found.groups()
            groups[kind].setdefault(int(number), {})[rest or ''] = value
    tree['hint'] = [_clean(group.get('', '')) for _, group in sorted(groups['hint'].items())]
    tree['wrong'] = [_part('wrong', group) for _, group in sorted(groups['wrong'].items())]
    tree['suite'] = [_part('suite', group) for _, group in sorted(groups['suite'].items())]
    return tree


def _part(kind, fields):
    made = {name: _clean(fields.get(name, '')) for name in _LISTS[kind]}
    made |= {name: fields.get(name) in ('1', True) for name in _FLAGS.get(kind, ())}
    for below in _BELOW.get(kind, ()):
        groups = {}
        for name, value in fields.items():
            found = _PART.fullmatch(name)
            if found and found[1] == below:
                groups.setdefault(int(found[2]), {})[found[3]] = value
        made[below] = [_part(below, group) for _, group in sorted(groups.items())]
    return made


def _clean(value):
    """Return a field's text with lines that end in LF; of several with one name, the last."""
    value = value[-1] if isinstance(value, list) and value else value
    return value.replace('\r\n', '\n').replace('\r', '\n') if isinstance(value, str) else ''


def fields_of(tree):
    """Return the {name: text} of which `tree_of` makes this tree again."""
    found = {name: tree[name] for name in PLAIN}
    for kind in ('hint', 'wrong', 'suite'):
        _number(found, kind, tree[kind])
    return found


def _number(found, kind, parts):
    """Add the fields of a list of parts, numbered, to what was found."""
    for place, part in enumerate(parts):
        where = f'{kind}.{place}'
        if isinstance(part, str):
            found[where] = part
            continue
        for name, value in part.items():
            if isinstance(value, list):
                _number(found, f'{where}.{name}', value)
            elif value is True:
                found[f'{where}.{name}'] = '1'
            elif value is not False:
                found[f'{where}.{name}'] = value


def change(tree, order):
    """Carry out a button of the form: 'add hint', 'add suite pytest', 'add case suite.0', 'remove suite.0.case.1', 'up suite.1'.

    Return the name of the part that one wants to see then, '' where nothing was done.
    """
    word, _, rest = order.partition(' ')
    if word == 'add':
        what, _, above = rest.partition(' ')
        return _add(tree, what, above)
    *above, kind, number = rest.split('.') if '.' in rest else ('', '')
    parts = _parts(tree, '.'.join(above), kind)
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
    if parts is None or not 0 <= place < len(parts):
        return ''
    if word == 'remove':
        del parts[place]
        place = min(place, len(parts) - 1)
    elif word in ('up', 'down'):
        other = place + (1 if word == 'down' else -1)
        if not 0 <= other < len(parts):
            return ''
        parts[place], parts[other] = parts[other], parts[place]
        place = other
    return '.'.join((*above, kind, str(max(0, place))))


def _add(tree, what, above):
    is_suite = what == 'suite'
    parts = _parts(tree, '' if is_suite else above, what)
    if parts is None or len(parts) >= MOST_PARTS:
        return ''
    parts.append(new_part(what, above if is_suite else ''))
    return f'{above}.{what}.{len(parts) - 1}' if above and not is_suite else f'{what}.{len(parts) - 1}'


def _parts(tree, above, kind):
    """Return the list of the parts of a kind below a part such as suite.0.case.1; None when there is none."""
    place = tree
    steps = above.split('.') if above else []
    try:
        for name, number in zip(steps[::2], steps[1::2], strict=True):
            place = place[name][int(number)]
        found = place[kind]
    except (KeyError, IndexError, ValueError, TypeError):
        return None
    return found if isinstance(found, list) else None
