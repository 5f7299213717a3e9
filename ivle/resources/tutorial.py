"""The tutorial: offerings, their worksheets, and the exercises in those, as whoever works on them meets them."""

from functools import cached_property

from pyramid.authorization import Allow, Authenticated

from ivle.errors import NotFound
from ivle.models import attempting, tutorial
from ivle.models.audit import record_look
from ivle.models.course import Role
from ivle.models.going_on import GoingOn, going_on
from ivle.models.meta import utc_now
from ivle.models.names import is_url_name
from ivle.models.offerings import offerings_for
from ivle.resources.base import PrivateResource, Resource
from ivle.resources.offerings import OfferingPlace, step_to_offering
from ivle.security.permissions import Permission
from ivle.teaching import worksheet as texts
from ivle.teaching.rendered import Rendered
from ivle.teaching.shown import sheet, shown


class TutorialRoot(PrivateResource):
    """`/tutorial`: `child` is a subject's URL name, the first step to an offering."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_SITE)]

    def child(self, name):
        return step_to_offering(self.request, self, name, (), TutorialOffering)

    def offerings(self):
        """Return [(OfferingFacts, Role, [WorksheetStanding…])…] of the reader's own offerings."""
        settings, reader = self.request.registry.ivle, self.request.identity
        with self.request.reading() as db:
            mine = offerings_for(db, reader.id, only_mine=True)
            found = tutorial.standings(db, [offering.id for offering, _ in mine], reader.id)
        editors = {Role.LECTURER, *([Role.TUTOR] if settings.tutors_can_edit_worksheets else [])}
        return [(offering, role, _visible(found[offering.id], role in editors or reader.is_admin)) for offering, role in mine]


def _visible(standings, sees_unpublished):
    return [standing for standing in standings if standing.published or sees_unpublished]


class TutorialOffering(OfferingPlace):
    """An offering below `/tutorial`: `child` is a worksheet's identifier."""

    def child(self, name):
        if not is_url_name(name):
            return None
        with self.request.reading() as db:
            found = tutorial.find_worksheet(db, self.offering.id, name)
        return found and WorksheetPlace(self.request, self, name, found)

    def worksheets(self):
        """Return a WorksheetStanding for each worksheet that the reader may see."""
        with self.request.reading() as db:
            found = tutorial.standings(db, [self.offering.id], self.request.identity.id)
        return _visible(found[self.offering.id], bool(self.request.has_permission(Permission.EDIT_WORKSHEETS, self)))

    def going_on(self):
        """Return the GoingOn of a student here; nobody else has exercises to go on with."""
        if self.role != Role.STUDENT:
            return GoingOn()
        with self.request.reading() as db:
            return going_on(db, self.request.identity.id, [self.offering.id], [self.offering.id])


class WorksheetPlace(PrivateResource):
    """A worksheet, `worksheet`; what is not published is there only for those who edit worksheets. `child` is an exercise."""

    def __init__(self, request, parent, name, worksheet):
        super().__init__(request, parent, name)
        self.worksheet = worksheet

    @property
    def place(self):
        """The offering's resource."""
        return self.__parent__

    def grants(self):
        """Return the offering's entries, of an unpublished worksheet only for those who may edit it."""
        entries = self.place.grants()
        editors = {who for _, who, permission in entries if permission == Permission.EDIT_WORKSHEETS}
        return [entry for entry in entries if self.worksheet.published or entry[1] in editors]

    def child(self, name):
        if not is_url_name(name):
            return None
        with self.request.reading() as db:
            found = tutorial.exercises_in(db, self.worksheet.id, self._reader_id, name)
        return ExercisePlace(self.request, self, name, found[0]) if found and _is_ready(found[0]) else None

    @property
    def _reader_id(self):
        return self.request.identity and self.request.identity.id

    def text(self):
        """Return the Rendered of its text: what is kept, or made anew where that is of another version of ours."""
        kept = self.worksheet
        if kept.renderer == texts.RENDERER and kept.rendered:
            return Rendered.from_json(kept.rendered)
        return sheet(kept.source, kept.format)

    @cached_property
    def works(self):
        """Return [Work…] of the exercises that can be worked on, in order."""
        with self.request.reading() as db:
            given = [one for one in tutorial.exercises_in(db, self.worksheet.id, self._reader_id) if _is_ready(one)]
            found = attempting.tries(db, self._reader_id, [one.link_id for one in given])
        return [Work(one, found.get(one.link_id, attempting.Tries())) for one in given]

    def file(self, name):
        """Return (media type, content, digest) of one of its files; NotFound when there is none of that name."""
        with self.request.reading() as db:
            found = tutorial.find_file(db, self.worksheet.id, name)
        if found is None:
            raise NotFound()
        return found


def _is_ready(given):
    return given.definition is not None and shown(given.definition, given.identifier) is not None


class Work:
    """An exercise and what its reader has done with it: `open`, its open part, `tries`, and `code` as they left it."""

    def __init__(self, given, tries):
        self.given, self.tries = given, tries
        self.open = shown(given.definition, given.identifier, given.hints_seen)

    @property
    def code(self):
        """What was saved or submitted last, whichever is newer; at the beginning the starter code."""
        latest, draft_saved = self.tries.latest, self.given.draft_saved
        if latest is not None and (draft_saved is None or latest.submitted > draft_saved):
            return latest.code
        return self.given.draft if draft_saved is not None else self.open.starter

    @property
    def has_draft(self):
        """Whether something is saved that was not submitted since."""
        latest, saved = self.tries.latest, self.given.draft_saved
        return saved is not None and (latest is None or latest.submitted <= saved)


class ExercisePlace(Resource):
    """An exercise of a worksheet; the rights are the worksheet's. `given` is what its reader has of it."""

    def __init__(self, request, parent, name, given):
        super().__init__(request, parent, name)
        self.given = given

    @property
    def sheet(self):
        """The worksheet's resource."""
        return self.__parent__

    @property
    def offering(self):
        return self.sheet.place.offering

    @property
    def is_staff_here(self):
        """Whether the reader teaches in this offering, and so may see the work of its students."""
        return bool(self.request.has_permission(Permission.SEE_PROGRESS, self.sheet.place))

    @cached_property
    def _reader_id(self):
        return self.request.identity.id

    @property
    def title(self):
        """What its students know it by."""
        return shown(self.given.definition, self.given.identifier).name

    def work(self):
        """Return the Work of the reader."""
        with self.request.reading() as db:
            found = attempting.tries(db, self._reader_id, [self.given.link_id])
        return Work(self.given, found.get(self.given.link_id, attempting.Tries()))

    def faults(self):
        """Return [(moment, where, message, version)…] of attempts that the exercise itself made void; for staff."""
        with self.request.reading() as db:
            return attempting.faults_at(db, self.given.link_id)

    def save(self, code):
        """Keep what the reader typed, and return the moment."""
        moment = utc_now()
        with self.request.registry.database.writing() as db:
            tutorial.save_draft(db, self._reader_id, self.given.link_id, code, moment)
        return moment

    def reset(self):
        """Go back to the starter code, and return it."""
        starter = shown(self.given.definition, self.given.identifier).starter
        self.save(starter)
        return starter

    def submit(self, code, key=None):
        """Have code judged as the reader's next attempt, and return the Outcome; the same click once more is the same attempt."""
        given = self.given
        return self.request.registry.judging.submit(self._reader_id, given.link_id, given.version_id, code, key)

    def reveal_hint(self):
        """Reveal the next hint; return (number, HTML) of the newest, or (0, None) where there are none."""
        count = shown(self.given.definition, self.given.identifier).hint_count
        if not count:
            return 0, None
        with self.request.registry.database.writing() as db:
            seen = tutorial.reveal_hint(db, self._reader_id, self.given.link_id, count)
        return seen, shown(self.given.definition, self.given.identifier, seen).hints[-1]

    def attempts(self, login=None):
        """Return the Attempts of the reader, or, for staff, of a student."""
        return Attempts(self, *self._person(login))

    def _person(self, login):
        if login is None:
            return self._reader_id, None, None
        if not self.is_staff_here:
            raise NotFound()
        with self.request.reading() as db:
            found = attempting.student_in(db, self.offering.id, login)
        if found is None:
            raise NotFound()
        return found[0], login, found[1]

    def path(self, *more):
        """Return where it stands, as records name it: 151/2026/s1/basics/factorial."""
        return '/'.join((self.offering.path, self.sheet.__name__, self.__name__, *more))


class Attempts:
    """Somebody's attempts at an exercise; `login` and `name` are None where they are the reader's own. Each look is recorded."""

    def __init__(self, place, user_id, login, name):
        self._place, self._user_id = place, user_id
        self.login, self.name = login, name

    def _record(self, action, *more):
        request, place = self._place.request, self._place
        if self.login is not None and self._user_id != request.identity.id:
            record_look(request.registry.database, request.identity, self._user_id, place.path(*more), action, place.offering.id)

    def all(self):
        """Return [(number, moment, state, passed, active, was given up)…], newest first."""
        self._record('attempts')
        with self._place.request.reading() as db:
            return attempting.attempts_at(db, self._user_id, self._place.given.link_id)

    def one(self, number):
        """Return the Outcome of an attempt; one's own that waits is asked after. NotFound when there is none."""
        self._record('attempt', str(number))
        request = self._place.request
        with request.reading() as db:
            found = attempting.find_attempt(db, self._user_id, self._place.given.link_id, number)
        if found is None:
            raise NotFound()
        return request.registry.judging.collect(found, 1.0 if self.login is None else 0.0)

    def neighbours(self):
        """Return the students before and after this one, as `attempting.neighbours` does; none where these are one's own."""
        if self.login is None:
            return [None, None]
        with self._place.request.reading() as db:
            return attempting.neighbours(db, self._place.offering.id, self._place.given.link_id, self.login)
