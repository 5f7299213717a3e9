"""Class lists: how they are read, and what each line would change."""

import pytest

from ivle.teaching.class_list import Present, UnreadableList, digest_of, plan, read_class_list, written

LECTURER_GIVES = ('student', 'tutor')


def read(text):
    return [(line.login, line.role) for line in read_class_list(text)]


@pytest.mark.parametrize(
    'text',
    [
        'ann,student\nben,tutor',
        'login,role\nann,student\nben,tutor\n',
        'Login;Role\r\nann;student\r\nben;tutor\r\n',
        'name\trole\tlogin\nAnn\tstudent\tann\nBen\ttutor\tben',
        '\ufefflogin,role\nann,student\nben,tutor',
        ' ANN , Student \n\n\nben,TUTOR',
    ],
)
def test_a_list_is_read_however_its_program_wrote_it(text):
    assert read(text) == [('ann', 'student'), ('ben', 'tutor')]


@pytest.mark.parametrize('text', ['ann\nben', 'login\nann\nben', 'ann,\nben,'])
def test_a_line_may_have_no_role(text):
    assert read(text) == [('ann', None), ('ben', None)]


@pytest.mark.parametrize('text', ['', '\n\n', 'login,role', 'a\n' * 5001, 'x' * 400_001, '"' + 'x' * 200_000])
def test_what_holds_no_list_is_refused(text):
    with pytest.raises(UnreadableList):
        read_class_list(text)


def test_a_line_with_an_unknown_role_or_no_login_is_told_of():
    first, second = read_class_list('ann,boss\n,student')
    assert 'no role boss' in first.problem and 'no login' in second.problem


def kinds(text, present=(), known=('ann', 'ben'), gives=LECTURER_GIVES):
    return [change.kind for change in plan(read_class_list(text), set(known), dict(present), gives)]


@pytest.mark.parametrize(
    ('line', 'old', 'kind'),
    [
        ('ann', None, 'new'),
        ('ann,tutor', None, 'new'),
        ('ann,lecturer', None, 'not-allowed'),
        ('zoe', None, 'unknown'),
        ('ann', Present('student', True), 'unchanged'),
        ('ann,student', Present('student', True), 'unchanged'),
        ('ann', Present('tutor', True), 'unchanged'),
        ('ann', Present('tutor', False), 'back'),
        ('ann,tutor', Present('student', True), 'raised'),
        ('ann,tutor', Present('student', False), 'raised'),
        ('ann,student', Present('tutor', True), 'lowered'),
        ('ann,student', Present('lecturer', True), 'not-allowed'),
        ('ann,lecturer', Present('lecturer', True), 'unchanged'),
        ('ann', Present('lecturer', False), 'not-allowed'),
        ('ann,lecturer', Present('tutor', True), 'not-allowed'),
        ('ann,boss', None, 'unreadable'),
    ],
)
def test_each_line_has_its_kind_of_change(line, old, kind):
    assert kinds(line, {'ann': old} if old else {}) == [kind]


def test_a_login_counts_once():
    assert kinds('ann\nANN,tutor') == ['new', 'twice']


def test_who_may_enrol_students_alone_changes_no_tutor():
    assert kinds('ann,tutor\nben', gives=('student',)) == ['not-allowed', 'new']


def test_the_digest_changes_as_soon_as_the_list_would_do_anything_else():
    lines = read_class_list('ann\nben,tutor')
    before = plan(lines, {'ann', 'ben'}, {}, LECTURER_GIVES)
    others = [
        plan(lines, {'ann'}, {}, LECTURER_GIVES),
        plan(lines, {'ann', 'ben'}, {'ann': Present('student', True)}, LECTURER_GIVES),
        plan(lines, {'ann', 'ben'}, {'ann': Present('student', False)}, LECTURER_GIVES),
        plan(lines, {'ann', 'ben'}, {}, ('student',)),
    ]
    assert len({digest_of(changes) for changes in [before, *others]}) == 5


def test_a_list_comes_back_from_the_preview_as_it_was():
    lines = read_class_list('login;role\nann;\nben;tutor\nzoe;boss\n')
    again = read_class_list(written(lines))
    assert [(line.login, line.role) for line in again] == [('ann', None), ('ben', 'tutor')]
    plans = [plan(found, {'ann', 'ben'}, {}, LECTURER_GIVES) for found in (lines, again)]
    assert digest_of(plans[0]) == digest_of(plans[1])
