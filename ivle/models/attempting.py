"""Attempts: written down before they are judged, judged once, counted up to the first that passes."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from ivle.errors import IvleError
from ivle.models.attempt import GIVEN_UP, IS_FAULT, IS_GIVEN_UP, Attempt, AttemptState
from ivle.models.course import STAFF, Enrolment, Offering, Role, Semester, Subject
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.faults import fault_in
from ivle.models.meta import utc_now
from ivle.models.notice import notice_once
from ivle.models.user import User, user_called
from ivle.models.worksheet import Worksheet, WorksheetExercise, with_offering

# A person's attempts that wait at one time: whoever has more of them presses a key down.
MOST_WAITING = 5
MOST_LISTED = 500


@dataclass(frozen=True)
class AttemptFacts:
    """An attempt, as plain values. `verdict` is JSON as `ivle.teaching.verdict` makes it, None until there is one."""

    id: int
    user_id: int
    link_id: int
    number: int
    key: str
    submitted: datetime
    code: str
    state: AttemptState
    passed: bool
    active: bool
    verdict: str | None

    @property
    def told(self):
        """What the verdict says, None where there is none that a student is told."""
        return json.loads(self.verdict) if self.verdict and self.state == AttemptState.JUDGED else None

    @property
    def was_given_up(self):
        """Whether it is void because nothing could test it, and not because its exercise was at fault."""
        return self.state == AttemptState.VOID and (self.verdict or '').startswith(GIVEN_UP)

    @property
    def test_key(self):
        """What this attempt goes by at sandbox-server: nobody else's attempt has it, whatever key was sent with it."""
        words = f'{self.id} {self.user_id} {self.link_id} {self.key}'
        return hashlib.sha256(words.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Tries:
    """How often somebody tried an exercise, up to the first success, whether they passed, and their latest attempt."""

    attempts: int = 0
    completed: bool = False
    latest: AttemptFacts | None = None


def facts_of(row):
    """Return an Attempt row as AttemptFacts."""
    return AttemptFacts(
        row.id,
        row.user_id,
        row.worksheet_exercise_id,
        row.number,
        row.key,
        row.submitted,
        row.code,
        row.state,
        row.passed,
        row.active,
        row.verdict,
    )


def record(db, user_id, link_id, version_id, key, code):
    """Write an attempt down and return its facts; the same key and code once more are the attempt there is.

    IvleError `too-many` when too many of that person's wait.
    """
    # The same click is one attempt; another text sent from a page that was gone back to is another.
    kept_key = hashlib.sha256(f'{key}\0{code}'.encode()).hexdigest()[:32]
    # Of two requests at one moment the second waits here, and finds what the first has written.
    db.get(User, user_id, with_for_update=True)
    mine = (Attempt.worksheet_exercise_id == link_id, Attempt.user_id == user_id)
    found = db.scalars(select(Attempt).where(*mine, Attempt.key == kept_key)).one_or_none()
    if found is not None:
        return facts_of(found)
    waiting = db.scalar(select(func.count()).where(Attempt.user_id == user_id, Attempt.state == AttemptState.WAITING))
    if waiting >= MOST_WAITING:
        raise IvleError(
            f'{MOST_WAITING} attempts of yours still wait to be tested. Submit again when one of them is done.',
            code='too-many',
            status=429,
        )
    number = 1 + (db.scalar(select(func.max(Attempt.number)).where(*mine)) or 0)
    row = Attempt(
        user_id=user_id,
        worksheet_exercise_id=link_id,
        version_id=version_id,
        number=number,
        key=kept_key,
        submitted=utc_now(),
        code=code,
        state=AttemptState.WAITING,
        passed=False,
        active=True,
    )
    db.add(row)
    db.flush()
    return facts_of(row)


def settle(db, attempt_id, told, python):
    """Record what became of an attempt, unless that is known already; return its facts."""
    verdict = json.dumps(told, ensure_ascii=False, separators=(',', ':'))
    _end(db, attempt_id, state=AttemptState.JUDGED, passed=told['passed'], verdict=verdict, python=python[:200])
    return _facts(db, attempt_id)


def void(db, attempt_id, where, message):
    """Record that the exercise was at fault and not the attempt, tell who teaches there, and return the facts."""
    fault = json.dumps({'fault': {'where': where, 'message': message}}, ensure_ascii=False)
    if _end(db, attempt_id, state=AttemptState.VOID, verdict=fault):
        name, url, staff, _ = _concerned(db, attempt_id)
        notice_once(db, staff, f'The exercise {name} cannot judge what is sent to it: it is at fault itself.', url)
    return _facts(db, attempt_id)


def give_up(db, attempt_id):
    """Record that nothing could test an attempt for too long, tell its sender and who teaches there, and return the facts."""
    if _end(db, attempt_id, state=AttemptState.VOID, verdict=f'{GIVEN_UP}: true}}'):
        name, url, staff, sender_id = _concerned(db, attempt_id)
        words = 'could not be tested for a day and does not count. The site was at fault, and not the exercise'
        notice_once(db, [sender_id], f'An attempt of yours at {name} {words}: submit it again.', url)
        notice_once(db, staff, f'What was sent to the exercise {name} {words}: tell whoever runs the site.', url)
    return _facts(db, attempt_id)


def _concerned(db, attempt_id):
    """Return (the exercise's name, its path below the site, the ids of who teaches there, the sender's id) of an attempt."""
    row = db.execute(
        with_offering(
            select(
                Exercise.name, Exercise.identifier, Worksheet.identifier, Offering, Subject.url_name, Semester, Attempt.user_id
            )
            .select_from(Attempt)
            .join(WorksheetExercise, WorksheetExercise.id == Attempt.worksheet_exercise_id)
            .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        ).where(Attempt.id == attempt_id)
    ).one()
    name, exercise, worksheet, offering, subject, semester, sender_id = row
    staff = select(Enrolment.user_id).where(Enrolment.offering_id == offering.id, Enrolment.active, Enrolment.role.in_(STAFF))
    url = '/'.join(('tutorial', subject, str(semester.year), semester.url_name, worksheet, exercise))
    return name, url, list(db.scalars(staff)), sender_id


def _end(db, attempt_id, **values):
    """End an attempt, unless it is over already; say whether this ended it."""
    waits = update(Attempt).where(Attempt.id == attempt_id, Attempt.state == AttemptState.WAITING)
    return db.execute(waits.values(**values).execution_options(synchronize_session=False)).rowcount == 1


def _facts(db, attempt_id):
    return facts_of(db.get(Attempt, attempt_id, populate_existing=True))


def tries(db, user_id, link_ids):
    """Return {link id: Tries} of one person at some exercises, in two queries; nothing for those not tried."""
    counted = (
        Attempt.user_id == user_id,
        Attempt.worksheet_exercise_id.in_(link_ids),
        Attempt.active,
        Attempt.state == AttemptState.JUDGED,
    )
    first = (
        select(Attempt.worksheet_exercise_id.label('link_id'), func.min(Attempt.number).label('number'))
        .where(*counted, Attempt.passed)
        .group_by(Attempt.worksheet_exercise_id)
        .subquery()
    )
    counts = {
        link_id: (count, passes is not None)
        for link_id, count, passes in db.execute(
            select(Attempt.worksheet_exercise_id, func.count(), func.max(first.c.number))
            .outerjoin(first, first.c.link_id == Attempt.worksheet_exercise_id)
            .where(*counted, (first.c.number.is_(None)) | (Attempt.number <= first.c.number))
            .group_by(Attempt.worksheet_exercise_id)
        )
    }
    newest = (
        select(func.max(Attempt.id))
        .where(Attempt.user_id == user_id, Attempt.worksheet_exercise_id.in_(link_ids), Attempt.active)
        .group_by(Attempt.worksheet_exercise_id)
    )
    rows = db.scalars(select(Attempt).where(Attempt.id.in_(newest))).all()
    return {
        row.worksheet_exercise_id: Tries(*counts.get(row.worksheet_exercise_id, (0, False)), latest=facts_of(row)) for row in rows
    }


def attempts_at(db, user_id, link_id):
    """Return [(number, moment, state, passed, active, was given up)…] of a person's attempts at an exercise, newest first."""
    return db.execute(
        select(
            Attempt.number, Attempt.submitted, Attempt.state, Attempt.passed, Attempt.active, IS_GIVEN_UP.label('was_given_up')
        )
        .where(Attempt.user_id == user_id, Attempt.worksheet_exercise_id == link_id)
        .order_by(Attempt.number.desc())
        .limit(MOST_LISTED)
    ).all()


def find_attempt(db, user_id, link_id, number):
    """Return the AttemptFacts of a number, or None."""
    row = db.scalars(
        select(Attempt).where(Attempt.user_id == user_id, Attempt.worksheet_exercise_id == link_id, Attempt.number == number)
    ).one_or_none()
    return row and facts_of(row)


def to_judge(db, attempt_id):
    """Return (login, definition) of an attempt that is to be judged: by the version that it was sent to."""
    row = db.execute(
        select(User.login, ExerciseVersion.definition)
        .join(Attempt, Attempt.user_id == User.id)
        .join(ExerciseVersion, ExerciseVersion.id == Attempt.version_id)
        .where(Attempt.id == attempt_id)
    ).one()
    return tuple(row)


def left_waiting(db, before, most):
    """Return the AttemptFacts of those that have waited since `before`, the oldest first."""
    rows = db.scalars(
        select(Attempt)
        .where(Attempt.state == AttemptState.WAITING, Attempt.submitted <= before)
        .order_by(Attempt.submitted, Attempt.id)
        .limit(most)
    ).all()
    return [facts_of(row) for row in rows]


def faults_at(db, link_id, most=20):
    """Return [(moment, where, message, version)…] of attempts that were void because the exercise was at fault, newest first."""
    rows = db.execute(
        select(Attempt.submitted, Attempt.verdict, ExerciseVersion.number)
        .join(ExerciseVersion, ExerciseVersion.id == Attempt.version_id)
        .where(Attempt.worksheet_exercise_id == link_id, IS_FAULT)
        .order_by(Attempt.id.desc())
        .limit(most)
    ).all()
    return [(moment, *fault_in(verdict), version) for moment, verdict, version in rows]


def student_in(db, offering_id, login):
    """Return (id, name) of an active student of an offering, None for everybody else."""
    user = user_called(db, login)
    if user is None:
        return None
    enrolment = db.get(Enrolment, (user.id, offering_id))
    is_student = enrolment is not None and enrolment.active and enrolment.role == Role.STUDENT
    return (user.id, user.name) if is_student else None


def neighbours(db, offering_id, link_id, login):
    """Return [(login, name, number of the newest attempt) or None] of the students before and after one, by login.

    They are the active students of an offering who have sent something to an exercise.
    """
    people = db.execute(
        select(User.login, User.name, func.max(Attempt.number))
        .join(Attempt, Attempt.user_id == User.id)
        .join(Enrolment, Enrolment.user_id == User.id)
        .where(Enrolment.offering_id == offering_id, Enrolment.active, Enrolment.role == Role.STUDENT)
        .where(Attempt.worksheet_exercise_id == link_id)
        .group_by(User.id)
    ).all()
    before = max((one for one in people if one.login < login), key=lambda one: one.login, default=None)
    after = min((one for one in people if one.login > login), key=lambda one: one.login, default=None)
    return [one and tuple(one) for one in (before, after)]
