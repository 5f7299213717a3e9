"""Worksheets as their authors list, write, order and delete them."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select

from ivle.errors import Conflict, FieldError, NotFound
from ivle.models.attempt import Attempt, Draft, HintsSeen
from ivle.models.course import Offering
from ivle.models.courses import save_links
from ivle.models.exercise import Exercise
from ivle.models.meta import utc_now
from ivle.models.names import is_url_name
from ivle.models.user import User
from ivle.models.worksheet import Format, Worksheet, WorksheetExercise, WorksheetFile
from ivle.teaching.rendered import Rendered
from ivle.teaching.worksheet import RENDERER, render

LONGEST_NAME = 200
BAD_IDENTIFIER = 'Write lower-case letters, digits and _ . + -, beginning with a letter or digit, at most 64 of them.'


class Stale(Conflict):
    """Somebody has saved meanwhile: `current` is what they saved, with its `digest`, the `editor` and the moment, `edited`."""

    code = 'stale'

    def __init__(self, current):
        who = f'{current.editor.name} ({current.editor.login})' if current.editor else 'Somebody'
        super().__init__(
            f'{who} saved this after you opened it. Yours is not saved yet, and theirs is not lost: compare the two.',
            digest=current.digest,
            editor=current.editor and current.editor.login,
            edited=current.edited.strftime('%Y-%m-%dT%H:%M:%SZ'),
        )
        self.current = current


@dataclass(frozen=True)
class Editor:
    """Who saved something last."""

    login: str
    name: str


def editor_of(user):
    """Return a User row as Editor; None for what no person saved, or nobody knows who."""
    return user and Editor(user.login, user.name)


@dataclass(frozen=True)
class WorksheetLine:
    """A worksheet in the list of its offering. `exercises` counts those that stand in its text."""

    identifier: str
    name: str
    published: bool
    assessable: bool
    exercises: int
    edited: datetime


@dataclass(frozen=True)
class OpenWorksheet:
    """A worksheet as its author opens it."""

    id: int
    identifier: str
    name: str
    format: str
    source: str
    published: bool
    assessable: bool
    edited: datetime
    kept: str
    renderer: str
    editor: Editor | None = None

    def rendered(self):
        """Return the Rendered of its text: what was kept of it, where that is not outdated."""
        return Rendered.from_json(self.kept) if self.renderer == RENDERER else render(self.source, self.format)

    @property
    def digest(self):
        """What tells two states of a worksheet apart."""
        state = [self.name, self.format, self.source, self.published, self.assessable]
        return hashlib.sha256(json.dumps(state).encode()).hexdigest()


def worksheet_lines(db, offering_id):
    """Return the WorksheetLines of an offering, in order."""
    count = func.count(WorksheetExercise.id)
    rows = db.execute(
        select(Worksheet, count)
        .outerjoin(WorksheetExercise, (WorksheetExercise.worksheet_id == Worksheet.id) & WorksheetExercise.active)
        .where(Worksheet.offering_id == offering_id)
        .group_by(Worksheet.id)
        .order_by(Worksheet.position, Worksheet.id)
    )
    return [WorksheetLine(row.identifier, row.name, row.published, row.assessable, number, row.edited) for row, number in rows]


def open_worksheet(db, offering_id, identifier):
    """Return the OpenWorksheet that goes by an identifier, or None."""
    row = db.execute(
        select(Worksheet, User)
        .outerjoin(User, Worksheet.editor_id == User.id)
        .where(Worksheet.offering_id == offering_id, Worksheet.identifier == identifier)
    ).one_or_none()
    return row and _opened(*row)


def _opened(row, editor):
    return OpenWorksheet(
        id=row.id,
        identifier=row.identifier,
        name=row.name,
        format=str(row.format),
        source=row.source,
        published=row.published,
        assessable=row.assessable,
        edited=row.edited,
        kept=row.rendered,
        renderer=row.renderer,
        editor=editor_of(editor),
    )


def exercises_in(db, worksheet_id):
    """Return [(identifier, name, is optional, number of its current version)…] of what stands in a worksheet."""
    rows = db.execute(
        select(Exercise.identifier, Exercise.name, WorksheetExercise.optional, Exercise.current)
        .join(WorksheetExercise, WorksheetExercise.exercise_id == Exercise.id)
        .where(WorksheetExercise.worksheet_id == worksheet_id, WorksheetExercise.active)
        .order_by(WorksheetExercise.position, WorksheetExercise.id)
    )
    return [tuple(row) for row in rows]


def exercise_names(db, subject_id):
    """Return {identifier: name} of the bank of a subject."""
    rows = db.execute(select(Exercise.identifier, Exercise.name).where(Exercise.subject_id == subject_id))
    return dict(sorted(tuple(row) for row in rows))


def add_worksheet(db, offering_id, editor_id=None, *, identifier, name, format):
    """Make an empty worksheet at the end of the list; FieldError says which field must be mended."""
    if not is_url_name(identifier):
        raise FieldError('identifier', BAD_IDENTIFIER)
    _check(name, format)
    lines = _rows(db, offering_id)
    if any(row.identifier == identifier for row in lines):
        raise FieldError('identifier', f'There is already a worksheet called {identifier}.')
    position = max((row.position for row in lines), default=0) + 1
    rendered = render('', format)
    row = Worksheet(
        offering_id=offering_id,
        identifier=identifier,
        name=name,
        format=Format(format),
        position=position,
        rendered=rendered.to_json(),
        renderer=RENDERER,
        editor_id=editor_id,
    )
    db.add(row)
    db.flush()
    return identifier


def _rows(db, offering_id):
    """Return the worksheets of an offering in order; whoever changes them at the same moment waits."""
    db.get(Offering, offering_id, with_for_update=True)
    found = select(Worksheet).where(Worksheet.offering_id == offering_id)
    return db.scalars(found.order_by(Worksheet.position, Worksheet.id)).all()


def _check(name, format):
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise FieldError('name', f'Write what students call it, at most {LONGEST_NAME} characters.')
    if format not in set(Format):
        raise FieldError('format', f'The format is one of {", ".join(Format)}.')


def save_worksheet(db, worksheet_id, opened, rendered, editor_id=None, *, name, format, source, published, assessable):
    """Give a worksheet its text and the exercises that stand in it; return it as OpenWorksheet.

    `opened` is the digest of what its author began with, `rendered` what the source renders to. Stale when somebody else has
    saved since; FieldError when the text cannot be taken. Exercises that left the text stay as inactive, and come back.
    """
    _check(name, format)
    row = db.get(Worksheet, worksheet_id, with_for_update=True)
    if row is None:
        raise NotFound()
    current = _opened(row, row.editor_id and db.get(User, row.editor_id))
    if current.digest != opened:
        raise Stale(current)
    subject_id = db.scalar(select(Offering.subject_id).where(Offering.id == row.offering_id))
    bank = _bank(db, subject_id, rendered)
    row.name, row.format, row.source, row.published, row.assessable = name, Format(format), source, published, assessable
    row.rendered, row.renderer = rendered.to_json(), RENDERER
    save_links(db, row, rendered, bank)
    if _opened(row, None).digest != current.digest:
        row.edited, row.editor_id = utc_now(), editor_id
    db.flush()
    return _opened(row, row.editor_id and db.get(User, row.editor_id))


def _bank(db, subject_id, rendered):
    """Return {identifier: Exercise} of what stands in a text; FieldError when the text cannot be taken."""
    if rendered.problems and not rendered.pieces:
        raise FieldError('source', rendered.problems[0])
    named = select(Exercise).where(Exercise.subject_id == subject_id, Exercise.identifier.in_(rendered.exercises))
    bank = {row.identifier: row for row in db.scalars(named)}
    unknown = [identifier for identifier in rendered.exercises if identifier not in bank]
    if unknown:
        is_one = len(unknown) == 1
        raise FieldError(
            'source',
            f'The bank of this subject has no exercise{"" if is_one else "s"} called {", ".join(unknown)}: '
            f'make {"it" if is_one else "them"} first, or correct the name.',
        )
    return bank


def move_worksheet(db, offering_id, identifier, step):
    """Move a worksheet `step` places down the list, up where it is negative; beyond an end it stays there."""
    rows = list(_rows(db, offering_id))
    moved = next((row for row in rows if row.identifier == identifier), None)
    if moved is None:
        raise NotFound()
    place = rows.index(moved)
    rows.remove(moved)
    rows.insert(max(0, min(len(rows), place + step)), moved)
    for position, row in enumerate(rows, 1):
        row.position = position


def has_work(db, worksheet_id):
    """Return True when a student has tried, or begun, an exercise of a worksheet."""
    links = select(WorksheetExercise.id).where(WorksheetExercise.worksheet_id == worksheet_id)
    traces = [exists().where(kind.worksheet_exercise_id.in_(links)) for kind in (Attempt, Draft, HintsSeen)]
    return bool(db.scalar(select(or_(*traces))))


def unpublish(db, worksheet_id, editor_id=None):
    """Take a worksheet out of the students' sight; what they did stays."""
    row = db.get(Worksheet, worksheet_id, with_for_update=True)
    if row is None:
        raise NotFound()
    row.published, row.edited, row.editor_id = False, utc_now(), editor_id


def remove_worksheet(db, worksheet_id):
    """Delete a worksheet with its files; Conflict when students have worked at it."""
    row = db.get(Worksheet, worksheet_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if has_work(db, worksheet_id):
        raise Conflict('Students have worked at this worksheet, so it stays. Take it out of their sight instead: unpublish it.')
    db.execute(delete(WorksheetExercise).where(WorksheetExercise.worksheet_id == worksheet_id))
    db.execute(delete(WorksheetFile).where(WorksheetFile.worksheet_id == worksheet_id))
    db.delete(row)
