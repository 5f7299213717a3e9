"""Builders for re-tests: what a worker would have found out, without one."""

import json

from ivle.models import Attempt, AttemptState, Exercise, ExerciseVersion, JobState
from ivle.models.job import claim_job, end_job
from ivle.models.retesting import Outcome, keep_results, load_to_test, plan_of

PASSES = Outcome(AttemptState.JUDGED, True, json.dumps({'passed': True, 'cases': [], 'error': None}), 'Python')
VOID = Outcome(AttemptState.VOID, False, json.dumps({'fault': {'where': 'suite', 'message': 'It broke.'}}))


def fails(message='expected 2'):
    """Return the Outcome of an attempt that does not pass the test `first`."""
    case = {'name': 'first', 'passed': False, 'message': message}
    return Outcome(AttemptState.JUDGED, False, json.dumps({'passed': False, 'cases': [case], 'error': None}), 'Python')


def publish_version(db, link, number=2, definition='{}'):
    """Publish an exercise of a worksheet anew, and return the id of the version."""
    version = ExerciseVersion(exercise_id=link.exercise_id, number=number, definition=definition, digest=str(number))
    db.add(version)
    db.get(Exercise, link.exercise_id).current = number
    db.flush()
    return version.id


def judge(database, job_id, outcomes, state=JobState.DONE):
    """Let a worker have run a re-test to its end. `outcomes` is {(login, number): Outcome}; all others pass."""
    with database.writing() as db:
        claimed = claim_job(db, job_id)
        _, ids, total = plan_of(db, job_id, claimed.arguments['newest'])
        attempts = load_to_test(db, ids)
        numbers = {attempt.id: db.get(Attempt, attempt.id).number for attempt in attempts}
        keep_results(db, claimed, [(one, outcomes.get((one.login, numbers[one.id]), PASSES)) for one in attempts])
        end_job(db, claimed, state, total, total)
    return total
