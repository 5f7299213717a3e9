"""An exercise as the numbered fields of a form, there and back."""

import pytest

from ivle.teaching import form_tree
from ivle.teaching.exercise_form import BadField, definition_of, tree_from
from ivle.teaching.form_tree import change, new_part, tree_of
from ivle.teaching.reading import read

FULL = read(
    {
        'name': 'Everything',
        'description': 'Words.',
        'description_format': 'md',
        'starter': 'def f(): ...\n',
        'solution': 'def f():\n    return 1\n',
        'include': 'import math',
        'rows': 20,
        'hints': ['first', 'second'],
        'wrong_answers': {'two': 'def f(): return 2', 'none': 'def f(): pass'},
        'suites': [
            {
                'name': 'calls',
                'function': 'f',
                'arguments': ['1', '[\n1,\n  2]', '"a = b"'],
                'keywords': {'key': '{"a": 1}'},
                'variables': {'x': '"""a\n\nb"""'},
                'allowed_exceptions': ['ValueError', 'os.error'],
                'stdin': 'one\ntwo\n',
                'files': {'a.txt': 'text\n', 'in/b.txt': ''},
                'seconds': 2.5,
                'is_hidden': True,
                'cases': [
                    {
                        'passes': 'yes',
                        'fails': 'no',
                        'weight': 3,
                        'checks': [
                            {'aspect': 'file', 'file': 'out.txt', 'test': 'norm', 'source': 'str.lower', 'as_text': True},
                            {'aspect': 'result', 'test': 'check', 'source': 'lambda a, b: True'},
                        ],
                    },
                    {'passes': '', 'fails': 'x'},
                ],
            },
            {'kind': 'pytest', 'name': 'properties', 'source': 'def test_x(): pass', 'seconds': 9, 'weight': 2},
        ],
    }
)


def fields_of(tree, above=''):
    """Return a tree as a form would send it."""
    found = {}
    for name, value in tree.items():
        found |= part_of(f'{above}{name}', value)
    return found


def part_of(name, value):
    found = {True: {name: '1'}, False: {}}
    if isinstance(value, bool):
        return found[value]
    if isinstance(value, list):
        return {key: text for place, part in enumerate(value) for key, text in part_of(f'{name}.{place}', part).items()}
    return fields_of(value, f'{name}.') if isinstance(value, dict) else {name: value}


def test_a_definition_survives_its_form():
    sent = {name: text.replace('\n', '\r\n') for name, text in fields_of(tree_from(FULL)).items()}
    assert tree_of(sent) == tree_from(FULL)
    assert definition_of(tree_of(sent)) == FULL


def test_a_tree_is_kept_as_the_fields_that_a_form_would_send():
    assert form_tree.fields_of(tree_from(FULL)) == fields_of(tree_from(FULL))


def test_parts_that_leave_numbers_out_move_up():
    assert tree_of({'hint.4': 'b', 'hint.2': 'a'})['hint'] == ['a', 'b']


def test_empty_hints_are_no_hints():
    assert definition_of(tree_of({'name': 'x', 'hint.0': ' ', 'hint.1': 'b'})).hints == ('b',)


@pytest.mark.parametrize(
    ('order', 'shown', 'count'),
    [
        ('add hint', 'hint.2', lambda tree: len(tree['hint']) == 3),
        ('add wrong', 'wrong.2', lambda tree: len(tree['wrong']) == 3),
        ('add suite calls', 'suite.2', lambda tree: tree['suite'][2]['kind'] == 'calls'),
        ('add suite pytest', 'suite.2', lambda tree: tree['suite'][2]['kind'] == 'pytest'),
        ('add case suite.0', 'suite.0.case.2', lambda tree: len(tree['suite'][0]['case']) == 3),
        ('add check suite.0.case.1', 'suite.0.case.1.check.0', lambda tree: len(tree['suite'][0]['case'][1]['check']) == 1),
        ('add file suite.0', 'suite.0.file.2', lambda tree: len(tree['suite'][0]['file']) == 3),
        ('remove hint.0', 'hint.0', lambda tree: tree['hint'] == ['second']),
        ('remove suite.1', 'suite.0', lambda tree: len(tree['suite']) == 1),
        ('remove suite.0.case.0.check.1', 'suite.0.case.0.check.0', lambda tree: len(tree['suite'][0]['case'][0]['check']) == 1),
        ('up suite.1', 'suite.0', lambda tree: tree['suite'][0]['kind'] == 'pytest'),
        ('down suite.0', 'suite.1', lambda tree: tree['suite'][0]['kind'] == 'pytest'),
    ],
)
def test_a_button_changes_the_form(order, shown, count):
    tree = tree_from(FULL)
    assert change(tree, order) == shown
    assert count(tree)


@pytest.mark.parametrize(
    'order',
    [
        '',
        'add',
        'add nonsense',
        'add case suite.9',
        'add case name.0',
        'remove suite.9',
        'remove x',
        'up suite.0',
        'remove suite.-1',
    ],
)
def test_a_button_that_fits_nothing_changes_nothing(order):
    tree = tree_from(FULL)
    assert change(tree, order) == ''
    assert tree == tree_from(FULL)


def with_suite(**values):
    return {**tree_from(read({'name': 'x'})), 'suite': [{**new_part('suite'), 'name': 's', **values}]}


@pytest.mark.parametrize(
    ('values', 'field'),
    [
        ({'function': 'not a name'}, 'suite.0.function'),
        ({'seconds': 'long'}, 'suite.0.seconds'),
        ({'seconds': '3600'}, 'suite.0.seconds'),
        ({'arguments': ' 1'}, 'suite.0.arguments'),
        ({'arguments': '\n'.join(['1'] * 51)}, 'suite.0.arguments'),
        ({'keywords': 'a'}, 'suite.0.keywords'),
        ({'keywords': 'a b = 1', 'function': 'f'}, 'suite.0.keywords'),
        ({'keywords': 'a = 1 +', 'function': 'f'}, 'suite.0.keywords'),
        ({'arguments': '1'}, 'suite.0.function'),
        ({'variables': 'a = 1\na = 2'}, 'suite.0.variables'),
        ({'allowed_exceptions': 'Value-Error'}, 'suite.0.allowed_exceptions'),
        ({'file': [{'name': '../x', 'text': ''}]}, 'suite.0.file.0.name'),
        ({'file': [{'name': 'x', 'text': ''}, {'name': '../x', 'text': ''}]}, 'suite.0.file.1.name'),
        ({'file': [{'name': 'x', 'text': ''}] * 2}, 'suite.0.file.1.name'),
        ({'case': [{**new_part('case'), 'weight': 'much'}]}, 'suite.0.case.0.weight'),
        ({'case': [{**new_part('case'), 'check': [{**new_part('check'), 'test': 'check'}]}]}, 'suite.0.case.0.check.0.source'),
        ({'case': [{**new_part('case'), 'check': [{**new_part('check'), 'aspect': 'file'}]}]}, 'suite.0.case.0.check.0.file'),
        ({'kind': 'pytest', 'name': ''}, 'suite.0.name'),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(values, field):
    with pytest.raises(BadField) as refusal:
        definition_of(with_suite(**values))
    assert refusal.value.field == field
    assert refusal.value.message[0].isupper() or not refusal.value.message[0].isalpha()


@pytest.mark.parametrize(
    ('sent', 'field'),
    [
        ({'name': ''}, 'name'),
        ({'name': 'x', 'rows': '0'}, 'rows'),
        ({'name': 'x', 'description_format': 'doc'}, 'description_format'),
        ({'name': 'x', 'wrong.0.name': 'a', 'wrong.0.code': ''}, 'wrong.0.code'),
        ({'name': 'x', 'wrong.0.name': 'a', 'wrong.0.code': '1', 'wrong.1.name': 'a', 'wrong.1.code': '2'}, 'wrong.1.name'),
    ],
)
def test_what_is_wrong_outside_the_suites_is_told_at_its_field_too(sent, field):
    with pytest.raises(BadField) as refusal:
        definition_of(tree_of({'description_format': 'rst', **sent}))
    assert refusal.value.field == field
