"""All drafts of a bank tested and published together: who may, what the pages say, and what the job does and leaves."""

import subprocess
import sys
import tempfile

import pytest

from ivle.jobs.execution import execute
from ivle.jobs.publishing import KINDS
from ivle.models import Exercise, ExerciseVersion, Job, JobState, Role, SemesterState, user_called
from ivle.models.job import cancel_job, find_job
from ivle.teaching.beginnings import beginning
from ivle.teaching.reading import read
from ivle.teaching.zips import zip_of
from tests.course import add_offering, enrol
from tests.functional.subjects_site import CLIENTS, HERE, School
from tests.functional.test_authoring_course import FILES, apply_form, send_zip
from tests.functional.test_authoring_exercises import Host
from tests.queries import counted_queries
from tests.web import open_site

BANK, DRAFTS = '/subjects/151/exercises', '/subjects/151/exercises/+drafts'
SUITE = {'name': 'x', 'function': 'f', 'cases': [{'passes': '', 'fails': '', 'checks': [{'aspect': 'result'}]}]}


@pytest.fixture(scope='module')
def drafts_site():
    """Return a Site with subjects and jobs, shared by the tests of this module."""
    with tempfile.TemporaryDirectory(prefix='data-') as data, open_site(data, clients=f'{CLIENTS} jobs') as opened:
        yield opened


@pytest.fixture
def host(monkeypatch):
    made = Host()
    monkeypatch.setattr('ivle.proving.Testing', made)
    return made


@pytest.fixture
def school(drafts_site, host):
    """Return a School whose bank has a draft that passes, one that does not, one without tests, and one that is not finished."""
    drafts_site.clear()
    made = School(drafts_site)
    with made.database.writing() as db:
        subject = made.offering(db).subject_id
        for name, solution in (('good', 'right'), ('bad', 'wrong'), ('half', 'right')):
            draft = read({'name': name.capitalize(), 'solution': solution, 'suites': [SUITE]}).to_json()
            db.add(Exercise(subject_id=subject, identifier=name, name=name.capitalize(), draft=draft))
        empty = read({'name': 'Empty', 'solution': 'right'}).to_json()
        db.add(Exercise(subject_id=subject, identifier='empty', name='Empty', draft=empty))
        db.query(Exercise).filter_by(identifier='half').update({'unfinished': '{"name": ""}'})
    return made


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


def work(school, job):
    """Do what a worker does with a job, and return its JobFacts."""
    execute(school.site.app.registry.ivle, school.database, KINDS, job, set())
    with school.database.reading() as db:
        return find_job(db, job)


def start(browser, **values):
    answer = browser.send_json(f'{DRAFTS}/@@publish', values)
    assert answer.status_int == 202
    return answer.json['job']


def published(school):
    with school.database.reading() as db:
        rows = db.query(ExerciseVersion).join(Exercise)
        return sorted((row.exercise.identifier, row.number, row.author_id and row.exercise.current) for row in rows)


def names(found):
    return [draft['identifier'] for draft in found['drafts']]


# -- what the pages say -----------------------------------------------------------------------------


@pytest.mark.parametrize('path', [BANK, f'{HERE}/worksheets'])
def test_the_bank_and_the_worksheets_lead_to_the_drafts_while_there_are_some(school, lecturer, path):
    link = lecturer.get(path).html.find('a', string='Test and publish all drafts that pass')
    assert link['href'] == DRAFTS and '4 exercises' in link.parent.text
    with school.database.writing() as db:
        db.query(Exercise).delete()
    assert 'Test and publish all' not in lecturer.get(path)


def test_the_page_after_an_import_leads_to_the_drafts(lecturer):
    answer = apply_form(send_zip(lecturer, zip_of(FILES))).submit().follow()
    assert answer.html.find('a', string='Test and publish all drafts that pass')['href'] == DRAFTS


def test_all_drafts_are_ticked_but_those_that_are_not_finished(lecturer):
    page = lecturer.get(DRAFTS)
    boxes = {box['value']: (box.has_attr('checked'), box.has_attr('disabled')) for box in page.html.select('[name=exercise]')}
    ticked, unfinished = (True, False), (False, True)
    assert boxes == {'bad': ticked, 'empty': ticked, 'good': ticked, 'half': unfinished}
    assert names(lecturer.get_json(DRAFTS).json) == ['bad', 'empty', 'good', 'half']


def test_a_bank_without_drafts_says_so(school, lecturer):
    with school.database.writing() as db:
        db.query(Exercise).delete()
    page = lecturer.get(DRAFTS)
    assert 'Students get every exercise as its draft is' in page and '@@publish' not in page


def test_the_form_leads_to_the_job_which_leads_back(school, lecturer):
    form = next(form for form in lecturer.get(DRAFTS).forms.values() if form.action.endswith('@@publish'))
    answer = form.submit()
    assert answer.status_int == 303 and 'Testing and publishing drafts of 151' in answer.follow()
    page = lecturer.get(DRAFTS)
    assert 'Drafts are being tested' in page and 'Test and publish those that pass' not in page
    assert work(school, int(answer.location.split('/')[-1])).url == DRAFTS.strip('/')


def test_where_nothing_is_ticked_the_form_asks_for_something(school, lecturer):
    page = lecturer.send(f'{DRAFTS}/@@publish')
    assert page.status_int == 400
    assert 'Choose at least one draft' in page.html.find(id='choice-error').text
    assert lecturer.send(f'{DRAFTS}/@@publish', exercise='half').status_int == 400
    assert lecturer.send_json(f'{DRAFTS}/@@publish', {'exercise': {}}).status_int == 400


def test_while_drafts_are_being_tested_others_wait(lecturer):
    start(lecturer)
    refused = lecturer.send(f'{DRAFTS}/@@publish', exercise='good')
    assert refused.status_int == 409 and 'That is running already' in refused
    assert lecturer.send_json(f'{DRAFTS}/@@publish').json['error']['code'] == 'running'


def test_the_pages_ask_the_database_as_much_for_many_as_for_few(school, lecturer):
    with school.database.writing() as db:
        subject = school.offering(db).subject_id
        for number in range(30):
            draft = beginning('function', 'X').to_json()
            db.add(Exercise(subject_id=subject, identifier=f'e{number}', name='X', draft=draft))
    with counted_queries(school.database) as queries:
        assert len(names(lecturer.get_json(DRAFTS).json)) == 34
    assert len(queries) <= 8
    with counted_queries(school.database) as queries:
        lecturer.get(f'{HERE}/worksheets')
    assert len(queries) <= 8


# -- what the job does ------------------------------------------------------------------------------


def test_drafts_whose_tests_are_good_are_published_and_the_others_say_why_not(school, lecturer):
    job = start(lecturer)
    assert published(school) == []
    done = work(school, job)
    assert (done.state, done.done, done.total, done.message) == (JobState.DONE, 3, 3, '1 published, 2 left as they are.')
    assert published(school) == [('good', 1, 1)]
    found = lecturer.get_json(DRAFTS).json
    assert names(found) == ['bad', 'empty', 'half']
    assert {one['identifier']: (one['version'], one['reasons']) for one in found['last']['exercises']} == {
        'good': (1, []),
        'bad': (None, ['The solution does not pass its own tests.']),
        'empty': (None, ['Nothing is tested yet: add a suite with a case that checks something.']),
    }
    page = lecturer.get(DRAFTS)
    assert 'published as version 1' in page and 'The solution does not pass its own tests.' in page
    with school.database.reading() as db:
        assert db.query(ExerciseVersion).one().author_id == user_called(db, 'lecturer').id


def test_only_what_is_ticked_is_published(school, lecturer):
    with school.database.writing() as db:
        draft = read({'name': 'Other', 'solution': 'right', 'suites': [SUITE]}).to_json()
        db.add(Exercise(subject_id=school.offering(db).subject_id, identifier='other', name='Other', draft=draft))
    work(school, start(lecturer, exercise=['other', 'half', 'nothing']))
    assert published(school) == [('other', 1, 1)]


def test_a_draft_that_changed_meanwhile_is_left_to_its_author(school, lecturer):
    job = start(lecturer)
    with school.database.writing() as db:
        draft = read({'name': 'Good', 'solution': 'right, otherwise', 'suites': [SUITE]}).to_json()
        db.query(Exercise).filter_by(identifier='good').update({'draft': draft})
    work(school, job)
    assert published(school) == []
    assert 'It was changed after this was started.' in lecturer.get(DRAFTS)


def test_a_draft_that_changes_while_its_tests_run_is_not_published(school, lecturer, host):
    job = start(lecturer, exercise=['good'])
    look = host.look

    def look_and_change(key, wait=0.0):
        with school.database.writing() as db:
            db.query(Exercise).filter_by(identifier='good').update({'unfinished': '{}'})
        return look(key, wait)

    host.look = look_and_change
    work(school, job)
    assert published(school) == []


def test_an_exercise_that_is_gone_holds_up_nothing(school, lecturer):
    job = start(lecturer)
    with school.database.writing() as db:
        db.query(Exercise).filter_by(identifier='bad').delete()
    assert work(school, job).state == JobState.DONE
    assert published(school) == [('good', 1, 1)]


def test_a_job_that_begins_again_finds_what_it_has_published(school, lecturer):
    job = start(lecturer)
    work(school, job)
    with school.database.writing() as db:
        db.get(Job, job).state = JobState.QUEUED
    found = work(school, job).result['exercises']
    assert [(one['identifier'], one['version']) for one in found] == [('bad', None), ('empty', None), ('good', 1)]
    assert published(school) == [('good', 1, 1)]


def test_a_job_that_was_cancelled_publishes_nothing_more(school, lecturer, host):
    job = start(lecturer, exercise=['good'])
    look = host.look

    def look_and_cancel(key, wait=0.0):
        with school.database.writing() as db:
            cancel_job(db, job)
        return look(key, wait)

    host.look = look_and_cancel
    assert work(school, job).state == JobState.CANCELLED
    assert published(school) == []
    assert 'The last test of them was cancelled.' in lecturer.get(DRAFTS)


def test_a_host_that_has_lost_what_it_was_told_is_told_again(school, lecturer, host, monkeypatch):
    monkeypatch.setattr('ivle.jobs.awaiting.PAUSE_SECONDS', 0.0)
    answers = iter([None])
    look = host.look
    host.look = lambda key, wait=0.0: next(answers, look(key, wait))
    work(school, start(lecturer, exercise=['good']))
    assert published(school) == [('good', 1, 1)]


def test_a_host_that_is_away_for_long_ends_the_job_with_a_sentence(school, lecturer, host, monkeypatch):
    monkeypatch.setattr('ivle.jobs.awaiting.PATIENCE_SECONDS', 0.0)
    host.is_down = True
    done = work(school, start(lecturer))
    assert done.state == JobState.FAILED and done.message.startswith('Programs cannot be tested for the moment.')
    assert 'did not come to an end' in lecturer.get(DRAFTS)


def test_a_worker_that_publishes_nothing_does_not_load_what_reads_texts():
    asked = 'import sys, ivle.jobs.publishing; print([name for name in ("docutils", "markdown_it") if name in sys.modules])'
    assert subprocess.run([sys.executable, '-c', asked], capture_output=True, text=True, check=True).stdout == '[]\n'


# -- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize('role', ['student', None])
def test_others_find_nothing_and_change_nothing(school, role):
    other = school.person('other', role)
    assert other.get(DRAFTS, expect_errors=True).status_int == 404
    assert other.get_json(DRAFTS, expect_errors=True).status_int == 404
    assert other.send_json(f'{DRAFTS}/@@publish').status_int == 404


def test_the_anonymous_are_sent_to_sign_in(school):
    assert '/login' in school.site.browser().get(DRAFTS).location


def test_who_may_not_work_on_the_bank_any_more_is_not_led_to_it(school):
    lecturer = school.person('lecturer')
    with school.database.writing() as db:
        offering = add_offering(db, '151', 2024, 's9', SemesterState.PAST)
        enrol(db, user_called(db, 'lecturer'), offering, Role.LECTURER)
    page = lecturer.get('/subjects/151/2024/s9/worksheets')
    assert DRAFTS not in page and f'href="{BANK}"' not in page


def test_a_get_changes_nothing(lecturer):
    assert lecturer.get(f'{DRAFTS}/@@publish', expect_errors=True).status_int == 405
