"""Signing in: a login and a password become a session."""

import logging
from typing import NamedTuple

from sqlalchemy import select

from ivle.errors import IvleError
from ivle.models.meta import utc_now
from ivle.models.user import User, usable, user_called
from ivle.security import passwords, sessions

log = logging.getLogger(__name__)


class SignInRefused(IvleError):
    """Nobody was signed in."""


class WrongPassword(SignInRefused):
    """No such person, not that password, or an account that is closed: nobody is told which."""

    code, status, message = 'wrong-password', 400, 'That login and password do not fit together. Check both and try again.'


class TooManyTries(SignInRefused):
    """The password was wrong too often."""

    code, status = 'too-many-tries', 429

    def __init__(self, seconds):
        minutes = -(-seconds // 60)
        super().__init__(f'The password was wrong too often. Try again in {minutes} minute{"" if minutes == 1 else "s"}.')
        self.seconds = seconds


class NewPasswordNeeded(SignInRefused):
    """The password is right, but it was made by somebody else: the person chooses their own now.

    `problem` is what is wrong with the one they chose, None while they have not chosen any.
    """

    code, status, message = (
        'new-password-needed',
        400,
        'This password was made for you by an administrator. Type it again, and choose one of your own.',
    )

    def __init__(self, problem=None):
        super().__init__(problem)
        self.problem = problem


class Entered(NamedTuple):
    """Somebody has signed in: the id of their session, and whether their own password took the place of one made for them."""

    session_id: str
    has_new_password: bool


def sign_in(registry, login, password, new_password, address, agent, old_session_id=None):
    """Return what Entered tells of a person who proves to be who they say; one of the errors above otherwise.

    The password is looked at outside any transaction: that takes a while, and is meant to. The session that the browser had
    before ends.
    """
    now = utc_now()
    with registry.database.reading() as db:
        user = user_called(db, login)
        kept = user.password_hash if user is not None and _may_enter(user, now) else None
        known = (user.login, user.name, user.email) if kept is not None else ()
        is_temporary = kept is not None and user.password_is_temporary
        is_familiar = kept is not None and sessions.is_familiar(db, user.id, address)
    seconds = registry.throttle.take(login, address, is_familiar)
    if seconds:
        raise TooManyTries(seconds)
    if not passwords.is_right(kept, password):
        registry.throttle.was_wrong(address)
        log.warning('a wrong password for %s from %s', known[0] if known else 'nobody we know', address)
        raise WrongPassword()
    registry.throttle.was_right(login, address, is_familiar)
    better = _next_hash(kept, password, new_password, is_temporary, known)
    with registry.database.writing() as db:
        user = db.scalars(select(User).where(User.login == login, User.password_hash == kept, usable(now))).one_or_none()
        if user is None:
            # Disabled, or another password, while we were looking at this one.
            raise WrongPassword()
        user.password_hash, user.last_login = better, now
        user.password_is_temporary, user.password_expires = False, None
        if old_session_id is not None:
            sessions.end(db, old_session_id)
        session_id = sessions.begin(db, user.id, registry.ivle, address, agent)
    log.info('%s signed in from %s', login, address)
    return Entered(session_id, is_temporary)


def _may_enter(user, now):
    return user.is_usable(now) and (user.password_expires is None or user.password_expires > now)


def _next_hash(kept, password, new_password, is_temporary, known):
    """Return the hash to keep from now on."""
    if is_temporary:
        if not new_password:
            raise NewPasswordNeeded()
        problem = passwords.problem_with(new_password, *known, password)
        if problem:
            raise NewPasswordNeeded(problem)
        return passwords.hash_password(new_password)
    return passwords.hash_password(password) if passwords.is_outdated(kept) else kept
