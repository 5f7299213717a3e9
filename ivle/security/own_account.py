"""What people do with their own account's keys: another password, and out of everywhere else."""

from sqlalchemy import select

from ivle.errors import IvleError
from ivle.hosts.boxes import cut_streams
from ivle.models.user import User
from ivle.security import passwords, sessions
from ivle.security.signin import TooManyTries


class PasswordNotChanged(IvleError):
    """The current password is wrong, or the new one is none to take. `field` is the one to mend."""

    code, status = 'password-not-changed', 400

    def __init__(self, message, field):
        super().__init__(message)
        self.field = field


def change_password(registry, identity, current, new, address):
    """Replace one's own password and end one's other sessions; return how many. PasswordNotChanged says what is wrong."""
    with registry.database.reading() as db:
        kept = db.scalar(select(User.password_hash).where(User.id == identity.id))
    # A browser left open must not become a place to guess at.
    seconds = registry.throttle.take(identity.login, address, is_familiar=True)
    if seconds:
        raise TooManyTries(seconds)
    if not passwords.is_right(kept, current):
        registry.throttle.was_wrong(address)
        raise PasswordNotChanged('That is not your current password.', 'current')
    registry.throttle.was_right(identity.login, address, is_familiar=True)
    problem = passwords.problem_with(new, identity.login, identity.name, identity.email, current)
    if problem:
        raise PasswordNotChanged(problem, 'new')
    better = passwords.hash_password(new)
    with registry.database.writing() as db:
        user = db.get(User, identity.id)
        if user.password_hash != kept:
            raise PasswordNotChanged('Your password was changed from elsewhere meanwhile. Nothing was changed now.', 'current')
        user.password_hash = better
        ended = sessions.end_all(db, identity.id, keep_row_id=identity.session_id)
    cut_streams(registry.ivle, identity.login)
    return ended
