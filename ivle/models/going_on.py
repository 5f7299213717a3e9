"""Where somebody goes on: the exercise they left unfinished, or else the first that they have not passed."""

from dataclasses import dataclass

from sqlalchemy import and_, select, union_all

from ivle.models.attempt import Attempt, Draft
from ivle.models.course import Semester, Subject
from ivle.models.exercise import Exercise
from ivle.models.tutorial import HAS_PASSED
from ivle.models.worksheet import Worksheet, WorksheetExercise, with_offering

_CAN_BE_WORKED_ON = and_(Worksheet.published, WorksheetExercise.active, Exercise.current > 0)


@dataclass(frozen=True)
class Step:
    """An exercise to go on with; `segments` are those of its offering's path."""

    segments: tuple
    worksheet: str
    worksheet_name: str
    exercise: str
    name: str


@dataclass(frozen=True)
class GoingOn:
    """Whether somebody has worked on anything so far, and the Step to go on with: None when all is done."""

    has_begun: bool = False
    step: Step | None = None

    @property
    def is_all_done(self):
        return self.has_begun and self.step is None


def going_on(db, user_id, offering_ids, current_ids):
    """Return the GoingOn of a student of some offerings, `current_ids` among them, in two queries.

    What is left unfinished comes first; then what has not been passed of its worksheet, of those after it, of the others of its
    offering, and of current offerings. An optional exercise is among them only while it is the one that was left.
    """
    last = db.execute(_worked_on(user_id, offering_ids)).first()
    if last is None:
        return GoingOn(False, _first(db, user_id, current_ids))
    return GoingOn(True, _first(db, user_id, {*current_ids, last.offering_id}, last))


def _worked_on(user_id, offering_ids):
    """Return the query for what somebody attempted or typed last."""
    kinds = ((Attempt, Attempt.submitted), (Draft, Draft.saved))
    each = union_all(
        *(
            select(kind.worksheet_exercise_id.label('link_id'), moment.label('moment')).where(kind.user_id == user_id)
            for kind, moment in kinds
        )
    ).subquery()
    return (
        select(each.c.link_id, Worksheet.id.label('worksheet_id'), Worksheet.position, Worksheet.offering_id)
        .join(WorksheetExercise, WorksheetExercise.id == each.c.link_id)
        .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .where(Worksheet.offering_id.in_(offering_ids), _CAN_BE_WORKED_ON)
        .order_by(each.c.moment.desc())
        .limit(1)
    )


def _first(db, user_id, offering_ids, last=None):
    """Return the Step of the first exercise that is not passed, in the order that follows from what was worked on last."""
    passed = select(Attempt.worksheet_exercise_id).where(Attempt.user_id == user_id, HAS_PASSED)
    is_wanted, before = ~WorksheetExercise.optional, []
    if last is not None:
        was_left, is_there = WorksheetExercise.id == last.link_id, Worksheet.offering_id == last.offering_id
        comes_after = is_there & (Worksheet.position > last.position)
        before = [was_left.desc(), (Worksheet.id == last.worksheet_id).desc(), comes_after.desc(), is_there.desc()]
        is_wanted = is_wanted | was_left
    row = db.execute(
        with_offering(
            select(
                Subject.url_name.label('subject'),
                Semester.year,
                Semester.url_name.label('semester'),
                Worksheet.identifier.label('worksheet'),
                Worksheet.name.label('worksheet_name'),
                Exercise.identifier.label('exercise'),
                Exercise.name.label('name'),
            )
            .select_from(WorksheetExercise)
            .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        )
        .where(Worksheet.offering_id.in_(offering_ids), _CAN_BE_WORKED_ON, is_wanted, WorksheetExercise.id.not_in(passed))
        .order_by(*before, Worksheet.offering_id, Worksheet.position, Worksheet.id)
        .order_by(WorksheetExercise.position, WorksheetExercise.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    segments = (row.subject, str(row.year), row.semester)
    return Step(segments, row.worksheet, row.worksheet_name, row.exercise, row.name)
