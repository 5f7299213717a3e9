"""Working on an exercise: drafts, attempts that are judged once and never lost, and who may look at them."""

import threading
from datetime import timedelta
from inspect import signature

import pytest

from ivle.hosts import testing
from ivle.models import Attempt, AttemptState, AuditRecord, utc_now
from ivle.models.attempting import facts_of
from tests.functional.tutorial_site import (
    FACTORIAL,
    RIGHT,
    SHEET,
    ScriptedJudge,
    definition,
    judged,
    school,
    student,
    told_suite,
    tutorial_site,
)

__all__ = ['school', 'student', 'tutorial_site']

SUBMIT = f'{FACTORIAL}/@@submit'
QUEUED = {'state': 'queued', 'place': 3, 'seconds': 4}
RUNNING = {
    'state': 'running',
    'suites': [told_suite('five', True, [{'name': 'right', 'passed': True}], call='fac(5)')],
    'total': 2,
}


def rows(school):
    with school.database.reading() as db:
        return [(row.number, row.code, row.state, row.passed) for row in db.query(Attempt).order_by(Attempt.id)]


def submit(browser, code=RIGHT, **more):
    return browser.send_json(SUBMIT, {'code': code, **more})


def test_the_scripted_judge_is_asked_and_tells_as_the_real_one():
    for name in ('submit', 'look'):
        assert str(signature(getattr(ScriptedJudge, name))) == str(signature(getattr(testing.Testing, name)))
    for said in (QUEUED, RUNNING, judged(True), judged(False), {'state': 'fault', 'where': 'five', 'message': 'broken'}):
        assert testing._ANSWER(said) == said


# -- drafts -----------------------------------------------------------------------------------------


def test_a_draft_is_kept_as_it_was_typed(student):
    code = '\n\n  x = "é"  \n\n'
    assert set(student.send_json(f'{FACTORIAL}/@@save', {'code': code}).json) == {'saved'}
    assert student.get_json(FACTORIAL).json['code'] == code
    form = student.get(FACTORIAL).forms[1]
    assert form['code'].value.replace('\r\n', '\n') == code


def test_a_draft_takes_the_place_of_the_one_before(student):
    for code in ('one', 'two', ''):
        student.send_json(f'{FACTORIAL}/@@save', {'code': code})
        assert student.get_json(FACTORIAL).json['code'] == code


def test_what_was_submitted_last_is_in_the_exercise_and_a_later_draft_instead_of_it(student):
    student.send_json(f'{FACTORIAL}/@@save', {'code': 'draft'})
    submit(student, 'sent')
    assert student.get_json(FACTORIAL).json['code'] == 'sent'
    student.send_json(f'{FACTORIAL}/@@save', {'code': 'later'})
    assert student.get_json(FACTORIAL).json['code'] == 'later'


def test_reset_goes_back_to_the_starter_code_and_keeps_attempts(student):
    submit(student, 'sent')
    assert student.send_json(f'{FACTORIAL}/@@reset').json == {'code': 'def fac(n):\n    pass\n'}
    assert student.get_json(FACTORIAL).json['code'] == 'def fac(n):\n    pass\n'
    assert len(student.get_json(f'{FACTORIAL}/@@attempts').json) == 1


@pytest.mark.parametrize('act', ['save', 'submit'])
@pytest.mark.parametrize('code', ['x' * (256 * 1024 + 1), 'é' * (128 * 1024 + 1), 'a\0b', None, 7])
def test_code_that_cannot_be_kept_is_refused_in_words(school, student, act, code):
    answer = student.send_json(f'{FACTORIAL}/@@{act}', {'code': code})
    assert answer.status_int == 400 and answer.json['error']['message']
    assert rows(school) == []


def test_a_form_that_is_refused_comes_back_with_what_was_typed(student):
    answer = student.send(SUBMIT, code='y' * (256 * 1024 + 1))
    assert answer.status_int == 400 and 'y' * 1000 in answer.text and 'Shorten it' in answer.text


def test_the_largest_code_is_taken(student):
    assert submit(student, 'x' * (256 * 1024)).status_int == 200


@pytest.mark.parametrize('act', ['save', 'submit', 'reset', 'hint'])
def test_a_request_without_a_token_does_nothing(school, student, act):
    assert student.post(f'{FACTORIAL}/@@{act}', {'code': 'x'}, expect_errors=True).status_int == 400
    assert student.get(f'{FACTORIAL}/@@{act}', expect_errors=True).status_int == 405
    assert rows(school) == []


# -- submitting -------------------------------------------------------------------------------------


def test_an_attempt_that_passes_completes_the_exercise(school, student):
    told = submit(student).json
    assert (told['passed'], told['attempts'], told['completed'], told['number'], told['counts']) == (True, 1, True, 1, True)
    assert told['cases'][0] == {'name': 'fac(5)', 'passed': True, 'message': 'right', 'suite': 'five', 'call': 'fac(5)'}
    assert student.get_json(SHEET).json['done'] == 1
    assert 'passed after 1 attempt<' in student.get(SHEET).text


def test_an_attempt_that_fails_says_what_was_expected_and_what_came(school, student):
    school.judge.says = [judged(False)]
    told = submit(student).json
    assert (told['passed'], told['attempts'], told['completed']) == (False, 1, False)
    assert (told['cases'][0]['expected'], told['cases'][0]['actual'], told['cases'][0]['message']) == ('120', '24', 'wrong value')
    page = student.get(FACTORIAL).text
    assert 'attempted 1× · not yet' in page and 'wrong value' in page and '>24</pre>' in page


def test_the_judge_gets_the_published_version_and_the_code_as_typed(school, student):
    submit(student, 'x = 1  \n\n')
    [asked] = school.judge.asked
    assert (asked['login'], asked['definition'], asked['code']) == ('stu', definition().to_json(), 'x = 1  \n\n')
    assert len(asked['key']) == 32


def test_a_form_is_answered_by_the_page_it_was_on(student):
    answer = student.send(SUBMIT, code='a\r\nb', back='worksheet')
    assert answer.status_int == 303 and answer.location.endswith(f'{SHEET}#exercise-factorial')
    assert student.send(SUBMIT, code='a\r\nb').location.endswith(FACTORIAL)
    assert student.get_json(FACTORIAL).json['code'] == 'a\nb'


def test_the_same_click_twice_is_one_attempt(school, student):
    first, second = (submit(student, key='a' * 32).json for _ in range(2))
    assert first['number'] == second['number'] == 1 and len(rows(school)) == 1
    assert submit(student, key='b' * 32).json['number'] == 2


def test_the_same_key_with_another_text_is_another_attempt(school, student):
    submit(student, 'one', key='a' * 32)
    submit(student, 'two', key='a' * 32)
    assert [row[1] for row in rows(school)] == ['one', 'two']


def test_the_same_key_of_two_people_is_two_attempts_for_the_judge(school, student):
    other = school.person('other', 'student')
    submit(student, key='a' * 32)
    submit(other, key='a' * 32)
    assert len({asked['key'] for asked in school.judge.asked}) == 2


@pytest.mark.parametrize('key', ['short', 'x' * 65, 'a b c d e f g', 5])
def test_a_key_that_is_none_is_refused(student, key):
    assert submit(student, key=key).status_int == 400


def test_attempts_shown_end_with_the_first_that_passed(school, student):
    school.judge.says = [judged(False), judged(False), judged(True), judged(False)]
    counts = [(told['attempts'], told['completed']) for told in (submit(student, str(number)).json for number in range(4))]
    assert counts == [(1, False), (2, False), (3, True), (3, True)]
    assert [line['number'] for line in student.get_json(f'{FACTORIAL}/@@attempts').json] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ('verdicts', 'words'),
    [
        ([True] * 11, 'passed after 1 attempt<'),
        ([False, False, True, False], 'passed after 3 attempts<'),
        ([False], 'attempted 1× · not yet<'),
    ],
)
def test_the_state_says_how_many_attempts_it_took_and_the_verdict_which_attempt_it_is_of(school, student, verdicts, words):
    school.judge.says = [judged(passed) for passed in verdicts]
    for number in range(len(verdicts)):
        submit(student, str(number))
    page = student.get(FACTORIAL).text
    assert words in page and f'attempt {len(verdicts)}<' in page


def test_attempts_that_were_set_aside_do_not_count(school, student):
    submit(student)
    with school.database.writing() as db:
        db.query(Attempt).one().active = False
    told = student.get_json(FACTORIAL).json
    assert (told['attempts'], told['completed']) == (0, False)


def test_an_attempt_after_the_cutoff_is_kept_and_said_not_to_count(school, student):
    school.change_offering(worksheet_cutoff=utc_now() - timedelta(hours=1))
    assert submit(student).json['counts'] is False
    page = student.get(FACTORIAL).text
    assert 'does not count for marks' in page and 'The cutoff was' in page
    assert student.get_json('/subjects/151/2026/s1').json['mark']['percent'] == 0


def test_an_attempt_says_by_which_version_it_was_judged(school, student):
    submit(student, 'one')
    school.add_exercise('factorial', definition(starter='new'))
    submit(student, 'two')
    with school.database.reading() as db:
        assert [row.version.number for row in db.query(Attempt).order_by(Attempt.id)] == [1, 2]


def test_a_verdict_that_is_one_error_is_told_with_an_explanation(school, student):
    error = {
        'kind': 'missing',
        'name': 'fac',
        'message': 'The program has no function called fac.',
        'line': None,
        'traceback': '',
    }
    school.judge.says = [judged(False, suites=[], error=error)]
    told = submit(student).json
    assert told['error']['message'] == error['message'] and 'def fac' in told['error']['explanation']
    page = student.get(FACTORIAL).text
    assert error['message'] in page and '<code>def fac</code>' in page


# -- waiting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(('said', 'waiting'), [(QUEUED, {'place': 3, 'seconds': 4}), (None, {'place': 1, 'seconds': 1})])
def test_an_attempt_that_takes_longer_says_where_it_waits(school, student, said, waiting):
    school.judge.says = [said]
    answer = submit(student)
    assert answer.status_int == 202
    assert (answer.json['waiting'], answer.json['number'], answer.json['url']) == (waiting, 1, f'{FACTORIAL}/@@attempts/1')


def test_what_is_judged_so_far_is_told(school, student):
    school.judge.says = [RUNNING]
    told = submit(student).json
    waiting = told['waiting']
    assert [case['name'] for case in waiting['suites']] == ['fac(5)']
    assert (waiting['done'], waiting['total']) == (1, 2)
    assert 'Tests done so far: 1 of 2.' in student.get(told['url']).text


def test_each_hidden_test_that_is_done_is_counted(school, student):
    hidden = [told_suite('secret', True, [{'name': 'passes', 'passed': True}], is_hidden=True) for _ in range(3)]
    school.judge.says = [{**RUNNING, 'suites': [*RUNNING['suites'], *hidden], 'total': 5}]
    assert submit(student).json['waiting']['done'] == 4


def test_asking_after_an_attempt_collects_its_verdict(school, student):
    school.judge.says = [QUEUED, RUNNING, judged()]
    url = submit(student).json['url']
    assert student.get_json(FACTORIAL).json['waiting'] == 1 and 'being tested' in student.get(FACTORIAL).text
    assert 'waiting' in student.get_json(url).json
    told = student.get_json(url).json
    assert (told['passed'], told['completed'], told['attempts'], told['code']) == (True, True, 1, RIGHT)
    school.judge.says = ['down']
    assert student.get_json(url).json['passed'] is True
    # It was sent once, and only asked after since.
    assert len(school.judge.asked) == 1


def test_an_attempt_that_the_host_has_lost_is_sent_again_under_its_key(school, student):
    school.judge.says = [QUEUED, judged()]
    url = submit(student).json['url']
    school.judge.known.clear()
    assert student.get_json(url).json['passed'] is True
    first, second = school.judge.asked
    assert first['key'] == second['key'] and first['code'] == second['code'] == RIGHT


def test_a_verdict_is_recorded_once(school, student):
    school.judge.says = [QUEUED]
    url = submit(student).json['url']
    with school.database.reading() as db:
        waiting = facts_of(db.query(Attempt).one())
    school.judge.says = [judged(True)]
    assert school.judging.collect(waiting).attempt.passed
    school.judge.says = [judged(False)]
    assert school.judging.collect(waiting).attempt.passed
    assert student.get_json(url).json['passed'] is True


def test_when_nothing_can_be_tested_what_was_sent_is_kept(school, student):
    school.judge.says = ['down']
    answer = submit(student)
    assert answer.status_int == 202 and 'is kept' in answer.json['waiting']['message']
    assert rows(school) == [(1, RIGHT, AttemptState.WAITING, False)]
    assert 'being tested' in student.get(FACTORIAL).text


def test_an_attempt_is_written_down_before_it_is_judged(school, student):
    seen = []

    class Watching:
        def submit(self, *given, **more):
            seen.extend(rows(school))
            return judged()

    school.judging.testing = Watching()
    submit(student)
    assert seen == [(1, RIGHT, AttemptState.WAITING, False)]


def test_whoever_holds_a_key_down_is_told_to_wait(school, student):
    school.judge.says = [QUEUED]
    answers = [submit(student, str(number)) for number in range(6)]
    assert [answer.status_int for answer in answers] == [202] * 5 + [429]
    assert answers[-1].json['error']['code'] == 'too-many'


def test_half_of_the_threads_wait_and_the_others_answer_at_once(school, student):
    waits, release = [], threading.Event()
    entered = threading.Semaphore(0)

    class Slow:
        def submit(self, login, key, definition, code, wait=1.0, first=True):
            waits.append(wait)
            entered.release()
            if wait:
                release.wait(10)
            return QUEUED

    school.judging.testing = Slow()
    half = school.site.app.registry.ivle.threads // 2
    submitted = [school.person(f's{number}', 'student') for number in range(half + 1)]
    threads = [threading.Thread(target=submit, args=(browser,)) for browser in submitted[:half]]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=60)
    assert submit(submitted[half]).status_int == 202
    release.set()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0] + [1.0] * half


# -- left behind ------------------------------------------------------------------------------------


def grow_old(school, seconds=31):
    with school.database.writing() as db:
        for row in db.query(Attempt):
            row.submitted -= timedelta(seconds=seconds)


def test_what_is_left_waiting_is_judged_by_the_sweep(school, student):
    school.judge.says = ['down', judged()]
    submit(student)
    assert school.judging.sweep() == 0
    grow_old(school)
    assert school.judging.sweep() == 1
    assert rows(school) == [(1, RIGHT, AttemptState.JUDGED, True)]
    assert school.judging.sweep() == 0


def test_a_sweep_judges_by_the_version_that_the_attempt_was_sent_to(school, student):
    school.judge.says = ['down', judged()]
    submit(student)
    school.add_exercise('factorial', definition(starter='new'))
    grow_old(school)
    school.judging.sweep()
    assert school.judge.asked[-1]['definition'] == definition().to_json()


def test_the_progress_board_leads_to_the_attempts_of_a_student(school, student):
    submit(student)
    tutor = school.person('tutor', 'tutor')
    [line] = tutor.get_json('/subjects/151/2026/s1/@@progress').json['students']
    assert 'This is the work of' in tutor.get(line['attempts_url'])
    assert tutor.get_json(line['latest_url']).json['code'] == RIGHT


def test_staff_go_on_from_one_student_to_the_next(school):
    for login in ('amy', 'bob', 'stu'):
        submit(school.person(login, 'student'))
    submit(school.site.person('bob'), code='again')
    school.person('idle', 'student')
    submit(school.person('lecturer', 'lecturer'))
    tutor = school.person('tutor', 'tutor')

    def around(path):
        return {link['rel'][0]: link['href'] for link in tutor.get(path).html.select('.neighbours a')}

    page = f'{FACTORIAL}/@@attempts'
    assert around(f'{page}?student=bob') == {'prev': f'{page}?student=amy', 'next': f'{page}?student=stu'}
    assert around(f'{page}/1?student=amy') == {'next': f'{page}/2?student=bob'}
    assert around(f'{page}?student=idle') == {'prev': f'{page}?student=bob', 'next': f'{page}?student=stu'}
    assert around(f'{page}?student=stu') == {'prev': f'{page}?student=bob'}


def test_ones_own_attempts_lead_to_nobody_elses(school, student):
    submit(student)
    submit(school.person('amy', 'student'))
    assert 'neighbours' not in student.get(f'{FACTORIAL}/@@attempts')


def test_staff_see_on_an_attempt_what_is_wrong_with_the_exercise_and_students_do_not(school, student):
    school.judge.says = [{'state': 'fault', 'where': 'suite five', 'message': 'The check raised a <NameError>.'}]
    submit(student)
    page = f'{FACTORIAL}/@@attempts/1'
    assert 'NameError' not in student.get(page) and 'fault' not in student.get_json(page).json
    for role in ('tutor', 'lecturer'):
        staff = school.person(role, role)
        shown = staff.get(f'{page}?student=stu')
        assert 'The check raised a &lt;NameError&gt;.' in shown and 'suite five' in shown
        told = staff.get_json(f'{page}?student=stu').json['fault']
        assert told == {'where': 'suite five', 'message': 'The check raised a <NameError>.'}


@pytest.mark.parametrize('login', ['nobody', 'tutor', 'Not <a login>', 'left'])
def test_staff_who_write_a_login_that_no_student_has_are_told_so_at_the_field(school, login):
    school.person('left', 'student', active=False)
    page = school.person('tutor', 'tutor').get(f'{FACTORIAL}/@@attempts', {'student': login}, expect_errors=True)
    assert page.status_int == 400
    assert f'No active student of this offering is called {login}.' in page.html.find(id='student-error').text
    form = next(form for form in page.forms.values() if 'student' in form.fields)
    assert form['student'].value == login
    school.person('stu', 'student')
    form['student'] = ' Stu '
    assert 'This is the work of' in form.submit()


def test_a_script_of_staff_and_a_student_find_that_nobody_is_there(school, student):
    path = f'{FACTORIAL}/@@attempts?student=nobody'
    assert school.person('tutor', 'tutor').get_json(path, expect_errors=True).status_int == 404
    assert student.get(path, expect_errors=True).status_int == 404


@pytest.mark.parametrize(('hours', 'state'), [(23, AttemptState.WAITING), (25, AttemptState.VOID)])
def test_what_cannot_be_tested_for_a_day_is_given_up_and_costs_nothing(school, student, hours, state):
    school.judge.says = ['down']
    submit(student)
    grow_old(school, hours * 3600)
    school.judging.sweep()
    assert rows(school) == [(1, RIGHT, state, False)]


def test_an_attempt_that_was_given_up_says_that_the_site_was_at_fault(school, student):
    tutor = school.person('tut', 'tutor')
    school.judge.says = ['down']
    submit(student)
    grow_old(school, 25 * 3600)
    school.judging.sweep()
    told = student.get_json(f'{FACTORIAL}/@@attempts/1').json
    assert (told['state'], told['error']['kind'], told['counts']) == ('void', 'given-up', True)
    for path in (FACTORIAL, f'{FACTORIAL}/@@attempts/1'):
        page = student.get(path).text
        assert 'the site was at fault' in page and 'exercise itself is at fault' not in page and 'Void' in page
    assert 'void: it could not be tested' in student.get(f'{FACTORIAL}/@@attempts').text
    assert student.get_json(f'{FACTORIAL}/@@attempts').json[0]['given_up']
    assert 'could not be tested for a day' in student.get('/').text
    assert tutor.get_json(FACTORIAL).json['faults'] == []
    [notice] = tutor.get_json('/').json['notices']
    assert 'tell whoever runs the site' in notice['text'] and 'at fault itself' not in notice['text']


def test_what_can_be_tested_at_last_is_judged_however_old_it_is(school, student):
    school.judge.says = ['down', judged()]
    submit(student)
    grow_old(school, 30 * 3600)
    school.judging.sweep()
    assert rows(school) == [(1, RIGHT, AttemptState.JUDGED, True)]


# -- looking at attempts ----------------------------------------------------------------------------


def test_an_attempt_is_shown_with_what_has_changed_since(student):
    submit(student, 'one\ntwo\n')
    student.send_json(f'{FACTORIAL}/@@save', {'code': 'one\nthree\n'})
    page = student.get(f'{FACTORIAL}/@@attempts/1').text
    assert '-two' in page and '+three' in page
    assert 'Attempt 1' in student.get(f'{FACTORIAL}/@@attempts').text


def test_without_attempts_the_page_says_what_comes_there(student):
    assert 'Nothing was submitted yet' in student.get(f'{FACTORIAL}/@@attempts').text
    assert student.get_json(f'{FACTORIAL}/@@attempts').json == []


@pytest.mark.parametrize('number', ['2', '0', 'x', '01', '1/2', '99999999999999999999'])
def test_an_attempt_that_is_not_there_is_not_found(student, number):
    submit(student)
    assert student.get_json(f'{FACTORIAL}/@@attempts/{number}', expect_errors=True).status_int == 404


def test_attempts_of_others_are_nobodys_but_staffs(school, student):
    submit(student, 'mine')
    other = school.person('other', 'student')
    assert other.get_json(f'{FACTORIAL}/@@attempts').json == []
    for path in (f'{FACTORIAL}/@@attempts/1', f'{FACTORIAL}/@@attempts?student=stu', f'{FACTORIAL}/@@attempts/1?student=stu'):
        assert other.get_json(path, expect_errors=True).status_int == 404
    admin = school.person('boss', is_admin=True)
    assert admin.get_json(f'{FACTORIAL}/@@attempts?student=stu', expect_errors=True).status_int == 404


@pytest.mark.parametrize('role', ['tutor', 'lecturer'])
def test_staff_look_at_a_students_attempts_and_the_student_sees_it(school, student, role):
    submit(student, 'mine')
    staff = school.person('teach', role)
    assert [line['number'] for line in staff.get_json(f'{FACTORIAL}/@@attempts?student=stu').json] == [1]
    assert staff.get_json(f'{FACTORIAL}/@@attempts/1?student=stu').json['code'] == 'mine'
    assert 'This look is recorded' in staff.get(f'{FACTORIAL}/@@attempts/1?student=stu').text
    with school.database.reading() as db:
        seen = [
            (row.viewer_login, row.owner_login, row.action, row.path) for row in db.query(AuditRecord).order_by(AuditRecord.id)
        ]
    where = '151/2026/s1/basics/factorial'
    assert seen == [('teach', 'stu', 'attempts', where), ('teach', 'stu', 'attempt', f'{where}/1')]
    profile = student.get('/profile').text
    assert 'looked at your attempts at' in profile and f'/{where}' in profile


@pytest.mark.parametrize(('role', 'active'), [(None, True), ('student', False), ('tutor', True)])
def test_staff_look_at_active_students_only(school, role, active):
    school.person('somebody', role, active)
    staff = school.person('teach', 'lecturer')
    missing = staff.get_json(f'{FACTORIAL}/@@attempts?student=nobody', expect_errors=True)
    answer = staff.get_json(f'{FACTORIAL}/@@attempts?student=somebody', expect_errors=True)
    assert (answer.status_int, answer.json) == (404, missing.json)


def test_staff_of_another_offering_look_at_nothing(school, student):
    submit(student)
    elsewhere = school.person('elsewhere', 'lecturer', path='152/2026/s1')
    assert elsewhere.get_json(f'{FACTORIAL}/@@attempts?student=stu', expect_errors=True).status_int == 404


def test_ones_own_look_is_not_recorded(school, student):
    submit(student)
    student.get_json(f'{FACTORIAL}/@@attempts/1')
    with school.database.reading() as db:
        assert db.query(AuditRecord).count() == 0
