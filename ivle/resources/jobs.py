"""Jobs: work in the background, seen by whoever asked for it and by administrators; `/jobs/<id>`."""

import re

from pyramid.authorization import Allow, Authenticated

from ivle.models.job import cancel_job, find_job, list_jobs
from ivle.resources.base import PrivateResource
from ivle.security.permissions import Permission

_ID = re.compile('[1-9][0-9]{0,8}')


class JobsRoot(PrivateResource):
    """`/jobs`: the reader's own, to administrators everybody's; `child` is a number."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_SITE)]

    @property
    def is_everybodys(self):
        """Whether the reader sees the jobs of all."""
        return self.request.identity.is_admin

    def list(self, first, count):
        """Return ([(JobFacts, login of whoever asked for it)…], how many in all), newest first."""
        identity = self.request.identity
        with self.request.reading() as db:
            return list_jobs(db, None if self.is_everybodys else identity.id, first, count)

    def child(self, name):
        if not _ID.fullmatch(name):
            return None
        with self.request.reading() as db:
            job = find_job(db, int(name))
        return job and OneJob(self.request, self, name, job)


class OneJob(PrivateResource):
    """A job, as it was when the request came: `job` is its JobFacts."""

    def __init__(self, request, parent, name, job):
        super().__init__(request, parent, name)
        self.job = job

    def grants(self):
        # To everybody else it is not there.
        return [(Allow, f'user:{self.job.requested_by}', Permission.USE_SITE), (Allow, 'admin', Permission.USE_SITE)]

    def cancel(self):
        """End it; False when it was over already."""
        with self.request.registry.database.writing() as db:
            return cancel_job(db, self.job.id)
