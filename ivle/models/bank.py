"""The bank of a subject: its exercises as their authors list, write and publish them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from ivle.errors import Conflict, FieldError, NotFound
from ivle.models.authoring import BAD_IDENTIFIER, Editor, Stale, editor_of
from ivle.models.course import Enrolment, Offering, Role, Semester, SemesterState, Subject
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.faults import at_fault_now
from ivle.models.meta import utc_now
from ivle.models.names import is_url_name
from ivle.models.user import User
from ivle.models.worksheet import Worksheet, WorksheetExercise, with_offering
from ivle.teaching.definition import Definition
from ivle.teaching.reading import from_json


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

    `is_ahead`: the draft says something else than that; `is_unfinished`: it is no exercise yet. `used` are (offering, worksheet)
    paths and identifiers; `faults` counts the attempts that could not be judged by what students get, since it is at fault.
    """

    id: int
    identifier: str
    name: str
    current: int
    is_ahead: bool
    is_unfinished: bool
    edited: datetime
    used: tuple
    faults: int


@dataclass(frozen=True)
class OpenExercise:
    """An exercise as its author opens it: `definition` is the draft.

    `unfinished` is what was typed since, as the JSON of a form's tree, where that is no definition yet: then the draft is that,
    and can be neither tested nor published.
    """

    id: int
    identifier: str
    definition: Definition
    unfinished: str | None
    current: int
    current_digest: str
    edited: datetime
    editor: Editor | None = None

    @property
    def digest(self):
        """What tells two drafts apart."""
        return self.definition.digest if self.unfinished is None else hashlib.sha256(self.unfinished.encode()).hexdigest()

    @property
    def is_ahead(self):
        return self.current == 0 or self.digest != self.current_digest


@dataclass(frozen=True)
class VersionLine:
    """A published version, and who published it; None for what no person did."""

    number: int
    created: datetime
    author: str | None


_IS_AHEAD = or_(ExerciseVersion.id.is_(None), ExerciseVersion.definition != Exercise.draft, Exercise.unfinished.is_not(None))


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
    """Return the ExerciseLines of a bank, by identifier, in three queries."""
    rows = db.execute(_with_current(Exercise.subject_id == subject_id).order_by(Exercise.identifier)).all()
    uses = db.execute(
        with_offering(
            select(WorksheetExercise.exercise_id, Subject.url_name, Semester.year, Semester.url_name, Worksheet.identifier)
        )
        .where(Offering.subject_id == subject_id, WorksheetExercise.active)
        .order_by(Semester.year.desc(), Semester.url_name.desc(), Worksheet.position)
    )
    faults = at_fault_now(db, Exercise.subject_id == subject_id)
    used = {}
    for exercise_id, subject, year, semester, worksheet in uses:
        used.setdefault(exercise_id, []).append((f'{subject}/{year}/{semester}', worksheet))
    return [
        ExerciseLine(
            id=row.id,
            identifier=row.identifier,
            name=row.name,
            current=row.current,
            is_ahead=definition is not None and (definition != row.draft or row.unfinished is not None),
            is_unfinished=row.unfinished is not None,
            edited=row.edited,
            used=tuple(used.get(row.id, ())),
            faults=faults.get(row.id, 0),
        )
        for row, definition, _, _ in rows
    ]


def _with_current(*conditions):
    """Return the query for exercises, each with the definition and the digest of its current version, and its last editor."""
    return (
        select(Exercise, ExerciseVersion.definition, ExerciseVersion.digest, User)
        .outerjoin(User, Exercise.editor_id == User.id)
        .outerjoin(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .where(*conditions)
    )


def open_exercise(db, subject_id, identifier):
    """Return the OpenExercise that goes by an identifier, or None."""
    row = db.execute(_with_current(Exercise.subject_id == subject_id, Exercise.identifier == identifier)).one_or_none()
    return row and _opened(row[0], row[2], row[3])


def open_by_id(db, exercise_id):
    """Return the OpenExercise of an id, or None."""
    row = db.execute(_with_current(Exercise.id == exercise_id)).one_or_none()
    return row and _opened(row[0], row[2], row[3])


def open_drafts(db, subject_id):
    """Return the OpenExercises of a bank whose drafts are not what students get, by identifier."""
    rows = db.execute(_with_current(Exercise.subject_id == subject_id, _IS_AHEAD).order_by(Exercise.identifier))
    return [_opened(row, digest, editor) for row, _, digest, editor in rows]


def count_drafts(db, subject_id):
    """Return how many drafts of a bank are not what students get."""
    query = _with_current(Exercise.subject_id == subject_id, _IS_AHEAD).with_only_columns(func.count())
    return db.scalar(query)


def _opened(row, digest, editor):
    return OpenExercise(
        row.id, row.identifier, from_json(row.draft), row.unfinished, row.current, digest or '', row.edited, editor_of(editor)
    )


def add_exercise(db, subject_id, identifier, definition, editor_id=None):
    """Make an exercise with a first draft; FieldError says which field must be mended."""
    if not is_url_name(identifier):
        raise FieldError('identifier', BAD_IDENTIFIER)
    # Whoever makes one at the same moment waits here.
    db.get(Subject, subject_id, with_for_update=True)
    taken = select(Exercise.id).where(Exercise.subject_id == subject_id, Exercise.identifier == identifier)
    if db.scalar(taken) is not None:
        raise FieldError('identifier', f'There is already an exercise called {identifier}.')
    draft = definition.to_json()
    db.add(Exercise(subject_id=subject_id, identifier=identifier, name=definition.name, draft=draft, editor_id=editor_id))
    db.flush()
    return identifier


def save_draft(db, exercise_id, opened, definition, editor_id=None):
    """Keep a draft and return the OpenExercise; Stale when it is not the one with the digest `opened` that it follows."""
    row = _followed(db, exercise_id, opened)
    if definition.digest != opened:
        row.name, row.draft, row.unfinished = definition.name, definition.to_json(), None
        row.edited, row.editor_id = utc_now(), editor_id
    db.flush()
    return _current(db, row)


def save_unfinished(db, exercise_id, opened, unfinished, editor_id=None):
    """Keep what was typed and is no definition yet, the JSON of a form's tree, like `save_draft`. The last definition stays."""
    row = _followed(db, exercise_id, opened)
    if row.unfinished != unfinished:
        row.unfinished, row.edited, row.editor_id = unfinished, utc_now(), editor_id
    db.flush()
    return _current(db, row)


def _followed(db, exercise_id, opened):
    row = _locked(db, exercise_id)
    current = _current(db, row)
    if current.digest != opened:
        raise Stale(current)
    return row


def _current(db, row):
    return _opened(row, None, row.editor_id and db.get(User, row.editor_id))


def _locked(db, exercise_id):
    row = db.get(Exercise, exercise_id, with_for_update=True)
    if row is None:
        raise NotFound()
    return row


def publish(db, exercise_id, digest, author_id):
    """Make a version of the draft with that digest, and return its number; the last one's when it is the same."""
    row = _locked(db, exercise_id)
    if _current(db, row).digest != digest or row.unfinished is not None:
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
