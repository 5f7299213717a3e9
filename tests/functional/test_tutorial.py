"""The tutorial: what its readers see of offerings, worksheets and exercises, and what of them nobody ever sees."""

import pytest

from ivle.models import Exercise, Semester, SemesterState, WorksheetExercise
from tests.functional.tutorial_site import (
    CLIENTS,
    FACTORIAL,
    OFFERING,
    SECRET,
    SHEET,
    TutorialSchool,
    definition,
    judged,
    school,
    student,
    tutorial_site,
)
from tests.queries import counted_queries
from tests.web import open_site

__all__ = ['school', 'student', 'tutorial_site']

PAGES = ('/tutorial', OFFERING, SHEET, FACTORIAL)


@pytest.mark.parametrize('path', PAGES)
def test_a_student_sees_pages_and_json(student, path):
    assert student.get(path).content_type == 'text/html'
    assert student.get_json(path).content_type == 'application/json'


@pytest.mark.parametrize('path', PAGES[1:])
@pytest.mark.parametrize(('role', 'active'), [(None, True), ('student', False), ('lecturer', False)])
def test_to_whoever_has_no_part_it_is_not_there(school, path, role, active):
    stranger = school.person('stranger', role, active)
    missing = stranger.get_json('/tutorial/151/2026/s9', expect_errors=True)
    answer = stranger.get_json(path, expect_errors=True)
    assert (answer.status_int, answer.json) == (404, missing.json)


@pytest.mark.parametrize('path', PAGES)
def test_the_anonymous_are_sent_to_sign_in(school, path):
    browser = school.site.browser()
    assert browser.get(path).status_int == 303
    assert browser.get_json(path, expect_errors=True).status_int == 401


@pytest.mark.parametrize(
    'path', ['/tutorial/nothing', f'{OFFERING}/nothing', f'{SHEET}/nothing', f'{FACTORIAL}/more', f'{SHEET}/@@file/no.png']
)
def test_what_is_not_there_is_not_found(student, path):
    assert student.get(path, expect_errors=True).status_int == 404


def test_the_list_says_how_far_one_is(student):
    [offering] = student.get_json('/tutorial').json['offerings']
    assert (offering['offering'], offering['role'], offering['done'], offering['total']) == ('151/2026/s1', 'student', 0, 2)
    [worksheet] = offering['worksheets']
    assert (worksheet['identifier'], worksheet['done'], worksheet['total'], worksheet['completed']) == ('basics', 0, 2, False)
    assert '0 of 2 exercises' in student.get('/tutorial').text


def test_whoever_takes_part_in_nothing_is_told_who_enrols(school):
    assert 'enrols you' in school.person('new').get('/tutorial').text


def test_a_worksheet_has_its_exercises_where_they_stand_in_the_text(student):
    told = student.get_json(SHEET).json
    assert [piece.get('exercise') for piece in told['pieces']] == [None, 'hello', None, 'factorial', 'extra']
    assert [exercise['optional'] for exercise in told['exercises']] == [False, False, True]
    page = student.get(SHEET).text
    assert page.index('id="exercise-hello"') < page.index('Between.') < page.index('id="exercise-factorial"')


def test_an_exercise_begins_with_its_starter_code(student):
    told = student.get_json(FACTORIAL).json
    assert (told['code'], told['attempts'], told['completed'], told['state']) == ('def fac(n):\n    pass\n', 0, False, 'new')
    assert '<em>Factorial</em>' in told['description']


def test_a_text_that_an_older_version_rendered_is_rendered_anew(school, student):
    school.change(renderer='0', rendered='{}')
    assert len(student.get_json(SHEET).json['pieces']) == 5


def test_an_exercise_without_a_published_version_is_not_there(school, student):
    with school.database.writing() as db:
        db.query(Exercise).filter_by(identifier='factorial').one().current = 0
    assert student.get(FACTORIAL, expect_errors=True).status_int == 404
    assert [exercise['identifier'] for exercise in student.get_json(SHEET).json['exercises']] == ['hello', 'extra']
    assert student.get(SHEET).status_int == 200


def test_an_exercise_that_was_taken_out_is_not_there(school, student):
    with school.database.writing() as db:
        db.query(WorksheetExercise).filter_by(position=2).one().active = False
    assert student.get(FACTORIAL, expect_errors=True).status_int == 404
    assert student.get_json(SHEET).json['total'] == 1


# -- what is not published --------------------------------------------------------------------------


@pytest.mark.parametrize(('role', 'status'), [('student', 404), ('tutor', 200), ('lecturer', 200)])
def test_an_unpublished_worksheet_is_there_only_for_those_who_write(school, role, status):
    school.change(published=False)
    reader = school.person('reader', role)
    for path in (SHEET, FACTORIAL, f'{FACTORIAL}/@@attempts'):
        assert reader.get(path, expect_errors=True).status_int == status
    listed = [worksheet['identifier'] for worksheet in reader.get_json(OFFERING).json['worksheets']]
    assert listed == (['basics'] * (status == 200))
    assert [len(one['worksheets']) for one in reader.get_json('/tutorial').json['offerings']] == [len(listed)]


@pytest.mark.parametrize(('role', 'is_led'), [('student', False), ('tutor', True), ('lecturer', True)])
def test_whoever_looks_at_a_worksheet_as_students_do_is_led_back_to_writing_it(school, role, is_led):
    reader = school.person('reader', role)
    link = reader.get(SHEET).html.find('a', href='/subjects/151/2026/s1/worksheets/basics')
    assert (link is not None) == is_led


@pytest.mark.parametrize('act', ['save', 'submit', 'reset', 'hint'])
def test_nobody_works_on_an_unpublished_worksheet_but_those_who_write(school, student, act):
    school.change(published=False)
    assert student.send_json(f'{FACTORIAL}/@@{act}', {'code': 'x = 1'}).status_int == 404


def test_nobody_without_a_part_works_on_an_exercise(school):
    stranger = school.person('stranger')
    for act in ('save', 'submit', 'reset', 'hint'):
        assert stranger.send_json(f'{FACTORIAL}/@@{act}', {'code': 'x = 1'}).status_int == 404


# -- what nobody sees -------------------------------------------------------------------------------


def everything(browser):
    """Return all that the site says to somebody who looks everywhere and tries everything."""
    said = []
    for path in (
        *PAGES,
        f'{FACTORIAL}/@@attempts',
        f'{FACTORIAL}/@@attempts/1',
        f'{FACTORIAL}/@@attempts/2',
        '/',
        '/subjects/151/2026/s1',
    ):
        said += [browser.get(path).text, browser.get_json(path).text]
    return said


@pytest.mark.parametrize('passed', [True, False])
@pytest.mark.parametrize('role', ['student', 'tutor'])
def test_no_part_of_the_tests_or_the_solution_leaves_the_site(school, passed, role):
    reader = school.person('reader', role)
    error = {'kind': 'exception', 'name': 'ValueError', 'message': f'{SECRET}-error', 'line': 1, 'traceback': f'{SECRET}-trace'}
    hidden_error = judged(False)
    hidden_error['verdict']['suites'][1].update(error=error, call=f'{SECRET}-call', stdin=f'{SECRET}-stdin')
    running = {'state': 'running', 'suites': hidden_error['verdict']['suites'], 'total': 2}
    school.judge.says = [running, judged(passed), hidden_error]
    said = [reader.send_json(f'{FACTORIAL}/@@submit', {'code': str(number)}).text for number in range(2)]
    said += [reader.send_json(f'{FACTORIAL}/@@save', {'code': '3'}).text, reader.send_json(f'{FACTORIAL}/@@reset').text]
    said += [reader.send_json(f'{FACTORIAL}/@@hint').text, *everything(reader)]
    assert len(said) > 20 and [text for text in said if SECRET in text] == []


def test_a_fault_of_the_exercise_is_told_to_staff_only(school, student):
    school.judge.says = [{'state': 'fault', 'where': 'five', 'message': f'{SECRET} is broken'}]
    answer = student.send_json(f'{FACTORIAL}/@@submit', {'code': 'x'})
    assert answer.status_int == 200 and answer.json['error']['kind'] == 'fault' and answer.json['attempts'] == 0
    seen = (
        student.get(FACTORIAL).text,
        student.get_json(FACTORIAL).text,
        student.get(f'{FACTORIAL}/@@attempts/1').text,
        answer.text,
    )
    assert [text for text in seen if SECRET in text] == []
    tutor = school.person('tut', 'tutor')
    [fault] = tutor.get_json(FACTORIAL).json['faults']
    assert (fault['where'], fault['message'], fault['version']) == ('five', f'{SECRET} is broken', 1)
    assert f'{SECRET} is broken' in tutor.get(FACTORIAL).text


# -- hints ------------------------------------------------------------------------------------------


def test_hints_are_revealed_one_by_one_and_stay_revealed(student):
    assert (student.get_json(FACTORIAL).json['hints'], student.get_json(FACTORIAL).json['hint_count']) == ([], 2)
    first = student.send_json(f'{FACTORIAL}/@@hint').json
    assert (first['number'], first['count']) == (1, 2) and '<strong>recursion</strong>' in first['html']
    assert len(student.get_json(FACTORIAL).json['hints']) == 1
    assert student.send(f'{FACTORIAL}/@@hint').status_int == 303
    assert student.send_json(f'{FACTORIAL}/@@hint').json['number'] == 2
    assert len(student.get_json(FACTORIAL).json['hints']) == 2


def test_an_exercise_without_hints_reveals_none(school, student):
    school.add_exercise('factorial', definition(hints=[]))
    assert student.send_json(f'{FACTORIAL}/@@hint').json == {'number': 0, 'html': None, 'count': 0}
    assert 'Show hint' not in student.get(FACTORIAL).text


# -- files ------------------------------------------------------------------------------------------


def test_a_picture_of_a_worksheet_is_shown(school, student):
    school.add_file('tree.png', b'png', 'image/png')
    assert f'src="{SHEET}/@@file/tree.png"' in student.get(SHEET).text
    answer = student.get(f'{SHEET}/@@file/tree.png')
    assert (answer.body, answer.content_type) == (b'png', 'image/png')
    assert student.get(f'{SHEET}/@@file/tree.png', headers={'If-None-Match': answer.headers['ETag']}).status_int == 304


@pytest.mark.parametrize(
    ('name', 'media_type'), [('a.svg', 'image/svg+xml'), ('a.html', 'text/html'), ('d/a.js', 'text/javascript')]
)
def test_a_file_that_could_hold_a_program_is_an_attachment_in_a_sandbox(school, student, name, media_type):
    school.add_file(name, b'<script>', media_type)
    answer = student.get(f'{SHEET}/@@file/{name}')
    assert answer.content_type == 'application/octet-stream'
    assert answer.headers['Content-Disposition'].startswith('attachment')
    assert 'sandbox' in answer.headers['Content-Security-Policy'] and answer.headers['X-Content-Type-Options'] == 'nosniff'


def test_a_file_of_an_unpublished_worksheet_is_not_there(school, student):
    school.add_file('tree.png', b'png', 'image/png')
    school.change(published=False)
    assert student.get(f'{SHEET}/@@file/tree.png', expect_errors=True).status_int == 404


# -- cost and names ---------------------------------------------------------------------------------


@pytest.mark.parametrize('path', (*PAGES, f'{FACTORIAL}/@@attempts', f'{FACTORIAL}/@@attempts/1', '/'))
def test_a_page_asks_the_database_a_few_questions_however_much_there_is(school, student, path):
    student.send_json(f'{FACTORIAL}/@@submit', {'code': 'x'})
    with counted_queries(school.database) as few:
        student.get(path)
    names = [f'more{number}' for number in range(12)]
    source = '\n\n'.join(f'.. exercise:: {name}' for name in ('hello', 'factorial', *names))
    school.add_worksheet('larger', source, position=2)
    for name in ('factorial', *names):
        student.send_json(f'{OFFERING}/larger/{name}/@@submit', {'code': 'x'})
        student.send_json(f'{OFFERING}/larger/{name}/@@save', {'code': 'y'})
    with counted_queries(school.database) as many:
        student.get(path.replace('basics', 'larger'))
    assert len(few) == len(many) <= 8


def test_links_stand_below_the_prefix_of_the_site(data):
    with open_site(data, clients=CLIENTS, prefix='/ivle') as site:
        made = TutorialSchool(site)
        made.add_worksheet()
        browser = made.person('stu', 'student')
        assert browser.get_json(SHEET).json['exercises'][0]['url'] == f'/ivle{SHEET}/hello'


def goes_on(browser, path='/'):
    """Return (the exercise that a page offers to go on with, whether it says that all is done)."""
    told = browser.get_json(path).json
    return told['continue'] and told['continue']['url'], told['all_done']


def test_the_front_page_says_how_far_one_is_and_goes_on_with_what_is_not_passed(school, student):
    assert student.get_json('/').json['continue'] is None
    student.send_json(f'{FACTORIAL}/@@submit', {'code': 'x'})
    told = student.get_json('/').json
    assert (told['subjects'][0]['done'], told['subjects'][0]['total']) == (1, 2)
    hello = f'{SHEET}/hello'
    assert told['continue'] == {
        'name': 'Hello',
        'worksheet': 'basics',
        'worksheet_name': 'The basics',
        'offering': '151/2026/s1',
        'url': hello,
    }
    page = student.get('/').text
    assert '1 of 2 exercises' in page and f'href="{hello}"' in page and f'href="{OFFERING}"' in page


@pytest.mark.parametrize('path', ['/', OFFERING])
def test_what_was_left_unfinished_comes_first(school, student, path):
    school.judge.says = [judged(passed=False)]
    student.send_json(f'{FACTORIAL}/@@submit', {'code': 'x'})
    assert goes_on(student, path) == (FACTORIAL, False)
    assert f'href="{FACTORIAL}"' in student.get(path).text


@pytest.mark.parametrize('path', ['/', OFFERING])
def test_an_optional_exercise_is_gone_on_with_only_while_it_is_the_one_that_was_left(student, path):
    student.send_json(f'{SHEET}/extra/@@save', {'code': 'x'})
    assert goes_on(student, path) == (f'{SHEET}/extra', False)
    student.send_json(f'{SHEET}/extra/@@submit', {'code': 'x'})
    assert goes_on(student, path) == (f'{SHEET}/hello', False)


@pytest.mark.parametrize('path', ['/', OFFERING])
def test_after_a_worksheet_comes_the_next_and_then_what_was_left_out(school, student, path):
    school.add_worksheet('before', '.. exercise:: hello', position=0)
    school.add_worksheet('after', '.. exercise:: hello', position=9)
    steps = []
    for url in (FACTORIAL, f'{SHEET}/hello', f'{OFFERING}/after/hello'):
        student.send_json(f'{url}/@@submit', {'code': 'x'})
        steps.append(goes_on(student, path))
    expected = (f'{SHEET}/hello', f'{OFFERING}/after/hello', f'{OFFERING}/before/hello')
    assert steps == [(url, False) for url in expected]


@pytest.mark.parametrize('path', ['/', OFFERING])
def test_when_all_is_passed_the_page_says_so_and_offers_nothing(student, path):
    for name in ('hello', 'factorial'):
        student.send_json(f'{SHEET}/{name}/@@submit', {'code': 'x'})
    assert goes_on(student, path) == (None, True)
    assert 'All done' in student.get(path).text


def test_the_page_of_an_offering_offers_a_student_the_first_exercise_and_staff_none(school, student):
    assert goes_on(student, OFFERING) == (f'{SHEET}/hello', False)
    assert 'Begin: Hello' in student.get(OFFERING).text
    tutor = school.person('tut', 'tutor')
    assert goes_on(tutor, OFFERING) == (None, False)
    assert 'Begin' not in tutor.get(OFFERING).text


def test_what_is_not_done_in_a_past_semester_is_not_gone_on_with(school, student):
    for name in ('hello', 'factorial'):
        student.send_json(f'{SHEET}/{name}/@@submit', {'code': 'x'})
    school.enrol('stu', 'student', path='151/2025/s1')
    school.add_worksheet('old', '.. exercise:: hello', path='151/2025/s1')
    with school.database.writing() as db:
        db.query(Semester).filter_by(year=2025).one().state = SemesterState.PAST
    assert goes_on(student) == (None, True)


def test_the_front_page_does_not_go_on_to_what_is_not_published(school, student):
    student.send_json(f'{FACTORIAL}/@@save', {'code': 'x'})
    assert student.get_json('/').json['continue']['url'] == FACTORIAL
    school.change(published=False)
    assert student.get_json('/').json['continue'] is None
