"""The bank of exercises of a subject, at `/subjects/<subject>/exercises`, for those who teach in an offering of it."""

import re

from pyramid.authorization import Allow

from ivle.errors import FieldError
from ivle.jobs.queue import enqueue
from ivle.models import bank
from ivle.models.faults import faults_of
from ivle.models.job import newest_job
from ivle.models.names import is_url_name
from ivle.models.outdated import retest_places
from ivle.resources.base import PrivateResource, Resource
from ivle.security.permissions import Permission

# No year is called so.
BANK = 'exercises'
# No exercise is called so.
DRAFTS = '+drafts'
PUBLISHING = 'publish-drafts'


def bank_of(request, parent, name):
    """Return the Bank of the subject that `parent` stands for, None where the reader has no part in it."""
    reader = request.identity
    if reader is None:
        return None
    with request.reading() as db:
        found = bank.find_bank(db, parent.__name__, reader.id, reader.is_admin, request.registry.ivle.tutors_can_edit_worksheets)
    return found and Bank(request, parent, name, found)


class Bank(PrivateResource):
    """The exercises of a subject; `child` is an identifier. It is made for those alone who may work on it."""

    def __init__(self, request, parent, name, subject):
        super().__init__(request, parent, name)
        self.subject = subject

    def grants(self):
        return [(Allow, f'user:{self.request.identity.id}', Permission.EDIT_EXERCISES)]

    def child(self, name):
        if name == DRAFTS:
            return Drafts(self.request, self, name)
        if not is_url_name(name):
            return None
        with self.request.reading() as db:
            found = bank.open_exercise(db, self.subject.id, name)
        return found and OneExercise(self.request, self, name, found)

    def all(self):
        """Return the ExerciseLines."""
        with self.request.reading() as db:
            return bank.exercise_lines(db, self.subject.id)

    def add(self, identifier, definition):
        """Make an exercise with a first draft and return its identifier."""
        with self.request.registry.database.writing() as db:
            return bank.add_exercise(db, self.subject.id, identifier, definition, self.request.identity.id)


class Drafts(Resource):
    """The exercises of a bank whose drafts are not what students get."""

    @property
    def subject(self):
        return self.__parent__.subject

    @property
    def path(self):
        """The path of this page below the site."""
        return '/'.join(('subjects', self.subject.url_name, BANK, DRAFTS))

    def look(self):
        """Return ([OpenExercise…] of the drafts, JobFacts of the newest test of all of them, or None)."""
        with self.request.reading() as db:
            return bank.open_drafts(db, self.subject.id), newest_job(db, PUBLISHING, self.path)

    def publish(self, identifiers=None):
        """Have drafts tested and published in the background, all that are finished or those named; return the id of the job.

        FieldError when none is meant; Conflict while others of this bank are being tested.
        """
        request, reader = self.request, self.request.identity
        with request.registry.database.writing() as db:
            wanted = [
                (draft.id, draft.digest)
                for draft in bank.open_drafts(db, self.subject.id)
                if draft.unfinished is None and (identifiers is None or draft.identifier in identifiers)
            ]
            if not wanted:
                raise FieldError('exercise', 'Choose at least one draft that is finished.')
            return enqueue(
                db,
                request.registry.ivle,
                PUBLISHING,
                {'drafts': wanted, 'login': reader.login, 'author': reader.id},
                title=f'Testing and publishing drafts of {self.subject.code}',
                url=self.path,
                requested_by=reader.id,
                lock=f'drafts:{self.subject.id}',
            )


class OneExercise(Resource):
    """An exercise, as it was when the request came: `opened`. `child` is `versions` or `tests`."""

    def __init__(self, request, parent, name, opened):
        super().__init__(request, parent, name)
        self.opened = opened

    @property
    def subject(self):
        return self.__parent__.subject

    def child(self, name):
        kind = {'versions': Versions, 'tests': Trials}.get(name)
        return kind and kind(self.request, self, name)

    def history(self):
        """Return ([VersionLine…], how many attempts it was at fault for, [Fault…])."""
        with self.request.reading() as db:
            return bank.version_lines(db, self.opened.id), *faults_of(db, self.opened.id)

    def retest_places(self):
        """Return the RetestPlaces where its attempts can be tested again."""
        reader, may = self.request.identity, self.request.registry.ivle.tutors_can_edit_worksheets
        with self.request.reading() as db:
            return retest_places(db, self.opened.id, reader.id, reader.is_admin, may)

    def save(self, opened, definition):
        """Keep a draft that follows the one with the digest `opened`; return the OpenExercise."""
        with self.request.registry.database.writing() as db:
            return bank.save_draft(db, self.opened.id, opened, definition, self.request.identity.id)

    def save_unfinished(self, opened, unfinished):
        """Keep what was typed and is no definition yet, the JSON of a form's tree; return the OpenExercise."""
        with self.request.registry.database.writing() as db:
            return bank.save_unfinished(db, self.opened.id, opened, unfinished, self.request.identity.id)

    def publish(self, digest):
        """Publish the draft with that digest, and return the number of the version."""
        with self.request.registry.database.writing() as db:
            return bank.publish(db, self.opened.id, digest, self.request.identity.id)


class Versions(Resource):
    """What was published of an exercise; `child` is a number."""

    def child(self, name):
        if not re.fullmatch('[1-9][0-9]{0,5}', name):
            return None
        with self.request.reading() as db:
            found = bank.find_version(db, self.__parent__.opened.id, int(name))
        return found and OneVersion(self.request, self, name, *found)


class OneVersion(Resource):
    """A version, as `line` and `definition`; `before` is the definition of the one before it, or None."""

    def __init__(self, request, parent, name, line, definition, before):
        super().__init__(request, parent, name)
        self.line, self.definition, self.before = line, definition, before

    @property
    def exercise(self):
        return self.__parent__.__parent__


class Trials(Resource):
    """Tests of an exercise's draft that were begun; `child` is the key of one."""

    def child(self, name):
        return Trial(self.request, self, name) if re.fullmatch('[0-9a-f]{32}', name) else None


class Trial(Resource):
    """One test of the solution and the wrong answers. Who has no such key finds that nothing is known of it."""

    @property
    def exercise(self):
        return self.__parent__.__parent__
