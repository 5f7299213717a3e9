"""Progress: where each student of a class is at this moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ivle.models.attempt import Attempt, AttemptState
from ivle.models.exercise import Exercise
from ivle.models.marks import students
from ivle.models.worksheet import Worksheet, WorksheetExercise
from ivle.teaching.progress import Standing, reason_stuck


@dataclass(frozen=True)
class Place:
    """A student and the exercise they sent something for last. `done` of the `total` exercises of its worksheet have passed.

    `worksheet` and `exercise` are identifiers, `number` is that of the attempt; `result` is passed, failed or waiting. Everything
    about the exercise is None while nothing was sent.
    """

    login: str
    name: str
    worksheet: str | None = None
    exercise: str | None = None
    exercise_name: str | None = None
    number: int | None = None
    result: str | None = None
    failures: int = 0
    last: datetime | None = None
    done: int = 0
    total: int = 0
    stuck: str | None = None


def class_progress(db, offering_id, now):
    """Return a Place for each active student of an offering, by login, in five queries."""
    people = db.execute(students(offering_id)).all()
    ids = [person.id for person in people]
    latest = _latest_attempts(db, offering_id, ids)
    failures = _failures_in_a_row(db, latest)
    done, totals = _done(db, latest), _totals(db, latest)
    class_last = max((row.submitted for row in latest.values()), default=None)
    return [_place(person, latest.get(person.id), failures, done, totals, class_last, now) for person in people]


def _place(person, row, failures, done, totals, class_last, now):
    if row is None:
        return Place(person.login, person.name)
    finished, total = done.get((person.id, row.worksheet_id), 0), totals.get(row.worksheet_id, 0)
    in_a_row = failures.get((person.id, row.link_id), 0)
    standing = Standing(in_a_row, row.submitted, is_finished=total > 0 and finished >= total)
    return Place(
        login=person.login,
        name=person.name,
        worksheet=row.worksheet,
        exercise=row.exercise,
        exercise_name=row.exercise_name,
        number=row.number,
        result='waiting' if row.state == AttemptState.WAITING else 'passed' if row.passed else 'failed',
        failures=in_a_row,
        last=row.submitted,
        done=finished,
        total=total,
        stuck=reason_stuck(standing, class_last, now),
    )


def _latest_attempts(db, offering_id, user_ids):
    """Return {user id: the newest attempt with its exercise}."""
    newest = (
        select(func.max(Attempt.id))
        .join(WorksheetExercise, WorksheetExercise.id == Attempt.worksheet_exercise_id)
        .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .where(Worksheet.offering_id == offering_id, Attempt.user_id.in_(user_ids))
        .where(Attempt.active, Attempt.state != AttemptState.VOID)
        .group_by(Attempt.user_id)
    )
    rows = db.execute(
        select(
            Attempt.user_id,
            Attempt.number,
            Attempt.submitted,
            Attempt.state,
            Attempt.passed,
            WorksheetExercise.id.label('link_id'),
            Worksheet.id.label('worksheet_id'),
            Worksheet.identifier.label('worksheet'),
            Exercise.identifier.label('exercise'),
            Exercise.name.label('exercise_name'),
        )
        .join(WorksheetExercise, WorksheetExercise.id == Attempt.worksheet_exercise_id)
        .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        .where(Attempt.id.in_(newest))
    ).all()
    return {row.user_id: row for row in rows}


def _failures_in_a_row(db, latest):
    """Return {(user id, worksheet exercise id): failed attempts since the last that passed} at the exercises of `latest`."""
    at = (Attempt.user_id.in_(latest), Attempt.worksheet_exercise_id.in_({row.link_id for row in latest.values()}))
    counted = (*at, Attempt.active, Attempt.state == AttemptState.JUDGED)
    last_pass = (
        select(Attempt.user_id, Attempt.worksheet_exercise_id, func.max(Attempt.number).label('number'))
        .where(*counted, Attempt.passed)
        .group_by(Attempt.user_id, Attempt.worksheet_exercise_id)
        .subquery()
    )
    rows = db.execute(
        select(Attempt.user_id, Attempt.worksheet_exercise_id, func.count())
        .outerjoin(
            last_pass,
            (last_pass.c.user_id == Attempt.user_id) & (last_pass.c.worksheet_exercise_id == Attempt.worksheet_exercise_id),
        )
        .where(*counted, ~Attempt.passed, Attempt.number > func.coalesce(last_pass.c.number, 0))
        .group_by(Attempt.user_id, Attempt.worksheet_exercise_id)
    )
    return {(user_id, link_id): count for user_id, link_id, count in rows}


def _worksheets_in(latest):
    return {row.worksheet_id for row in latest.values()}


def _done(db, latest):
    """Return {(user id, worksheet id): mandatory exercises that have passed} at the worksheets of `latest`."""
    rows = db.execute(
        select(Attempt.user_id, WorksheetExercise.worksheet_id, func.count(WorksheetExercise.id.distinct()))
        .join(WorksheetExercise, WorksheetExercise.id == Attempt.worksheet_exercise_id)
        .where(WorksheetExercise.worksheet_id.in_(_worksheets_in(latest)), Attempt.user_id.in_(latest))
        .where(WorksheetExercise.active, ~WorksheetExercise.optional)
        .where(Attempt.active, Attempt.state == AttemptState.JUDGED, Attempt.passed)
        .group_by(Attempt.user_id, WorksheetExercise.worksheet_id)
    )
    return {(user_id, worksheet_id): count for user_id, worksheet_id, count in rows}


def _totals(db, latest):
    """Return {worksheet id: number of its mandatory exercises}."""
    rows = db.execute(
        select(WorksheetExercise.worksheet_id, func.count())
        .where(WorksheetExercise.worksheet_id.in_(_worksheets_in(latest)))
        .where(WorksheetExercise.active, ~WorksheetExercise.optional)
        .group_by(WorksheetExercise.worksheet_id)
    )
    return {worksheet_id: count for worksheet_id, count in rows}
