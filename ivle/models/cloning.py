"""Cloning: the worksheets of one offering, taken over into another one of the same subject.

The bank of exercises belongs to the subject, so the copies name the same exercises.
"""

from sqlalchemy import func, select

from ivle.errors import Conflict, NotFound
from ivle.models.course import Enrolment, Offering, Role, Semester
from ivle.models.worksheet import Worksheet, WorksheetExercise, WorksheetFile


def sources_for(db, offering, reader, tutors_may):
    """Return [(id, '2026/s1', number of worksheets)…] of what a reader (an Identity) may clone into an offering.

    Those are the other offerings of the subject that have worksheets, and all of whose worksheets the reader may see:
    `tutors_may` says whether tutors see those that are not published.
    """
    query = (
        select(Offering.id, Semester.year, Semester.url_name, func.count(Worksheet.id))
        .join(Semester, Offering.semester_id == Semester.id)
        .join(Worksheet, Worksheet.offering_id == Offering.id)
        .where(Offering.subject_id == offering.subject_id, Offering.id != offering.id)
        .group_by(Offering.id, Semester.year, Semester.url_name)
        .order_by(Semester.year.desc(), Semester.url_name.desc())
    )
    if not reader.is_admin:
        roles = (Role.TUTOR, Role.LECTURER) if tutors_may else (Role.LECTURER,)
        query = query.join(
            Enrolment,
            (Enrolment.offering_id == Offering.id)
            & (Enrolment.user_id == reader.id)
            & Enrolment.active
            & Enrolment.role.in_(roles),
        )
    return [(found, f'{year}/{url_name}', count) for found, year, url_name, count in db.execute(query)]


def has_worksheets(db, offering_id):
    """Return True when an offering has a worksheet."""
    return db.scalar(select(Worksheet.id).where(Worksheet.offering_id == offering_id).limit(1)) is not None


def clone_worksheets(db, offering, source_id, reader, tutors_may):
    """Copy every worksheet of a source, with its files and exercises, unpublished; return how many there were.

    NotFound for what is no source of this reader's; Conflict when the offering has worksheets already.
    """
    # Whoever clones at the same moment waits here, and then finds worksheets.
    db.get(Offering, offering.id, with_for_update=True)
    if source_id not in {found for found, _, _ in sources_for(db, offering, reader, tutors_may)}:
        raise NotFound()
    if has_worksheets(db, offering.id):
        raise Conflict('There are worksheets here already: worksheets are cloned into an empty offering only.')
    copies = {}
    for row in db.scalars(select(Worksheet).where(Worksheet.offering_id == source_id).order_by(Worksheet.position, Worksheet.id)):
        kept = ('identifier', 'name', 'format', 'source', 'rendered', 'renderer', 'assessable')
        copies[row.id] = Worksheet(
            offering_id=offering.id, position=len(copies) + 1, published=False, **{name: getattr(row, name) for name in kept}
        )
    db.add_all(copies.values())
    db.flush()
    links = select(WorksheetExercise).where(WorksheetExercise.worksheet_id.in_(copies), WorksheetExercise.active)
    for link in db.scalars(links):
        db.add(
            WorksheetExercise(
                worksheet_id=copies[link.worksheet_id].id,
                exercise_id=link.exercise_id,
                position=link.position,
                optional=link.optional,
            )
        )
    for file in db.scalars(select(WorksheetFile).where(WorksheetFile.worksheet_id.in_(copies))):
        kept = ('name', 'media_type', 'content', 'digest')
        db.add(WorksheetFile(worksheet_id=copies[file.worksheet_id].id, **{name: getattr(file, name) for name in kept}))
    db.flush()
    return len(copies)
