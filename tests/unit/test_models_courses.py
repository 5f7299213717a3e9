"""Whole courses in and out of the database."""

from dataclasses import replace

import pytest

from ivle.models import Attempt, Exercise, ExerciseVersion, Worksheet, WorksheetExercise, WorksheetFile
from ivle.models.courses import course_of_offering, media_type, offering_called, rendered_texts, save_course
from ivle.teaching.course import Course, WorksheetText, course_of, files_of
from ivle.teaching.definition import Definition
from ivle.teaching.reading import from_json
from ivle.teaching.rendered import Rendered
from ivle.teaching.worksheet import RENDERER
from tests.course import add_offering, add_person

BASICS = WorksheetText(
    'basics',
    'Basics',
    'rst',
    'x\n\n.. exercise:: one\n\n.. challenge:: two\n',
    True,
    True,
    {'fig.png': b'PNG', 'a/b.csv': b'1,2'},
)
LOOPS = WorksheetText('loops', 'Loops', 'md', '```{exercise} two\n```\n')
COURSE = Course((BASICS, LOOPS), {'one': Definition('One', starter='x = 1\n'), 'two': Definition('Two', hints=('a', 'b'))})


@pytest.fixture
def offering(database):
    """Return the id of an offering of the subject 151."""
    with database.writing() as db:
        return add_offering(db, '151').id


@pytest.fixture
def put(database, offering):
    """Return what puts a course into the offering."""

    def put(course, **options):
        with database.writing() as db:
            return save_course(db, _offering(db), course, rendered_texts(course), **options)

    return put


def _offering(db):
    return offering_called(db, '151/2026/s1')


def stored(database):
    with database.reading() as db:
        return course_of_offering(db, _offering(db))


def links(database):
    with database.reading() as db:
        rows = (
            db.query(WorksheetExercise).join(Worksheet).join(Exercise).order_by(Worksheet.identifier, WorksheetExercise.position)
        )
        return [(row.worksheet.identifier, row.exercise.identifier, row.position, row.optional, row.active) for row in rows]


def versions(database):
    with database.reading() as db:
        rows = db.query(ExerciseVersion).order_by(ExerciseVersion.exercise_id, ExerciseVersion.number)
        return [(row.exercise.identifier, row.number, row.exercise.current, from_json(row.definition).name) for row in rows]


@pytest.mark.parametrize('path', ['151/2026/s2', '152/2026/s1', '151/x/s1', '151', '', '151/2026/s1/more', '151/99999999999/s1'])
def test_no_other_path_leads_to_an_offering(database, offering, path):
    with database.reading() as db:
        assert offering_called(db, path) is None
        assert _offering(db).id == offering


def test_a_course_that_was_put_in_comes_out_as_it_was(database, put):
    put(COURSE)
    assert stored(database) == COURSE


def test_an_exported_course_is_the_same_after_everything_was_wiped(database, put):
    put(COURSE)
    exported = files_of(stored(database))
    with database.writing() as db:
        for kind in (WorksheetFile, WorksheetExercise, Worksheet, ExerciseVersion, Exercise):
            db.query(kind).delete()
    put(course_of(exported))
    assert stored(database) == COURSE


def test_the_text_names_the_exercises_of_a_worksheet(database, put):
    put(COURSE)
    assert links(database) == [
        ('basics', 'one', 1, False, True),
        ('basics', 'two', 2, True, True),
        ('loops', 'two', 1, False, True),
    ]


def test_what_the_text_looks_like_is_kept_beside_it(database, put):
    put(COURSE)
    with database.reading() as db:
        row = db.query(Worksheet).filter_by(identifier='basics').one()
        assert row.renderer == RENDERER
        assert Rendered.from_json(row.rendered).exercises == ('one', 'two')


def test_files_have_a_type_and_a_digest(database, put):
    put(COURSE)
    with database.reading() as db:
        assert {(file.name, file.media_type, len(file.digest)) for file in db.query(WorksheetFile)} == {
            ('fig.png', 'image/png', 64),
            ('a/b.csv', 'text/csv', 64),
        }


@pytest.mark.parametrize('name', ['x', 'x.unheard-of', 'x.tar.gz'])
def test_a_file_of_unknown_kind_is_bytes(name):
    assert media_type(name) == 'application/octet-stream'


def test_the_same_course_again_changes_nothing(database, put):
    put(COURSE)
    before = versions(database)
    done = put(COURSE)
    assert (done.made, done.changed, done.deleted) == ([], [], [])
    assert sorted(done.same) == ['exercise one', 'exercise two', 'worksheet basics', 'worksheet loops']
    assert versions(database) == before


def test_a_new_version_is_published_only_of_what_changed(database, put):
    put(COURSE)
    done = put(replace(COURSE, exercises={**COURSE.exercises, 'one': Definition('Other')}))
    assert done.changed == ['exercise one']
    assert versions(database) == [('one', 1, 2, 'One'), ('one', 2, 2, 'Other'), ('two', 1, 1, 'Two')]


def test_a_draft_that_was_never_published_is_given_back(database, put):
    put(COURSE)
    with database.writing() as db:
        db.query(Exercise).filter_by(identifier='one').one().draft = Definition('Half').to_json()
    assert stored(database).exercises['one'].name == 'Half'
    put(COURSE)
    assert stored(database) == COURSE
    assert versions(database) == [('one', 1, 1, 'One'), ('two', 1, 1, 'Two')]


def test_nothing_is_deleted_when_nobody_asks(database, put):
    put(COURSE)
    done = put(Course((replace(LOOPS, source='x', files={'new.txt': b''}),), {'three': Definition('Three')}))
    assert done.deleted == []
    assert [(worksheet.identifier, len(worksheet.files)) for worksheet in stored(database).worksheets] == [
        ('loops', 1),
        ('basics', 2),
    ]
    assert sorted(stored(database).exercises) == ['one', 'three', 'two']


def test_an_exercise_that_is_taken_out_of_the_text_stays_as_inactive(database, put):
    put(COURSE)
    put(replace(COURSE, worksheets=(replace(BASICS, source='.. exercise:: two\n'), LOOPS)))
    assert sorted(links(database)) == [
        ('basics', 'one', 1, False, False),
        ('basics', 'two', 1, False, True),
        ('loops', 'two', 1, False, True),
    ]


def test_replacing_deletes_what_the_course_does_not_have(database, put):
    put(COURSE)
    wanted = Course((replace(LOOPS, source='x', files={}),), {'two': COURSE.exercises['two']})
    done = put(wanted, replace=True)
    assert sorted(done.deleted) == ['exercise one', 'worksheet basics']
    assert stored(database) == wanted


def test_replacing_deletes_files_that_a_worksheet_no_longer_has(database, put):
    put(COURSE)
    put(replace(COURSE, worksheets=(replace(BASICS, files={'fig.png': b'GIF'}), LOOPS)), replace=True)
    assert stored(database).worksheets[0].files == {'fig.png': b'GIF'}


def test_replacing_keeps_what_students_tried(database, put):
    put(COURSE)
    with database.writing() as db:
        link = db.query(WorksheetExercise).join(Worksheet).filter(Worksheet.identifier == 'loops').one()
        version = db.query(ExerciseVersion).filter_by(exercise_id=link.exercise_id).one()
        student = add_person(db, 'jdoe')
        db.add(Attempt(user_id=student.id, worksheet_exercise_id=link.id, version_id=version.id, number=1, key='k', code='x'))
    done = put(Course(), replace=True)
    assert sorted(done.deleted) == ['exercise one', 'worksheet basics']
    assert [thing.split(':')[0] for thing in done.kept] == ['worksheet loops', 'exercise two']
    assert [(worksheet.identifier, worksheet.is_published) for worksheet in stored(database).worksheets] == [('loops', False)]


def test_an_exercise_that_another_offering_uses_is_kept(database, put):
    put(COURSE)
    with database.writing() as db:
        later = add_offering(db, '151', year=2027)
        save_course(db, later, Course((LOOPS,)), rendered_texts(Course((LOOPS,))))
    done = put(Course(), replace=True)
    assert [thing.split(':')[0] for thing in done.kept] == ['exercise two']
    with database.reading() as db:
        assert [sheet.identifier for sheet in course_of_offering(db, offering_called(db, '151/2027/s1')).worksheets] == ['loops']


def test_a_worksheet_may_name_what_is_in_the_bank_already(database, put):
    put(Course((), COURSE.exercises))
    assert put(Course((BASICS,))).problems == []


def test_what_is_to_be_mended_is_told(put):
    done = put(Course((replace(BASICS, source='*x\n\n.. exercise:: nowhere\n'),)))
    assert done.problems == [
        'worksheet basics: Line 1: Inline emphasis start-string without end-string.',
        'worksheet basics: Line 3: the bank has no exercise called nowhere.',
    ]


def test_a_course_that_fails_halfway_leaves_nothing(database, put):
    with pytest.raises(ValueError, match='cannot stand in a URL'):
        put(Course((BASICS, replace(LOOPS, identifier='No Such Name')), COURSE.exercises))
    assert stored(database) == Course()
