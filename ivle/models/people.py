"""What administrators do with people: find them, make them, close and open their accounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from ivle.models.course import Enrolment, Offering, Semester, Subject
from ivle.models.meta import utc_now
from ivle.models.user import State, User

FIRST_PASSWORD_DAYS = 3


@dataclass(frozen=True)
class PersonLine:
    """One line of the list of people."""

    login: str
    name: str
    email: str
    is_admin: bool
    state: str
    expires: datetime | None
    last_login: datetime | None


def find_people(db, words, first, count):
    """Return ([PersonLine…], how many in all) of those whose login, name or e-mail holds every word."""
    matching = select(User)
    for word in words.split():
        pattern = '%' + word.replace('\\', '\\\\').replace('%', '\\%').replace('_', '\\_') + '%'
        matching = matching.where(or_(*(column.ilike(pattern, escape='\\') for column in (User.login, User.name, User.email))))
    total = db.scalar(select(func.count()).select_from(matching.subquery()))
    users = db.scalars(matching.order_by(User.login).offset(first).limit(count)).all()
    return [line_of(user) for user in users], total


def line_of(user):
    """Return a User row as plain values."""
    return PersonLine(user.login, user.name, user.email, user.is_admin, str(user.state), user.expires, user.last_login)


def expired_logins(db):
    """Return the logins of the accounts that are open although their last day is over."""
    return list(db.scalars(select(User.login).where(User.state == State.ACTIVE, User.expires <= utc_now()).order_by(User.login)))


def give_password(user, password_hash):
    """Give a person a first password, made by an administrator: good once and for three days."""
    user.password_hash = password_hash
    user.password_is_temporary = True
    user.password_expires = utc_now() + timedelta(days=FIRST_PASSWORD_DAYS)


@dataclass(frozen=True)
class OfferingLine:
    """One line of the list of offerings: a subject in a semester, and how many take part."""

    offering: str
    subject: str
    semester_state: str
    students: int
    staff: int


def courses(db):
    """Return (subjects, semesters, offerings) as lists of plain values, the latest first."""
    subjects = [
        (subject.code, subject.name, subject.url_name) for subject in db.scalars(select(Subject).order_by(Subject.url_name))
    ]
    latest = (Semester.year.desc(), Semester.url_name.desc())
    semesters = [(row.year, row.code, row.url_name, str(row.state)) for row in db.scalars(select(Semester).order_by(*latest))]
    students = func.count().filter(Enrolment.role == 'student')
    staff = func.count().filter(Enrolment.role != 'student')
    rows = db.execute(
        select(Offering, Subject, Semester, students, staff)
        .join(Subject, Offering.subject_id == Subject.id)
        .join(Semester, Offering.semester_id == Semester.id)
        .outerjoin(Enrolment, (Enrolment.offering_id == Offering.id) & Enrolment.active)
        .group_by(Offering.id, Subject.id, Semester.id)
        .order_by(*latest, Subject.url_name)
    ).all()
    offerings = [
        OfferingLine(
            f'{subject.url_name}/{semester.year}/{semester.url_name}', subject.name, str(semester.state), learning, teaching
        )
        for offering, subject, semester, learning, teaching in rows
    ]
    return subjects, semesters, offerings
