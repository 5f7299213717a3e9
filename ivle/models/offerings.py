"""One offering as its members and their clients know it: plain values, and the part that the reader has in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ivle.models.course import Enrolment, Offering, Role, Semester, SemesterState, Subject


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

    @property
    def is_current(self):
        return self.state == SemesterState.CURRENT

    @property
    def is_past(self):
        return self.state == SemesterState.PAST


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


def find_offering(db, subject, year, semester, user_id):
    """Return (OfferingFacts, Role) of an address and a person, in one query; None when there is no such offering.

    The role is None for whoever has no active part in it, and for nobody (`user_id` None).
    """
    row = db.execute(
        select(Offering, Subject, Semester, Enrolment.role)
        .join(Subject, Offering.subject_id == Subject.id)
        .join(Semester, Offering.semester_id == Semester.id)
        .outerjoin(Enrolment, (Enrolment.offering_id == Offering.id) & (Enrolment.user_id == user_id) & Enrolment.active)
        .where(Subject.url_name == subject, Semester.year == year, Semester.url_name == semester)
    ).one_or_none()
    if row is None:
        return None
    offering, found_subject, found_semester, role = row
    return facts_of(offering, found_subject, found_semester), role and Role(role)
