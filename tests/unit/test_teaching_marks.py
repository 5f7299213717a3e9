"""Marks, against the recorded cases: what so many exercises done of so many come to."""

import json
from pathlib import Path

import pytest

from ivle.teaching.marks import mark_for

CASES = json.loads((Path(__file__).parent.parent / 'vectors' / 'marks.json').read_text())['marks']


@pytest.mark.parametrize('case', CASES, ids=lambda case: f'{case["done"]} of {case["total"]}')
def test_the_mark_is_the_recorded_one(case):
    found = mark_for(case['done'], case['total'])
    assert [found.percent, found.mark, found.most] == case['percent_mark_max']
