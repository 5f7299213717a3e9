"""A course as a folder of files that suits git: worksheets, the files they show, the exercises they name (docs/courses.md).

Everything here is plain values: `course_of` and `files_of` know only {name: bytes}, whatever the files came in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ivle.teaching import toml
from ivle.teaching.bounds import LONGEST_SOURCE
from ivle.teaching.clean import is_file_name
from ivle.teaching.definition import Definition
from ivle.teaching.exercise_files import encoded, exercise_files, read_exercise
from ivle.teaching.folder import read_folder, write_folder
from ivle.teaching.legacy import course_of_xml
from ivle.teaching.problems import BadCourse, Problem
from ivle.teaching.reading import LONGEST_NAME
from ivle.url_names import is_url_name

LAYOUT = 1
TABLE = 'course.toml'
FORMATS = ('rst', 'md', 'xml')
_OF_A_WORKSHEET = {'name', 'order', 'published', 'assessable'}


@dataclass(frozen=True)
class WorksheetText:
    """A worksheet: its text and the files that come with it, by name."""

    identifier: str
    name: str
    format: str = 'rst'
    source: str = ''
    is_published: bool = False
    is_assessable: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """What an offering teaches with: worksheets in order, and exercises by identifier."""

    worksheets: Sequence[WorksheetText] = ()
    exercises: Mapping[str, Definition] = field(default_factory=dict)


def read_course(folder):
    """Return the Course in a folder; BadCourse tells everything that is wrong with it."""
    return course_of(read_folder(folder))


def write_course(course, folder):
    """Make a folder hold a course, and no other; what else is in it stays. BadCourse when it holds something and no course."""
    files = files_of(course)
    try:
        found = read_folder(folder)
    except BadCourse:
        found = {}
    if found and TABLE not in found:
        raise BadCourse([Problem(str(folder), f'the folder is not empty and holds no {TABLE}: choose an empty one.')])
    write_folder(files, folder, owned=(TABLE, 'worksheets', 'exercises'))


# -- reading ----------------------------------------------------------------------------------------


def course_of(files):
    """Return the Course that {name: bytes} are; BadCourse tells everything that is wrong with them."""
    problems = []
    if TABLE in files:
        _check_layout(files[TABLE], problems)
    elif not any(name.endswith('.xml') for name in files):
        raise BadCourse([Problem(TABLE, f'the file is missing: write layout = {LAYOUT} into it.')])
    exercises, texts = course_of_xml(files, TABLE not in files, problems)
    worksheets = [(0, identifier, WorksheetText(identifier, name, 'xml', source)) for identifier, name, source in texts]
    for identifier, below in _folders(files, 'exercises', problems):
        if identifier in exercises:
            problems.append(Problem(f'exercises/{identifier}.xml', 'there is a folder of that name as well: keep one.'))
        definition = read_exercise(below, problems, f'exercises/{identifier}/')
        if definition is not None:
            exercises[identifier] = definition
    for identifier, below in _folders(files, 'worksheets', problems):
        if any(identifier == other for _, other, _ in worksheets):
            problems.append(Problem(f'worksheets/{identifier}.xml', 'there is a folder of that name as well: keep one.'))
        worksheets += _worksheet(identifier, below, problems)
    if problems:
        raise BadCourse(problems)
    in_order = sorted(worksheets, key=lambda item: item[:2])
    return Course(tuple(worksheet for _, _, worksheet in in_order), dict(sorted(exercises.items())))


def _check_layout(content, problems):
    value = _table(content, TABLE, problems)
    if value is not None and value.get('layout') != LAYOUT:
        problems.append(Problem(TABLE, f'this site reads layout = {LAYOUT}.'))


def _table(content, name, problems):
    """Return the values of a TOML file, None when it is none."""
    try:
        return toml.loads(content.decode('utf-8').removeprefix('\ufeff').replace('\r\n', '\n'))
    except UnicodeDecodeError:
        problems.append(Problem(name, 'the file is not UTF-8: save it so.'))
    except toml.BadToml as error:
        problems.append(Problem(name, str(error), error.line))
    return None


def _folders(files, kind, problems):
    """Give (identifier, {name: bytes}) of each folder below worksheets/ or exercises/."""
    found = {}
    for path, content in sorted(files.items()):
        top, _, rest = path.partition('/')
        identifier, is_below, name = rest.partition('/')
        if top != kind or (not is_below and identifier.endswith('.xml')):
            continue
        if not is_below:
            problems.append(Problem(path, f'each of the {kind} has a folder of its own: put the file into one.'))
        else:
            found.setdefault(identifier, {})[name] = content
    for identifier in found:
        if not is_url_name(identifier):
            sentence = 'the name of the folder stands in addresses: lower-case letters, digits and _ . + -, such as loops-2.'
            problems.append(Problem(f'{kind}/{identifier}', sentence))
    return found.items()


def _worksheet(identifier, files, problems):
    """Return [(order, identifier, WorksheetText)] of a folder, nothing when it is no worksheet."""
    place, before = f'worksheets/{identifier}/', len(problems)
    unread = dict(files)
    table = _worksheet_table(unread.pop('worksheet.toml', None), f'{place}worksheet.toml', identifier, problems)
    formats = [format for format in FORMATS if f'worksheet.{format}' in unread]
    texts = [unread.pop(f'worksheet.{format}') for format in formats]
    if len(formats) != 1:
        wrong = f'there is a worksheet.{formats[0]} as well: keep one.' if formats else 'the file is missing.'
        problems.append(Problem(f'{place}worksheet.{[*formats, "rst", "rst"][1 if formats else 0]}', wrong))
        return []
    source = _source(texts[0], f'{place}worksheet.{formats[0]}', problems)
    for name in unread:
        if not is_file_name(name):
            problems.append(Problem(f'{place}{name}', 'that cannot be the name of a file of a worksheet.'))
    if len(problems) > before:
        return []
    order, name, is_published, is_assessable = table
    return [(order, identifier, WorksheetText(identifier, name, formats[0], source, is_published, is_assessable, unread))]


def _worksheet_table(content, file, identifier, problems):
    """Return (order, name, is published, is assessable) of a worksheet.toml, which may be missing."""
    value = {} if content is None else _table(content, file, problems) or {}
    name, order = value.get('name', identifier), value.get('order', 0)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= len(name) <= LONGEST_NAME or not name.isprintable():
        problems.append(Problem(file, f'name is a line of at most {LONGEST_NAME} characters.'))
    if type(order) is not int:
        problems.append(Problem(file, 'order is a whole number: worksheets stand in the order of theirs.'))
        order = 0
    for flag in ('published', 'assessable'):
        if type(value.get(flag, False)) is not bool:
            problems.append(Problem(file, f'{flag} is true or false.'))
    for unknown in sorted(set(value) - _OF_A_WORKSHEET):
        problems.append(Problem(file, f'a worksheet has no {unknown}: it may have {", ".join(sorted(_OF_A_WORKSHEET))}.'))
    return order, name, value.get('published', False), value.get('assessable', False)


def _source(content, file, problems):
    try:
        source = content.decode('utf-8').removeprefix('\ufeff').replace('\r\n', '\n')
    except UnicodeDecodeError as error:
        problems.append(Problem(file, 'the file is not UTF-8: save it so.', content.count(b'\n', 0, error.start) + 1))
        return ''
    if len(source) > LONGEST_SOURCE or '\0' in source:
        problems.append(Problem(file, f'a worksheet is text of at most {LONGEST_SOURCE} characters.'))
    return source


# -- writing ----------------------------------------------------------------------------------------


def files_of(course):
    """Return {name: bytes} of a course: `course_of` makes the same course of them. BadCourse when two would be one file."""
    problems = list(_objections(course))
    if problems:
        raise BadCourse(problems)
    files = {TABLE: toml.dumps({'layout': LAYOUT}).encode()}
    for number, worksheet in enumerate(course.worksheets, 1):
        place = f'worksheets/{worksheet.identifier}/'
        table = {'name': worksheet.name, 'order': 10 * number}
        table |= {'published': worksheet.is_published, 'assessable': worksheet.is_assessable}
        files[f'{place}worksheet.toml'] = toml.dumps(table).encode('utf-8')
        files[f'{place}worksheet.{worksheet.format}'] = encoded(worksheet.source)
        files |= {f'{place}{name}': content for name, content in worksheet.files.items()}
    for identifier, definition in course.exercises.items():
        files |= {f'exercises/{identifier}/{name}': content for name, content in exercise_files(definition).items()}
    return files


def _objections(course):
    for worksheet in course.worksheets:
        for name in worksheet.files:
            above = '/'.join(name.split('/')[:-1])
            if not is_file_name(name) or any(above == other or above.startswith(f'{other}/') for other in worksheet.files):
                yield Problem(
                    f'worksheets/{worksheet.identifier}/{name}', 'that cannot be the name of a file of a worksheet: rename it.'
                )
