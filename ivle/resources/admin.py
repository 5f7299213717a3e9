"""Administration: people, courses and health, for administrators only."""

from pyramid.authorization import Allow

from ivle.models import user_called
from ivle.models.people import courses, find_people, line_of
from ivle.resources.base import PrivateResource
from ivle.security import sessions, tokens
from ivle.security.permissions import Permission


class Administration(PrivateResource):
    """`/admin`. Everything below inherits its one right."""

    def grants(self):
        return [(Allow, 'admin', Permission.ADMINISTER)]

    def child(self, name):
        kind = {'people': People, 'courses': Courses, 'health': Health}.get(name)
        return None if kind is None else kind(self.request, self, name)


class People(Administration):
    """All accounts; `child` is a login."""

    def child(self, name):
        with self.request.reading() as db:
            user = user_called(db, name)
            return None if user is None else Person(self.request, self, name, user.id, line_of(user))

    def find(self, words, first, count):
        """Return ([PersonLine…], how many in all) of those that hold every word."""
        with self.request.reading() as db:
            return find_people(db, words, first, count)


class Person(Administration):
    """One account, as it was when the request came: `line` is a PersonLine."""

    def __init__(self, request, parent, name, user_id, line):
        super().__init__(request, parent, name)
        self.user_id, self.line = user_id, line

    def child(self, name):
        return None

    @property
    def is_self(self):
        return self.request.identity is not None and self.request.identity.id == self.user_id

    def open_doors(self):
        """Return (how many sessions are open, how many tokens work)."""
        with self.request.reading() as db:
            opened = sessions.open_sessions(db, self.user_id, self.request.registry.ivle)
            return len(opened), len(tokens.tokens_of(db, self.user_id))


class Courses(Administration):
    """Subjects, semesters and offerings."""

    def child(self, name):
        return None

    def all(self):
        """Return (subjects, semesters, offerings)."""
        with self.request.reading() as db:
            return courses(db)


class Health(Administration):
    """How the site is."""

    def child(self, name):
        return None
