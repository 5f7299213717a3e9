"""Marks as a page, as JSON and as CSV; statistics of worksheets; the progress board."""

import csv
import io

import pytest

from ivle.models import AttemptState, Exercise, ExerciseVersion, user_called
from ivle.models.meta import utc_now
from tests.classroom import add_worksheet, minutes, send
from tests.functional.subjects_site import HERE
from tests.queries import counted_queries

MARKS, PROGRESS = f'{HERE}/@@marks', f'{HERE}/@@progress'
HEADING = ['login', 'name', 'last login', 'basics', 'loops', 'total percent', 'mark']


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


@pytest.fixture
def taught(school):
    """Return a School with two worksheets that count and one that does not; jdoe did one exercise before noon, one after."""
    school.add('jdoe', 'student', name='Jane Doe')
    school.add('idle', 'student', name='=HYPERLINK("x")')
    school.add('gone', 'student', active=False)
    school.add('tutor', 'tutor')
    with school.database.writing() as db:
        offering, jdoe = school.offering(db), user_called(db, 'jdoe')
        links = add_worksheet(db, offering)
        more = add_worksheet(db, offering, 'loops', exercises=('while', 'for', 'break'))
        add_worksheet(db, offering, 'extra', exercises=('puzzle',), assessable=False)
        send(db, jdoe, links['hello'], passed=True)
        send(db, jdoe, more['while'], passed=True)
        send(db, jdoe, more['for'], passed=True, submitted=utc_now() - minutes(1))
    return school


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.body.decode(), newline='')))


def csv_of(browser, query=''):
    return browser.get(MARKS + query, headers={'Accept': 'text/csv'})


def test_marks_are_told_of_active_students_only(taught, lecturer):
    found = lecturer.get_json(MARKS).json
    assert found['worksheets'] == [
        {'identifier': 'basics', 'name': 'Basics', 'total': 2},
        {'identifier': 'loops', 'name': 'Loops', 'total': 3},
    ]
    students = [(line['login'], line['done'], line['percent'], line['mark']) for line in found['students']]
    assert students == [
        ('idle', {'basics': 0, 'loops': 0}, 0, 0),
        ('jdoe', {'basics': 1, 'loops': 2}, 60, 3),
    ]


def test_the_page_shows_the_same(taught, lecturer):
    text = lecturer.get(MARKS).text
    assert '60 %' in text and '3 of 5' in text and '2 of 3' in text and 'Jane Doe' in text
    assert 'gone' not in text


def test_the_csv_has_a_column_for_each_worksheet_that_counts(taught, lecturer):
    answer = csv_of(lecturer)
    assert answer.content_type == 'text/csv'
    assert answer.headers['Content-Disposition'] == 'attachment; filename="marks-151-2026-s1.csv"'
    heading, idle, jdoe = rows_of(answer)
    assert heading == HEADING
    assert jdoe == ['jdoe', 'Jane Doe', '', '0.5', '0.6667', '60', '3']
    assert idle == ['idle', '\'=HYPERLINK("x")', '', '0', '0', '0', '0']


def test_the_link_of_the_page_gives_the_csv_to_a_browser(taught, lecturer):
    page = lecturer.get(MARKS)
    answer = page.click('CSV')
    assert answer.content_type == 'text/csv'
    assert rows_of(answer)[0] == HEADING


def test_the_last_sign_in_is_in_the_csv(taught, lecturer):
    taught.site.person('jdoe')
    assert rows_of(csv_of(lecturer))[2][2].endswith('Z')


def test_another_moment_counts_for_page_json_csv_and_the_link(taught, lecturer):
    query = '?cutoff=2026-05-04+12:00'
    assert lecturer.get_json(MARKS + query).json['students'][1]['percent'] == 40
    assert rows_of(csv_of(lecturer, query))[2][5:] == ['40', '2']
    page = lecturer.get(MARKS + query)
    assert '40 %' in page.text
    assert rows_of(page.click('CSV'))[2][5:] == ['40', '2']


def test_the_cutoff_of_the_offering_counts_where_no_other_is_asked_for(taught, lecturer):
    lecturer.send(f'{HERE}/@@save', worksheet_cutoff='2026-05-04T12:00')
    found = lecturer.get_json(MARKS).json
    assert (found['cutoff'], found['students'][1]['percent']) == ('2026-05-04T12:00:00Z', 40)
    assert lecturer.get_json(MARKS + '?cutoff=2100-01-01+00:00').json['students'][1]['percent'] == 60


def test_a_moment_that_is_none_is_refused_at_its_field(taught, lecturer):
    page = lecturer.get(MARKS + '?cutoff=soon', expect_errors=True)
    assert page.status_int == 400
    assert 'id="cutoff-error"' in page.text and '60 %' in page.text
    assert lecturer.get_json(MARKS + '?cutoff=soon', expect_errors=True).json['error']['field'] == 'cutoff'
    assert lecturer.get(MARKS + '?cutoff=soon', headers={'Accept': 'text/csv'}, expect_errors=True).status_int == 400


@pytest.mark.parametrize('accept', ['text/html', 'application/json', 'text/csv'])
def test_a_hundred_students_cost_no_more_queries_than_one(taught, lecturer, accept):
    with counted_queries(taught.database) as few:
        lecturer.get(MARKS, headers={'Accept': accept})
    logins = taught.add_class(100)
    with taught.database.writing() as db:
        links = add_worksheet(db, taught.offering(db), 'more', exercises=[f'e{number}' for number in range(10)])
        for login in logins:
            send(db, user_called(db, login), links['e1'], passed=True)
    with counted_queries(taught.database) as many:
        lecturer.get(MARKS, headers={'Accept': accept})
    assert len(many) == len(few) <= 10


def test_marks_of_an_offering_without_students_say_so(school, lecturer):
    assert 'No student is enrolled' in lecturer.get(MARKS).text
    assert rows_of(csv_of(lecturer)) == [['login', 'name', 'last login', 'total percent', 'mark']]


@pytest.mark.parametrize('role', ['student', 'tutor'])
@pytest.mark.parametrize('accept', ['text/html', 'application/json', 'text/csv'])
def test_marks_of_others_are_not_there_for_students_and_tutors(taught, role, accept):
    reader = taught.person('reader', role)
    assert reader.get(MARKS, headers={'Accept': accept}, expect_errors=True).status_int == 404
    assert reader.get(MARKS + '?format=csv', expect_errors=True).status_int == 404


# -- statistics -------------------------------------------------------------------------------------


def test_a_worksheet_says_how_the_class_fares(taught, lecturer):
    with taught.database.writing() as db:
        offering = taught.offering(db)
        links = add_worksheet(db, offering, 'last', exercises=('sum',))
        for login in ('jdoe', 'idle'):
            send(db, user_called(db, login), links['sum'], passed=False, message='forgot <zero>')
    found = lecturer.get_json(f'{HERE}/worksheets/last/@@statistics').json
    assert found == {
        'worksheet': 'last',
        'students': 2,
        'exercises': [
            {
                'identifier': 'sum',
                'name': 'Sum',
                'optional': False,
                'attempted': 2,
                'passed': 0,
                'faults': 0,
                'failures': [{'message': 'first: forgot <zero>', 'students': 2}],
            }
        ],
    }
    assert 'forgot &lt;zero&gt;' in lecturer.get(f'{HERE}/worksheets/last/@@statistics').text


@pytest.fixture
def at_fault(taught):
    """Put the exercise `sum` into a worksheet, and have it fail to judge two attempts."""
    with taught.database.writing() as db:
        link = add_worksheet(db, taught.offering(db), 'last', exercises=('sum', 'fine'))['sum']
        for login in ('jdoe', 'idle'):
            send(db, user_called(db, login), link, passed=False, state=AttemptState.VOID, verdict='{"fault": {"message": "x"}}')


def test_an_exercise_that_is_at_fault_is_marked_with_a_way_to_the_reasons(taught, lecturer, at_fault):
    page = lecturer.get(f'{HERE}/worksheets/last/@@statistics')
    [marked] = page.html.select('.at-fault')
    assert marked.a.text == 'at fault: 2 attempts not judged' and 'Sum' in marked.parent.text
    assert marked.a['href'] == '/subjects/151/exercises/sum#faults'
    assert [one['faults'] for one in lecturer.get_json(f'{HERE}/worksheets/last/@@statistics').json['exercises']] == [2, 0]
    [listed] = lecturer.get('/subjects/151/exercises').html.select('.at-fault a')
    assert (listed.text, listed['href']) == ('at fault: 2 attempts not judged', '/subjects/151/exercises/sum#faults')


def test_an_exercise_that_was_mended_is_marked_no_more(taught, lecturer, at_fault):
    with taught.database.writing() as db:
        exercise = db.query(Exercise).filter_by(identifier='sum').one()
        db.add(ExerciseVersion(exercise_id=exercise.id, number=2, definition='{}', digest='2'))
        exercise.current = 2
    assert 'at-fault' not in lecturer.get(f'{HERE}/worksheets/last/@@statistics')
    assert 'at-fault' not in lecturer.get('/subjects/151/exercises')


def test_the_marks_lead_to_the_statistics_of_each_worksheet(taught, lecturer):
    assert 'Statistics of Basics' in lecturer.get(MARKS).click('Basics').text


def test_statistics_ask_no_more_for_a_large_class(taught, lecturer):
    with counted_queries(taught.database) as few:
        lecturer.get(f'{HERE}/worksheets/basics/@@statistics')
    logins = taught.add_class(50)
    with taught.database.writing() as db:
        links = add_worksheet(db, taught.offering(db), 'large', exercises=[f'e{number}' for number in range(10)])
        for login in logins:
            send(db, user_called(db, login), links['e1'], passed=False)
    with counted_queries(taught.database) as many:
        lecturer.get(f'{HERE}/worksheets/large/@@statistics')
    assert len(many) == len(few) <= 8


def test_an_unknown_worksheet_has_no_statistics(taught, lecturer):
    assert lecturer.get(f'{HERE}/worksheets/none', expect_errors=True).status_int == 404


# -- progress ---------------------------------------------------------------------------------------


def test_the_board_shows_who_is_stuck_at_what(taught):
    tutor = taught.site.person('tutor')
    with taught.database.writing() as db:
        links = add_worksheet(db, taught.offering(db), 'today', exercises=('sum', 'product'))
        for _ in range(3):
            send(db, user_called(db, 'idle'), links['sum'], passed=False, submitted=utc_now())
    idle, jdoe = tutor.get_json(PROGRESS).json['students']
    assert (idle['exercise'], idle['failures'], idle['stuck']) == ('sum', 3, '3 failures in a row')
    assert (jdoe['exercise'], jdoe['result'], jdoe['stuck']) == ('for', 'passed', None)
    text = tutor.get(PROGRESS).text
    assert '3 failures in a row' in text and 'data-login="jdoe"' in text and 'gone' not in text


def test_the_board_of_a_large_class_costs_no_more_queries(taught):
    tutor = taught.site.person('tutor')
    with counted_queries(taught.database) as few:
        tutor.get(PROGRESS)
    logins = taught.add_class(50)
    with taught.database.writing() as db:
        links = add_worksheet(db, taught.offering(db), 'large')
        for login in logins:
            send(db, user_called(db, login), links['hello'], passed=False)
    with counted_queries(taught.database) as many:
        tutor.get(PROGRESS)
    assert len(many) == len(few) <= 8


def test_a_board_without_students_says_what_to_do(school, lecturer):
    assert 'No student is enrolled yet' in lecturer.get(PROGRESS).text


def test_an_administrator_who_tutors_sees_the_board(school):
    assert school.person('boss', 'tutor', is_admin=True).get(PROGRESS).status_int == 200
