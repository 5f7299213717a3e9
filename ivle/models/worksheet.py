"""Worksheets: the texts of an offering, the exercises that stand in them, and the files that come with them."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ivle.models.course import Offering, Semester, Subject
from ivle.models.exercise import Exercise
from ivle.models.meta import Base, Digest, Key, Line, LongText, Short, utc_now
from ivle.models.names import checked_url_name
from ivle.models.user import User, stored_by_value


class Format(enum.StrEnum):
    """How the source of a worksheet is written."""

    RST = 'rst'
    MARKDOWN = 'md'
    XML = 'xml'


class Worksheet(Base):
    """A text with exercises in it. Students see it when it is published, and it counts for marks when it is assessable.

    `rendered` is what `renderer`, a version of ours, made of the source: JSON of an `ivle.teaching.rendered.Rendered`.
    """

    __tablename__ = 'worksheet'
    __table_args__ = (UniqueConstraint('offering_id', 'identifier'),)

    id: Mapped[Key]
    offering_id: Mapped[int] = mapped_column(ForeignKey(Offering.id, ondelete='RESTRICT'))
    identifier: Mapped[Short]
    name: Mapped[Line]
    format: Mapped[Format] = mapped_column(stored_by_value(Format, 'format'), default=Format.RST)
    source: Mapped[LongText] = mapped_column(default='')
    rendered: Mapped[LongText] = mapped_column(default='')
    renderer: Mapped[Short] = mapped_column(default='')
    assessable: Mapped[bool] = mapped_column(default=False)
    published: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    edited: Mapped[datetime] = mapped_column(default=utc_now)
    editor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'))

    offering: Mapped[Offering] = relationship()

    @validates('identifier')
    def _identifier_is_usable(self, key, name):
        return checked_url_name(name)


class WorksheetExercise(Base):
    """An exercise in a worksheet. One that is taken out of the text stays as inactive: its attempts come back with it."""

    __tablename__ = 'worksheet_exercise'
    __table_args__ = (UniqueConstraint('worksheet_id', 'exercise_id'),)

    id: Mapped[Key]
    worksheet_id: Mapped[int] = mapped_column(ForeignKey(Worksheet.id, ondelete='RESTRICT'))
    exercise_id: Mapped[int] = mapped_column(ForeignKey(Exercise.id, ondelete='RESTRICT'), index=True)
    position: Mapped[int]
    optional: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    worksheet: Mapped[Worksheet] = relationship()
    exercise: Mapped[Exercise] = relationship()


class WorksheetFile(Base):
    """An image or another file that a worksheet shows or links to."""

    __tablename__ = 'worksheet_file'
    __table_args__ = (UniqueConstraint('worksheet_id', 'name'),)

    id: Mapped[Key]
    worksheet_id: Mapped[int] = mapped_column(ForeignKey(Worksheet.id, ondelete='CASCADE'))
    name: Mapped[Line]
    media_type: Mapped[Short]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[Digest]


def with_offering(query):
    """Return a query of WorksheetExercises that also reaches what they stand in: worksheet, offering, semester and subject."""
    return (
        query.join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .join(Offering, Offering.id == Worksheet.offering_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .join(Subject, Subject.id == Offering.subject_id)
    )
