"""Whole courses in and out of the database: what an offering teaches with, as the plain values of `ivle.teaching.course`."""

import dataclasses
import hashlib
import mimetypes
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select

from ivle.models.attempt import Attempt
from ivle.models.course import Offering, Semester, Subject
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.meta import utc_now
from ivle.models.worksheet import Format, Worksheet, WorksheetExercise, WorksheetFile
from ivle.teaching.course import Course, WorksheetText
from ivle.teaching.missing import missing_in
from ivle.teaching.reading import from_json
from ivle.teaching.worksheet import RENDERER, render

ANY_BYTES = 'application/octet-stream'


@dataclass
class Import:
    """What became of a course: what was made, changed, left as it was, deleted; what was kept although `replace` was asked.

    `problems` are sentences about worksheets that were taken all the same.
    """

    made: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    same: list = field(default_factory=list)
    deleted: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def offering_called(db, path):
    """Return the offering called for example 151/2026/s1, None when there is none."""
    subject, _, rest = path.strip('/').partition('/')
    year, _, semester = rest.partition('/')
    if not year.isascii() or not year.isdecimal() or len(year) > 4:
        return None
    wanted = select(Offering).join(Offering.subject).join(Offering.semester)
    return db.scalar(wanted.where(Subject.url_name == subject, Semester.year == int(year), Semester.url_name == semester))


def course_of_offering(db, offering):
    """Return the Course of an offering: its worksheets with their files, and the bank of its subject as authors left it."""
    files = {}
    for file in db.scalars(select(WorksheetFile).join(Worksheet).where(Worksheet.offering_id == offering.id)):
        files.setdefault(file.worksheet_id, {})[file.name] = file.content
    rows = db.scalars(
        select(Worksheet).where(Worksheet.offering_id == offering.id).order_by(Worksheet.position, Worksheet.identifier)
    )
    worksheets = [
        WorksheetText(
            row.identifier, row.name, row.format.value, row.source, row.published, row.assessable, files.get(row.id, {})
        )
        for row in rows
    ]
    bank = db.scalars(select(Exercise).where(Exercise.subject_id == offering.subject_id).order_by(Exercise.identifier))
    return Course(tuple(worksheets), {row.identifier: from_json(row.draft) for row in bank})


def rendered_texts(course):
    """Return {identifier: Rendered} of the worksheets of a Course: made before a transaction, for it may take a while."""
    return {text.identifier: render(text.source, text.format) for text in course.worksheets}


def save_course(db, offering, course, rendered, author_id=None, replace=False, as_drafts=False):
    """Put a Course, of which `rendered` are the `rendered_texts`, into an offering and the bank of its subject.

    Return the Import. Exercises are published, as a new version only where they differ from the last, and worksheets as they
    say; `as_drafts` publishes nothing that was not. Nothing is deleted unless `replace`; and then neither worksheets with
    attempts nor exercises that any offering uses.
    """
    done = Import()
    bank = _save_exercises(db, offering.subject_id, course.exercises, author_id, as_drafts, done)
    existing = {row.identifier: row for row in db.scalars(select(Worksheet).where(Worksheet.offering_id == offering.id))}
    for text in course.worksheets:
        row = existing.get(text.identifier)
        if row is None:
            row = Worksheet(offering_id=offering.id, identifier=text.identifier, name=text.name, position=0)
            db.add(row)
            done.made.append(f'worksheet {text.identifier}')
        if as_drafts:
            text = dataclasses.replace(text, is_published=bool(row.published))
        _save_worksheet(db, row, text, rendered[text.identifier], bank, replace, done, author_id)
        existing[text.identifier] = row
    given = [text.identifier for text in course.worksheets]
    others = sorted(set(existing) - set(given), key=lambda identifier: (existing[identifier].position, identifier))
    if replace:
        others = [identifier for identifier in others if not _removed(db, existing[identifier], done)]
    for position, identifier in enumerate([*given, *others], 1):
        existing[identifier].position = position
    db.flush()
    if replace:
        _remove_exercises(db, bank, course.exercises, done)
    return done


# -- exercises --------------------------------------------------------------------------------------


def _save_exercises(db, subject_id, exercises, author_id, as_drafts, done):
    """Make and change exercises, and return the rows of the whole bank by identifier."""
    bank = {row.identifier: row for row in db.scalars(select(Exercise).where(Exercise.subject_id == subject_id))}
    versions = (
        select(ExerciseVersion.exercise_id, func.max(ExerciseVersion.number))
        .join(Exercise)
        .where(Exercise.subject_id == subject_id)
        .group_by(ExerciseVersion.exercise_id)
    )
    last = {exercise_id: number for exercise_id, number in db.execute(versions)}
    digests = _current_digests(db, subject_id)
    for identifier, definition in exercises.items():
        row, text = bank.get(identifier), definition.to_json()
        if row is None:
            row = bank[identifier] = Exercise(subject_id=subject_id, identifier=identifier, name=definition.name, draft=text)
            row.editor_id = author_id
            db.add(row)
            db.flush()
            done.made.append(f'exercise {identifier}')
        elif row.draft == text and (as_drafts or digests.get(row.id) == definition.digest):
            done.same.append(f'exercise {identifier}')
            continue
        else:
            row.name, row.draft, row.unfinished = definition.name, text, None
            row.edited, row.editor_id = utc_now(), author_id
            done.changed.append(f'exercise {identifier}')
        if not as_drafts and digests.get(row.id) != definition.digest:
            row.current = last.get(row.id, 0) + 1
            db.add(
                ExerciseVersion(exercise=row, number=row.current, definition=text, digest=definition.digest, author_id=author_id)
            )
    db.flush()
    return bank


def _current_digests(db, subject_id):
    rows = db.execute(
        select(Exercise.id, ExerciseVersion.digest)
        .join(ExerciseVersion, (ExerciseVersion.exercise_id == Exercise.id) & (ExerciseVersion.number == Exercise.current))
        .where(Exercise.subject_id == subject_id)
    )
    return {exercise_id: digest for exercise_id, digest in rows}


def _remove_exercises(db, bank, wanted, done):
    used = set(db.scalars(select(WorksheetExercise.exercise_id).where(WorksheetExercise.exercise_id.in_(_ids(bank.values())))))
    for identifier, row in bank.items():
        if identifier in wanted:
            continue
        if row.id in used:
            done.kept.append(f'exercise {identifier}: a worksheet uses it, or did so.')
            continue
        db.execute(delete(ExerciseVersion).where(ExerciseVersion.exercise_id == row.id))
        db.delete(row)
        done.deleted.append(f'exercise {identifier}')


def _ids(rows):
    return [row.id for row in rows]


# -- worksheets -------------------------------------------------------------------------------------


def _save_worksheet(db, row, text, rendered, bank, replace, done, author_id):
    """Give a worksheet its text, its links to exercises and its files; note whether anything changed."""
    values = {
        'name': text.name,
        'format': Format(text.format),
        'source': text.source,
        'published': text.is_published,
        'assessable': text.is_assessable,
    }
    is_changed = any(getattr(row, name) != value for name, value in values.items())
    for name, value in {**values, 'rendered': rendered.to_json(), 'renderer': RENDERER}.items():
        setattr(row, name, value)
    db.flush()
    is_changed |= save_links(db, row, rendered, bank)
    is_changed |= _save_files(db, row, text.files, replace)
    files = db.scalars(select(WorksheetFile.name).where(WorksheetFile.worksheet_id == row.id)).all()
    problems = [*rendered.problems, *missing_in(text.source, rendered, bank, files)]
    done.problems += [f'worksheet {text.identifier}: {sentence}' for sentence in problems]
    if f'worksheet {text.identifier}' not in done.made:
        (done.changed if is_changed else done.same).append(f'worksheet {text.identifier}')
    if is_changed:
        row.edited, row.editor_id = utc_now(), author_id


def save_links(db, row, rendered, bank):
    """Link a worksheet to the exercises that stand in it; the others stay as inactive. Return True when anything changed."""
    links = {link.exercise_id: link for link in db.scalars(select(WorksheetExercise).filter_by(worksheet_id=row.id))}
    before = {key: (link.position, link.optional, link.active) for key, link in links.items()}
    for link in links.values():
        link.active = False
    stand = [
        (identifier, is_optional) for kind, identifier, *more in rendered.pieces if kind == 'exercise' for is_optional in more
    ]
    for position, (identifier, is_optional) in enumerate(stand, 1):
        if identifier in bank:
            exercise_id = bank[identifier].id
            link = links.get(exercise_id) or WorksheetExercise(worksheet_id=row.id, exercise_id=exercise_id)
            link.position, link.optional, link.active = position, is_optional, True
            links[exercise_id] = link
            db.add(link)
    db.flush()
    return before != {key: (link.position, link.optional, link.active) for key, link in links.items()}


def _save_files(db, row, files, replace):
    """Give a worksheet its files; others are deleted only when `replace`. Return True when anything changed."""
    existing = {file.name: file for file in db.scalars(select(WorksheetFile).filter_by(worksheet_id=row.id))}
    is_changed = False
    for name, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        file = existing.get(name)
        if file is None:
            file = WorksheetFile(worksheet_id=row.id, name=name)
            db.add(file)
        elif file.digest == digest:
            continue
        file.content, file.digest, file.media_type = content, digest, media_type(name)
        is_changed = True
    for name in sorted(set(existing) - set(files)) if replace else ():
        db.delete(existing[name])
        is_changed = True
    db.flush()
    return is_changed


def media_type(name):
    """Return what a file is sent as, by its name."""
    kind, encoding = mimetypes.guess_type(name)
    return kind if kind and not encoding and len(kind) <= 64 else ANY_BYTES


def _removed(db, row, done):
    """Delete a worksheet that nobody has tried; return False, and take it out of sight, when somebody has."""
    tried = select(Attempt.id).join(WorksheetExercise).where(WorksheetExercise.worksheet_id == row.id).limit(1)
    if db.scalar(tried) is not None:
        row.published = False
        done.kept.append(f'worksheet {row.identifier}: there are attempts at its exercises. It is no longer published.')
        return False
    db.execute(delete(WorksheetExercise).where(WorksheetExercise.worksheet_id == row.id))
    db.execute(delete(WorksheetFile).where(WorksheetFile.worksheet_id == row.id))
    db.delete(row)
    db.flush()
    done.deleted.append(f'worksheet {row.identifier}')
    return True
