"""Exercises: the bank of a subject, each with the versions it was published in.

A version is one text, the JSON of a `ivle.teaching.definition.Definition`, and never changes: every attempt says by which it was
judged.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ivle.models.course import Subject
from ivle.models.meta import Base, Digest, Key, Line, LongText, Short, utc_now
from ivle.models.names import checked_url_name
from ivle.models.user import User


class Exercise(Base):
    """Something to program, in the bank of a subject. `draft` is what its authors work on; students get the current version.

    `current` is the number of that version, 0 while nothing was published. `name` is the one of the draft, for lists.
    `unfinished` is what was typed since and is no definition yet: the tree of the form (`ivle.teaching.form_tree`) as JSON.
    """

    __tablename__ = 'exercise'
    __table_args__ = (UniqueConstraint('subject_id', 'identifier'),)

    id: Mapped[Key]
    subject_id: Mapped[int] = mapped_column(ForeignKey(Subject.id, ondelete='RESTRICT'))
    identifier: Mapped[Short]
    name: Mapped[Line]
    draft: Mapped[LongText]
    unfinished: Mapped[LongText | None]
    current: Mapped[int] = mapped_column(default=0)
    edited: Mapped[datetime] = mapped_column(default=utc_now)
    editor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'))

    subject: Mapped[Subject] = relationship()

    @validates('identifier')
    def _identifier_is_usable(self, key, name):
        return checked_url_name(name)


class ExerciseVersion(Base):
    """An exercise as it was published, for ever."""

    __tablename__ = 'exercise_version'
    __table_args__ = (UniqueConstraint('exercise_id', 'number'),)

    id: Mapped[Key]
    exercise_id: Mapped[int] = mapped_column(ForeignKey(Exercise.id, ondelete='RESTRICT'))
    number: Mapped[int]
    definition: Mapped[LongText]
    digest: Mapped[Digest]
    created: Mapped[datetime] = mapped_column(default=utc_now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'))

    exercise: Mapped[Exercise] = relationship()


@dataclass(frozen=True)
class Published:
    """The current version of an exercise, as plain values. `definition` is its JSON."""

    exercise_id: int
    identifier: str
    name: str
    version_id: int
    number: int
    definition: str
    digest: str


def published(db, exercise_ids):
    """Return {exercise id: Published} of those exercises that students can get."""
    rows = db.execute(
        select(Exercise, ExerciseVersion)
        .join(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .where(Exercise.id.in_(exercise_ids))
    ).all()
    return {
        exercise.id: Published(
            exercise.id, exercise.identifier, exercise.name, version.id, version.number, version.definition, version.digest
        )
        for exercise, version in rows
    }
