"""The pages of subjects: found wrong by nobody, narrow and dark; the list filtered as one types; the board that renews itself."""

import json
import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE

SCREENSHOTS = os.environ.get('SCREENSHOTS')

HERE = '/subjects/151/2026/s1'
PAGES = {
    'admin': [
        '/subjects',
        '/subjects/151',
        '/subjects/@@new-subject',
        '/subjects/@@new-offering',
        '/subjects/+semesters',
        '/subjects/+semesters/2026/s1',
        '/admin/courses',
    ],
    'lecturer': [
        f'{HERE}/people',
        f'{HERE}/people/studenta',
        f'{HERE}/people/@@class-list',
        f'{HERE}/@@marks',
        f'{HERE}/@@progress',
        f'{HERE}/@@edit',
        f'{HERE}/@@sources',
    ],
    'studenta': ['/subjects', HERE, '/help/subjects'],
}
ALL = [(login, path) for login, paths in PAGES.items() for path in paths]


def picture(window, name):
    """Keep what the window shows, where pictures are asked for: `SCREENSHOTS=/tmp/pictures`."""
    if SCREENSHOTS:
        window.page.screenshot(path=Path(SCREENSHOTS, f'{name}.png'), full_page=True)


@pytest.mark.parametrize(('viewport', 'colours'), [(WIDE, 'light'), (NARROW, 'dark')], ids=['wide', 'narrow and dark'])
@pytest.mark.parametrize(('login', 'path'), ALL)
def test_axe_finds_nothing_wrong_and_the_page_fits(site, open_signed_in, login, path, viewport, colours):
    window = open_signed_in(site, login, viewport=viewport, colours=colours)
    assert window.go(path).status == 200
    window.settle()
    assert window.violations() == []
    assert not window.is_wider_than_window()
    assert window.complaints == []


def test_a_preview_of_a_class_list_fits_a_phone(site, open_signed_in):
    window = open_signed_in(site, 'lecturer', viewport=NARROW)
    window.go(f'{HERE}/people/@@class-list')
    window.page.get_by_label('Class list').fill('tutor,student\nnobody\nadmin')
    window.page.get_by_role('button', name='Show what would change').click()
    window.page.get_by_role('heading', name='What the list changes').wait_for()
    assert window.violations() == []
    assert not window.is_wider_than_window()


def test_the_list_of_people_is_filtered_as_one_types(site, open_signed_in):
    window = open_signed_in(site, 'lecturer')
    window.go(f'{HERE}/people')
    rows = window.page.locator('#people tbody tr:visible')
    assert rows.count() == 4
    window.page.get_by_label('Login or name').press_sequentially('student an')
    assert rows.count() == 1
    assert window.page.get_by_text('1 shown').is_visible()


def test_the_board_renews_its_rows_and_keeps_the_readers_place(site, open_signed_in):
    window = open_signed_in(site, 'tutor')
    page = window.page
    page.clock.install()
    window.go(f'{HERE}/@@progress')
    told = site.person('tutor').get_json(f'{HERE}/@@progress').json
    told['students'][1] |= {
        'exercise': 'hello',
        'exercise_name': 'Hello',
        'failures': 4,
        'stuck': '4 failures in a row',
        'total': 2,
    }
    page.route('**/@@progress', lambda route: route.fulfill(content_type='application/json', body=json.dumps(told)))
    page.evaluate("document.querySelector('tr[data-login=studentb]').id = 'kept'")
    page.clock.run_for(10_500)
    page.get_by_text('4 failures in a row').wait_for()
    assert page.locator('#kept').inner_text().split()[0] == 'studentb'
    assert page.locator('[data-stuck-count]').inner_text() == '1'
    assert 'As of' in page.locator('[data-freshness]').inner_text()


def test_the_board_says_when_it_could_not_be_renewed(site, open_signed_in):
    window = open_signed_in(site, 'tutor')
    window.page.clock.install()
    window.go(f'{HERE}/@@progress')
    window.page.route('**/@@progress', lambda route: route.abort())
    window.page.clock.run_for(10_500)
    window.page.get_by_text('Not renewed').wait_for()


@pytest.fixture(scope='module')
def attempted(site):
    """Have both students send something wrong to the factorial, and return the address of their attempts."""
    place = '/tutorial/151/2026/s1/basics/factorial'
    for login in ('studenta', 'studentb'):
        student = site.person(login)
        assert student.post(f'{place}/@@submit', {'code': 'def fac(n):\n    return n\n'}).status in (200, 202)
        deadline = time.monotonic() + 60
        while student.get_json(f'{place}/@@attempts/1').json['state'] == 'waiting':
            assert time.monotonic() < deadline
    return f'{place}/@@attempts'


def test_a_row_of_the_board_opens_in_place_and_closes_by_escape(site, open_signed_in, attempted):
    window = open_signed_in(site, 'tutor')
    page = window.page
    window.go(f'{HERE}/@@progress')
    button = page.get_by_role('button', name='The newest attempt of studenta')
    button.press('Enter')
    opened = page.locator('tr.opened')
    expect(opened).to_contain_text('does not pass')
    expect(opened).to_contain_text('expected')
    expect(opened.locator('pre')).to_contain_text('return n')
    expect(button).to_have_attribute('aria-expanded', 'true')
    picture(window, 'progress-opened')
    assert window.violations() == []
    opened.locator('pre').press('Escape')
    expect(opened).to_have_count(0)
    expect(button).to_be_focused()


def test_an_opened_row_fits_a_phone(site, open_signed_in, attempted):
    window = open_signed_in(site, 'tutor', viewport=NARROW, colours='dark')
    window.go(f'{HERE}/@@progress')
    window.page.get_by_role('button', name='The newest attempt of studentb').click()
    expect(window.page.locator('tr.opened pre')).to_be_visible()
    picture(window, 'progress-opened-phone')
    assert window.violations() == [] and not window.is_wider_than_window()


def test_arrow_keys_lead_from_student_to_student_unless_one_types_or_scrolls(site, open_signed_in, attempted):
    window = open_signed_in(site, 'tutor')
    page = window.page
    window.go(f'{attempted}/1?student=studenta')
    expect(page.locator('.neighbours')).to_contain_text('keys ← →')
    picture(window, 'attempt-of-a-student')
    page.locator('.kept-code').press('ArrowRight')
    assert 'student=studenta' in page.url
    page.locator('h1').click()
    page.keyboard.press('ArrowRight')
    page.wait_for_url('**/1?student=studentb')
    page.keyboard.press('ArrowRight')
    assert window.violations() == []
    page.keyboard.press('ArrowLeft')
    page.wait_for_url('**/1?student=studenta')


def test_rows_stand_as_close_as_one_wants_on_every_table_and_the_device_remembers(site, open_signed_in):
    window = open_signed_in(site, 'lecturer')
    page = window.page
    window.go(f'{HERE}/people')
    row = page.locator('#people tbody tr').first
    roomy = row.bounding_box()['height']
    switch = page.get_by_role('button', name='Compact rows')
    switch.click()
    expect(switch).to_have_attribute('aria-pressed', 'true')
    assert row.bounding_box()['height'] < roomy - 5
    window.go(f'{HERE}/@@marks')
    expect(page.get_by_role('button', name='Compact rows')).to_have_attribute('aria-pressed', 'true')
    picture(window, 'marks-compact')
    assert window.violations() == []
    page.get_by_role('button', name='Compact rows').click()
    window.go(f'{HERE}/people')
    assert row.bounding_box()['height'] == roomy


def test_everything_is_done_without_scripts_and_by_keyboard(site, open_window):
    window = open_window(site, scripts=False)
    page = window.page
    window.go('/login')
    page.get_by_label('Login', exact=True).fill('lecturer')
    page.get_by_label('Password', exact=True).fill('password')
    page.get_by_label('Password', exact=True).press('Enter')
    window.go(f'{HERE}/people')
    page.get_by_label('Login or name').fill('anna')
    page.get_by_label('Login or name').press('Enter')
    page.wait_for_url('**/people?q=anna')
    assert page.locator('#people tbody tr').count() == 1
