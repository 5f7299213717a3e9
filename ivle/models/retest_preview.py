"""What publishing a re-test would change, and for whom."""

import enum
from dataclasses import dataclass

from sqlalchemy import select

from ivle.models.attempt import Attempt, AttemptState
from ivle.models.retest import RetestResult
from ivle.models.statistics import failure_in
from ivle.models.user import User

LONGEST_REASON = 300


class Turn(enum.StrEnum):
    """What becomes of a student's exercise: done from now on, done no more, or as it was while single attempts change."""

    UP = 'up'
    DOWN = 'down'
    STAYS_DONE = 'stays-done'
    STAYS_OPEN = 'stays-open'


@dataclass(frozen=True)
class Change:
    """A student of whom something changes: the `numbers` of the attempts, and what failed first in the newest as `reason`."""

    user_id: int
    login: str
    name: str
    turn: Turn
    numbers: tuple
    reason: str


@dataclass(frozen=True)
class Preview:
    """What publishing would do: how many students go up, down and stay; the Changes; how many attempts could not be judged."""

    up: int
    down: int
    stay: int
    tested: int
    unjudged: int
    changes: tuple


def preview(db, retest, link):
    """Return the Preview of a re-test, in three queries whatever the size of the class."""
    rows = db.execute(
        select(
            RetestResult.attempt_id,
            RetestResult.passed_before,
            RetestResult.passed_after,
            RetestResult.state_after,
            Attempt.number,
            Attempt.user_id,
            User.login,
            User.name,
        )
        .join(Attempt, Attempt.id == RetestResult.attempt_id)
        .join(User, User.id == Attempt.user_id)
        .where(RetestResult.job_id == retest.job.id, Attempt.active)
        .order_by(User.login, Attempt.number)
    ).all()
    # Passed by an attempt that this is not about, such as one that was sent meanwhile.
    done_anyway = set(
        db.scalars(
            select(Attempt.user_id)
            .where(Attempt.worksheet_exercise_id == link.id, Attempt.active, Attempt.state == AttemptState.JUDGED, Attempt.passed)
            .where(Attempt.id.not_in(select(RetestResult.attempt_id).where(RetestResult.job_id == retest.job.id)))
        )
    )
    students = {}
    for row in rows:
        students.setdefault(row.user_id, []).append(row)
    turns = {user_id: _turn(attempts, user_id in done_anyway) for user_id, attempts in students.items()}
    changed = {user_id: [row for row in attempts if _is_changed(row)] for user_id, attempts in students.items()}
    reasons = _reasons(db, retest, {user_id: found[-1] for user_id, found in changed.items() if found})
    changes = [
        Change(
            user_id,
            found[0].login,
            found[0].name,
            turns[user_id],
            tuple(row.number for row in found),
            reasons[found[-1].attempt_id],
        )
        for user_id, found in changed.items()
        if found
    ]
    count = list(turns.values()).count
    return Preview(
        up=count(Turn.UP),
        down=count(Turn.DOWN),
        stay=count(Turn.STAYS_DONE) + count(Turn.STAYS_OPEN),
        tested=len(rows),
        unjudged=sum(row.state_after != AttemptState.JUDGED for row in rows),
        changes=tuple(sorted(changes, key=lambda change: (list(Turn).index(change.turn), change.login))),
    )


def _is_changed(row):
    return row.state_after == AttemptState.JUDGED and row.passed_before != row.passed_after


def _turn(attempts, is_done_anyway):
    before = is_done_anyway or any(row.passed_before for row in attempts)
    after = is_done_anyway or any(
        row.passed_after if row.state_after == AttemptState.JUDGED else row.passed_before for row in attempts
    )
    return {(False, True): Turn.UP, (True, False): Turn.DOWN, (True, True): Turn.STAYS_DONE}.get((before, after), Turn.STAYS_OPEN)


def _reasons(db, retest, newest):
    """Return {attempt id: what failed first}: after the re-test where it fails now, before it where it passes now."""
    wanted = [row.attempt_id for row in newest.values()]
    rows = db.execute(
        select(RetestResult.attempt_id, RetestResult.passed_after, RetestResult.verdict_before, RetestResult.verdict_after).where(
            RetestResult.job_id == retest.job.id, RetestResult.attempt_id.in_(wanted)
        )
    )
    return {attempt_id: failure_in(before if passes else after)[:LONGEST_REASON] for attempt_id, passes, before, after in rows}
