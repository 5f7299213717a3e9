"""Re-tests: all attempts at an exercise of a worksheet judged once more, by the version that is current now."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ivle.models.attempt import Attempt, AttemptState
from ivle.models.exercise import ExerciseVersion
from ivle.models.job import Job
from ivle.models.meta import Base, Line, LongText
from ivle.models.user import User, stored_by_value
from ivle.models.worksheet import WorksheetExercise


class Decision(enum.StrEnum):
    """What staff made of a re-test."""

    PENDING = 'pending'
    PUBLISHED = 'published'
    DISCARDED = 'discarded'


class Retest(Base):
    """A re-test. Nothing of it counts before it is published."""

    __tablename__ = 'retest'

    job_id: Mapped[int] = mapped_column(ForeignKey(Job.id, ondelete='RESTRICT'), primary_key=True)
    worksheet_exercise_id: Mapped[int] = mapped_column(ForeignKey(WorksheetExercise.id, ondelete='RESTRICT'), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ExerciseVersion.id, ondelete='RESTRICT'), index=True)
    decision: Mapped[Decision] = mapped_column(stored_by_value(Decision, 'decision'), default=Decision.PENDING)
    decided: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'))


class RetestResult(Base):
    """What an attempt was before a re-test and would be after it. `state_after` is void where it could not be judged: it stays.

    What it was is kept for ever: after publishing it stands here only.
    """

    __tablename__ = 'retest_result'

    job_id: Mapped[int] = mapped_column(ForeignKey(Retest.job_id, ondelete='RESTRICT'), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id, ondelete='CASCADE'), primary_key=True, index=True)
    state_before: Mapped[AttemptState] = mapped_column(stored_by_value(AttemptState, 'state_before'))
    passed_before: Mapped[bool]
    verdict_before: Mapped[LongText | None]
    version_before: Mapped[int] = mapped_column(ForeignKey(ExerciseVersion.id, ondelete='RESTRICT'), index=True)
    state_after: Mapped[AttemptState] = mapped_column(stored_by_value(AttemptState, 'state_after'))
    passed_after: Mapped[bool]
    verdict_after: Mapped[LongText | None]
    python_after: Mapped[Line]
    # Whether the attempt took the new verdict when the re-test was published.
    was_taken: Mapped[bool] = mapped_column(default=False)
