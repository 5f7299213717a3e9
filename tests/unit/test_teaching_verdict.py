"""Verdicts: what is kept of what the judge says, and what of it a student is told."""

import json

import pytest

from ivle.teaching.shown import shown
from ivle.teaching.verdict import cases_of, told
from tests.functional.tutorial_site import SECRET, definition, judged, told_suite

ERROR = {'kind': 'exception', 'name': 'ValueError', 'message': 'no', 'line': 3, 'traceback': 'Traceback'}


def test_a_case_says_which_call_it_is_about():
    [case, _] = told(judged(False)['verdict'])['cases']
    assert (case['name'], case['message'], case['suite'], case['call']) == ('fac(5)', 'wrong value', 'five', 'fac(5)')
    assert (case['passed'], case['aspect'], case['expected'], case['actual']) == (False, 'result', '120', '24')


def test_a_suite_that_ended_in_an_error_is_a_case_that_failed():
    [case] = cases_of([told_suite('five', False, [], call='fac(5)', error=ERROR)])
    assert (case['passed'], case['message'], case['line'], case['error']) == (False, 'ValueError: no', 3, ERROR)


def test_the_program_itself_goes_by_the_name_of_its_suite():
    [case] = cases_of([told_suite('the greeting', True, [{'name': 'right', 'passed': True}], stdin='Ann\n')])
    assert (case['name'], case['stdin'], 'call' in case) == ('the greeting', 'Ann\n', False)


@pytest.mark.parametrize('passed', [True, False])
def test_of_a_hidden_suite_nothing_is_told_but_whether_it_passed(passed):
    cases = [{'name': f'{SECRET}-case', 'passed': passed, 'expected': SECRET, 'actual': SECRET}]
    hidden = told_suite(
        f'{SECRET}-suite', passed, cases, call=f'{SECRET}()', is_hidden=True, stdin=SECRET, error=None if passed else ERROR
    )
    [case] = cases_of([hidden])
    assert case['passed'] is passed and SECRET not in json.dumps(case) and 'error' not in case


@pytest.mark.parametrize('revealed', [0, 1, 2])
def test_the_open_part_of_an_exercise_holds_as_many_hints_as_were_revealed(revealed):
    found = shown(definition().to_json(), 'factorial', revealed)
    assert (len(found.hints), found.hint_count) == (revealed, 2)
    assert (SECRET in repr(found)) == (revealed == 2)


def test_a_definition_that_cannot_be_used_is_none():
    assert shown('{}', 'factorial') is None
