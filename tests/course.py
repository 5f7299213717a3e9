"""Builders for people, subjects and who takes part."""

from ivle.models import Enrolment, Offering, Role, Semester, SemesterState, Subject, User
from ivle.security.identity import Identity


def add_person(db, login, **columns):
    """Add a person and return the row."""
    user = User(**{'login': login, 'name': login.capitalize(), **columns})
    db.add(user)
    db.flush()
    return user


def add_offering(db, code, year=2026, semester='s1', state=SemesterState.CURRENT):
    """Add an offering, with its subject and semester where they are missing, and return the row."""
    subject = db.query(Subject).filter_by(code=code).one_or_none() or Subject(code=code, name=f'Subject {code}', url_name=code)
    found = db.query(Semester).filter_by(year=year, code=semester).one_or_none()
    offering = Offering(subject=subject, semester=found or Semester(year=year, code=semester, url_name=semester, state=state))
    db.add(offering)
    db.flush()
    return offering


def enrol(db, user, offering, role=Role.STUDENT, active=True):
    """Give a person a part in an offering."""
    db.add(Enrolment(user=user, offering=offering, role=role, active=active))
    db.flush()


def identity_of(user):
    """Return a person as the security policy would know them."""
    return Identity(user.id, user.login, user.name, user.email, user.is_admin, 'session', 1)
