"""Sessions: where somebody is signed in, by a random id of which the database keeps only the digest."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import contains_eager

from ivle.models.meta import utc_now
from ivle.models.session import LoginSession
from ivle.models.user import usable

MARK_EVERY = timedelta(minutes=1)


def digest_of(secret):
    """Return what is kept of a session id or an API token."""
    return hashlib.sha256(secret.encode('utf-8', 'surrogateescape')).hexdigest()


def _idle_before(settings, now):
    return now - timedelta(seconds=settings.session_idle_seconds)


def begin(db, user_id, settings, address, agent):
    """Start a session for a person and return its id, which is told to the browser and to nobody else."""
    now = utc_now()
    # Somebody must clear away what ended by itself; those who sign in are enough.
    db.execute(delete(LoginSession).where(or_(LoginSession.expires < now, LoginSession.last_seen < _idle_before(settings, now))))
    session_id = secrets.token_urlsafe(32)
    db.add(
        LoginSession(
            id_digest=digest_of(session_id),
            user_id=user_id,
            created=now,
            last_seen=now,
            expires=now + timedelta(seconds=settings.session_total_seconds),
            address=(address or '')[:64],
            agent=(agent or '')[:200],
        )
    )
    return session_id


def find(db, session_id, settings, now):
    """Return the LoginSession of an id, its user loaded; None when it ended or its person may not use the site."""
    return db.scalars(
        select(LoginSession)
        .join(LoginSession.user)
        .where(LoginSession.id_digest == digest_of(session_id))
        .where(LoginSession.expires > now, LoginSession.last_seen > _idle_before(settings, now), usable(now))
        .options(contains_eager(LoginSession.user))
    ).one_or_none()


def is_to_be_marked(session, settings, now):
    """Return True when `last_seen` is so old that it should be written again."""
    return now - session.last_seen > min(MARK_EVERY, timedelta(seconds=settings.session_idle_seconds / 4))


def mark_seen(db, row_id, now):
    """Note that a session was just used. One that has ended stays ended."""
    db.execute(update(LoginSession).where(LoginSession.id == row_id).values(last_seen=now))


def open_sessions(db, user_id, settings):
    """Return a person's LoginSessions that have not ended, the last used first."""
    now = utc_now()
    return db.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.expires > now, LoginSession.last_seen > _idle_before(settings, now))
        .order_by(LoginSession.last_seen.desc(), LoginSession.id.desc())
    ).all()


def is_familiar(db, user_id, address):
    """Return True when the person is signed in from that address."""
    return (
        db.scalars(
            select(LoginSession.id).where(LoginSession.user_id == user_id, LoginSession.address == (address or '')[:64]).limit(1)
        ).first()
        is not None
    )


def end(db, session_id):
    """End the session of an id."""
    db.execute(delete(LoginSession).where(LoginSession.id_digest == digest_of(session_id)))


def end_all(db, user_id, keep_row_id=None):
    """End all sessions of a person, but for one if its row id is given; return how many."""
    condition = [LoginSession.user_id == user_id]
    if keep_row_id is not None:
        condition.append(LoginSession.id != keep_row_id)
    return db.execute(delete(LoginSession).where(*condition)).rowcount
