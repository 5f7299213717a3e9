"""The files of a worksheet: what it shows and links to, within limits."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select

from ivle.errors import FieldError, NotFound
from ivle.models.courses import media_type
from ivle.models.worksheet import Worksheet, WorksheetFile
from ivle.teaching.clean import is_file_name

LARGEST_FILE = 2 << 20
MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class FileLine:
    """A file of a worksheet, without its bytes."""

    name: str
    media_type: str
    size: int
    digest: str

    @property
    def is_image(self):
        return self.media_type.startswith('image/')


def file_lines(db, worksheet_id):
    """Return the FileLines of a worksheet, by name."""
    columns = (WorksheetFile.name, WorksheetFile.media_type, func.length(WorksheetFile.content), WorksheetFile.digest)
    rows = db.execute(select(*columns).where(WorksheetFile.worksheet_id == worksheet_id).order_by(WorksheetFile.name))
    return [FileLine(*row) for row in rows]


def find_file(db, worksheet_id, name):
    """Return (FileLine, its bytes), or None."""
    row = db.scalar(select(WorksheetFile).where(WorksheetFile.worksheet_id == worksheet_id, WorksheetFile.name == name))
    return row and (FileLine(row.name, row.media_type, len(row.content), row.digest), row.content)


def save_files(db, worksheet_id, given):
    """Keep [(name, bytes)…], each in the place of one of its name; FieldError, and none is kept, when one cannot be."""
    # Two uploads at the same moment count one after the other.
    if db.get(Worksheet, worksheet_id, with_for_update=True) is None:
        raise NotFound()
    sizes = {line.name: line.size for line in file_lines(db, worksheet_id)}
    for name, content in given:
        if not is_file_name(name) or len(name) > 200:
            raise FieldError('files', f'{name!r} cannot be the name of a file of a worksheet: rename it.')
        if len(content) > LARGEST_FILE:
            raise FieldError('files', f'{name} is larger than {LARGEST_FILE >> 20} MiB: make it smaller.')
        sizes[name] = len(content)
    if sum(sizes.values()) > MOST_BYTES:
        raise FieldError('files', f'The files of a worksheet take at most {MOST_BYTES >> 20} MiB together: delete some first.')
    for name, content in given:
        row = db.scalar(select(WorksheetFile).where(WorksheetFile.worksheet_id == worksheet_id, WorksheetFile.name == name))
        if row is None:
            row = WorksheetFile(worksheet_id=worksheet_id, name=name)
            db.add(row)
        row.content, row.media_type, row.digest = content, media_type(name), hashlib.sha256(content).hexdigest()
        db.flush()


def remove_file(db, worksheet_id, name):
    """Delete a file."""
    row = db.scalar(select(WorksheetFile).where(WorksheetFile.worksheet_id == worksheet_id, WorksheetFile.name == name))
    if row is None:
        raise NotFound()
    db.delete(row)
