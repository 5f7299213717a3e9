"""The catalogue: subjects, semesters and offerings, as administrators make and change them.

What people have their work under keeps its name: a subject's directory and the address of a semester stay once somebody
is enrolled there. Each function that changes something raises FieldError with the field that must be mended.
"""

import re

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from ivle.errors import FieldError
from ivle.models.course import Enrolment, Offering, Semester, SemesterState, Subject
from ivle.models.names import is_url_name
from ivle.models.worksheet import Worksheet

LONGEST_DESCRIPTION = 20_000
_URL = re.compile(r'https?://[^\s<>"]{1,1990}')
_URL_NAME = 'Write lower-case letters, digits and _ . + -, beginning with a letter or digit, at most 64 of them.'


def subjects(db):
    """Return every subject as {'code', 'name', 'url_name'}."""
    return [subject_values(row) for row in db.scalars(select(Subject).order_by(Subject.url_name))]


def subject_values(row):
    """Return a Subject row as plain values."""
    return {'code': row.code, 'name': row.name, 'url_name': row.url_name}


def find_subject(db, url_name):
    """Return the values of the subject with that URL name, or None."""
    row = db.scalars(select(Subject).where(Subject.url_name == url_name)).one_or_none()
    return row and subject_values(row)


def save_subject(db, current, *, code, name, url_name):
    """Make a subject (`current` None), or change the one whose URL name is `current`; return its values."""
    _refuse_unusable('code', code, 64, 'Write the code of the subject, at most 64 characters.')
    _refuse_unusable('name', name, 200, 'Write the name of the subject, at most 200 characters.')
    _refuse_url_name('url_name', url_name)
    row = db.scalars(select(Subject).where(Subject.url_name == current)).one() if current else None
    if _other(db, Subject, row, Subject.code == code):
        raise FieldError('code', f'There is already a subject with the code {code}.')
    if _other(db, Subject, row, Subject.url_name == url_name):
        raise FieldError('url_name', f'There is already a subject called {url_name} in addresses.')
    if row is None:
        row = Subject(code=code, name=name, url_name=url_name)
        db.add(row)
    elif url_name != row.url_name and _has_people(db, Offering.subject_id == row.id):
        raise FieldError('url_name', f'People keep their work in directories called {row.url_name}: this name must stay.')
    row.code, row.name, row.url_name = code, name, url_name
    _flush(db, 'code')
    return subject_values(row)


def semesters(db):
    """Return every semester as {'year', 'code', 'url_name', 'state'}, the latest first."""
    return [semester_values(row) for row in db.scalars(select(Semester).order_by(Semester.year.desc(), Semester.url_name.desc()))]


def semester_values(row):
    """Return a Semester row as plain values."""
    return {'year': row.year, 'code': row.code, 'url_name': row.url_name, 'state': str(row.state)}


def _semester_at(db, year, url_name):
    return db.scalars(select(Semester).where(Semester.year == year, Semester.url_name == url_name)).one_or_none()


def find_semester(db, year, url_name):
    """Return the values of a semester, or None."""
    row = _semester_at(db, year, url_name)
    return row and semester_values(row)


def save_semester(db, current, *, year, code, url_name, state):
    """Make a semester (`current` None), or change the one at `current`, (year, URL name); return its values."""
    if not re.fullmatch('[0-9]{4}', year) or int(year) < 1900:
        raise FieldError('year', 'Write a year from 1900 to 9999.')
    _refuse_unusable('code', code, 64, 'Write the code of the semester, at most 64 characters.')
    _refuse_url_name('url_name', url_name)
    if state not in list(SemesterState):
        raise FieldError('state', 'A semester is future, current or past.')
    row = _semester_at(db, *current) if current else None
    if _other(db, Semester, row, Semester.year == int(year), Semester.code == code):
        raise FieldError('code', f'There is already a semester {code} in {year}.')
    if _other(db, Semester, row, Semester.year == int(year), Semester.url_name == url_name):
        raise FieldError('url_name', f'There is already a semester called {url_name} in addresses in {year}.')
    if row is None:
        row = Semester(year=int(year), code=code, url_name=url_name)
        db.add(row)
    elif (int(year), url_name) != (row.year, row.url_name) and _has_people(db, Offering.semester_id == row.id):
        field = 'year' if int(year) != row.year else 'url_name'
        raise FieldError(field, f'People are enrolled at {row.year}/{row.url_name}: this address must stay.')
    row.year, row.code, row.url_name, row.state = int(year), code, url_name, SemesterState(state)
    _flush(db, 'code')
    return semester_values(row)


def add_offering(db, *, subject, semester, description, url):
    """Offer a subject in a semester, named as in addresses (`151`, `2026/s1`); return the path of the offering."""
    chosen = _chosen(db, None, subject, semester)
    row = Offering(subject=chosen[0], semester=chosen[1], **_described(description, url))
    db.add(row)
    _flush(db, 'semester')
    return row.path


def can_move(db, offering_id):
    """Return True while nothing hangs on the subject and the semester of an offering: nobody enrolled, no worksheet."""
    taken = _has_people(db, Offering.id == offering_id)
    return not taken and not db.scalar(select(exists().where(Worksheet.offering_id == offering_id)))


def change_offering(db, offering_id, *, description, url, show_marks, worksheet_cutoff, moved_to=None):
    """Change what an offering says of itself; `moved_to` is (subject, semester) where those change. Return its path."""
    row = db.get(Offering, offering_id, with_for_update=True)
    if moved_to is not None and moved_to != (row.subject.url_name, f'{row.semester.year}/{row.semester.url_name}'):
        if not can_move(db, offering_id):
            raise FieldError('subject', 'People are enrolled or worksheets written here: the subject and the semester must stay.')
        row.subject, row.semester = _chosen(db, row, *moved_to)
    values = _described(description, url)
    row.description, row.url = values['description'], values['url']
    row.show_marks, row.worksheet_cutoff = show_marks, worksheet_cutoff
    _flush(db, 'semester')
    return row.path


def _chosen(db, row, subject, semester):
    """Return the rows of a subject and a semester that are not one offering already."""
    found = db.scalars(select(Subject).where(Subject.url_name == subject)).one_or_none()
    if found is None:
        raise FieldError('subject', 'Choose a subject that there is.')
    year, _, url_name = semester.partition('/')
    when = _semester_at(db, int(year), url_name) if re.fullmatch('[0-9]{4}', year) else None
    if when is None:
        raise FieldError('semester', 'Choose a semester that there is.')
    if _other(db, Offering, row, Offering.subject_id == found.id, Offering.semester_id == when.id):
        raise FieldError('semester', f'{found.code} is offered in {semester} already.')
    return found, when


def _described(description, url):
    if len(description) > LONGEST_DESCRIPTION:
        raise FieldError('description', f'A description has at most {LONGEST_DESCRIPTION} characters.')
    if url and not _URL.fullmatch(url):
        raise FieldError('url', 'Write an address that begins with http:// or https://, or leave it empty.')
    return {'description': description, 'url': url}


def _refuse_unusable(field, text, most, sentence):
    if not 0 < len(text) <= most:
        raise FieldError(field, sentence)


def _refuse_url_name(field, text):
    if not is_url_name(text):
        raise FieldError(field, _URL_NAME)


def _other(db, kind, row, *conditions):
    """Return True when there is one of that kind, other than `row`, to which the conditions apply."""
    other = () if row is None else (kind.id != row.id,)
    return db.scalar(select(func.count()).select_from(kind).where(*conditions, *other)) > 0


def _flush(db, field):
    """Write what was changed; FieldError when somebody else was quicker with the same name."""
    try:
        db.flush()
    except IntegrityError as error:
        raise FieldError(field, 'Somebody else saved the same at this moment. Look at the list, and try again.') from error


def _has_people(db, condition):
    return db.scalar(select(exists().where(Enrolment.offering_id == Offering.id, condition)))
