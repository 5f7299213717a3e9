"""Subjects, the semesters they are offered in, and who takes part."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship, validates

from ivle.models.meta import Base, Key, Line, LongText, Short
from ivle.models.names import checked_url_name
from ivle.models.user import User, stored_by_value


class SemesterState(enum.StrEnum):
    """A semester is current until its marking is done: then staff no longer need their students' files."""

    FUTURE = 'future'
    CURRENT = 'current'
    PAST = 'past'

    @property
    def is_current(self):
        return self is SemesterState.CURRENT

    @property
    def is_past(self):
        return self is SemesterState.PAST


class Role(enum.StrEnum):
    """What a person is in one offering; each includes the ones before it."""

    STUDENT = 'student'
    TUTOR = 'tutor'
    LECTURER = 'lecturer'


STAFF = (Role.TUTOR, Role.LECTURER)


class Subject(Base):
    """Something that is taught. Its `url_name` is also the directory that its students keep their work in."""

    __tablename__ = 'subject'

    id: Mapped[Key]
    code: Mapped[Short] = mapped_column(unique=True)
    name: Mapped[Line]
    url_name: Mapped[Short] = mapped_column(unique=True)

    @validates('url_name')
    def _url_name_is_usable(self, key, name):
        return checked_url_name(name)


class Semester(Base):
    """A part of a year, for example 2026 and s1."""

    __tablename__ = 'semester'
    __table_args__ = (
        UniqueConstraint('year', 'code'),
        UniqueConstraint('year', 'url_name'),
        CheckConstraint('year BETWEEN 1900 AND 9999', name='year'),
    )

    id: Mapped[Key]
    year: Mapped[int]
    code: Mapped[Short]
    url_name: Mapped[Short]
    state: Mapped[SemesterState] = mapped_column(stored_by_value(SemesterState, 'state'), default=SemesterState.CURRENT)

    @validates('url_name')
    def _url_name_is_usable(self, key, name):
        return checked_url_name(name)


class Offering(Base):
    """A subject in a semester. It cannot vanish while people are enrolled in it."""

    __tablename__ = 'offering'
    __table_args__ = (UniqueConstraint('subject_id', 'semester_id'),)

    id: Mapped[Key]
    subject_id: Mapped[int] = mapped_column(ForeignKey(Subject.id, ondelete='RESTRICT'))
    semester_id: Mapped[int] = mapped_column(ForeignKey(Semester.id, ondelete='RESTRICT'), index=True)
    description: Mapped[LongText] = mapped_column(default='')
    # The subject's own page elsewhere, if it has one.
    url: Mapped[LongText] = mapped_column(default='')
    show_marks: Mapped[bool] = mapped_column(default=True)
    # Attempts after it are kept, and do not count for marks.
    worksheet_cutoff: Mapped[datetime | None]

    subject: Mapped[Subject] = relationship()
    semester: Mapped[Semester] = relationship()

    @property
    def path(self):
        """Return for example 151/2026/s1."""
        return f'{self.subject.url_name}/{self.semester.year}/{self.semester.url_name}'


class Enrolment(Base):
    """A person's part in an offering."""

    __tablename__ = 'enrolment'

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), primary_key=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey(Offering.id, ondelete='RESTRICT'), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(stored_by_value(Role, 'role'))
    active: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship()
    offering: Mapped[Offering] = relationship()


@dataclass(frozen=True)
class Part:
    """One active enrolment, as plain values. `directory` is the subject's directory in a home."""

    offering_id: int
    offering: str
    subject: str
    directory: str
    role: Role
    state: SemesterState

    @property
    def is_staff(self):
        return self.role in STAFF


def enrolments(db, user_id):
    """Return the Parts a person has: current semesters first, then the latest."""
    rows = db.scalars(
        select(Enrolment)
        .join(Enrolment.offering)
        .join(Offering.semester)
        .join(Offering.subject)
        .where(Enrolment.user_id == user_id, Enrolment.active)
        .options(
            joinedload(Enrolment.offering).joinedload(Offering.semester),
            joinedload(Enrolment.offering).joinedload(Offering.subject),
        )
        .order_by(Semester.year.desc(), Semester.url_name.desc(), Subject.url_name)
    ).all()
    parts = [
        Part(
            offering_id=row.offering_id,
            offering=row.offering.path,
            subject=row.offering.subject.name,
            directory=row.offering.subject.url_name,
            role=row.role,
            state=row.offering.semester.state,
        )
        for row in rows
    ]
    return sorted(parts, key=lambda part: not part.state.is_current)


def staff_scope(db, viewer_id, owner_id):
    """Return {directory: offering id} of an owner's subject directories that a viewer may read as staff.

    Both take active part in the same offering of a current semester: the viewer as tutor or lecturer, the owner as student.
    """
    staff, student = aliased(Enrolment), aliased(Enrolment)
    rows = db.execute(
        select(Subject.url_name, Offering.id)
        .join(Offering, Offering.subject_id == Subject.id)
        .join(Semester, Offering.semester_id == Semester.id)
        .join(staff, staff.offering_id == Offering.id)
        .join(student, student.offering_id == Offering.id)
        .where(Semester.state == SemesterState.CURRENT)
        .where(staff.user_id == viewer_id, staff.active, staff.role.in_(STAFF))
        .where(student.user_id == owner_id, student.active, student.role == Role.STUDENT)
    ).all()
    return {directory: offering_id for directory, offering_id in rows}


def enrolled_staff_scope(db, viewer_id, owner_login):
    """Return the set of directory names below an owner's home that a viewer may read as staff: see `staff_scope`."""
    owner_id = db.scalar(select(User.id).where(User.login == owner_login))
    return set() if owner_id is None else set(staff_scope(db, viewer_id, owner_id))


def classes_of(db, parts):
    """Return [(Part, [(login, name)…])…]: the active students of each offering in which a person is staff, unless it is past."""
    taught = [part for part in parts if part.is_staff and not part.state.is_past]
    people = {part.offering_id: [] for part in taught}
    rows = db.execute(
        select(Enrolment.offering_id, User.login, User.name)
        .join(User, Enrolment.user_id == User.id)
        .where(Enrolment.offering_id.in_(people), Enrolment.active, Enrolment.role == Role.STUDENT)
        .order_by(User.login)
    )
    for offering_id, login, name in rows:
        people[offering_id].append((login, name))
    return [(part, people[part.offering_id]) for part in taught]
