"""Offerings as their members and the clients of teaching know them: plain values, and the part that the reader has."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ivle.models.course import STAFF, Enrolment, Offering, Role, Semester, SemesterState, Subject
from ivle.models.user import User


@dataclass(frozen=True)
class OfferingFacts:
    """A subject in a semester. `subject` is the subject's URL name, `path` for example 151/2026/s1; the cutoff is in UTC."""

    id: int
    subject_id: int
    semester_id: int
    subject: str
    subject_code: str
    subject_name: str
    year: int
    semester: str
    state: SemesterState
    description: str
    url: str
    show_marks: bool
    worksheet_cutoff: datetime | None

    @property
    def path(self):
        return '/'.join(self.segments)

    @property
    def segments(self):
        """Return the three segments of its address."""
        return self.subject, str(self.year), self.semester


def facts_of(offering, subject, semester):
    """Return the rows of an offering, its subject and its semester as OfferingFacts."""
    return OfferingFacts(
        id=offering.id,
        subject_id=subject.id,
        semester_id=semester.id,
        subject=subject.url_name,
        subject_code=subject.code,
        subject_name=subject.name,
        year=semester.year,
        semester=semester.url_name,
        state=semester.state,
        description=offering.description,
        url=offering.url,
        show_marks=offering.show_marks,
        worksheet_cutoff=offering.worksheet_cutoff,
    )


def _with_role_of(user_id):
    """Return the query for every offering with its subject, its semester, and a person's active role in it."""
    return (
        select(Offering, Subject, Semester, Enrolment.role)
        .join(Subject, Offering.subject_id == Subject.id)
        .join(Semester, Offering.semester_id == Semester.id)
        .outerjoin(Enrolment, (Enrolment.offering_id == Offering.id) & (Enrolment.user_id == user_id) & Enrolment.active)
    )


def find_offering(db, subject, year, semester, user_id):
    """Return (OfferingFacts, Role) of an address and a person, in one query; None when there is no such offering.

    The role is None for whoever has no active part in it, and for nobody (`user_id` None).
    """
    query = _with_role_of(user_id).where(Subject.url_name == subject, Semester.year == year, Semester.url_name == semester)
    row = db.execute(query).one_or_none()
    return row and (facts_of(*row[:3]), row[3])


_RANK = {SemesterState.CURRENT: 0, SemesterState.FUTURE: 1, SemesterState.PAST: 2}


def offerings_for(db, user_id, subject=None, only_mine=False):
    """Return [(OfferingFacts, Role or None)…]: current semesters first, then those to come, then the past, latest first.

    `subject` is the URL name of the only subject that is meant; `only_mine` leaves out where the person has no part.
    """
    query = _with_role_of(user_id)
    if subject is not None:
        query = query.where(Subject.url_name == subject)
    if only_mine:
        query = query.where(Enrolment.role.is_not(None))
    rows = db.execute(query.order_by(Semester.year.desc(), Semester.url_name.desc(), Subject.url_name)).all()
    found = [(facts_of(*row[:3]), row[3]) for row in rows]
    return sorted(found, key=lambda pair: _RANK[pair[0].state])


def staff_of(db, offering_id):
    """Return [(name, Role)…] of those who teach in an offering, lecturers first."""
    rows = db.execute(
        select(User.name, Enrolment.role)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.offering_id == offering_id, Enrolment.active, Enrolment.role.in_(STAFF))
        .order_by(User.name, User.login)
    ).all()
    return sorted(((name, role) for name, role in rows), key=lambda person: person[1] != Role.LECTURER)
