"""Marks of a large class, and testing all attempts at an exercise again while others wait for their verdicts."""

import json
import secrets
import time

from sqlalchemy import insert, select

from bench import judging
from bench.figures import Row, Target, bounded, figure_of, milliseconds_of
from ivle.hosts.testing import Testing
from ivle.models import (
    Attempt,
    AttemptState,
    Database,
    Enrolment,
    Exercise,
    ExerciseVersion,
    Offering,
    Role,
    Semester,
    Subject,
    User,
    Worksheet,
    WorksheetExercise,
    utc_now,
)
from ivle.security import tokens
from ivle.teaching.reading import from_json
from tests.visitor import Visitor

STUDENTS, WORKSHEETS, EXERCISES = 500, 6, 10
RETESTED = 20_000
PAUSE_SECONDS = 0.1
ROUNDS, QUIET_SECONDS, LIVE_SECONDS, STOP_SECONDS = 4, 20.0, 30.0, 3.0
PLACE = 'bench/2026/s1'
VERDICT = json.dumps({'passed': True, 'cases': [{'name': 'a case', 'passed': True, 'message': ''}]})


def run(room):
    """Return the Rows."""
    database = Database(room.settings)
    try:
        token = _fill(database)
    finally:
        database.close()
    lecturer = Visitor(room.site.url, token)
    return [_marks(lecturer), _retest(room, lecturer)]


def _fill(database):
    """Make an offering with a large class that has done everything; return a token of its lecturer."""
    now = utc_now()
    with database.writing() as db:
        semester = db.scalars(select(Semester).where(Semester.year == 2026)).first()
        offering = Offering(subject=Subject(code='bench', name='A large class', url_name='bench'), semester=semester)
        lecturer = User(login=f'bench{secrets.token_hex(4)}', name='A lecturer')
        people = [User(login=f'class{number}', name=f'Student {number}') for number in range(STUDENTS)]
        db.add_all([offering, lecturer, *people])
        db.flush()
        db.add(Enrolment(user_id=lecturer.id, offering_id=offering.id, role=Role.LECTURER))
        db.add_all(Enrolment(user_id=one.id, offering_id=offering.id, role=Role.STUDENT) for one in people)
        definition = judging.exercise()
        links = [
            _add_exercise(db, offering, definition, worksheet, place)
            for worksheet in [_add_worksheet(db, offering, number) for number in range(WORKSHEETS)]
            for place in range(EXERCISES)
        ]
        common = {
            'number': 1,
            'submitted': now,
            'code': judging.SOLUTION,
            'state': AttemptState.JUDGED,
            'passed': True,
            'verdict': VERDICT,
            'python': '3',
            'active': True,
        }
        for number, (link_id, version_id) in enumerate(links):
            rows = [
                {**common, 'user_id': one.id, 'worksheet_exercise_id': link_id, 'version_id': version_id, 'key': 'once'}
                for one in people
            ]
            if number == 0:
                # So many as are tested again below.
                more = RETESTED // STUDENTS
                rows = [{**row, 'number': again, 'key': f'{again}'} for row in rows for again in range(1, more + 1)]
            db.execute(insert(Attempt), rows)
        return tokens.make(db, lecturer.id, 'bench')


def _add_worksheet(db, offering, number):
    row = Worksheet(
        offering_id=offering.id,
        identifier=f'sheet{number}',
        name=f'Worksheet {number}',
        published=True,
        assessable=True,
        position=number + 1,
    )
    db.add(row)
    db.flush()
    return row


def _add_exercise(db, offering, definition, worksheet, place):
    """Add a published exercise to a worksheet; return the ids of its link and of its version."""
    identifier = f'{worksheet.identifier}-{place}'
    row = Exercise(subject_id=offering.subject_id, identifier=identifier, name=identifier, draft=definition, current=1)
    db.add(row)
    db.flush()
    version = ExerciseVersion(exercise_id=row.id, number=1, definition=definition, digest=from_json(definition).digest)
    link = WorksheetExercise(worksheet_id=worksheet.id, exercise_id=row.id, position=place + 1)
    db.add_all([version, link])
    db.flush()
    return link.id, version.id


def _marks(lecturer):
    def look():
        answer = lecturer.get(f'/subjects/{PLACE}/@@marks')
        if answer.status != 200 or b'class499' not in answer.body:
            raise AssertionError(f'no marks: {answer.status}')

    look()
    figure = figure_of('page of marks', [milliseconds_of(look) for _ in range(20)])
    name = f'marks page, {STUDENTS} students × {WORKSHEETS * EXERCISES} exercises'
    return bounded(name, figure, 'median', 300)


def _retest(room, lecturer):
    testing, login, definition = Testing(room.settings), room.login(), judging.exercise()

    def live():
        judging.verdict(testing, login, definition)
        time.sleep(PAUSE_SECONDS)

    def times_within(seconds):
        begun, times = time.perf_counter(), []
        while time.perf_counter() < begun + seconds:
            times.append(milliseconds_of(live) - 1000 * PAUSE_SECONDS)
        return times

    live()
    quiet, during, done = [], [], 0
    # In turn: whatever else the machine does in these minutes is in both.
    for _ in range(ROUNDS):
        quiet += times_within(QUIET_SECONDS)
        job = lecturer.post(f'/subjects/{PLACE}/retest/sheet0/sheet0-0/@@start').json['job']
        during += times_within(LIVE_SECONDS)
        told = lecturer.get_json(f'/jobs/{job}').json
        if told['state'] not in ('running', 'done') or not told['done']:
            raise AssertionError(f'nothing was tested again: {told}')
        done += told['done']
        if told['state'] == 'running':
            lecturer.post(f'/jobs/{job}/@@cancel')
        # What is under way comes to its end.
        time.sleep(STOP_SECONDS)
    before = figure_of('verdict, nothing else to do', quiet)
    figure = figure_of('verdict while attempts are tested again', during)
    growth, seconds = figure.p95 / before.p95 - 1, ROUNDS * LIVE_SECONDS
    return Row(
        f'live verdicts while {RETESTED:,} attempts are tested again',
        figure,
        before,
        f'p95 {growth:+.0%}',
        100 * growth,
        Target('p95 grows ≤ 10 %', 10),
        f'{done} of them within {seconds:.0f} s, {done / seconds:.0f} a second',
    )
