"""API tokens: a script's key to its owner's account, shown once and kept as a digest."""

import re
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager

from ivle.models.meta import utc_now
from ivle.models.token import ApiToken
from ivle.models.user import usable
from ivle.security.sessions import digest_of

# The prefix lets programs that look for leaked secrets recognise ours.
_TOKEN = re.compile(r'ivle_[A-Za-z0-9_-]{43}')
MARK_EVERY = timedelta(minutes=1)


def make(db, user_id, label):
    """Make a token for a person and return it: it cannot be shown again."""
    token = 'ivle_' + secrets.token_urlsafe(32)
    db.add(ApiToken(digest=digest_of(token), user_id=user_id, label=label))
    return token


def find(db, token, now):
    """Return the ApiToken row, its user loaded; None when unknown, revoked, or its person may not use the site."""
    if not _TOKEN.fullmatch(token):
        return None
    return db.scalars(
        select(ApiToken)
        .join(ApiToken.user)
        .where(ApiToken.digest == digest_of(token), ApiToken.revoked.is_(None), usable(now))
        .options(contains_eager(ApiToken.user))
    ).one_or_none()


def is_to_be_marked(row, now):
    """Return True when `last_used` is so old that it should be written again."""
    return row.last_used is None or now - row.last_used > MARK_EVERY


def mark_used(db, row_id, now):
    """Note that a token was just used."""
    db.execute(update(ApiToken).where(ApiToken.id == row_id).values(last_used=now))


def tokens_of(db, user_id):
    """Return a person's tokens that still work, the newest first."""
    return db.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked.is_(None)).order_by(ApiToken.id.desc())
    ).all()


def revoke(db, user_id, row_id):
    """Make a person's token useless from now on; return False when they have no such token."""
    condition = (ApiToken.id == row_id, ApiToken.user_id == user_id, ApiToken.revoked.is_(None))
    return db.execute(update(ApiToken).where(*condition).values(revoked=utc_now())).rowcount == 1


def revoke_all(db, user_id):
    """Make all tokens of a person useless; return how many."""
    return db.execute(
        update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked.is_(None)).values(revoked=utc_now())
    ).rowcount
