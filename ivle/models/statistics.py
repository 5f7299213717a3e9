"""Statistics: how a class fares with the exercises of a worksheet."""

import json
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from ivle.models.attempt import Attempt, AttemptState
from ivle.models.course import Enrolment, Role
from ivle.models.exercise import Exercise
from ivle.models.faults import at_fault_now
from ivle.models.worksheet import Worksheet, WorksheetExercise

MOST_FAILURES = 3


@dataclass(frozen=True)
class ExerciseFigures:
    """How many students attempted an exercise and passed it; `failures` are (message, students), the most frequent first.

    `faults` counts the attempts that its current version could not judge, since it is at fault itself.
    """

    identifier: str
    name: str
    optional: bool
    attempted: int
    passed: int
    failures: tuple
    faults: int


def find_worksheet(db, offering_id, identifier):
    """Return (id, name) of a worksheet, or None."""
    row = db.execute(
        select(Worksheet.id, Worksheet.name).where(Worksheet.offering_id == offering_id, Worksheet.identifier == identifier)
    ).one_or_none()
    return row and tuple(row)


def worksheet_figures(db, offering_id, worksheet_id):
    """Return (number of active students, [ExerciseFigures…] in the order of the worksheet), in five queries."""
    students = select(Enrolment.user_id).where(
        Enrolment.offering_id == offering_id, Enrolment.active, Enrolment.role == Role.STUDENT
    )
    count = db.scalar(select(func.count()).select_from(students.subquery()))
    exercises = db.execute(
        select(
            WorksheetExercise.id, WorksheetExercise.optional, Exercise.identifier, Exercise.name, WorksheetExercise.exercise_id
        )
        .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        .where(WorksheetExercise.worksheet_id == worksheet_id, WorksheetExercise.active)
        .order_by(WorksheetExercise.position, WorksheetExercise.id)
    ).all()
    judged = (
        (Attempt.worksheet_exercise_id.in_([row.id for row in exercises])),
        Attempt.user_id.in_(students),
        Attempt.active,
        Attempt.state == AttemptState.JUDGED,
    )
    each = (
        select(
            Attempt.worksheet_exercise_id,
            Attempt.user_id,
            func.max(Attempt.number).label('newest'),
            func.count().filter(Attempt.passed).label('passes'),
        )
        .where(*judged)
        .group_by(Attempt.worksheet_exercise_id, Attempt.user_id)
        .subquery()
    )
    figures = {
        found: (attempted, passed)
        for found, attempted, passed in db.execute(
            select(each.c.worksheet_exercise_id, func.count(), func.count().filter(each.c.passes > 0)).group_by(
                each.c.worksheet_exercise_id
            )
        )
    }
    newest = db.execute(
        select(Attempt.worksheet_exercise_id, Attempt.verdict)
        .join(
            each,
            (each.c.worksheet_exercise_id == Attempt.worksheet_exercise_id)
            & (each.c.user_id == Attempt.user_id)
            & (each.c.newest == Attempt.number),
        )
        .where(~Attempt.passed)
    )
    failures = {}
    for found, verdict in newest:
        failures.setdefault(found, Counter())[failure_in(verdict)] += 1
    faults = at_fault_now(db, Attempt.worksheet_exercise_id.in_([row.id for row in exercises]))
    return count, [
        ExerciseFigures(
            row.identifier,
            row.name,
            row.optional,
            *figures.get(row.id, (0, 0)),
            tuple(failures.get(row.id, Counter()).most_common(MOST_FAILURES)),
            faults.get(row.exercise_id, 0),
        )
        for row in exercises
    ]


def failure_in(verdict):
    """Return what failed first in a verdict's JSON, in a line: the case with its message, or the error that ended it all."""
    told = json.loads(verdict) if verdict else {}
    failed = next((case for case in told.get('cases', ()) if not case.get('passed')), None)
    found = failed or told.get('error') or {}
    if isinstance(found, str):
        return found
    parts = [found.get('message')] if found.get('hidden') else [found.get('name'), found.get('message')]
    return ': '.join(part for part in parts if part) or 'The program did not pass.'
