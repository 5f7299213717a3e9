"""The console and the editor together: from a traceback to its line, and programs that are run with arguments."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW
from tests.browser.console_hands import enter, log, state
from tests.functional.room import Room

FAILING = b"""import sys


def share(total, people):
    return total / people


print(share(10, len(sys.argv) - 1))
"""


@pytest.fixture
def room(student):
    room = Room(student, 'studenta')
    room.put('share.py', FAILING)
    yield room
    for console in student.get_json('/console').json['consoles']:
        student.post(f'/console/{console["key"]}/@@terminate')


def marked(page):
    return page.locator('.cm-namedLine')


def open_file(window, room):
    window.go(room.url('edit', 'share.py'))
    window.page.locator('.cm-content').wait_for()
    return window.page


def run(page):
    page.locator('[data-run]').click()


def test_a_link_of_a_traceback_opens_the_editor_at_its_line(window, room):
    window.go('/console')
    page = window.page
    enter(page, f'exec(compile(open({room.path + "/share.py"!r}).read(), "/home/studenta/{room.path}/share.py", "exec"))')
    expect(log(page)).to_contain_text('ZeroDivisionError', timeout=60_000)
    log(page).get_by_role('link', name='line 5').click()
    expect(marked(page)).to_have_text('    return total / people')
    assert page.url.endswith(f'/{room.path}/share.py#L5')
    expect(page.locator('.cm-content')).to_be_focused()
    page.keyboard.type('x')
    expect(marked(page)).to_have_count(0)
    assert window.complaints == []


def test_a_link_to_a_line_of_the_file_one_is_in_leaves_the_page_as_it_is(window, room):
    page = open_file(window, room)
    run(page)
    expect(log(page)).to_contain_text('ZeroDivisionError', timeout=60_000)
    page.evaluate('document.isTheSame = true')
    log(page).get_by_role('link', name='line 5').click()
    expect(marked(page)).to_have_text('    return total / people')
    assert page.evaluate('document.isTheSame')


def test_an_address_names_a_line_and_one_behind_the_end_is_the_last(window, room):
    window.go(room.url('edit', 'share.py') + '#L900')
    expect(marked(window.page)).to_have_count(1)
    assert window.complaints == []


def test_on_a_phone_a_link_to_a_line_turns_to_the_code(site, open_window, room):
    phone = open_window(site, viewport=NARROW).sign_in('studenta')
    page = open_file(phone, room)
    run(page)
    expect(log(page)).to_contain_text('ZeroDivisionError', timeout=60_000)
    log(page).get_by_role('link', name='line 5').click()
    expect(marked(page)).to_be_visible()
    expect(log(page)).to_be_hidden()


def test_a_program_is_run_with_arguments_and_again_with_the_same(window, room):
    page = open_file(window, room)
    page.get_by_role('button', name='Arguments').click()
    dialog = page.get_by_role('dialog')
    dialog.get_by_label('Arguments').fill("one 'and two'")
    dialog.get_by_role('button', name='Run').click()
    expect(log(page)).to_contain_text('5.0', timeout=60_000)
    expect(page.locator('[data-run]')).to_contain_text("one 'and two'")
    expect(state(page)).to_have_text('ready')
    run(page)
    expect(log(page).locator('.is-out', has_text='5.0')).to_have_count(2)
    assert window.complaints == []
