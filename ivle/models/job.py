"""Jobs: work that goes on after an answer was given. Their rows are the truth; a queue only wakes a worker.

Whoever runs a job holds its `claim`. Every word of theirs about it names the claim, so that a worker that was taken for dead, or
whose job was cancelled, changes nothing any more.
"""

import enum
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, case, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ivle.errors import Conflict
from ivle.models.meta import Base, Key, Line, LongText, Short, utc_now
from ivle.models.user import User, stored_by_value

STALE_SECONDS = 30.0
MOST_TRIES = 5
_GIVEN_UP = f'The worker ended {MOST_TRIES} times before this was done. Tell an administrator; log/worker.log may say why.'


class JobState(enum.StrEnum):
    """Where a job is on its way."""

    QUEUED = 'queued'
    RUNNING = 'running'
    DONE = 'done'
    FAILED = 'failed'
    CANCELLED = 'cancelled'


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Job(Base):
    """Something to do, and how far it is. `arguments` and `result` are JSON, `message` is a sentence for a person.

    `lock` keeps a second unfinished job of the same meaning away. `beat` is the last sign of life of who holds the `claim`;
    `begun_with` is what was done already when it was claimed, for an estimate of the rest.
    """

    __tablename__ = 'job'

    id: Mapped[Key]
    kind: Mapped[Short]
    arguments: Mapped[LongText]
    title: Mapped[Line]
    url: Mapped[LongText] = mapped_column(default='')
    lock: Mapped[Line | None] = mapped_column(unique=True)
    state: Mapped[JobState] = mapped_column(stored_by_value(JobState, 'state'), default=JobState.QUEUED, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    begun_with: Mapped[int] = mapped_column(default=0)
    message: Mapped[LongText] = mapped_column(default='')
    result: Mapped[LongText] = mapped_column(default='{}')
    created: Mapped[datetime] = mapped_column(default=utc_now)
    started: Mapped[datetime | None]
    beat: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[Short | None]
    requested_by: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'), index=True)


@dataclass(frozen=True)
class JobFacts:
    """A job as plain values. `url` is the path, below the site, of the page of what it is about."""

    id: int
    kind: str
    title: str
    url: str
    state: JobState
    done: int
    total: int
    begun_with: int
    message: str
    result: dict
    created: datetime
    started: datetime | None
    ended: datetime | None
    requested_by: int | None

    @property
    def is_unfinished(self):
        return self.state in UNFINISHED

    def seconds_left(self, now):
        """Return about how long the rest takes, None when that cannot be said yet."""
        fresh = self.done - self.begun_with
        if self.state != JobState.RUNNING or fresh <= 0 or self.started is None:
            return None
        return round((now - self.started).total_seconds() / fresh * max(0, self.total - self.done))


@dataclass(frozen=True)
class Claimed:
    """A job that is ours to run. `arguments` is what whoever asked for it said; `tries` counts this one."""

    id: int
    kind: str
    arguments: dict
    claim: str
    tries: int


def add_job(db, kind, arguments, *, title, url, requested_by, lock=None):
    """Write down a job and return its id; Conflict, with the other's `job`, while one with the same lock is unfinished."""
    if lock is not None and (other := db.scalar(select(Job.id).where(Job.lock == lock))) is not None:
        raise Conflict('That is running already. Wait for its end, or cancel it.', code='running', job=other)
    job = Job(kind=kind, arguments=json.dumps(arguments), title=title, url=url, requested_by=requested_by, lock=lock)
    db.add(job)
    db.flush()
    return job.id


def find_job(db, job_id):
    """Return the JobFacts of a job, or None."""
    job = db.get(Job, job_id)
    return job and facts_of(job)


def newest_job(db, kind, url):
    """Return the JobFacts of the newest job of a kind that is about the page at a path below the site, or None."""
    job = db.scalar(select(Job).where(Job.kind == kind, Job.url == url).order_by(Job.id.desc()).limit(1))
    return job and facts_of(job)


def list_jobs(db, user_id, first, count):
    """Return ([(JobFacts, login of whoever asked for it or None)…], how many in all), newest first: a person's, with None all."""
    wanted = [] if user_id is None else [Job.requested_by == user_id]
    total = db.scalar(select(func.count()).select_from(Job).where(*wanted))
    rows = db.execute(
        select(Job, User.login)
        .outerjoin(User, User.id == Job.requested_by)
        .where(*wanted)
        .order_by(Job.id.desc())
        .offset(first)
        .limit(count)
    )
    return [(facts_of(job), login) for job, login in rows], total


def facts_of(job):
    """Return a row as JobFacts."""
    names = [name for name in JobFacts.__dataclass_fields__ if name != 'result']
    return JobFacts(**{name: getattr(job, name) for name in names}, result=json.loads(job.result))


def cancel_job(db, job_id):
    """End a job that is not finished; return whether there was one. Who runs it notices within a second or two."""
    values = {'state': JobState.CANCELLED, 'ended': utc_now(), 'lock': None, 'claim': None}
    return _changed(db, [Job.id == job_id, Job.state.in_(UNFINISHED)], **values)


# -- what workers say -------------------------------------------------------------------------------


def claim_job(db, job_id):
    """Return a queued job as Claimed, ours from now on; None when it is not there to be taken."""
    token, now = secrets.token_hex(16), utc_now()
    values = {'state': JobState.RUNNING, 'claim': token, 'started': now, 'beat': now, 'begun_with': Job.done}
    if not _changed(db, [Job.id == job_id, Job.state == JobState.QUEUED], tries=Job.tries + 1, **values):
        return None
    kind, arguments, tries = db.execute(select(Job.kind, Job.arguments, Job.tries).where(Job.id == job_id)).one()
    return Claimed(job_id, kind, json.loads(arguments), token, tries)


def beat_job(db, claimed, done, total, message):
    """Say that a job goes on, and how far it is; False when it is not ours any more."""
    return _changed(db, _ours(claimed), beat=utc_now(), done=done, total=total, message=message)


def holds_job(db, claimed):
    """Return whether a job is still ours, and keep it so until the end of the transaction."""
    return db.scalar(select(Job.id).where(*_ours(claimed)).with_for_update()) is not None


def end_job(db, claimed, state, done, total, message='', result=None):
    """Finish a job; False when it was not ours any more."""
    values = {'state': state, 'done': done, 'total': total, 'message': message, 'result': json.dumps(result or {})}
    return _changed(db, _ours(claimed), ended=utc_now(), lock=None, claim=None, **values)


def give_back_job(db, claimed, is_our_fault):
    """Put a job back into the queue; the try counts when something of ours broke."""
    tries = Job.tries if is_our_fault else Job.tries - 1
    return _changed(db, _ours(claimed), state=JobState.QUEUED, claim=None, tries=tries)


def take_back_stale_jobs(db, now):
    """Put jobs whose worker gave no sign of life back into the queue, end those tried too often, and return how many."""
    is_last = Job.tries >= MOST_TRIES
    values = {
        'state': case((is_last, JobState.FAILED), else_=JobState.QUEUED),
        'lock': case((is_last, None), else_=Job.lock),
        'ended': case((is_last, now), else_=None),
        'message': case((is_last, _GIVEN_UP), else_=Job.message),
    }
    return _count(db, _stale(now), claim=None, **values)


def has_stale_jobs(db, now):
    """Return whether there is something to take back."""
    return db.scalar(select(Job.id).where(*_stale(now)).limit(1)) is not None


def waiting_jobs(db, most):
    """Return the ids of the jobs that nobody has taken, the oldest first."""
    return list(db.scalars(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id).limit(most)))


def _stale(now):
    return [Job.state == JobState.RUNNING, Job.beat < now - timedelta(seconds=STALE_SECONDS)]


def _ours(claimed):
    return [Job.id == claimed.id, Job.claim == claimed.claim, Job.state == JobState.RUNNING]


def _changed(db, conditions, **values):
    return _count(db, conditions, **values) == 1


def _count(db, conditions, **values):
    return db.execute(update(Job).where(*conditions).values(**values).execution_options(synchronize_session=False)).rowcount
