"""Worksheets and exercises as their authors change them, on either database."""

import threading

import pytest

from ivle.errors import Conflict, FieldError
from ivle.models import Draft, Exercise, ExerciseVersion, Role, SemesterState, WorksheetExercise, authoring, bank, worksheet_files
from ivle.models.faults import faults_of
from ivle.teaching.reading import read
from ivle.teaching.worksheet import render
from tests.course import add_offering, add_person, enrol

PLAIN = {'name': 'Basics', 'format': 'rst', 'published': False, 'assessable': False}


@pytest.fixture
def place(database):
    """Return (offering id, subject id) of an offering with the worksheet `basics` and the exercise `fac`."""
    with database.writing() as db:
        offering = add_offering(db, '151')
        authoring.add_worksheet(db, offering.id, identifier='basics', name='Basics', format='rst')
        bank.add_exercise(db, offering.subject_id, 'fac', read({'name': 'Factorial'}))
        return offering.id, offering.subject_id


def opened(database, place, identifier='basics'):
    with database.reading() as db:
        return authoring.open_worksheet(db, place[0], identifier)


def save(database, place, source):
    now = opened(database, place)
    with database.writing() as db:
        return authoring.save_worksheet(db, now.id, now.digest, render(source, 'rst'), source=source, **PLAIN)


def exercise(database, place):
    with database.reading() as db:
        return bank.open_exercise(db, place[1], 'fac')


def test_the_list_counts_the_exercises_that_stand_in_a_worksheet(database, place):
    save(database, place, '.. exercise:: fac')
    with database.writing() as db:
        authoring.add_worksheet(db, place[0], identifier='empty', name='Empty', format='md')
    with database.reading() as db:
        assert [(line.identifier, line.exercises) for line in authoring.worksheet_lines(db, place[0])] == [
            ('basics', 1),
            ('empty', 0),
        ]
    save(database, place, 'Gone.')
    with database.reading() as db:
        assert authoring.worksheet_lines(db, place[0])[0].exercises == 0


def test_moving_makes_the_order_dense(database, place):
    with database.writing() as db:
        for name in ('b', 'c'):
            authoring.add_worksheet(db, place[0], identifier=name, name=name, format='rst')
        authoring.move_worksheet(db, place[0], 'c', -1)
    with database.reading() as db:
        assert [line.identifier for line in authoring.worksheet_lines(db, place[0])] == ['basics', 'c', 'b']


def test_a_worksheet_with_a_draft_is_not_deleted(database, place):
    save(database, place, '.. exercise:: fac')
    with database.writing() as db:
        link = db.query(WorksheetExercise).one()
        db.add(Draft(user_id=add_person(db, 'jdoe').id, worksheet_exercise_id=link.id, code=''))
    now = opened(database, place)
    with database.reading() as db:
        assert authoring.has_work(db, now.id)
    with pytest.raises(Conflict), database.writing() as db:
        authoring.remove_worksheet(db, now.id)


def test_a_worksheet_without_work_is_deleted(database, place):
    save(database, place, '.. exercise:: fac')
    with database.writing() as db:
        worksheet_files.save_files(db, opened(database, place).id, [('a.txt', b'x')])
    with database.writing() as db:
        authoring.remove_worksheet(db, opened(database, place).id)
    assert opened(database, place) is None


def test_a_text_that_cannot_be_read_at_all_is_refused(database, place):
    now = opened(database, place)
    with pytest.raises(FieldError) as refusal, database.writing() as db:
        source = '<worksheet><p></worksheet>'
        authoring.save_worksheet(db, now.id, now.digest, render(source, 'xml'), source=source, **{**PLAIN, 'format': 'xml'})
    assert refusal.value.field == 'source'


def test_files_are_told_with_their_sizes(database, place):
    now = opened(database, place)
    with database.writing() as db:
        worksheet_files.save_files(db, now.id, [('b.bin', b'\0\xff\0'), ('a.png', b'')])
    with database.reading() as db:
        assert [(line.name, line.size, line.media_type) for line in worksheet_files.file_lines(db, now.id)] == [
            ('a.png', 0, 'image/png'),
            ('b.bin', 3, 'application/octet-stream'),
        ]
        assert worksheet_files.find_file(db, now.id, 'b.bin')[1] == b'\0\xff\0'


def test_a_bank_tells_versions_uses_and_drafts_that_differ(database, place):
    save(database, place, '.. exercise:: fac')
    with database.writing() as db:
        author = add_person(db, 'author').id
        first = bank.publish(db, exercise(database, place).id, read({'name': 'Factorial'}).digest, author)
    assert first == 1
    with database.writing() as db:
        now = exercise(database, place)
        bank.save_draft(db, now.id, now.digest, read({'name': 'Other'}))
    with database.reading() as db:
        [line] = bank.exercise_lines(db, place[1])
        assert (line.name, line.current, line.is_ahead, line.used) == ('Other', 1, True, (('151/2026/s1', 'basics'),))
        assert [(version.number, version.author) for version in bank.version_lines(db, now.id)] == [(1, 'author')]
        assert faults_of(db, now.id) == (0, [])


def test_what_is_no_definition_yet_is_kept_beside_the_last_that_was_one(database, place):
    now = exercise(database, place)
    with database.writing() as db:
        author = add_person(db, 'author', name='An Author').id
        kept = bank.save_unfinished(db, now.id, now.digest, '{"name": ""}', author)
    assert (kept.definition, kept.unfinished, kept.editor.name) == (now.definition, '{"name": ""}', 'An Author')
    assert kept.is_ahead and kept.digest not in (now.digest, now.current_digest)
    with pytest.raises(bank.Stale), database.writing() as db:
        bank.save_draft(db, now.id, now.digest, read({'name': 'Other'}))
    for digest in (now.digest, kept.digest):
        with pytest.raises(Conflict), database.writing() as db:
            bank.publish(db, now.id, digest, author)
    with database.writing() as db:
        assert bank.save_draft(db, now.id, kept.digest, now.definition).unfinished is None
    assert exercise(database, place).digest == now.digest


def test_going_back_to_an_earlier_draft_is_a_version_of_its_own_unless_it_is_the_last(database, place):
    definitions = [read({'name': name}) for name in ('Factorial', 'Other', 'Factorial')]
    for definition in definitions:
        with database.writing() as db:
            now = bank.open_exercise(db, place[1], 'fac')
            bank.save_draft(db, now.id, now.digest, definition)
            bank.publish(db, now.id, definition.digest, None)
    with database.writing() as db:
        assert bank.publish(db, now.id, definitions[-1].digest, None) == 3
        assert db.query(ExerciseVersion).count() == 3


def test_what_was_tested_is_what_is_published_or_nothing_is(database, place):
    with pytest.raises(Conflict), database.writing() as db:
        bank.publish(db, exercise(database, place).id, '0' * 64, None)


@pytest.mark.parametrize(
    ('role', 'state', 'tutors_may', 'is_there'),
    [
        (Role.LECTURER, SemesterState.CURRENT, False, True),
        (Role.LECTURER, SemesterState.FUTURE, False, True),
        (Role.LECTURER, SemesterState.PAST, True, False),
        (Role.TUTOR, SemesterState.CURRENT, True, True),
        (Role.TUTOR, SemesterState.CURRENT, False, False),
        (Role.STUDENT, SemesterState.CURRENT, True, False),
    ],
)
def test_the_bank_is_there_for_those_who_write_in_an_offering_that_is_not_past(database, role, state, tutors_may, is_there):
    with database.writing() as db:
        user = add_person(db, 'jdoe')
        enrol(db, user, add_offering(db, '152', state=state), role)
        assert (bank.find_bank(db, '152', user.id, False, tutors_may) is not None) is is_there
        assert bank.find_bank(db, '152', user.id, True, False).url_name == '152'
        assert bank.find_bank(db, '999', user.id, True, False) is None


def test_an_inactive_part_opens_no_bank(database):
    with database.writing() as db:
        user = add_person(db, 'jdoe')
        enrol(db, user, add_offering(db, '152'), Role.LECTURER, active=False)
        assert bank.find_bank(db, '152', user.id, False, True) is None


def test_of_authors_who_make_the_same_exercise_at_one_moment_all_but_one_are_told(database, place):
    outcomes = []

    def make():
        try:
            with database.writing() as db:
                outcomes.append(bank.add_exercise(db, place[1], 'new', read({'name': 'New'})))
        except FieldError:
            outcomes.append(None)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ['None', 'None', 'None', 'new']
    with database.reading() as db:
        assert db.query(Exercise).filter_by(identifier='new').count() == 1


def test_of_authors_who_save_over_the_same_draft_at_one_moment_one_wins(database, place):
    now, outcomes = exercise(database, place), []

    def write(number):
        try:
            with database.writing() as db:
                bank.save_draft(db, now.id, now.digest, read({'name': f'Draft {number}'}))
            outcomes.append('saved')
        except authoring.Stale:
            outcomes.append('stale')

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ['saved', 'stale', 'stale', 'stale']
