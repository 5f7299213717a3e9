"""Worksheets as their readers meet them: which there are, how far somebody is, and what stands in each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ivle.models.attempt import Attempt, AttemptState, Draft, HintsSeen
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.marks import WorksheetStanding
from ivle.models.worksheet import Worksheet, WorksheetExercise, WorksheetFile

_IS_MANDATORY = WorksheetExercise.active & ~WorksheetExercise.optional
HAS_PASSED = Attempt.active & (Attempt.state == AttemptState.JUDGED) & Attempt.passed


@dataclass(frozen=True)
class WorksheetFacts:
    """A worksheet, as plain values. `rendered` is what its `renderer` made of the `source`."""

    id: int
    identifier: str
    name: str
    format: str
    source: str
    rendered: str
    renderer: str
    assessable: bool
    published: bool


@dataclass(frozen=True)
class Given:
    """An exercise of a worksheet as one reader has it: the version to work on, their draft, the hints they have revealed.

    `link_id` is the exercise in this worksheet. `definition` is JSON that no reader may see. Without a published version,
    `version_id` is None.
    """

    link_id: int
    identifier: str
    name: str
    optional: bool
    version_id: int | None
    definition: str | None
    digest: str | None
    draft: str | None
    draft_saved: datetime | None
    hints_seen: int


def standings(db, offering_ids, user_id):
    """Return {offering id: [WorksheetStanding…]} of all worksheets of some offerings, in two queries.

    Those that are not published are among them: the caller knows who may see them.
    """
    passed = (
        select(WorksheetExercise.worksheet_id, func.count(WorksheetExercise.id.distinct()))
        .join(Attempt, Attempt.worksheet_exercise_id == WorksheetExercise.id)
        .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .where(Worksheet.offering_id.in_(offering_ids), Attempt.user_id == user_id, _IS_MANDATORY, HAS_PASSED)
        .group_by(WorksheetExercise.worksheet_id)
    )
    done = {worksheet_id: count for worksheet_id, count in db.execute(passed)}
    rows = db.execute(
        select(Worksheet, func.count(WorksheetExercise.id))
        .outerjoin(WorksheetExercise, (WorksheetExercise.worksheet_id == Worksheet.id) & _IS_MANDATORY)
        .where(Worksheet.offering_id.in_(offering_ids))
        .group_by(Worksheet.id)
        .order_by(Worksheet.position, Worksheet.id)
    )
    found = {offering_id: [] for offering_id in offering_ids}
    for row, total in rows:
        count = done.get(row.id, 0)
        found[row.offering_id].append(
            WorksheetStanding(row.id, row.identifier, row.name, row.assessable, row.published, total, count, count)
        )
    return found


def find_worksheet(db, offering_id, identifier):
    """Return the WorksheetFacts of an identifier, or None."""
    row = db.scalars(
        select(Worksheet).where(Worksheet.offering_id == offering_id, Worksheet.identifier == identifier)
    ).one_or_none()
    return row and WorksheetFacts(
        row.id, row.identifier, row.name, str(row.format), row.source, row.rendered, row.renderer, row.assessable, row.published
    )


def find_file(db, worksheet_id, name):
    """Return (media type, content, digest) of a file of a worksheet, or None."""
    row = db.execute(
        select(WorksheetFile.media_type, WorksheetFile.content, WorksheetFile.digest).where(
            WorksheetFile.worksheet_id == worksheet_id, WorksheetFile.name == name
        )
    ).one_or_none()
    return row and tuple(row)


def exercises_in(db, worksheet_id, user_id, identifier=None):
    """Return the Givens of a worksheet in order, or only the one with an identifier, in one query."""
    query = (
        select(WorksheetExercise, Exercise, ExerciseVersion, Draft, HintsSeen.count)
        .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        .outerjoin(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .outerjoin(Draft, (Draft.worksheet_exercise_id == WorksheetExercise.id) & (Draft.user_id == user_id))
        .outerjoin(HintsSeen, (HintsSeen.worksheet_exercise_id == WorksheetExercise.id) & (HintsSeen.user_id == user_id))
        .where(WorksheetExercise.worksheet_id == worksheet_id, WorksheetExercise.active)
        .order_by(WorksheetExercise.position, WorksheetExercise.id)
    )
    if identifier is not None:
        query = query.where(Exercise.identifier == identifier)
    return [
        Given(
            link_id=link.id,
            identifier=exercise.identifier,
            name=exercise.name,
            optional=link.optional,
            version_id=version and version.id,
            definition=version and version.definition,
            digest=version and version.digest,
            draft=draft and draft.code,
            draft_saved=draft and draft.saved,
            hints_seen=seen or 0,
        )
        for link, exercise, version, draft, seen in db.execute(query).all()
    ]


def save_draft(db, user_id, link_id, code, moment):
    """Keep what somebody typed, in the place of what they typed before."""
    draft = db.get(Draft, (user_id, link_id))
    if draft is None:
        db.add(Draft(user_id=user_id, worksheet_exercise_id=link_id, code=code, saved=moment))
    else:
        draft.code, draft.saved = code, moment


def reveal_hint(db, user_id, link_id, most):
    """Count one more hint as seen, no more than there are; return how many are."""
    seen = db.get(HintsSeen, (user_id, link_id))
    if seen is None:
        seen = HintsSeen(user_id=user_id, worksheet_exercise_id=link_id, count=0)
        db.add(seen)
    seen.count = min(seen.count + 1, most)
    return seen.count
