"""Worksheets of an offering for those who write them, or look at how the class fares: the texts and their files."""

from ivle.models import authoring, bank, importing, worksheet_files
from ivle.models.names import is_url_name
from ivle.models.statistics import worksheet_figures
from ivle.resources.base import Resource


class Worksheets(Resource):
    """The worksheets of an offering; `child` is an identifier. The rights are the offering's."""

    def child(self, name):
        if not is_url_name(name):
            return None
        with self.request.reading() as db:
            found = authoring.open_worksheet(db, self.place.offering.id, name)
        return found and OneWorksheet(self.request, self, name, found)

    @property
    def place(self):
        return self.__parent__

    def all(self):
        """Return the WorksheetLines, in order."""
        with self.request.reading() as db:
            return authoring.worksheet_lines(db, self.place.offering.id)

    def count_drafts(self):
        """Return how many drafts of the bank students do not get; None where the reader does not work on the bank."""
        reader, may = self.request.identity, self.request.registry.ivle.tutors_can_edit_worksheets
        with self.request.reading() as db:
            subject = bank.find_bank(db, self.place.offering.subject, reader.id, reader.is_admin, may)
            return subject and bank.count_drafts(db, subject.id)

    def add(self, **values):
        """Make an empty worksheet and return its identifier."""
        with self.request.registry.database.writing() as db:
            return authoring.add_worksheet(db, self.place.offering.id, self.request.identity.id, **values)

    def move(self, identifier, step):
        """Move a worksheet up (-1) or down (1)."""
        with self.request.registry.database.writing() as db:
            authoring.move_worksheet(db, self.place.offering.id, identifier, step)

    def export(self):
        """Return the Course of the offering: its worksheets, and the bank of its subject."""
        with self.request.reading() as db:
            return importing.exported(db, self.place.offering.id)

    def plan(self, course, rendered):
        """Return the Import that taking a Course would be."""
        return importing.planned(
            self.request.registry.database, self.place.offering.id, course, rendered, self.request.identity.id
        )

    def take(self, course, rendered, digest):
        """Take a Course whose plan has a digest, and return the Import."""
        with self.request.registry.database.writing() as db:
            return importing.imported(db, self.place.offering.id, course, rendered, self.request.identity.id, digest)


class OneWorksheet(Resource):
    """A worksheet, as it was when the request came: `opened`. `child` is its files."""

    def __init__(self, request, parent, name, opened):
        super().__init__(request, parent, name)
        self.opened = opened

    def child(self, name):
        return WorksheetFiles(self.request, self, name) if name == 'files' else None

    @property
    def place(self):
        return self.__parent__.place

    @property
    def title(self):
        return self.opened.name

    def save(self, opened, rendered, **values):
        """Save what its author wrote over the state with the digest `opened`; return the OpenWorksheet."""
        with self.request.registry.database.writing() as db:
            return authoring.save_worksheet(db, self.opened.id, opened, rendered, self.request.identity.id, **values)

    def remove(self):
        """Delete it."""
        with self.request.registry.database.writing() as db:
            authoring.remove_worksheet(db, self.opened.id)

    def unpublish(self):
        """Take it out of the students' sight."""
        with self.request.registry.database.writing() as db:
            authoring.unpublish(db, self.opened.id, self.request.identity.id)

    def surroundings(self):
        """Return ({identifier: name} of the bank, what stands in the worksheet, FileLines, whether students worked at it)."""
        with self.request.reading() as db:
            return (
                authoring.exercise_names(db, self.place.offering.subject_id),
                authoring.exercises_in(db, self.opened.id),
                worksheet_files.file_lines(db, self.opened.id),
                authoring.has_work(db, self.opened.id),
            )

    def nameable(self):
        """Return what its text may name: {identifier: name} of the bank, and its FileLines."""
        with self.request.reading() as db:
            return authoring.exercise_names(db, self.place.offering.subject_id), worksheet_files.file_lines(db, self.opened.id)

    def save_files(self, given):
        """Keep [(name, bytes)…] among its files."""
        with self.request.registry.database.writing() as db:
            worksheet_files.save_files(db, self.opened.id, given)

    def remove_file(self, name):
        """Delete one of its files."""
        with self.request.registry.database.writing() as db:
            worksheet_files.remove_file(db, self.opened.id, name)

    def figures(self):
        """Return (number of students, [ExerciseFigures…])."""
        with self.request.reading() as db:
            return worksheet_figures(db, self.place.offering.id, self.opened.id)


class WorksheetFiles(Resource):
    """A directory among the files of a worksheet; `child` is a file or a directory below it."""

    def __init__(self, request, parent, name, path=()):
        super().__init__(request, parent, name)
        self.path = path

    def child(self, name):
        below = (*self.path, name)
        worksheet = self.worksheet
        with self.request.reading() as db:
            found = worksheet_files.find_file(db, worksheet.opened.id, '/'.join(below))
        if found is not None:
            return WorksheetFile(self.request, self, name, *found)
        return WorksheetFiles(self.request, self, name, below) if len(below) < 8 else None

    @property
    def worksheet(self):
        """The OneWorksheet whose files these are."""
        place = self
        while isinstance(place, WorksheetFiles):
            place = place.__parent__
        return place


class WorksheetFile(Resource):
    """A file of a worksheet: `line` is its FileLine, `content` its bytes."""

    def __init__(self, request, parent, name, line, content):
        super().__init__(request, parent, name)
        self.line, self.content = line, content

    @property
    def worksheet(self):
        return self.__parent__.worksheet
