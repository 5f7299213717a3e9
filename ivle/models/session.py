"""Where people are signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivle.models.meta import Base, Digest, Key, Line, Short, utc_now
from ivle.models.user import User


class LoginSession(Base):
    """One browser that is signed in. Only the digest of its random id is kept; the id is in the browser's cookie."""

    __tablename__ = 'login_session'

    id: Mapped[Key]
    id_digest: Mapped[Digest] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), index=True)
    created: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen: Mapped[datetime] = mapped_column(default=utc_now)
    expires: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[Short] = mapped_column(default='')
    agent: Mapped[Line] = mapped_column(default='')

    user: Mapped[User] = relationship()
