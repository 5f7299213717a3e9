"""An exercise tested again, as people see it: the lecturer starts it, watches it, publishes it, and the student is told."""

import contextlib
import re
import tempfile

import pytest

from ivle.models import Database, Offering, user_called
from tests.browser.conftest import NARROW, WIDE
from tests.classroom import add_worksheet, send
from tests.retests import publish_version
from tests.services.judged import FACTORIAL, factorial
from tests.site import RunningSite

HERE = '/subjects/151/2026/s1'
RETEST = f'{HERE}/retest/corrected/product'
EACH = 15


@pytest.fixture(scope='module')
def taught():
    """Return a running site of its own, with attempts of both students of the sample at an exercise that was corrected."""
    with tempfile.TemporaryDirectory(prefix='taught-') as place, RunningSite(place) as running:
        with contextlib.closing(Database(running.read_settings())) as database, database.writing() as db:
            offering = next(row for row in db.query(Offering) if row.path == '151/2026/s1')
            link = add_worksheet(db, offering, 'corrected', exercises=('product',))['product']
            for login, code, passed in (('studenta', FACTORIAL, False), ('studentb', 'def fac(n):\n    return n\n', True)):
                for _ in range(EACH):
                    send(db, user_called(db, login), link, passed=passed, code='import time\ntime.sleep(0.1)\n' + code)
            publish_version(db, link, definition=factorial(3).to_json())
        yield running


def start(taught):
    """Have a re-test begun, and return the path of its job."""
    return f'/jobs/{taught.person("lecturer").post(f"{RETEST}/@@start", {}).json["job"]}'


def watch(window, taught):
    """Start a re-test, open its page and wait for its end there."""
    window.go(start(taught))
    window.page.get_by_role('heading', name='Done', exact=True).wait_for(timeout=60_000)


@pytest.mark.parametrize(('viewport', 'colours'), [(WIDE, 'light'), (NARROW, 'dark')], ids=['wide', 'narrow and dark'])
def test_axe_finds_nothing_wrong_and_the_pages_fit(taught, open_signed_in, viewport, colours):
    window = open_signed_in(taught, 'lecturer', viewport=viewport, colours=colours)
    window.go(start(taught))
    assert window.violations() == [] and not window.is_wider_than_window()
    window.page.get_by_role('heading', name='Done', exact=True).wait_for(timeout=60_000)
    assert window.violations() == [] and not window.is_wider_than_window()
    window.go(RETEST)
    assert window.page.locator('table tbody tr').count() == 2
    assert window.violations() == [] and not window.is_wider_than_window()
    window.go(f'{HERE}/worksheets/corrected/@@statistics')
    assert window.violations() == [] and not window.is_wider_than_window()
    assert window.complaints == []


def test_a_lecturer_tests_again_publishes_and_the_students_are_told(taught, open_signed_in):
    window = open_signed_in(taught, 'lecturer')
    page = window.page
    window.go(f'{HERE}/worksheets/corrected/@@statistics')
    page.get_by_role('link', name='Test again').click()
    page.get_by_role('button', name='Test all attempts again').click()
    page.get_by_role('heading', name='Testing all attempts at Product again').wait_for()
    # Without a page being loaded again: what was put into it stays.
    page.evaluate('document.body.dataset.same = "yes"')
    page.get_by_text(re.compile(f'[1-9][0-9]* of {2 * EACH}')).wait_for(timeout=60_000)
    page.get_by_role('heading', name='Done', exact=True).wait_for(timeout=60_000)
    assert page.evaluate('document.body.dataset.same') == 'yes'
    assert not page.get_by_role('button', name='Cancel').is_visible()
    page.get_by_role('link', name='Look at what came of it').click()
    page.get_by_text('1 student has done it from now on').wait_for()
    page.get_by_role('button', name='Publish').click()
    page.get_by_text(f'{2 * EACH} attempts took the new verdicts.').wait_for()
    assert window.complaints == []
    told = open_signed_in(taught, 'studentb')
    told.go('/')
    told.page.get_by_text('the exercise is not done any more').wait_for()
    assert told.violations() == []
    told.page.get_by_role('button', name='Dismiss').click()
    told.page.get_by_role('heading', name='What you should know').wait_for(state='detached')


def test_a_job_is_cancelled_by_keyboard(taught, open_signed_in):
    window = open_signed_in(taught, 'lecturer')
    window.go(start(taught))
    window.page.get_by_role('button', name='Cancel').focus()
    window.page.keyboard.press('Enter')
    window.page.get_by_role('heading', name='Cancelled').wait_for()
    window.page.get_by_text('It is cancelled.').wait_for()


def test_without_scripts_the_page_of_a_job_renews_itself(taught, open_signed_in):
    window = open_signed_in(taught, 'lecturer', scripts=False)
    watch(window, taught)
    assert window.page.get_by_role('link', name='Look at what came of it').is_visible()
