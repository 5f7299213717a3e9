"""Notices: what a person is told on their front page until they dismiss it."""

from datetime import datetime

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ivle.models.meta import Base, Key, LongText, utc_now
from ivle.models.user import User

MOST_SHOWN = 20


class Notice(Base):
    """A sentence for a person, and the path below the site of the page it is about."""

    __tablename__ = 'notice'

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), index=True)
    text: Mapped[LongText]
    url: Mapped[LongText] = mapped_column(default='')
    created: Mapped[datetime] = mapped_column(default=utc_now)
    seen: Mapped[bool] = mapped_column(default=False)


def notices_of(db, user_id):
    """Return [(id, text, url, moment)…] of what a person has not dismissed, the newest first."""
    rows = db.execute(
        select(Notice.id, Notice.text, Notice.url, Notice.created)
        .where(Notice.user_id == user_id, ~Notice.seen)
        .order_by(Notice.id.desc())
        .limit(MOST_SHOWN)
    )
    return [tuple(row) for row in rows]


def dismiss_notice(db, user_id, notice_id):
    """Show a notice of a person's no more; True when there is such a notice of theirs."""
    found = update(Notice).where(Notice.id == notice_id, Notice.user_id == user_id).values(seen=True)
    return db.execute(found.execution_options(synchronize_session=False)).rowcount == 1


def notice_once(db, user_ids, text, url):
    """Tell people something, but those not who have been told and have not dismissed it."""
    same = select(Notice.user_id).where(Notice.user_id.in_(user_ids), Notice.text == text, Notice.url == url, ~Notice.seen)
    told = set(db.scalars(same))
    db.add_all(Notice(user_id=user_id, text=text, url=url) for user_id in user_ids if user_id not in told)


def withdraw_notice(db, text, url):
    """Show to nobody any more what has been said and is not so any longer."""
    said = update(Notice).where(Notice.text == text, Notice.url == url, ~Notice.seen).values(seen=True)
    db.execute(said.execution_options(synchronize_session=False))
