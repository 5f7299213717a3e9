"""Testing all attempts at an exercise again: what is to be tested, what came of it, and publishing that or not.

Tested are all active attempts of active students, not only the newest: an exercise is done when any attempt in time has passed,
so that an earlier one, wrongly failed, decides about marks. Those that were void are tested, too: a corrected exercise is what
they waited for. Attempts that came later than the re-test are judged by the current version anyway.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, update

from ivle.errors import Conflict
from ivle.models.attempt import Attempt, AttemptState
from ivle.models.course import Enrolment, Role
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.job import Job, JobFacts, JobState, facts_of, holds_job
from ivle.models.meta import utc_now
from ivle.models.retest import Decision, Retest, RetestResult
from ivle.models.user import User
from ivle.models.worksheet import Worksheet, WorksheetExercise

TESTED = (AttemptState.JUDGED, AttemptState.VOID)


@dataclass(frozen=True)
class Link:
    """An exercise in a worksheet. `version_id` is that of its current version, None while there is none; `version` its number."""

    id: int
    offering_id: int
    worksheet: str
    worksheet_name: str
    exercise: str
    exercise_name: str
    version_id: int | None
    version: int


@dataclass(frozen=True)
class RetestFacts:
    """A re-test, as plain values. `version` is the number of the version that judges."""

    job: JobFacts
    version_id: int
    version: int
    decision: Decision

    @property
    def is_to_be_decided(self):
        """Whether it waits for somebody to publish or discard it."""
        return self.job.state == JobState.DONE and self.decision == Decision.PENDING


@dataclass(frozen=True)
class ToTest:
    """An attempt to be tested, and what it is now."""

    id: int
    login: str
    code: str
    state: AttemptState
    passed: bool
    verdict: str | None
    version_id: int


@dataclass(frozen=True)
class Outcome:
    """What testing an attempt came to; `state` is void where that could not be said. `verdict` is JSON as attempts keep it."""

    state: AttemptState
    passed: bool
    verdict: str
    python: str = ''


def find_link(db, offering_id, worksheet, exercise):
    """Return the Link of an exercise that stands in a worksheet of an offering, or None."""
    row = db.execute(
        select(WorksheetExercise.id, Worksheet.name, Exercise.name, ExerciseVersion.id, Exercise.current)
        .join(Worksheet, WorksheetExercise.worksheet_id == Worksheet.id)
        .join(Exercise, WorksheetExercise.exercise_id == Exercise.id)
        .outerjoin(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .where(Worksheet.offering_id == offering_id, Worksheet.identifier == worksheet, Exercise.identifier == exercise)
        .where(WorksheetExercise.active)
    ).one_or_none()
    if row is None:
        return None
    link_id, worksheet_name, exercise_name, version_id, version = row
    return Link(link_id, offering_id, worksheet, worksheet_name, exercise, exercise_name, version_id, version)


def lock_of(link):
    """Return what keeps a second re-test of the same exercise away."""
    return f'retest:{link.id}'


def count_to_test(db, link):
    """Return (how many attempts would be tested, of how many students)."""
    return tuple(db.execute(_of_link(link.id, func.count(Attempt.id), func.count(Attempt.user_id.distinct()))).one())


def newest_attempt(db, link):
    """Return the id of the newest attempt at an exercise, 0 when there is none."""
    return db.scalar(select(func.max(Attempt.id)).where(Attempt.worksheet_exercise_id == link.id)) or 0


def begin_retest(db, job_id, link, reader_id):
    """Note what a job tests. Earlier re-tests that nobody decided about are discarded: they would say something else."""
    _decide(db, Decision.DISCARDED, reader_id, Retest.worksheet_exercise_id == link.id)
    db.add(Retest(job_id=job_id, worksheet_exercise_id=link.id, version_id=link.version_id))
    db.flush()


def latest_retest(db, link):
    """Return the RetestFacts of the newest re-test of an exercise, or None."""
    row = db.execute(
        select(Retest, Job, ExerciseVersion.number)
        .join(Job, Retest.job_id == Job.id)
        .join(ExerciseVersion, Retest.version_id == ExerciseVersion.id)
        .where(Retest.worksheet_exercise_id == link.id)
        .order_by(Retest.job_id.desc())
        .limit(1)
    ).one_or_none()
    return row and RetestFacts(facts_of(row[1]), row[0].version_id, row[2], row[0].decision)


# -- the job ----------------------------------------------------------------------------------------


def plan_of(db, job_id, newest):
    """Return (the definition that judges, [ids that are still to be tested], how many are tested in all)."""
    retest = db.get(Retest, job_id)
    definition = db.get(ExerciseVersion, retest.version_id).definition
    tested = set(db.scalars(select(RetestResult.attempt_id).where(RetestResult.job_id == job_id)))
    wanted = list(
        db.scalars(
            _of_link(retest.worksheet_exercise_id, Attempt.id)
            .where(Attempt.id <= newest, Attempt.id.not_in(select(RetestResult.attempt_id).where(RetestResult.job_id == job_id)))
            .order_by(Attempt.id)
        )
    )
    return definition, wanted, len(tested) + len(wanted)


def load_to_test(db, ids):
    """Return the attempts of some ids as [ToTest…], in order."""
    rows = db.execute(
        select(Attempt, User.login).join(User, Attempt.user_id == User.id).where(Attempt.id.in_(ids)).order_by(Attempt.id)
    )
    return [ToTest(row.id, login, row.code, row.state, row.passed, row.verdict, row.version_id) for row, login in rows]


def keep_results(db, claimed, results):
    """Keep [(ToTest, Outcome)…] of a job; False, and nothing kept, when the job is not ours any more."""
    if not holds_job(db, claimed):
        return False
    db.add_all(
        RetestResult(
            job_id=claimed.id,
            attempt_id=attempt.id,
            state_before=attempt.state,
            passed_before=attempt.passed,
            verdict_before=attempt.verdict,
            version_before=attempt.version_id,
            state_after=outcome.state,
            passed_after=outcome.passed,
            verdict_after=outcome.verdict,
            python_after=outcome.python,
        )
        for attempt, outcome in results
    )
    db.flush()
    return True


def count_judged(db, job_id):
    """Return how many attempts of a re-test could be judged."""
    judged = RetestResult.state_after == AttemptState.JUDGED
    return db.scalar(select(func.count()).select_from(RetestResult).where(RetestResult.job_id == job_id, judged))


# -- publishing -------------------------------------------------------------------------------------


def take_results(db, retest, link, reader_id):
    """Let the attempts of a re-test take their new verdicts, those apart that changed meanwhile; return how many did.

    Conflict when it is not to be decided any more, or when the exercise has a newer version.
    """
    if retest.version_id != link.version_id:
        raise Conflict('The exercise has been published anew meanwhile. Test the attempts by that version.')
    if not retest.is_to_be_decided or not _decide(db, Decision.PUBLISHED, reader_id, Retest.job_id == retest.job.id):
        raise Conflict('That has been decided already, or is not finished. Look at what the page says now.')
    unchanged = select(Attempt.id).where(
        Attempt.id == RetestResult.attempt_id,
        Attempt.version_id == RetestResult.version_before,
        Attempt.state == RetestResult.state_before,
        Attempt.active,
    )
    taken = update(RetestResult).where(RetestResult.job_id == retest.job.id, RetestResult.state_after == AttemptState.JUDGED)
    # One statement each: of a large class the verdicts alone are tens of megabytes.
    _run(db, taken.where(unchanged.exists()).values(was_taken=True))
    return _run(
        db,
        update(Attempt)
        .where(Attempt.id == RetestResult.attempt_id, RetestResult.job_id == retest.job.id, RetestResult.was_taken)
        .values(
            state=RetestResult.state_after,
            passed=RetestResult.passed_after,
            verdict=RetestResult.verdict_after,
            python=RetestResult.python_after,
            version_id=retest.version_id,
        ),
    )


def discard(db, retest, reader_id):
    """Let nothing come of a re-test; Conflict when it is not to be decided any more."""
    if not retest.is_to_be_decided or not _decide(db, Decision.DISCARDED, reader_id, Retest.job_id == retest.job.id):
        raise Conflict('That has been decided already, or is not finished. Look at what the page says now.')


def _decide(db, decision, reader_id, *conditions):
    """Decide about the pending re-tests that are meant; return how many there were."""
    found = update(Retest).where(Retest.decision == Decision.PENDING, *conditions)
    values = {'decision': decision, 'decided': utc_now(), 'decided_by': reader_id}
    return _run(db, found.values(**values))


def _run(db, statement):
    return db.execute(statement.execution_options(synchronize_session=False)).rowcount


def to_test(*columns):
    """Return the query for columns of the attempts that re-tests are about."""
    return (
        select(*columns)
        .join(WorksheetExercise, Attempt.worksheet_exercise_id == WorksheetExercise.id)
        .join(Worksheet, WorksheetExercise.worksheet_id == Worksheet.id)
        .join(Enrolment, (Enrolment.user_id == Attempt.user_id) & (Enrolment.offering_id == Worksheet.offering_id))
        .where(Enrolment.active, Enrolment.role == Role.STUDENT)
        .where(Attempt.active, Attempt.state.in_(TESTED))
    )


def _of_link(link_id, *columns):
    return to_test(*columns).where(Attempt.worksheet_exercise_id == link_id)
