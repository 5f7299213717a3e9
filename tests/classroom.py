"""Builders for what is taught in an offering, and what students have sent."""

import itertools
import json
from datetime import UTC, datetime, timedelta

from ivle.models import Attempt, AttemptState, Exercise, ExerciseVersion, Worksheet, WorksheetExercise

_numbers = itertools.count(1)
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def add_exercise(db, offering, identifier):
    """Add a published exercise to the bank of an offering's subject, unless it is there, and return the row."""
    found = db.query(Exercise).filter_by(subject_id=offering.subject_id, identifier=identifier).one_or_none()
    if found is not None:
        return found
    row = Exercise(subject_id=offering.subject_id, identifier=identifier, name=identifier.capitalize(), draft='{}', current=1)
    db.add(row)
    db.flush()
    db.add(ExerciseVersion(exercise_id=row.id, number=1, definition='{}', digest='0'))
    db.flush()
    return row


def add_worksheet(db, offering, identifier='basics', exercises=('hello', 'factorial'), optional=(), **columns):
    """Add a worksheet, published and assessable unless said otherwise; return {exercise identifier: WorksheetExercise}."""
    position = db.query(Worksheet).filter_by(offering_id=offering.id).count() + 1
    values = {'name': identifier.capitalize(), 'published': True, 'assessable': True, 'position': position, **columns}
    worksheet = Worksheet(offering_id=offering.id, identifier=identifier, **values)
    db.add(worksheet)
    db.flush()
    links = {}
    for place, name in enumerate((*exercises, *optional), 1):
        exercise = add_exercise(db, offering, name)
        links[name] = WorksheetExercise(
            worksheet_id=worksheet.id, exercise_id=exercise.id, position=place, optional=name in optional
        )
        db.add(links[name])
    db.flush()
    return links


def send(db, user, link, *, passed, submitted=NOON, message='expected 1', **columns):
    """Add a judged attempt of a person at an exercise of a worksheet."""
    number = db.query(Attempt).filter_by(user_id=user.id, worksheet_exercise_id=link.id).count() + 1
    version = db.query(ExerciseVersion).filter_by(exercise_id=link.exercise_id).first()
    verdict = {'passed': passed, 'cases': [{'name': 'first', 'passed': passed, 'message': message}]}
    values = {'state': AttemptState.JUDGED, 'verdict': json.dumps(verdict), 'code': 'print(1)', **columns}
    db.add(
        Attempt(
            user_id=user.id,
            worksheet_exercise_id=link.id,
            version_id=version.id,
            number=number,
            key=f'key-{next(_numbers)}',
            submitted=submitted,
            passed=passed,
            **values,
        )
    )
    db.flush()


def minutes(count):
    """Return so many minutes."""
    return timedelta(minutes=count)
