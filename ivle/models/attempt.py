"""What students do with exercises: drafts, attempts with their verdicts, and the hints they looked at."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivle.models.exercise import ExerciseVersion
from ivle.models.meta import Base, Key, Line, LongText, Short, utc_now
from ivle.models.user import User, stored_by_value
from ivle.models.worksheet import WorksheetExercise


class AttemptState(enum.StrEnum):
    """Where an attempt is on its way. One that is void costs nothing: its exercise or this site was at fault."""

    WAITING = 'waiting'
    JUDGED = 'judged'
    VOID = 'void'


class Draft(Base):
    """What a student last typed into an exercise."""

    __tablename__ = 'draft'

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), primary_key=True)
    worksheet_exercise_id: Mapped[int] = mapped_column(
        ForeignKey(WorksheetExercise.id, ondelete='CASCADE'), primary_key=True, index=True
    )
    code: Mapped[LongText]
    saved: Mapped[datetime] = mapped_column(default=utc_now)


class Attempt(Base):
    """A submission to an exercise: recorded before it is judged, so that it cannot be lost.

    `key` is the sender's: the same click twice is one attempt. `number` counts the attempts of a person at an exercise.
    `verdict` is JSON, as `ivle.teaching.verdict` reads it.
    """

    __tablename__ = 'attempt'
    __table_args__ = (
        UniqueConstraint('worksheet_exercise_id', 'user_id', 'number'),
        UniqueConstraint('worksheet_exercise_id', 'user_id', 'key'),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), index=True)
    worksheet_exercise_id: Mapped[int] = mapped_column(ForeignKey(WorksheetExercise.id, ondelete='RESTRICT'))
    version_id: Mapped[int] = mapped_column(ForeignKey(ExerciseVersion.id, ondelete='RESTRICT'), index=True)
    number: Mapped[int]
    key: Mapped[Short]
    submitted: Mapped[datetime] = mapped_column(default=utc_now)
    code: Mapped[LongText]
    state: Mapped[AttemptState] = mapped_column(stored_by_value(AttemptState, 'state'), default=AttemptState.WAITING, index=True)
    passed: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[LongText | None]
    python: Mapped[Line] = mapped_column(default='')
    active: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship()
    worksheet_exercise: Mapped[WorksheetExercise] = relationship()
    version: Mapped[ExerciseVersion] = relationship()


# How the verdict of a void attempt begins that nothing could test; that of any other void one tells the fault of its exercise.
GIVEN_UP = '{"given_up"'
_TELLS_GIVEN_UP = func.coalesce(Attempt.verdict, '').startswith(GIVEN_UP, autoescape=True)
IS_GIVEN_UP = (Attempt.state == AttemptState.VOID) & _TELLS_GIVEN_UP
IS_FAULT = (Attempt.state == AttemptState.VOID) & ~_TELLS_GIVEN_UP


class HintsSeen(Base):
    """How many hints of an exercise a student has revealed."""

    __tablename__ = 'hints_seen'

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), primary_key=True)
    worksheet_exercise_id: Mapped[int] = mapped_column(
        ForeignKey(WorksheetExercise.id, ondelete='CASCADE'), primary_key=True, index=True
    )
    count: Mapped[int]
