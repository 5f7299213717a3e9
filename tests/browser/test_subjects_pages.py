"""The pages of subjects: found wrong by nobody, narrow and dark; the list filtered as one types; the board that renews itself."""

import json

import pytest

from tests.browser.conftest import NARROW, WIDE

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
