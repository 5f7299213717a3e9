"""Wrong answers of an exercise: named programs that its tests must not let pass."""

import pytest

from ivle.teaching.reading import BadDefinition, from_json, read


def with_wrong_answers(answers):
    return read({'name': 'x', 'wrong_answers': answers})


def test_wrong_answers_are_kept_in_the_json():
    made = with_wrong_answers({'forgets zero': 'def fac(n): return n'})
    assert from_json(made.to_json()) == made
    assert made.wrong_answers == {'forgets zero': 'def fac(n): return n'}


def test_an_exercise_written_before_there_were_any_has_none():
    assert from_json('{"name": "x"}').wrong_answers == {}


def test_another_wrong_answer_is_another_definition():
    assert with_wrong_answers({'a': 'pass'}).digest != with_wrong_answers({'a': 'None'}).digest


@pytest.mark.parametrize(
    ('answers', 'place'),
    [
        ([], 'wrong_answers'),
        ({'': 'pass'}, 'wrong_answers[0].name'),
        ({'two\nlines': 'pass'}, 'wrong_answers[0].name'),
        ({'good': 'pass', 'x' * 201: 'pass'}, 'wrong_answers[1].name'),
        ({'empty': ' \n'}, 'wrong_answers[0].code'),
        ({'no text': 5}, 'wrong_answers[0].code'),
        ({str(number): 'pass' for number in range(21)}, 'wrong_answers'),
    ],
)
def test_a_wrong_answer_that_cannot_be_used_is_refused_with_its_place(answers, place):
    with pytest.raises(BadDefinition) as refusal:
        with_wrong_answers(answers)
    assert str(refusal.value).split(' ')[0] == place
