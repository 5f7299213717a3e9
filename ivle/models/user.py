"""People with an account."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Enum, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, validates

from ivle.models.meta import Base, Key, Line, LongText, Short, utc_now
from ivle.models.names import is_login


class State(enum.StrEnum):
    """What an administrator decided about an account."""

    ACTIVE = 'active'
    DISABLED = 'disabled'


def stored_by_value(kind, name):
    """Return a column type that keeps an enum's values as text, checked by the database."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        length=20,
        create_constraint=True,
        values_callable=lambda members: [item.value for item in members],
    )


class User(Base):
    """A person's account. Nobody is ever deleted while their work is kept: accounts are disabled.

    A temporary password was made by an administrator: it opens nothing but the form that replaces it.
    """

    __tablename__ = 'user_account'

    id: Mapped[Key]
    login: Mapped[Short] = mapped_column(unique=True)
    name: Mapped[Line]
    email: Mapped[Line] = mapped_column(default='')
    is_admin: Mapped[bool] = mapped_column(default=False)
    state: Mapped[State] = mapped_column(stored_by_value(State, 'state'), default=State.ACTIVE)
    expires: Mapped[datetime | None]
    password_hash: Mapped[LongText | None]
    password_is_temporary: Mapped[bool] = mapped_column(default=False)
    password_expires: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=utc_now)
    last_login: Mapped[datetime | None]
    # The host that holds the home, for the day when there is more than one.
    host: Mapped[Short] = mapped_column(default='local')
    svn_key_made: Mapped[datetime | None]

    @validates('login')
    def _login_is_usable(self, key, login):
        if not is_login(login):
            raise ValueError(
                f'{login!r} cannot be a login: write lower-case letters, digits and _ . + - @, beginning with a letter or digit.'
            )
        return login

    def is_usable(self, now):
        """Return True when this person may use the site at that moment."""
        return self.state == State.ACTIVE and (self.expires is None or self.expires > now)


def usable(now):
    """Return the SQL condition for `User.is_usable`."""
    return and_(User.state == State.ACTIVE, or_(User.expires.is_(None), User.expires > now))


@dataclass(frozen=True)
class Account:
    """What the resource tree needs to know about an owner."""

    id: int
    login: str
    name: str
    is_usable: bool


def account(db, login):
    """Return the Account called `login`, or None."""
    user = user_called(db, login)
    return user and Account(user.id, user.login, user.name, user.is_usable(utc_now()))


def user_called(db, login):
    """Return the User row of a login, or None."""
    if not is_login(login):
        return None
    return db.scalars(select(User).where(User.login == login)).one_or_none()
