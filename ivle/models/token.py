"""The tokens that people give to their scripts."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ivle.models.meta import Base, Digest, Key, Line, utc_now
from ivle.models.user import User


class ApiToken(Base):
    """A script's key to one person's account. Only its digest is kept; it stays listed after it was revoked."""

    __tablename__ = 'api_token'

    id: Mapped[Key]
    digest: Mapped[Digest] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete='CASCADE'), index=True)
    label: Mapped[Line]
    created: Mapped[datetime] = mapped_column(default=utc_now)
    last_used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]

    user: Mapped[User] = relationship()
