"""Re-tests of exercises: `<offering>/retest/<worksheet>/<exercise>`, with the rights of the offering."""

from ivle.errors import Conflict
from ivle.jobs.queue import enqueue
from ivle.models import retesting
from ivle.models.names import is_url_name
from ivle.models.retest_notices import tell_students, withdraw_from_lecturers
from ivle.models.retest_preview import preview
from ivle.resources.base import Resource


class Retests(Resource):
    """The way to an exercise of a worksheet; nothing is here but what is below."""

    def child(self, name):
        return WorksheetRetests(self.request, self, name) if is_url_name(name) else None


class WorksheetRetests(Resource):
    """A worksheet's step of that way; `child` is an exercise's identifier."""

    def child(self, name):
        if not is_url_name(name):
            return None
        offering = self.__parent__.__parent__.offering
        with self.request.reading() as db:
            link = retesting.find_link(db, offering.id, self.__name__, name)
        return link and ExerciseRetest(self.request, self, name, offering, link)


class ExerciseRetest(Resource):
    """An exercise in a worksheet, whose attempts can be tested again: `link` is its Link."""

    def __init__(self, request, parent, name, offering, link):
        super().__init__(request, parent, name)
        self.offering, self.link = offering, link

    @property
    def path(self):
        """The path of this page below the site."""
        return '/'.join(('subjects', *self.offering.segments, 'retest', self.link.worksheet, self.link.exercise))

    def look(self):
        """Return (RetestFacts of the newest or None, its Preview while it is to be decided, (attempts, students) to test)."""
        with self.request.reading() as db:
            retest = retesting.latest_retest(db, self.link)
            found = preview(db, retest, self.link) if retest is not None and retest.is_to_be_decided else None
            return retest, found, retesting.count_to_test(db, self.link)

    def start(self):
        """Have all attempts tested again and return the id of the job; Conflict where nothing can be tested, or is already."""
        link, reader = self.link, self.request.identity
        if link.version_id is None:
            raise Conflict('This exercise was never published: there is nothing to test by.')
        with self.request.registry.database.writing() as db:
            attempts, _ = retesting.count_to_test(db, link)
            if not attempts:
                raise Conflict('No student has an attempt at this exercise: there is nothing to test.')
            job_id = enqueue(
                db,
                self.request.registry.ivle,
                'retest',
                {'newest': retesting.newest_attempt(db, link)},
                title=f'Testing all attempts at {link.exercise_name[:120]} again',
                url=self.path,
                requested_by=reader.id,
                lock=retesting.lock_of(link),
            )
            retesting.begin_retest(db, job_id, link, reader.id)
        return job_id

    def publish(self, job_id):
        """Let attempts take the verdicts of a re-test, tell students for whom that matters, and return how many did."""
        with self.request.registry.database.writing() as db:
            retest = self._meant(db, job_id)
            changes = preview(db, retest, self.link).changes
            taken = retesting.take_results(db, retest, self.link, self.request.identity.id)
            tell_students(db, changes, self.link, self._student_page())
            withdraw_from_lecturers(db, job_id)
        return taken

    def discard(self, job_id):
        """Let nothing come of a re-test."""
        with self.request.registry.database.writing() as db:
            retesting.discard(db, self._meant(db, job_id), self.request.identity.id)
            withdraw_from_lecturers(db, job_id)

    def _meant(self, db, job_id):
        """Return the newest re-test; Conflict when that is not the one whose page was sent."""
        retest = retesting.latest_retest(db, self.link)
        if retest is None or retest.job.id != job_id:
            raise Conflict('There is a newer test of these attempts. Look at what the page says now.')
        return retest

    def _student_page(self):
        """Return the path of the page on which students work at it, or of the offering where the site has none."""
        if self.request.registry.clients.by_name('tutorial') is None:
            return '/'.join(('subjects', *self.offering.segments))
        return '/'.join(('tutorial', *self.offering.segments, self.link.worksheet, self.link.exercise))
