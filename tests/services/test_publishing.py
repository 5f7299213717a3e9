"""Drafts of a bank for real: a worker has them tested in sandboxes, and publishes those whose tests are good."""

from ivle.jobs.queue import enqueue
from ivle.models import Exercise, JobState
from ivle.models.bank import open_drafts
from tests.course import add_offering, add_person
from tests.services.job_site import JobSite
from tests.services.judged import FACTORIAL, exercise, factorial, suite
from tests.services.sandbox_host import SandboxHost, a_place_for_all

KIND_TO_ALL = {'wrong_answers': {'does nothing': 'def fac(n):\n    return 1\n'}}


def test_a_worker_publishes_the_drafts_whose_tests_are_good(tmp_path_factory):
    place = a_place_for_all(tmp_path_factory)
    with SandboxHost(place), JobSite(place) as site:
        with site.database.writing() as db:
            subject = add_offering(db, '151').subject_id
            author = add_person(db, 'lecturer').id
            drafts = {
                'good': factorial(),
                'kind': exercise(FACTORIAL, suite(function='fac', arguments=['1']), **KIND_TO_ALL),
            }
            for name, definition in drafts.items():
                db.add(Exercise(subject_id=subject, identifier=name, name=name, draft=definition.to_json()))
        site.worker()
        with site.database.writing() as db:
            wanted = [(draft.id, draft.digest) for draft in open_drafts(db, subject)]
            arguments = {'drafts': wanted, 'login': 'studenta', 'author': author}
            job = enqueue(db, site.settings, 'publish-drafts', arguments, title='Drafts')
        assert site.becomes(job, JobState.DONE, 60), site.job(job)
        assert [(one['identifier'], one['version'], one['reasons']) for one in site.job(job).result['exercises']] == [
            ('good', 1, []),
            ('kind', None, ['The tests let the wrong answer “does nothing” pass.']),
        ]
