"""The page of a job: who sees it, what it says, how it is cancelled. Nobody works here: the rows are what is shown."""

import tempfile
from datetime import timedelta

import pytest

from ivle.models import Job, JobState, Role, user_called
from ivle.models.job import add_job, beat_job, claim_job, end_job, find_job
from ivle.models.meta import utc_now
from ivle.views.jobs import PAGE_LENGTH, left_in_words
from tests.course import add_offering, enrol
from tests.queries import counted_queries
from tests.web import open_site


@pytest.fixture(scope='module')
def job_site():
    """Return a Site with the jobs client, shared by the tests of this module."""
    with (
        tempfile.TemporaryDirectory(prefix='data-') as data,
        open_site(data, clients='jobs login logout profile admin media') as opened,
    ):
        yield opened


@pytest.fixture
def site(job_site):
    job_site.clear()
    job_site.add('other')
    job_site.add('boss', is_admin=True)
    return job_site


@pytest.fixture
def job(site):
    """Return the id of a job that jdoe asked for."""
    jdoe = site.add('jdoe')
    with site.database.writing() as db:
        return add_job(db, 'count', {}, title='Counting <all>', url='subjects/151', requested_by=jdoe, lock='count')


@pytest.fixture
def jdoe(site, job):
    return site.person('jdoe')


def run_some(site, job, done=5, seconds=10):
    """Let a worker have run a job for so many seconds; return what it holds of it."""
    with site.database.writing() as db:
        claimed = claim_job(db, job)
        beat_job(db, claimed, done, 20, 'Counting.')
        db.get(Job, job).started = utc_now() - timedelta(seconds=seconds)
    return claimed


def state(site, job):
    with site.database.reading() as db:
        return find_job(db, job).state


def test_a_job_that_waits_says_so(jdoe, job):
    page = jdoe.get(f'/jobs/{job}')
    assert 'Waits for a worker' in page and 'Counting &lt;all&gt;' in page


def test_how_far_a_job_is_stands_on_its_page_and_in_its_json(site, jdoe, job):
    run_some(site, job)
    told = jdoe.get_json(f'/jobs/{job}').json
    assert (told['state'], told['done'], told['total'], told['message']) == ('running', 5, 20, 'Counting.')
    assert 28 <= told['seconds_left'] <= 33
    page = jdoe.get(f'/jobs/{job}')
    assert '5 of 20' in page and 'less than a minute left' in page and 'value="5" max="20"' in page


@pytest.mark.parametrize(
    ('seconds', 'words'),
    [
        (None, ''),
        (59, 'less than a minute left'),
        (60, 'about a minute left'),
        (61, 'about 2 minutes left'),
        (7200, 'about 2 hours left'),
    ],
)
def test_the_time_that_is_left_is_told_in_words(seconds, words):
    assert left_in_words(seconds) == words


def test_an_unfinished_job_is_looked_at_again_also_without_scripts(site, jdoe, job):
    assert '<noscript><meta http-equiv="refresh" content="3" />' in jdoe.get(f'/jobs/{job}')
    with site.database.writing() as db:
        end_job(db, claim_job(db, job), JobState.DONE, 20, 20)
    assert 'http-equiv="refresh"' not in jdoe.get(f'/jobs/{job}')


def test_a_job_that_is_done_leads_to_what_came_of_it_and_offers_no_cancelling(site, jdoe, job):
    with site.database.writing() as db:
        end_job(db, claim_job(db, job), JobState.DONE, 20, 20)
    page = jdoe.get(f'/jobs/{job}')
    assert '>Done<' in page and 'href="/subjects/151"' in page and '@@cancel' not in page


def test_a_job_that_failed_says_why(site, jdoe, job):
    with site.database.writing() as db:
        end_job(db, claim_job(db, job), JobState.FAILED, 3, 20, 'There is nothing to count.')
    assert 'There is nothing to count.' in jdoe.get(f'/jobs/{job}')


def test_cancelling_ends_a_job_and_frees_its_lock(site, jdoe, job):
    answer = jdoe.send(f'/jobs/{job}/@@cancel')
    assert (answer.status_int, state(site, job)) == (303, JobState.CANCELLED)
    assert 'It is cancelled.' in answer.follow()
    with site.database.writing() as db:
        assert add_job(db, 'count', {}, title='Again', url='', requested_by=None, lock='count')


def test_cancelling_what_is_over_changes_nothing(site, jdoe, job):
    with site.database.writing() as db:
        end_job(db, claim_job(db, job), JobState.DONE, 20, 20)
    assert jdoe.send_json(f'/jobs/{job}/@@cancel').json == {'message': 'It was over already.'}
    assert state(site, job) == JobState.DONE


def test_cancelling_needs_a_token_of_ours(site, jdoe, job):
    assert jdoe.post(f'/jobs/{job}/@@cancel', expect_errors=True).status_int == 400
    assert jdoe.get(f'/jobs/{job}/@@cancel', expect_errors=True).status_int == 405
    assert state(site, job) == JobState.QUEUED


def test_an_administrator_sees_and_cancels_everybodys_jobs(site, job):
    boss = site.person('boss')
    assert boss.get_json(f'/jobs/{job}').json['title'] == 'Counting <all>'
    boss.send(f'/jobs/{job}/@@cancel')
    assert state(site, job) == JobState.CANCELLED


def test_to_others_a_job_is_not_there(site, job):
    other = site.person('other')
    there, nowhere = (other.get_json(f'/jobs/{number}', expect_errors=True) for number in (job, job + 1000))
    assert (there.status_int, there.json) == (404, nowhere.json)
    assert other.send(f'/jobs/{job}/@@cancel').status_int == 404
    assert state(site, job) == JobState.QUEUED


@pytest.mark.parametrize('name', ['0', '-1', 'x', '9' * 30, '%D9%A3'])
def test_what_is_no_number_of_a_job_is_not_there(jdoe, name):
    assert jdoe.get(f'/jobs/{name}', expect_errors=True).status_int == 404


def test_the_anonymous_are_sent_to_sign_in(site, job):
    assert '/login' in site.browser().get(f'/jobs/{job}').location


def test_the_page_asks_the_database_little(site, jdoe, job):
    with counted_queries(site.database) as queries:
        jdoe.get(f'/jobs/{job}')
    assert len(queries) <= 3


# -- the list ---------------------------------------------------------------------------------------


def listed(browser, query=''):
    """Return the titles of the jobs that a person finds, with whom each was asked for by."""
    return [(job['title'], job['requested_by']) for job in browser.get_json(f'/jobs{query}').json['jobs']]


@pytest.fixture
def many(site, job):
    """Ask for a job of other's, for one of nobody's, and for another of jdoe's."""
    with site.database.writing() as db:
        for title, login in (('Other', 'other'), ('Nobody', None), ('Mine', 'jdoe')):
            requested_by = login and user_called(db, login).id
            add_job(db, 'count', {}, title=title, url='', requested_by=requested_by)
    return site


def test_ones_own_jobs_are_listed_the_newest_first(many, jdoe):
    assert listed(jdoe) == [('Mine', 'jdoe'), ('Counting <all>', 'jdoe')]
    page = jdoe.get('/jobs').text
    assert 'Counting &lt;all&gt;' in page and 'Asked for by' not in page and 'Other' not in page


def test_administrators_find_the_jobs_of_all_and_who_asked_for_each(many):
    boss = many.person('boss')
    assert listed(boss) == [('Mine', 'jdoe'), ('Nobody', None), ('Other', 'other'), ('Counting <all>', 'jdoe')]
    assert 'Asked for by' in boss.get('/jobs').text


def test_the_list_says_how_far_each_is_and_leads_to_it(site, job, jdoe):
    run_some(site, job)
    [told] = jdoe.get_json('/jobs').json['jobs']
    assert (told['state'], told['done'], told['total'], told['url']) == ('running', 5, 20, f'/jobs/{job}')
    page = jdoe.get('/jobs').text
    assert '5 of 20' in page and 'Runs' in page and f'href="/jobs/{job}"' in page
    assert 'href="/jobs"' in jdoe.get(f'/jobs/{job}').text


def test_whoever_has_asked_for_nothing_is_told_what_comes_there(site):
    other = site.person('other')
    assert 'Nothing was asked for yet' in other.get('/jobs').text
    assert other.get_json('/jobs').json == {'jobs': [], 'total': 0, 'page': 1, 'pages': 1}


def test_a_long_list_has_pages_and_each_asks_the_database_as_often(site, job, jdoe):
    with counted_queries(site.database) as few:
        jdoe.get('/jobs')
    with site.database.writing() as db:
        jdoe_id = user_called(db, 'jdoe').id
        for number in range(PAGE_LENGTH):
            add_job(db, 'count', {}, title=f'Job {number}', url='', requested_by=jdoe_id)
    with counted_queries(site.database) as many:
        first = jdoe.get('/jobs')
    assert len(few) == len(many) <= 8
    assert 'Page 1 of 2' in first.text
    second = jdoe.get(first.html.find('a', string='Older')['href'])
    assert 'Counting' in second.text and second.html.find('a', string='Newer')['href'] == '/jobs?page=1'


@pytest.mark.parametrize('page', ['0', 'x', '-1', '1' * 9])
def test_what_is_no_page_is_refused(jdoe, page):
    assert jdoe.get(f'/jobs?page={page}', expect_errors=True).status_int == 400


def test_the_anonymous_are_sent_from_the_list_to_sign_in(site):
    assert site.browser().get('/jobs').location.endswith('/login?next=/jobs')
    assert site.browser().get_json('/jobs', expect_errors=True).status_int == 401


def test_those_who_ask_for_jobs_find_the_list_from_their_profile_and_administrators_from_theirs(site, jdoe):
    with site.database.writing() as db:
        enrol(db, user_called(db, 'other'), add_offering(db, '151'), Role.LECTURER)
    assert 'href="/jobs"' in site.person('other').get('/profile').text
    assert 'href="/jobs"' in site.person('boss').get('/admin').text
    assert 'href="/jobs"' not in jdoe.get('/profile').text
