"""A site with the subjects client, and one class in it: for the tests of that client."""

import tempfile

import pytest

from ivle.models import Offering, Role, user_called
from tests.course import add_offering, add_person, enrol
from tests.web import open_site

CLIENTS = 'browser subjects login logout profile admin help media'
HERE = '/subjects/151/2026/s1'


class School:
    """One site with the offering 151/2026/s1, and builders for what else a test needs."""

    def __init__(self, site):
        self.site, self.database = site, site.database

    def add(self, login, role=None, active=True, **columns):
        """Add a person who takes part in the offering in a role, if any; return the id."""
        user_id = self.site.add(login, **columns)
        with self.database.writing() as db:
            offering = self.offering(db)
            if role is not None:
                enrol(db, user_called(db, login), offering, Role(role), active)
        return user_id

    def offering(self, db, path='151/2026/s1'):
        """Return the row of an offering, made if need be."""
        subject, year, semester = path.split('/')
        found = next((row for row in db.query(Offering).all() if row.path == path), None)
        return found or add_offering(db, subject, int(year), semester)

    def person(self, login, role=None, **columns):
        """Add a person and return their browser, signed in."""
        self.add(login, role, **columns)
        return self.site.person(login)

    def add_class(self, count):
        """Add so many active students at once, and return their rows' logins."""
        with self.database.writing() as db:
            offering = self.offering(db)
            logins = [f's{number:03}' for number in range(count)]
            for login in logins:
                enrol(db, add_person(db, login), offering)
            return logins


@pytest.fixture(scope='module')
def school_site():
    """Return a Site with the subjects client, shared by the tests of a module."""
    with tempfile.TemporaryDirectory(prefix='data-') as data, open_site(data, clients=CLIENTS) as opened:
        yield opened


@pytest.fixture
def school(school_site):
    """Return a School with nobody in it but its offering."""
    school_site.clear()
    made = School(school_site)
    with made.database.writing() as db:
        made.offering(db)
    return made
