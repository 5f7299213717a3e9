"""Marks: which exercises of an offering's worksheets have been done, by one person and by everybody.

An exercise is done when an active, judged attempt at it has passed; attempts after the cutoff do not count for marks.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from ivle.models.attempt import Attempt, AttemptState
from ivle.models.course import Enrolment, Role
from ivle.models.user import User
from ivle.models.worksheet import Worksheet, WorksheetExercise
from ivle.teaching.marks import Mark, mark_for

_IS_MANDATORY = WorksheetExercise.active & ~WorksheetExercise.optional
_HAS_PASSED = Attempt.active & (Attempt.state == AttemptState.JUDGED) & Attempt.passed


@dataclass(frozen=True)
class WorksheetStanding:
    """A worksheet and how far a reader is with it. `total` are its mandatory exercises, `counted` those done in time."""

    id: int
    identifier: str
    name: str
    assessable: bool
    published: bool
    total: int
    done: int
    counted: int


@dataclass(frozen=True)
class Column:
    """A worksheet that counts, and of how many exercises."""

    id: int
    identifier: str
    name: str
    total: int


@dataclass(frozen=True)
class Row:
    """A student's marks. `done` is {worksheet id: exercises done in time}; what is missing is 0."""

    login: str
    name: str
    last_login: datetime | None
    done: dict
    mark: Mark


def _worksheets(offering_id):
    """Return the query for the worksheets of an offering, in order, with the number of their mandatory exercises."""
    return (
        select(Worksheet, func.count(WorksheetExercise.id))
        .outerjoin(WorksheetExercise, (WorksheetExercise.worksheet_id == Worksheet.id) & _IS_MANDATORY)
        .where(Worksheet.offering_id == offering_id)
        .group_by(Worksheet.id)
        .order_by(Worksheet.position, Worksheet.id)
    )


def standing(db, offering_id, user_id, cutoff, sees_unpublished):
    """Return a WorksheetStanding for each worksheet that somebody may see, in two queries."""
    in_time = Attempt.submitted <= cutoff if cutoff is not None else Attempt.id.is_not(None)
    done = {
        worksheet_id: (all_done, counted)
        for worksheet_id, all_done, counted in db.execute(
            select(
                WorksheetExercise.worksheet_id,
                func.count(WorksheetExercise.id.distinct()),
                func.count(case((in_time, WorksheetExercise.id)).distinct()),
            )
            .join(Attempt, Attempt.worksheet_exercise_id == WorksheetExercise.id)
            .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
            .where(Worksheet.offering_id == offering_id, Attempt.user_id == user_id, _IS_MANDATORY, _HAS_PASSED)
            .group_by(WorksheetExercise.worksheet_id)
        )
    }
    query = _worksheets(offering_id)
    if not sees_unpublished:
        query = query.where(Worksheet.published)
    return [
        WorksheetStanding(row.id, row.identifier, row.name, row.assessable, row.published, total, *done.get(row.id, (0, 0)))
        for row, total in db.execute(query)
    ]


def mark_of(standings):
    """Return the Mark that WorksheetStandings earn: published and assessable worksheets count."""
    counting = [worksheet for worksheet in standings if worksheet.published and worksheet.assessable]
    return mark_for(sum(worksheet.counted for worksheet in counting), sum(worksheet.total for worksheet in counting))


def marks_sheet(db, offering_id, cutoff):
    """Return ([Column…], [Row…] of the active students by login) as of a moment, in three queries."""
    counting = _worksheets(offering_id).where(Worksheet.published, Worksheet.assessable)
    columns = [Column(row.id, row.identifier, row.name, total) for row, total in db.execute(counting)]
    passed = (
        select(Attempt.user_id, WorksheetExercise.worksheet_id, func.count(WorksheetExercise.id.distinct()))
        .join(Attempt, Attempt.worksheet_exercise_id == WorksheetExercise.id)
        .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .where(Worksheet.offering_id == offering_id, Worksheet.published, Worksheet.assessable)
        .where(_IS_MANDATORY, _HAS_PASSED, Attempt.submitted <= cutoff)
        .group_by(Attempt.user_id, WorksheetExercise.worksheet_id)
    )
    done = {}
    for user_id, worksheet_id, count in db.execute(passed):
        done.setdefault(user_id, {})[worksheet_id] = count
    total = sum(column.total for column in columns)
    return columns, [
        Row(login, name, last_login, done.get(user_id, {}), mark_for(sum(done.get(user_id, {}).values()), total))
        for user_id, login, name, last_login in db.execute(students(offering_id))
    ]


def students(offering_id):
    """Return the query for (id, login, name, last login) of the active students of an offering, by login."""
    return (
        select(User.id, User.login, User.name, User.last_login)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.offering_id == offering_id, Enrolment.active, Enrolment.role == Role.STUDENT)
        .order_by(User.login)
    )
