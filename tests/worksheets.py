"""Builders for worksheets as authors write them: a text, and the exercises that it names."""

from ivle.models import Exercise, ExerciseVersion, Offering, Worksheet, WorksheetExercise
from ivle.teaching import worksheet as texts


def find_offering(db, path):
    """Return the row of an offering such as 151/2026/s1, or None."""
    return next((row for row in db.query(Offering).all() if row.path == path), None)


def publish_exercise(db, subject_id, identifier, definition):
    """Publish a definition in the bank of a subject, as a new version where there is an exercise of that name; return the row."""
    row = db.query(Exercise).filter_by(subject_id=subject_id, identifier=identifier).one_or_none()
    if row is None:
        draft = definition.to_json()
        row = Exercise(subject_id=subject_id, identifier=identifier, name=definition.name, draft=draft, current=0)
        db.add(row)
        db.flush()
    row.current += 1
    version = {'number': row.current, 'definition': definition.to_json(), 'digest': definition.digest}
    db.add(ExerciseVersion(exercise_id=row.id, **version))
    db.flush()
    return row


def publish_worksheet(db, offering, identifier, source, definitions, **columns):
    """Publish a worksheet; `definitions` are {identifier: Definition} of the exercises that its text names."""
    rendered = texts.render(source, 'rst')
    assert not rendered.problems, rendered.problems
    optional = {piece[1]: piece[2] for piece in rendered.pieces if piece[0] == 'exercise'}
    values = {
        'identifier': identifier,
        'name': 'The basics',
        'source': source,
        'rendered': rendered.to_json(),
        'renderer': texts.RENDERER,
        'assessable': True,
        'published': True,
        'position': 1,
        **columns,
    }
    row = Worksheet(offering_id=offering.id, **values)
    db.add(row)
    db.flush()
    for position, name in enumerate(rendered.exercises, 1):
        exercise = publish_exercise(db, offering.subject_id, name, definitions[name])
        place = {'position': position, 'optional': optional[name]}
        db.add(WorksheetExercise(worksheet_id=row.id, exercise_id=exercise.id, **place))
    return row
