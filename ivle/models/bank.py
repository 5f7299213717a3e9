"""The bank of a subject: its exercises as their authors list, write and publish them."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ivle.errors import Conflict, FieldError, NotFound
from ivle.models.attempt import IS_FAULT, Attempt
from ivle.models.authoring import BAD_IDENTIFIER, Stale
from ivle.models.course import Enrolment, Offering, Role, Semester, SemesterState, Subject
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.meta import utc_now
from ivle.models.names import is_url_name
from ivle.models.user import User
from ivle.models.worksheet import Worksheet, WorksheetExercise
from ivle.teaching.definition import Definition, from_json

MOST_FAULTS = 10


@dataclass(frozen=True)
class SubjectFacts:
    """The subject that a bank belongs to."""

    id: int
    url_name: str
    code: str
    name: str


@dataclass(frozen=True)
class ExerciseLine:
    """An exercise in the list of a bank. `current` is the number of what students get, 0 for nothing.

    `is_ahead`: the draft says something else than that. `used` are (offering, worksheet) paths and identifiers.
    """

    identifier: str
    name: str
    current: int
    is_ahead: bool
    edited: datetime
    used: tuple


@dataclass(frozen=True)
class OpenExercise:
    """An exercise as its author opens it: `definition` is the draft."""

    id: int
    identifier: str
    definition: Definition
    current: int
    current_digest: str
    edited: datetime

    @property
    def digest(self):
        """What tells two drafts apart."""
        return self.definition.digest

    @property
    def is_ahead(self):
        return self.current == 0 or self.digest != self.current_digest


@dataclass(frozen=True)
class VersionLine:
    """A published version, and who published it; None for what no person did."""

    number: int
    created: datetime
    author: str | None


@dataclass(frozen=True)
class Fault:
    """What an attempt met that the exercise was at fault for."""

    when: datetime
    version: int
    where: str
    message: str


def find_bank(db, url_name, user_id, is_admin, tutors_may):
    """Return the SubjectFacts of a subject on whose bank a person may work, else None.

    Those are administrators, and who teaches in an offering of it that is not past: `tutors_may` says whether tutors count.
    """
    query = select(Subject).where(Subject.url_name == url_name)
    if not is_admin:
        roles = (Role.TUTOR, Role.LECTURER) if tutors_may else (Role.LECTURER,)
        query = query.where(
            Subject.id.in_(
                select(Offering.subject_id)
                .join(Semester, Offering.semester_id == Semester.id)
                .join(Enrolment, Enrolment.offering_id == Offering.id)
                .where(
                    Semester.state != SemesterState.PAST,
                    Enrolment.user_id == user_id,
                    Enrolment.active,
                    Enrolment.role.in_(roles),
                )
            )
        )
    row = db.scalar(query)
    return row and SubjectFacts(row.id, row.url_name, row.code, row.name)


def exercise_lines(db, subject_id):
    """Return the ExerciseLines of a bank, by identifier, in two queries."""
    rows = db.execute(_with_current(Exercise.subject_id == subject_id).order_by(Exercise.identifier)).all()
    uses = db.execute(
        select(WorksheetExercise.exercise_id, Subject.url_name, Semester.year, Semester.url_name, Worksheet.identifier)
        .join(Worksheet, WorksheetExercise.worksheet_id == Worksheet.id)
        .join(Offering, Worksheet.offering_id == Offering.id)
        .join(Semester, Offering.semester_id == Semester.id)
        .join(Subject, Offering.subject_id == Subject.id)
        .where(Offering.subject_id == subject_id, WorksheetExercise.active)
        .order_by(Semester.year.desc(), Semester.url_name.desc(), Worksheet.position)
    )
    used = {}
    for exercise_id, subject, year, semester, worksheet in uses:
        used.setdefault(exercise_id, []).append((f'{subject}/{year}/{semester}', worksheet))
    return [
        ExerciseLine(
            identifier=row.identifier,
            name=row.name,
            current=row.current,
            is_ahead=definition is not None and definition != row.draft,
            edited=row.edited,
            used=tuple(used.get(row.id, ())),
        )
        for row, definition, _ in rows
    ]


def _with_current(*conditions):
    """Return the query for exercises, each with the definition and the digest of its current version."""
    return (
        select(Exercise, ExerciseVersion.definition, ExerciseVersion.digest)
        .outerjoin(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .where(*conditions)
    )


def open_exercise(db, subject_id, identifier):
    """Return the OpenExercise that goes by an identifier, or None."""
    row = db.execute(_with_current(Exercise.subject_id == subject_id, Exercise.identifier == identifier)).one_or_none()
    return row and _opened(row[0], row[2])


def _opened(row, digest):
    return OpenExercise(row.id, row.identifier, from_json(row.draft), row.current, digest or '', row.edited)


def add_exercise(db, subject_id, identifier, definition):
    """Make an exercise with a first draft; FieldError says which field must be mended."""
    if not is_url_name(identifier):
        raise FieldError('identifier', BAD_IDENTIFIER)
    # Whoever makes one at the same moment waits here.
    db.get(Subject, subject_id, with_for_update=True)
    taken = select(Exercise.id).where(Exercise.subject_id == subject_id, Exercise.identifier == identifier)
    if db.scalar(taken) is not None:
        raise FieldError('identifier', f'There is already an exercise called {identifier}.')
    db.add(Exercise(subject_id=subject_id, identifier=identifier, name=definition.name, draft=definition.to_json()))
    db.flush()
    return identifier


def save_draft(db, exercise_id, opened, definition):
    """Keep a draft and return the OpenExercise; Stale when it is not the one with the digest `opened` that it follows."""
    row = _locked(db, exercise_id)
    current = _opened(row, None)
    if current.digest != opened:
        raise Stale(current)
    if definition.digest != opened:
        row.name, row.draft, row.edited = definition.name, definition.to_json(), utc_now()
    db.flush()
    return _opened(row, None)


def _locked(db, exercise_id):
    row = db.get(Exercise, exercise_id, with_for_update=True)
    if row is None:
        raise NotFound()
    return row


def publish(db, exercise_id, digest, author_id):
    """Make a version of the draft with that digest, and return its number; the last one's when it is the same."""
    row = _locked(db, exercise_id)
    definition = from_json(row.draft)
    if definition.digest != digest:
        raise Conflict('The exercise was changed after it was tested. Test it again.')
    last = db.scalar(
        select(ExerciseVersion).where(ExerciseVersion.exercise_id == exercise_id).order_by(ExerciseVersion.number.desc()).limit(1)
    )
    if last is not None and last.digest == digest:
        row.current = last.number
        return last.number
    number = 1 if last is None else last.number + 1
    db.add(
        ExerciseVersion(
            exercise_id=exercise_id, number=number, definition=row.draft, digest=digest, author_id=author_id, created=utc_now()
        )
    )
    row.current = number
    db.flush()
    return number


def version_lines(db, exercise_id):
    """Return the VersionLines of an exercise, the newest first."""
    rows = db.execute(
        select(ExerciseVersion.number, ExerciseVersion.created, User.login)
        .outerjoin(User, ExerciseVersion.author_id == User.id)
        .where(ExerciseVersion.exercise_id == exercise_id)
        .order_by(ExerciseVersion.number.desc())
    )
    return [VersionLine(*row) for row in rows]


def find_version(db, exercise_id, number):
    """Return (VersionLine, Definition) of a version and the Definition before it, None where there is none."""
    rows = db.execute(
        select(ExerciseVersion, User.login)
        .outerjoin(User, ExerciseVersion.author_id == User.id)
        .where(ExerciseVersion.exercise_id == exercise_id, ExerciseVersion.number.in_((number - 1, number)))
    )
    found = {row.number: (row, login) for row, login in rows}
    if number not in found:
        return None
    row, login = found[number]
    before = found.get(number - 1)
    return VersionLine(number, row.created, login), from_json(row.definition), before and from_json(before[0].definition)


def faults_of(db, exercise_id):
    """Return (how many attempts the exercise was at fault for, the newest of the Faults)."""
    of_it = (ExerciseVersion.exercise_id == exercise_id, IS_FAULT)
    count = db.scalar(select(func.count(Attempt.id)).join(ExerciseVersion).where(*of_it))
    rows = db.execute(
        select(Attempt.submitted, ExerciseVersion.number, Attempt.verdict)
        .join(ExerciseVersion)
        .where(*of_it)
        .order_by(Attempt.submitted.desc())
        .limit(MOST_FAULTS)
    )
    return count, [Fault(when, number, *_told(verdict)) for when, number, verdict in rows]


def _told(verdict):
    """Return (where, message) of a fault that stands in the verdict of a void attempt."""
    value = json.loads(verdict) if verdict else {}
    fault = value.get('fault', value) if isinstance(value, dict) else {}
    fault = fault if isinstance(fault, dict) else {'message': fault}
    return str(fault.get('where') or ''), str(fault.get('message') or 'The test could not be carried out.')
