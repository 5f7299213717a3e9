"""What administrators do to accounts. Each act is one short transaction, with its record for the person to see.

What the hosts must do comes before the row says it is done, or after the row forbids it: a crash in between leaves
something that can be done again, never an account that is open in part.
"""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from ivle.errors import Conflict
from ivle.hosts.boxes import cut_streams, end_boxes
from ivle.hosts.users import Users
from ivle.models.audit import record_act
from ivle.models.people import expired_logins, give_password
from ivle.models.user import State, User, user_called
from ivle.security import passwords, sessions, tokens


@dataclass(frozen=True)
class CommandLine:
    """Whoever may run commands on the machine of the site, as the records name them."""

    id: None = None
    login: str = 'the command line'


class Administrator:
    """The acts of one administrator: an Identity, or CommandLine."""

    def __init__(self, settings, database, actor):
        self._settings, self._database, self._actor = settings, database, actor
        self._users = Users(settings)

    def create(self, login, name, email, is_admin, expires):
        """Make an account and its home and return its first password, which is shown once. Conflict when the login is taken."""
        with self._database.reading() as db:
            if user_called(db, login) is not None:
                raise Conflict(f'There is already somebody called {login}.')
        password = passwords.random_password()
        password_hash = passwords.hash_password(password)
        self._users.activate(login, [])
        try:
            with self._database.writing() as db:
                user = User(login=login, name=name, email=email, is_admin=is_admin, expires=expires)
                give_password(user, password_hash)
                db.add(user)
                db.flush()
                record_act(db, self._actor, login, 'create')
        except IntegrityError as error:
            raise Conflict(f'There is already somebody called {login}.') from error
        return password

    def disable(self, login, act='disable'):
        """Close an account: no more requests, sessions, programs or repository access, from now on."""
        with self._database.writing() as db:
            user = user_called(db, login)
            if user.state != State.DISABLED:
                user.state = State.DISABLED
                record_act(db, self._actor, login, act)
            sessions.end_all(db, user.id)
        # Now nothing new can begin; what runs is ended. To press the button again does no harm.
        end_boxes(self._settings, login)
        self._users.disable(login)

    def enable(self, login):
        """Open a closed account again, as it was."""
        # As when it was made: what is missing on the host is made, and what is there stays.
        self._users.activate(login, [])
        with self._database.writing() as db:
            user = user_called(db, login)
            if user.state != State.ACTIVE:
                user.state = State.ACTIVE
                record_act(db, self._actor, login, 'enable')

    def close_expired(self):
        """Close the accounts whose last day is over, with what still runs in their name; return their logins."""
        with self._database.reading() as db:
            logins = expired_logins(db)
        for login in logins:
            self.disable(login, act='expire')
        return logins

    def reset_password(self, login):
        """Give a person a first password again, end their sessions and revoke their tokens; return the password."""
        password = passwords.random_password()
        password_hash = passwords.hash_password(password)
        with self._database.writing() as db:
            user = user_called(db, login)
            give_password(user, password_hash)
            sessions.end_all(db, user.id)
            tokens.revoke_all(db, user.id)
            record_act(db, self._actor, login, 'reset-password')
        cut_streams(self._settings, login)
        return password

    def end_sessions(self, login):
        """Sign a person out everywhere; return of how many places."""
        with self._database.writing() as db:
            user = user_called(db, login)
            record_act(db, self._actor, login, 'end-sessions')
            ended = sessions.end_all(db, user.id)
        cut_streams(self._settings, login)
        return ended
