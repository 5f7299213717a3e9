"""Enrolling: who takes part in an offering, one person at a time and by whole lists.

`roles` is always what the acting person may give and take: whoever changes somebody's part needs both, the role of
before and the role of after.
"""

from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from ivle.errors import Conflict, FieldError, NotFound
from ivle.models.attempt import Attempt, Draft, HintsSeen
from ivle.models.course import Enrolment, Offering, Role
from ivle.models.meta import utc_now
from ivle.models.user import User, user_called
from ivle.models.worksheet import Worksheet, WorksheetExercise
from ivle.teaching.class_list import Present, digest_of, plan


@dataclass(frozen=True)
class Member:
    """Somebody who takes part, or did."""

    login: str
    name: str
    role: Role
    active: bool


@dataclass(frozen=True)
class Newcomer:
    """A student whose subject directory is to be there: `is_usable` is False while the account is closed."""

    login: str
    is_usable: bool


def people_of(db, offering_id):
    """Return the Members of an offering: staff last, by login."""
    rows = db.execute(
        select(User.login, User.name, Enrolment.role, Enrolment.active)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.offering_id == offering_id)
        .order_by(User.login)
    ).all()
    order = list(Role)
    return sorted((Member(*row) for row in rows), key=lambda member: order.index(member.role))


def find_member(db, offering_id, login):
    """Return the Member of a login, or None."""
    row = db.execute(
        select(User.login, User.name, Enrolment.role, Enrolment.active)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.offering_id == offering_id, User.login == login)
    ).one_or_none()
    return row and Member(*row)


def enrol(db, offering_id, login, role, roles):
    """Give somebody a part; return the Newcomer. FieldError says which field of the form cannot be taken."""
    if role not in list(Role):
        raise FieldError('role', 'Choose a role.')
    if role not in roles:
        raise FieldError('role', f'You cannot enrol a {role} here.')
    # Whoever enrols the same person at this moment waits here, and then finds them.
    db.get(Offering, offering_id, with_for_update=True)
    user = user_called(db, login)
    if user is None:
        raise FieldError('login', f'There is no account called {login[:64]}.' if login else 'Write a login.')
    present = _locked(db, offering_id, user.id)
    if present is not None:
        state = 'takes part already, as' if present.active else 'was enrolled before and is inactive, as'
        raise FieldError('login', f'{login} {state} {present.role}: open their line in the list to change that.')
    db.add(Enrolment(user_id=user.id, offering_id=offering_id, role=Role(role)))
    db.flush()
    return _newcomer(user)


def change_member(db, offering_id, login, roles, *, role=None, active=None):
    """Give a member another role, or make them active or inactive; return the Newcomer that they are now."""
    user, row = _changeable(db, offering_id, login, roles)
    if role is not None:
        if role not in roles:
            raise FieldError('role', 'Choose a role that you may give.')
        row.role = Role(role)
    if active is not None:
        row.active = active
    db.flush()
    return _newcomer(user)


def remove_member(db, offering_id, login, roles):
    """Take an enrolment away for good; Conflict while something of theirs depends on it."""
    user, row = _changeable(db, offering_id, login, roles)
    if has_work(db, offering_id, login):
        raise Conflict(f'{login} has worked on exercises here. Make the enrolment inactive: that ends access and keeps the work.')
    db.delete(row)


def has_work(db, offering_id, login):
    """Return True when somebody has attempted or begun an exercise of an offering."""
    theirs = select(WorksheetExercise.id).join(Worksheet).where(Worksheet.offering_id == offering_id)
    user_id = select(User.id).where(User.login == login).scalar_subquery()
    kinds = (Attempt, Draft, HintsSeen)
    return db.scalar(
        select(or_(*(exists().where(kind.user_id == user_id, kind.worksheet_exercise_id.in_(theirs)) for kind in kinds)))
    )


def plan_list(db, offering_id, lines, roles):
    """Return the Changes that class list lines would make."""
    return plan(lines, *_state(db, offering_id, lines)[1:], [str(role) for role in roles])


def apply_list(db, offering_id, lines, roles, digest, lowers):
    """Apply a class list as it was previewed: return ([Change…] that were made, [Newcomer…]).

    Conflict when it would do anything else than the preview with that digest said. `lowers`: lower roles, too.
    """
    db.get(Offering, offering_id, with_for_update=True)
    users, known, present = _state(db, offering_id, lines)
    changes = plan(lines, known, present, [str(role) for role in roles])
    if digest_of(changes) != digest:
        raise Conflict('Something changed since the preview, so nothing was done. Look at the preview again.')
    made = [change for change in changes if change.is_made or (lowers and change.kind == 'lowered')]
    rows = {row.user_id: row for row in _rows(db, offering_id, [users[change.login].id for change in made])}
    for change in made:
        user_id = users[change.login].id
        if change.old is None:
            db.add(Enrolment(user_id=user_id, offering_id=offering_id, role=Role(change.new)))
        else:
            rows[user_id].role, rows[user_id].active = Role(change.new), True
    db.flush()
    return made, [_newcomer(users[change.login]) for change in made if change.new == Role.STUDENT]


def _rows(db, offering_id, user_ids):
    return db.scalars(select(Enrolment).where(Enrolment.offering_id == offering_id, Enrolment.user_id.in_(user_ids))).all()


def _state(db, offering_id, lines):
    """Return ({login: User}, the logins that have an account, {login: Present}) of those in a list."""
    logins = {line.login for line in lines if not line.problem}
    users = {user.login: user for user in db.scalars(select(User).where(User.login.in_(logins)))}
    by_id = {user.id: user.login for user in users.values()}
    present = {by_id[row.user_id]: Present(str(row.role), row.active) for row in _rows(db, offering_id, list(by_id))}
    return users, set(users), present


def _locked(db, offering_id, user_id):
    return db.get(Enrolment, (user_id, offering_id), with_for_update=True)


def _changeable(db, offering_id, login, roles):
    user = user_called(db, login)
    row = user and _locked(db, offering_id, user.id)
    if row is None or row.role not in roles:
        raise NotFound()
    return user, row


def _newcomer(user):
    return Newcomer(user.login, user.is_usable(utc_now()))
