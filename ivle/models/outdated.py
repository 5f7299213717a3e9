"""Attempts that older tests have judged: in which worksheets they are, how many, and so what a re-test would be for."""

import json
from dataclasses import dataclass

from sqlalchemy import func, select

from ivle.models.attempt import Attempt
from ivle.models.course import Enrolment, Offering, Role, Semester, Subject
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.retesting import to_test
from ivle.models.worksheet import Worksheet, WorksheetExercise, with_offering

# What of a definition decides about an attempt: a word put right in the description is no reason to test anything again.
_DECIDES = ('solution', 'include', 'suites')


@dataclass(frozen=True)
class RetestPlace:
    """A worksheet in which an exercise stands, and where the reader may test it again. `segments` are those of its offering.

    `outdated` of its attempts were judged by other tests than the current version has.
    """

    segments: tuple
    is_past: bool
    worksheet: str
    worksheet_name: str
    outdated: int


def retest_places(db, exercise_id, reader_id, is_admin, tutors_may):
    """Return the RetestPlaces of an exercise, the latest semester first, in three queries."""
    query = (
        with_offering(select(WorksheetExercise.id, Subject.url_name, Semester, Worksheet.identifier, Worksheet.name))
        .where(WorksheetExercise.exercise_id == exercise_id, WorksheetExercise.active)
        .order_by(Semester.year.desc(), Semester.url_name.desc(), Worksheet.position)
    )
    if not is_admin:
        roles = (Role.TUTOR, Role.LECTURER) if tutors_may else (Role.LECTURER,)
        mine = select(Enrolment.offering_id).where(Enrolment.user_id == reader_id, Enrolment.active, Enrolment.role.in_(roles))
        query = query.where(Offering.id.in_(mine))
    rows = db.execute(query).all()
    outdated = _outdated(db, exercise_id, [row.id for row in rows])
    return [
        RetestPlace(
            segments=(subject, str(semester.year), semester.url_name),
            is_past=semester.state.is_past,
            worksheet=worksheet,
            worksheet_name=name,
            outdated=outdated.get(link_id, 0),
        )
        for link_id, subject, semester, worksheet, name in rows
    ]


def _outdated(db, exercise_id, link_ids):
    """Return {link id: how many of its attempts were judged by other tests than those of the current version}."""
    attempts = db.execute(
        to_test(Attempt.worksheet_exercise_id, Attempt.version_id, func.count())
        .where(Attempt.worksheet_exercise_id.in_(link_ids))
        .group_by(Attempt.worksheet_exercise_id, Attempt.version_id)
    ).all()
    is_current = select(Exercise.current).where(Exercise.id == exercise_id).scalar_subquery() == ExerciseVersion.number
    judges = ExerciseVersion.id.in_({version_id for _, version_id, _ in attempts})
    versions = db.execute(
        select(ExerciseVersion.id, is_current, ExerciseVersion.definition).where(
            ExerciseVersion.exercise_id == exercise_id, is_current | judges
        )
    ).all()
    tests = {version_id: _tests_in(definition) for version_id, _, definition in versions}
    now = next((tests[version_id] for version_id, is_now, _ in versions if is_now), None)
    found = {}
    for link_id, version_id, count in attempts:
        if tests[version_id] != now:
            found[link_id] = found.get(link_id, 0) + count
    return found


def _tests_in(definition):
    value = json.loads(definition)
    return [value.get(name) for name in _DECIDES]
