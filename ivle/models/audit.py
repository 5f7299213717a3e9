"""Who looked at whose work, and what administrators did: kept for the people concerned to see."""

import posixpath
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from ivle.models.course import Offering, staff_scope
from ivle.models.meta import Base, Key, LongText, Short, utc_now
from ivle.models.user import User, user_called

# Opening ten files of one directory is one look at somebody's work.
SAME_LOOK = timedelta(minutes=10)
# What takes more along than one file shows is never hidden behind a look at its neighbours.
WHOLE = ('download', 'history', 'attempts', 'attempt')


class AuditRecord(Base):
    """One act of a viewer on an owner's things. The logins are copies, so that the record outlives the accounts."""

    __tablename__ = 'audit_record'
    __table_args__ = (Index(None, 'owner_id', 'recorded'), Index(None, 'viewer_id', 'recorded'))

    id: Mapped[Key]
    recorded: Mapped[datetime] = mapped_column(default=utc_now)
    viewer_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'))
    viewer_login: Mapped[Short]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete='SET NULL'))
    owner_login: Mapped[Short] = mapped_column(default='')
    action: Mapped[Short]
    directory: Mapped[LongText] = mapped_column(default='')
    path: Mapped[LongText] = mapped_column(default='')
    reason: Mapped[LongText | None]
    offering_id: Mapped[int | None] = mapped_column(ForeignKey(Offering.id, ondelete='SET NULL'))


@dataclass(frozen=True)
class Look:
    """One entry of "who has looked at my work"."""

    when: datetime
    viewer: str
    viewer_name: str
    action: str
    path: str
    reason: str | None
    offering: str | None


def record_view(database, viewer, owner_id, path, action, reason=None):
    """Record that a viewer (an Identity) looked at a path of an owner's home; once per directory in ten minutes.

    A download and a look at the history are records of their own, once for each path.
    Runs in a short transaction of its own and is durable when it returns: call it before the content is fetched,
    and never while the request's own session has written something.
    """
    _record(
        database, viewer, owner_id, path, action, reason, lambda db: staff_scope(db, viewer.id, owner_id).get(path.split('/')[0])
    )


def record_look(database, viewer, owner_id, path, action, offering_id):
    """Record that a viewer (an Identity) looked at what an owner did in an offering, as `record_view` does for files.

    `path` is where, for example 151/2026/s1/basics/factorial; once for each path in ten minutes.
    """
    _record(database, viewer, owner_id, path, action, None, lambda db: offering_id)


def _record(database, viewer, owner_id, path, action, reason, offering_of):
    directory = path if action in ('list', *WHOLE) else posixpath.dirname(path)
    now = utc_now()
    with database.reading() as db:
        if _is_recorded(db, viewer.id, owner_id, directory, action, now):
            return
    with database.writing() as db:
        # Another look at the same moment may have been quicker: from here on it waits for this one.
        owner = db.get(User, owner_id, with_for_update=True)
        if owner is None or _is_recorded(db, viewer.id, owner_id, directory, action, now):
            return
        db.add(
            AuditRecord(
                recorded=now,
                viewer_id=viewer.id,
                viewer_login=viewer.login,
                owner_id=owner_id,
                owner_login=owner.login,
                action=action,
                directory=directory,
                path=path,
                reason=reason,
                offering_id=offering_of(db),
            )
        )


def _is_recorded(db, viewer_id, owner_id, directory, action, now):
    alike = AuditRecord.action == action if action in WHOLE else AuditRecord.action.not_in(WHOLE)
    found = select(AuditRecord.id).where(
        AuditRecord.viewer_id == viewer_id,
        AuditRecord.owner_id == owner_id,
        AuditRecord.directory == directory,
        AuditRecord.recorded > now - SAME_LOOK,
        alike,
        AuditRecord.action.not_like('admin:%'),
    )
    return db.scalars(found.limit(1)).first() is not None


def record_act(db, viewer, owner_login, action, reason=None):
    """Add, to the transaction of the act itself, the record of what an administrator did to an account."""
    owner = user_called(db, owner_login)
    db.add(
        AuditRecord(
            viewer_id=viewer.id,
            viewer_login=viewer.login,
            owner_id=owner and owner.id,
            owner_login=owner_login,
            action=f'admin:{action}',
            reason=reason,
        )
    )


def looks_at(db, owner_id, limit=100):
    """Return the latest Looks of others at a person's work and account, newest first."""
    rows = db.execute(
        select(AuditRecord, User.name, Offering)
        .outerjoin(User, User.id == AuditRecord.viewer_id)
        .outerjoin(Offering, Offering.id == AuditRecord.offering_id)
        .where(AuditRecord.owner_id == owner_id)
        .order_by(AuditRecord.recorded.desc(), AuditRecord.id.desc())
        .limit(limit)
    ).all()
    return [
        Look(
            record.recorded,
            record.viewer_login,
            name or record.viewer_login,
            record.action,
            record.path,
            record.reason,
            offering and offering.path,
        )
        for record, name, offering in rows
    ]
