"""Subjects: `/subjects`, the semesters below `+semesters`, a subject, and its offerings with all that belongs to them."""

import re
from functools import cached_property

from pyramid.authorization import Allow, Authenticated

from ivle.errors import NotFound
from ivle.models import catalogue, cloning, enrolling
from ivle.models.course import SemesterState
from ivle.models.marks import marks_sheet, standing
from ivle.models.meta import utc_now
from ivle.models.names import is_login, is_url_name
from ivle.models.offerings import offerings_for, staff_of
from ivle.models.progress import class_progress
from ivle.resources.bank import BANK, bank_of
from ivle.resources.base import PrivateResource, Resource
from ivle.resources.offerings import OfferingPlace, step_to_offering
from ivle.resources.retest import Retests
from ivle.resources.worksheets import Worksheets
from ivle.security.permissions import Permission

# No subject can be called so.
SEMESTERS = '+semesters'


class SubjectsRoot(PrivateResource):
    """`/subjects`: `child` is a subject's URL name. What is below, offerings apart, has the same rights."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_SITE), (Allow, 'admin', Permission.ADMINISTER)]

    def child(self, name):
        if name == SEMESTERS:
            return Semesters(self.request, self, name)
        return OneSubject(self.request, self, name) if is_url_name(name) else None

    def offerings(self):
        """Return [(OfferingFacts, Role or None)…]: one's own; administrators see all."""
        reader = self.request.identity
        with self.request.reading() as db:
            return offerings_for(db, reader.id, only_mine=not reader.is_admin)

    def subjects(self):
        """Return the values of every subject."""
        with self.request.reading() as db:
            return catalogue.subjects(db)

    def semesters(self):
        """Return the values of every semester, the latest first."""
        with self.request.reading() as db:
            return catalogue.semesters(db)

    def add_subject(self, **values):
        """Make a subject and return its values."""
        with self.request.registry.database.writing() as db:
            return catalogue.save_subject(db, None, **values)

    def add_offering(self, **values):
        """Offer a subject in a semester and return the path of that."""
        with self.request.registry.database.writing() as db:
            return catalogue.add_offering(db, **values)


class Semesters(Resource):
    """All semesters; `child` is a year."""

    def child(self, name):
        return Year(self.request, self, name) if re.fullmatch('[1-9][0-9]{3}', name) else None

    def all(self):
        """Return the values of every semester, the latest first."""
        with self.request.reading() as db:
            return catalogue.semesters(db)

    def state_of_a_new_one(self):
        """Return the state that somebody who makes a semester most likely means: to come, while another one is current."""
        is_any_current = any(values['state'] == SemesterState.CURRENT for values in self.all())
        return str(SemesterState.FUTURE if is_any_current else SemesterState.CURRENT)

    def add(self, **values):
        """Make a semester and return its values."""
        with self.request.registry.database.writing() as db:
            return catalogue.save_semester(db, None, **values)


class Year(Resource):
    """The semesters of a year: nothing to see, but one step on the way to each."""

    def child(self, name):
        with self.request.reading() as db:
            values = catalogue.find_semester(db, int(self.__name__), name) if is_url_name(name) else None
        return values and OneSemester(self.request, self, name, values)


class OneSemester(Resource):
    """A semester, as it was when the request came: `values`."""

    def __init__(self, request, parent, name, values):
        super().__init__(request, parent, name)
        self.values = values

    def change(self, **values):
        """Change it and return its new values."""
        with self.request.registry.database.writing() as db:
            return catalogue.save_semester(db, (self.values['year'], self.values['url_name']), **values)


class OneSubject(Resource):
    """A subject; whether there is one of that name is asked only by who wants to see it. Below are its offerings and its bank."""

    def child(self, name):
        if name == BANK:
            return bank_of(self.request, self, name)
        return step_to_offering(self.request, self, name, (self.__name__,), SubjectOffering)

    @cached_property
    def values(self):
        """What the subject is called; NotFound when there is none."""
        with self.request.reading() as db:
            found = catalogue.find_subject(db, self.__name__)
        if found is None:
            raise NotFound()
        return found

    def offerings(self):
        """Return [(OfferingFacts, Role or None)…] of all its offerings."""
        with self.request.reading() as db:
            return offerings_for(db, self.request.identity.id, subject=self.__name__)

    def change(self, **values):
        """Change it and return its new values."""
        with self.request.registry.database.writing() as db:
            return catalogue.save_subject(db, self.values['url_name'], **values)


class SubjectOffering(OfferingPlace):
    """An offering below `/subjects`: `people` are those who take part, `worksheets` its worksheets, `retest` new tests."""

    def child(self, name):
        kind = {'people': People, 'worksheets': Worksheets, 'retest': Retests}.get(name)
        return kind and kind(self.request, self, name)

    @property
    def _sees_unpublished(self):
        return bool(self.request.has_permission(Permission.EDIT_WORKSHEETS, self))

    def overview(self):
        """Return ([WorksheetStanding…] of the reader, [(name, Role)…] of the staff)."""
        with self.request.reading() as db:
            standings = standing(
                db, self.offering.id, self.request.identity.id, self.offering.worksheet_cutoff, self._sees_unpublished
            )
            return standings, staff_of(db, self.offering.id)

    def can_move(self):
        """Whether the reader may give this offering another subject or semester."""
        if not self.is_administered:
            return False
        with self.request.reading() as db:
            return catalogue.can_move(db, self.offering.id)

    def choices(self):
        """Return (subjects, semesters) to move it to."""
        with self.request.reading() as db:
            return catalogue.subjects(db), catalogue.semesters(db)

    def change(self, **values):
        """Change what it says of itself and return its path."""
        with self.request.registry.database.writing() as db:
            return catalogue.change_offering(db, self.offering.id, **values)

    def sources(self):
        """Return [(id, '2026/s1', number of worksheets)…] to clone from; none where there are worksheets already."""
        with self.request.reading() as db:
            if cloning.has_worksheets(db, self.offering.id):
                return []
            return cloning.sources_for(db, self.offering, *self._cloner)

    def clone(self, source):
        """Take over the worksheets of the offering of this subject in a semester such as 2026/s1; return how many."""
        with self.request.registry.database.writing() as db:
            found = {path: number for number, path, _ in cloning.sources_for(db, self.offering, *self._cloner)}
            return cloning.clone_worksheets(db, self.offering, found.get(source), *self._cloner)

    @property
    def _cloner(self):
        return self.request.identity, self.request.registry.ivle.tutors_can_edit_worksheets

    def marks(self, cutoff):
        """Return ([Column…], [Row…]) as of a moment."""
        with self.request.reading() as db:
            return marks_sheet(db, self.offering.id, cutoff)

    def progress(self):
        """Return a Place for each student."""
        with self.request.reading() as db:
            return class_progress(db, self.offering.id, utc_now())


class People(Resource):
    """Those who take part in an offering; `child` is a login. The rights are the offering's."""

    def child(self, name):
        if not is_login(name):
            return None
        with self.request.reading() as db:
            found = enrolling.find_member(db, self.place.offering.id, name)
        return found and OneMember(self.request, self, name, found)

    @property
    def place(self):
        return self.__parent__

    def all(self):
        """Return the Members, students first."""
        with self.request.reading() as db:
            return enrolling.people_of(db, self.place.offering.id)

    def enrol(self, login, role):
        """Give somebody a part, and return the Newcomer."""
        with self.request.registry.database.writing() as db:
            return enrolling.enrol(db, self.place.offering.id, login, role, self.place.roles_to_give())

    def preview(self, lines):
        """Return the Changes that the lines of a class list would make."""
        with self.request.reading() as db:
            return enrolling.plan_list(db, self.place.offering.id, lines, self.place.roles_to_give())

    def apply(self, lines, digest, lowers):
        """Make the changes of the preview with that digest; return ([Change…], [Newcomer…])."""
        with self.request.registry.database.writing() as db:
            return enrolling.apply_list(db, self.place.offering.id, lines, self.place.roles_to_give(), digest, lowers)


class OneMember(PrivateResource):
    """Somebody's part in an offering, as it was when the request came: `member`."""

    def __init__(self, request, parent, name, member):
        super().__init__(request, parent, name)
        self.member = member

    @property
    def place(self):
        return self.__parent__.place

    @property
    def is_changeable(self):
        """Whether the reader may give and take the role that this person has."""
        return self.member.role in self.place.roles_to_give()

    def grants(self):
        """Return the offering's entries; without the right to enrol where the role is not the reader's to take."""
        return [entry for entry in self.place.grants() if self.is_changeable or entry[2] != Permission.ENROL]

    def has_work(self):
        """Whether something of theirs depends on the enrolment."""
        with self.request.reading() as db:
            return enrolling.has_work(db, self.place.offering.id, self.member.login)

    def change(self, **values):
        """Give another role, or make active or inactive; return the Newcomer."""
        with self.request.registry.database.writing() as db:
            return enrolling.change_member(db, self.place.offering.id, self.member.login, self.place.roles_to_give(), **values)

    def remove(self):
        """End the enrolment for good."""
        with self.request.registry.database.writing() as db:
            enrolling.remove_member(db, self.place.offering.id, self.member.login, self.place.roles_to_give())
