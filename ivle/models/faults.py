"""Faults: attempts that could not be judged because their exercise was at fault itself, and what its authors are told of them."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ivle.models.attempt import IS_FAULT, Attempt
from ivle.models.exercise import Exercise, ExerciseVersion

MOST_FAULTS = 10


@dataclass(frozen=True)
class Fault:
    """What an attempt met that the exercise was at fault for."""

    when: datetime
    version: int
    where: str
    message: str


def faults_of(db, exercise_id):
    """Return (how many attempts the exercise was at fault for, the newest of the Faults)."""
    rows = db.execute(
        select(Attempt.submitted, ExerciseVersion.number, Attempt.verdict, func.count().over())
        .join(ExerciseVersion, ExerciseVersion.id == Attempt.version_id)
        .where(ExerciseVersion.exercise_id == exercise_id, IS_FAULT)
        .order_by(Attempt.submitted.desc(), Attempt.id.desc())
        .limit(MOST_FAULTS)
    ).all()
    return rows[0][3] if rows else 0, [Fault(when, number, *fault_in(verdict)) for when, number, verdict, _ in rows]


def fault_in(verdict):
    """Return (where, message) of the fault that stands in the verdict of a void attempt."""
    value = json.loads(verdict) if verdict else {}
    fault = value.get('fault', value) if isinstance(value, dict) else {}
    fault = fault if isinstance(fault, dict) else {'message': fault}
    return str(fault.get('where') or ''), str(fault.get('message') or 'The test could not be carried out.')


def at_fault_now(db, *conditions):
    """Return {exercise id: how many attempts its current version was at fault for}, for the attempts that `conditions` mean."""
    rows = db.execute(
        select(Exercise.id, func.count())
        .join(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .join(Attempt, Attempt.version_id == ExerciseVersion.id)
        .where(IS_FAULT, Attempt.active, *conditions)
        .group_by(Exercise.id)
    )
    return dict(tuple(row) for row in rows)
