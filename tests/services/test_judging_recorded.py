"""The recorded cases of the original system: judged as they were, but for the defects it had.

Compared are which suites and cases passed, in which order, and the names of errors; its words were Python 2's.
"""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivle.teaching.legacy import exercise_of_xml
from tests.services.judged import Examiner, exercise

RECORDED = json.loads((Path(__file__).parents[1] / 'vectors' / 'grader.json').read_text('utf-8'))['cases']
# What the original did here was wrong.
CORRECTED = {'DEFECT script-level stdin not delivered to the solution', 'no suites passes vacuously'}


def definition_of(recorded):
    """Return the Definition of a recorded exercise."""
    return exercise(recorded['solution'], *map(suite_of, recorded['suites']), include=recorded['include'])


def suite_of(recorded):
    variables = recorded['variables']
    positional = sorted(
        (one for one in variables if one['var_type'] == 'arg' and not one['var_name']), key=lambda one: one['arg_no']
    )
    return {
        'name': recorded['description'],
        'function': recorded['function'],
        'stdin': recorded['stdin'],
        'arguments': [one['var_value'] for one in positional],
        'keywords': {one['var_name']: one['var_value'] for one in variables if one['var_type'] == 'arg' and one['var_name']},
        'variables': {one['var_name']: one['var_value'] for one in variables if one['var_type'] == 'var'},
        'allowed_exceptions': [one['var_name'] for one in variables if one['var_type'] == 'exception'],
        'cases': [
            {
                'passes': case['pass'],
                'fails': case['fail'],
                'checks': [
                    {'aspect': part['part_type'], 'test': part['test_type'], 'source': part['data']} for part in case['parts']
                ],
            }
            for case in recorded['cases']
        ],
    }


def xml_of(recorded):
    """Return a recorded exercise as the original wrote it down."""
    top = ElementTree.Element('exercise', name='an exercise')
    for name in ('solution', 'include'):
        ElementTree.SubElement(top, name).text = recorded[name]
    for suite in recorded['suites']:
        case = ElementTree.SubElement(top, 'case', name=suite['description'], function=suite['function'])
        ElementTree.SubElement(case, 'stdin').text = suite['stdin']
        for one in sorted(suite['variables'], key=lambda one: one['arg_no']):
            named = {'name': one['var_name']} if one['var_name'] else {}
            ElementTree.SubElement(case, one['var_type'], value=one['var_value'], **named)
        for function in suite['cases']:
            parts = ElementTree.SubElement(case, 'function', {'pass': function['pass'], 'fail': function['fail']})
            for part in function['parts']:
                ElementTree.SubElement(parts, part['part_type'], type=part['test_type']).text = part['data']
    return ElementTree.tostring(top, encoding='unicode')


def told(verdict):
    """Return of a verdict what the records have, too."""
    if verdict['error'] is not None:
        return {'passed': verdict['passed'], 'critical': {'missing': 'FunctionNotFoundError'}[verdict['error']['kind']]}
    return {
        'passed': verdict['passed'],
        'suites': [
            {
                'name': suite['name'],
                'passed': suite['passed'],
                'exception': suite['error'] and suite['error']['name'],
                'cases': [(case['name'], case['passed']) for case in suite['cases']],
            }
            for suite in verdict['suites']
        ],
    }


def recorded_result(result):
    """Return a recorded result in the same words."""
    if 'critical_error' in result:
        return {'passed': result['passed'], 'critical': result['critical_error']['name']}
    return {
        'passed': result['passed'],
        'suites': [
            {
                'name': suite['name'],
                'passed': suite['passed'],
                'exception': suite['exception']['name'] if 'exception' in suite else None,
                'cases': [(part['description'], part['passed']) for part in suite.get('parts', [])],
            }
            for suite in result['cases']
        ],
    }


@pytest.mark.parametrize('case', [one for one in RECORDED if one['name'] not in CORRECTED], ids=lambda case: case['name'])
def test_an_attempt_is_judged_as_it_was(host, case):
    verdict = Examiner(host).verdict(definition_of(case['exercise']), case['attempt'])
    assert told(verdict) == recorded_result(case['result'])


@pytest.mark.parametrize('case', [one for one in RECORDED if one['name'] not in CORRECTED], ids=lambda case: case['name'])
def test_an_exercise_that_was_imported_is_judged_as_it_was(host, case):
    definition = exercise_of_xml(xml_of(case['exercise']), 'an exercise')
    assert told(Examiner(host).verdict(definition, case['attempt'])) == recorded_result(case['result'])


def test_an_imported_program_and_its_solution_both_get_their_input(host):
    [case] = [one for one in RECORDED if one['name'].startswith('DEFECT')]
    definition = exercise_of_xml(xml_of(case['exercise']), 'an exercise')
    assert Examiner(host).verdict(definition, case['attempt'])['passed']


def test_what_was_recorded_as_wrong_is_known():
    assert {case['name'] for case in RECORDED} >= CORRECTED


def test_a_program_and_its_solution_both_get_their_input(host):
    [case] = [one for one in RECORDED if one['name'].startswith('DEFECT')]
    assert Examiner(host).verdict(definition_of(case['exercise']), case['attempt'])['passed']


def test_an_exercise_without_tests_is_passed_by_nobody(host):
    [case] = [one for one in RECORDED if one['exercise']['suites'] == []]
    assert not Examiner(host).verdict(definition_of(case['exercise']), case['attempt'])['passed']
