"""The sample: people, subjects, and files with a history, so that a newcomer can try everything at once.

Whatever of it is there already stays as it is, so an interrupted start goes on where it stopped.
"""

from importlib import resources
from pathlib import Path

from sqlalchemy import select

from ivle.errors import IvleError
from ivle.hosts.files import Files, HomeView
from ivle.hosts.users import Users
from ivle.models import Database, Enrolment, Offering, Role, Semester, Subject, User, Worksheet, user_called
from ivle.models.courses import rendered_texts, save_course
from ivle.security.passwords import hash_password, is_right
from ivle.settings import SettingsError
from ivle.teaching.course import read_course

PASSWORD = 'password'
PEOPLE = {
    'admin': 'Adele Admin',
    'lecturer': 'Leo Lecturer',
    'tutor': 'Tara Tutor',
    'studenta': 'Anna Student',
    'studentb': 'Ben Student',
}
SUBJECTS = {'151': 'Introduction to Programming', '152': 'Data Structures'}
# Those whose offering has worksheets: folders below sample_files/course.
COURSES = ('151',)
YEAR, SEMESTER = 2026, 's1'
PARTS = {
    '151': {'lecturer': Role.LECTURER, 'tutor': Role.TUTOR, 'studenta': Role.STUDENT, 'studentb': Role.STUDENT},
    '152': {'lecturer': Role.LECTURER, 'studentb': Role.STUDENT},
}
FIRST_TRY = b"print('Hello, world!')\n"


class SampleFailed(IvleError):
    """A host daemon would not do its part. The message is a sentence for the administrator."""


def _sample_file(path):
    return resources.files('ivle.scripts').joinpath('sample_files', path).read_bytes()


def _versions(subject):
    """Return [(message, {path: bytes})…]: what each revision of a student's subject directory adds or changes."""
    if subject == '152':
        return [('Start with the depth of a tree', {'tree.py': _sample_file('tree.py')})]
    project = {f'proj1/{name}': _sample_file(f'proj1/{name}') for name in ('index.html', 'greet.py', 'picture.png', 'readme.txt')}
    return [
        ('First program', {'hello.py': FIRST_TRY}),
        ('Put the greeting into a function', {'hello.py': _sample_file('hello.py')}),
        ('Project 1: the page, the picture and the program', project),
    ]


def make_sample(settings):
    """Make what is missing of the sample. The daemons must be running; SampleFailed when they do not answer."""
    mark = settings.path('sample')
    if mark.exists():
        return
    try:
        _make_everything(settings)
    except IvleError as error:
        message = f'The sample could not be made: {error.message} The files in {settings.path("log")} say why.'
        raise SampleFailed(message) from error
    # The mark comes last: until it stands, the next start looks again.
    mark.write_text('The sample was made. Remove this file to have what is missing made anew at the next start.\n')


def _make_everything(settings):
    courses = {code: _course(code) for code in COURSES}
    database = Database(settings)
    try:
        with database.writing() as db:
            _make_rows(db, courses)
    finally:
        database.close()
    users, files = Users(settings), Files(settings)
    for login in PEOPLE:
        users.activate(login, _subjects_of(login))
        for subject in _subjects_of(login):
            _make_versions(files, HomeView(login, 'write'), subject)
        if _subjects_of(login):
            _make_private_note(files, HomeView(login, 'write'))


def _course(code):
    """Return (Course, what its worksheets look like) of a subject."""
    with resources.as_file(resources.files('ivle.scripts').joinpath('sample_files', 'course', code)) as folder:
        course = read_course(Path(folder))
    return course, rendered_texts(course)


def _subjects_of(login):
    return [subject for subject, parts in PARTS.items() if parts.get(login) == Role.STUDENT]


# -- rows -------------------------------------------------------------------------------------------


def _make_rows(db, courses):
    people = {login: user_called(db, login) or _add_person(db, login, name) for login, name in PEOPLE.items()}
    semester = _one(db, Semester, year=YEAR, code=SEMESTER) or _add(db, Semester(year=YEAR, code=SEMESTER, url_name=SEMESTER))
    for code, name in SUBJECTS.items():
        subject = _one(db, Subject, code=code) or _add(db, Subject(code=code, name=name, url_name=code))
        offering = _one(db, Offering, subject_id=subject.id, semester_id=semester.id)
        offering = offering or _add(db, Offering(subject=subject, semester=semester, description=name))
        for login, role in PARTS[code].items():
            if _one(db, Enrolment, user_id=people[login].id, offering_id=offering.id) is None:
                _add(db, Enrolment(user=people[login], offering=offering, role=role))
        if code in courses and not db.query(Worksheet).filter_by(offering_id=offering.id).count():
            save_course(db, offering, *courses[code], author_id=people['lecturer'].id)


def _add_person(db, login, name):
    password = hash_password(PASSWORD)
    return _add(db, User(login=login, name=name, email=f'{login}@example.org', is_admin=login == 'admin', password_hash=password))


def _one(db, kind, **values):
    return db.scalars(select(kind).filter_by(**values)).one_or_none()


def _add(db, row):
    db.add(row)
    db.flush()
    return row


# -- files ------------------------------------------------------------------------------------------


def _make_versions(files, home, subject):
    _make_working_copy(files, home, subject)
    made = {revision['message'] for revision in files.log(home, subject)['revisions']}
    for message, contents in _versions(subject):
        if message not in made:
            for path, content in contents.items():
                _make_file(files, home, f'{subject}/{path}', content)
            names = sorted({path.split('/')[0] for path in contents})
            _make_known(files, home, subject, names)
            files.svn_commit(home, subject, message)
            # A later version is put on top of this one's numbers, not beside them.
            files.svn_update(home, subject)


def _make_working_copy(files, home, subject):
    if _has(files, home, '', subject):
        if _is_sound(files, home, subject):
            return
        files.delete(home, '', [subject])
    files.svn_checkout(home, subject, f'users/{home.login}/{subject}')


def _is_sound(files, home, subject):
    """Return False for a working copy in which a commit was cut off: it takes what the repository has for new."""
    try:
        files.svn_cleanup(home, subject)
        return not files.svn_update(home, subject)['conflicts']
    except IvleError as error:
        if not error.code.startswith('svn-'):
            raise
        return False


def _make_private_note(files, home):
    # Beside the subjects and under no version: staff of a subject never see it.
    if not _has(files, home, '', 'stuff'):
        files.mkdir(home, '', 'stuff')
    if not _has(files, home, 'stuff', 'note.txt'):
        files.write(home, 'stuff/note.txt', [_sample_file('stuff/note.txt')], if_none_match='*')


def _has(files, home, directory, name):
    return any(entry['name'] == name for entry in files.list(home, directory)['entries'])


def _make_file(files, home, path, content):
    directory, _, name = path.rpartition('/')
    above, _, last = directory.rpartition('/')
    if not _has(files, home, above, last):
        files.mkdir(home, above, last)
    if _has(files, home, directory, name):
        files.write(home, path, [content], if_match=files.list(home, path)['etag'])
    else:
        files.write(home, path, [content], if_none_match='*')


def _make_known(files, home, directory, names):
    entries = files.list(home, directory)['entries']
    unknown = [entry['name'] for entry in entries if entry['name'] in names and entry['version']['state'] == 'unversioned']
    if unknown:
        files.svn_add(home, directory, unknown)


# -- production -------------------------------------------------------------------------------------


def refuse_sample_passwords(settings):
    """Raise SettingsError when somebody of the sample could sign in with the password that everybody knows."""
    database = Database(settings)
    try:
        with database.reading() as db:
            hashes = dict(db.execute(select(User.login, User.password_hash).where(User.login.in_(PEOPLE))).all())
    finally:
        database.close()
    known = sorted(login for login, kept in hashes.items() if kept and is_right(kept, PASSWORD))
    if known:
        raise SettingsError(
            f'ivle.mode = production: {", ".join(known)} of the sample can sign in with the password that everybody knows. '
            'Give them others (ivle user password LOGIN), or choose another ivle.data or ivle.database.url.'
        )
