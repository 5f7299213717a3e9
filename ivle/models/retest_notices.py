"""Who is told of a re-test: whoever may publish it when it has ended, and students for whom publishing it matters."""

from sqlalchemy import select

from ivle.models.course import Enrolment, Role
from ivle.models.exercise import Exercise
from ivle.models.job import Job
from ivle.models.notice import Notice, notice_once, withdraw_notice
from ivle.models.retest import Retest
from ivle.models.retest_preview import Turn
from ivle.models.worksheet import Worksheet, WorksheetExercise

_WAITS = (
    'All attempts at {exercise} in {worksheet} were tested again. Nothing changes before that is published: '
    'see for whom something would.'
)
_NOTICES = {
    Turn.UP: 'The tests of {exercise} in {worksheet} were corrected, and your attempts tested again: the exercise is done.',
    Turn.DOWN: 'The tests of {exercise} in {worksheet} were corrected, and your attempts tested again: the exercise is not done '
    'any more. Your newest attempt says which test it does not pass.',
}


def tell_students(db, changes, link, url):
    """Leave a notice for each student whose completion changes."""
    names = {'exercise': link.exercise_name, 'worksheet': link.worksheet_name}
    db.add_all(
        Notice(user_id=change.user_id, text=_NOTICES[change.turn].format(**names), url=url)
        for change in changes
        if change.turn in _NOTICES
    )


def tell_lecturers(db, job_id):
    """Leave a notice for the lecturers, and for whoever asked for a re-test, that it waits to be published."""
    text, url, offering_id, asked_by = _waiting(db, job_id)
    lecturers = select(Enrolment.user_id).where(
        Enrolment.offering_id == offering_id, Enrolment.active, Enrolment.role == Role.LECTURER
    )
    people = {*db.scalars(lecturers), asked_by} - {None}
    notice_once(db, sorted(people), text, url)


def withdraw_from_lecturers(db, job_id):
    """Show nobody any more that a re-test waits: it is decided."""
    text, url, _, _ = _waiting(db, job_id)
    withdraw_notice(db, text, url)


def _waiting(db, job_id):
    """Return (the text of the notice, the path it leads to, the offering's id, who asked for it) of a re-test that waits."""
    exercise, worksheet, offering_id, url, asked_by = db.execute(
        select(Exercise.name, Worksheet.name, Worksheet.offering_id, Job.url, Job.requested_by)
        .select_from(Retest)
        .join(Job, Job.id == Retest.job_id)
        .join(WorksheetExercise, WorksheetExercise.id == Retest.worksheet_exercise_id)
        .join(Exercise, Exercise.id == WorksheetExercise.exercise_id)
        .join(Worksheet, Worksheet.id == WorksheetExercise.worksheet_id)
        .where(Retest.job_id == job_id)
    ).one()
    return _WAITS.format(exercise=exercise, worksheet=worksheet), url, offering_id, asked_by
