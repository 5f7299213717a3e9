"""Who of a class seems stuck."""

import pytest

from ivle.teaching.progress import Standing, reason_stuck
from tests.classroom import NOON, minutes


def reason(failures=0, silence=0, class_silence=0, is_finished=False):
    """Return why somebody seems stuck who has been silent for so many minutes."""
    standing = Standing(failures, NOON - minutes(silence), is_finished)
    return reason_stuck(standing, NOON - minutes(class_silence), NOON)


@pytest.mark.parametrize(('failures', 'words'), [(2, None), (3, '3 failures in a row'), (7, '7 failures in a row')])
def test_three_failures_in_a_row_are_stuck(failures, words):
    assert reason(failures) == words


@pytest.mark.parametrize(
    ('silence', 'words'), [(14, None), (15, 'nothing for 15 minutes'), (59, 'nothing for 59 minutes'), (60, None), (600, None)]
)
def test_a_quarter_of_an_hour_of_silence_is_stuck_while_the_class_is_at_work_and_an_hour_is_gone(silence, words):
    assert reason(silence=silence) == words


def test_silence_is_nothing_when_all_are_silent():
    assert reason(silence=20, class_silence=20) is None


def test_who_has_done_everything_may_be_silent():
    assert reason(silence=20, is_finished=True) is None


def test_who_never_sent_anything_is_not_stuck():
    assert reason_stuck(Standing(0, None, False), NOON, NOON) is None
