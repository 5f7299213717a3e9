"""The editor's script: states in words, drafts, conflicts, a network that goes away, keys that trap nobody."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW
from tests.functional.room import Room


@pytest.fixture
def room(student):
    yield Room(student, 'studenta')
    # A person has few, and each test runs in a directory of its own.
    for console in student.get_json('/console').json['consoles']:
        student.post(f'/console/{console["key"]}/@@terminate')


def open_file(window, room, name, content=b'one = 1\n'):
    """Make a file, open it and return the page."""
    room.put(name, content)
    return reopen(window, room, name)


def reopen(window, room, name):
    window.go(room.url('edit', name))
    window.page.locator('.cm-content').wait_for()
    return window.page


def type_first(page, text):
    page.locator('.cm-content').click()
    page.keyboard.press('Control+Home')
    page.keyboard.insert_text(text)


def state(page):
    return page.locator('[data-state]')


def save_elsewhere(room, name, content):
    etag = room.visitor.get_json(room.url('edit', name)).json['etag']
    assert room.visitor.put(room.url('edit', name), content, if_match=f'"{etag}"').status == 200


def test_the_state_is_said_in_words(window, room):
    page = open_file(window, room, 'a.py')
    expect(state(page)).to_have_text('saved')
    type_first(page, '# typed\n')
    expect(state(page)).to_have_text('not saved yet')
    page.keyboard.press('Control+s')
    expect(state(page)).to_have_text(re.compile(r'^saved \d\d:\d\d:\d\d$'))
    assert room.content('a.py') == '# typed\none = 1\n'


def test_the_save_button_saves_without_leaving(window, room):
    page = open_file(window, room, 'a.py')
    type_first(page, '# typed\n')
    page.get_by_role('button', name='Save', exact=True).click()
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    expect(page.locator('.cm-content')).to_contain_text('# typed')


def test_what_was_typed_and_not_saved_is_offered_again(window, room):
    page = open_file(window, room, 'a.py')
    page.once('dialog', lambda dialog: dialog.accept())
    type_first(page, '# precious\n')
    page.reload()
    page.locator('.cm-content').wait_for()
    expect(page.locator('[data-notices]')).to_contain_text('kept on this device')
    page.get_by_role('button', name='Use it').click()
    page.keyboard.press('Control+s')
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.content('a.py') == '# precious\none = 1\n'


def test_leaving_with_unsaved_text_asks_first(window, room):
    page = open_file(window, room, 'a.py')
    asked = []
    page.once('dialog', lambda dialog: (asked.append(dialog.type), dialog.accept()))
    type_first(page, '# typed\n')
    page.goto(window.url + room.url('files'))
    assert asked == ['beforeunload']


def test_a_conflict_overwrites_nothing_until_the_person_decides(window, room):
    page = open_file(window, room, 'a.py')
    save_elsewhere(room, 'a.py', b'theirs = 1\n')
    type_first(page, '# mine\n')
    page.keyboard.press('Control+s')
    expect(state(page)).to_have_text('conflict')
    assert room.content('a.py') == 'theirs = 1\n'
    page.get_by_role('button', name='Keep mine').click()
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.content('a.py') == '# mine\none = 1\n'


def test_two_versions_in_conflict_are_merged(window, room):
    page = open_file(window, room, 'a.py', b'one\n\n\n\n\n\n\n\nlast\n')
    save_elsewhere(room, 'a.py', b'one\n\n\n\n\n\n\n\ntheir last\n')
    type_first(page, 'my ')
    page.keyboard.press('Control+s')
    page.get_by_role('button', name='Merge the two').click()
    # The second difference is where the other version is better.
    page.get_by_role('button', name='Reject').nth(1).click()
    page.get_by_role('button', name='Use this').click()
    page.keyboard.press('Control+s')
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.content('a.py') == 'my one\n\n\n\n\n\n\n\ntheir last\n'


def test_a_network_that_goes_away_is_no_event(window, room):
    page = open_file(window, room, 'a.py')
    window.context.set_offline(True)
    try:
        type_first(page, '# typed in a tunnel\n')
        page.keyboard.press('Control+s')
        expect(state(page)).to_have_text('offline, kept on this device')
    finally:
        window.context.set_offline(False)
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.content('a.py') == '# typed in a tunnel\none = 1\n'


def test_a_file_deleted_meanwhile_can_be_made_again(window, room):
    page = open_file(window, room, 'a.py')
    room.act('delete', names=['a.py'])
    type_first(page, '# still here\n')
    page.keyboard.press('Control+s')
    page.get_by_role('button', name='Make it again').click()
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.content('a.py') == '# still here\none = 1\n'


@pytest.mark.parametrize('content', [b'a\r\nb\r\n', b'a\r\nb\nc\rd', b'caf\xe9\x80\n', b'\xef\xbb\xbfx\n', b'a\0b\n'])
def test_saving_changes_only_what_was_typed(window, room, content):
    page = open_file(window, room, 'a.txt', content)
    mark = content.startswith(b'\xef\xbb\xbf') * 3
    type_first(page, '#')
    page.keyboard.press('Control+s')
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.visitor.get(room.url('download', 'a.txt')).body == content[:mark] + b'#' + content[mark:]


def test_a_character_that_the_file_cannot_hold_is_not_lost(window, room):
    page = open_file(window, room, 'a.txt', b'caf\xe9\n')
    type_first(page, '5 €, ')
    page.keyboard.press('Control+s')
    expect(page.locator('[data-notices]')).to_contain_text('€')
    page.get_by_role('button', name='Save as UTF-8').click()
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))
    assert room.visitor.get(room.url('download', 'a.txt')).body == '5 €, café\n'.encode()


def test_tab_leaves_the_text_until_one_asks_it_to_indent(window, room):
    page = open_file(window, room, 'a.py')
    page.locator('.cm-content').click()
    page.keyboard.press('Tab')
    assert page.evaluate('document.activeElement.closest(".cm-editor") === null')
    page.locator('.cm-content').click()
    page.keyboard.press('Control+m')
    page.keyboard.press('Tab')
    expect(page.locator('.cm-line').first).to_have_text('    one = 1')
    page.keyboard.press('Control+s')
    expect(state(page)).to_have_text(re.compile('^saved [0-9]'))


def test_code_is_coloured_under_the_policy_of_the_site(window, room):
    window.complaints.clear()
    page = open_file(window, room, 'a.py', b'def f():\n    pass\n')
    keyword, plain = page.locator('.cm-line span', has_text='def'), page.locator('.cm-content')
    expect(keyword).to_be_visible()
    colour = 'element => getComputedStyle(element).color'
    assert keyword.evaluate(colour) != plain.evaluate(colour)
    assert window.complaints == []


def test_running_saves_first_and_shows_the_output_beside_the_code(window, room):
    page = open_file(window, room, 'a.py', b'')
    type_first(page, "print('a' + 'b')\n")
    page.get_by_role('button', name='Run', exact=True).click()
    expect(page.locator('[data-console-panel]')).to_contain_text('ab', timeout=60_000)
    assert room.content('a.py') == "print('a' + 'b')\n"


def test_a_program_that_asks_is_answered_without_another_click(window, room):
    page = open_file(window, room, 'a.py', b"print('Hello', input('Who? '))\n")
    page.get_by_role('button', name='Run', exact=True).click()
    expect(page.get_by_role('textbox', name='Input for the program')).to_be_focused(timeout=60_000)
    page.keyboard.type('Ann')
    page.keyboard.press('Enter')
    expect(page.get_by_role('log')).to_contain_text('Hello Ann')


def test_running_again_while_a_program_asks_leaves_it_asking(window, room):
    page = open_file(window, room, 'a.py', b"print('Hello', input('Who? '))\n")
    run = page.get_by_role('button', name='Run', exact=True)
    run.click()
    answer = page.get_by_role('textbox', name='Input for the program')
    expect(answer).to_be_focused(timeout=60_000)
    run.click()
    expect(page.get_by_role('log')).to_contain_text('The program here waits for input')
    answer.fill('Ann')
    answer.press('Enter')
    expect(page.get_by_role('log')).to_contain_text('Hello Ann')


def test_whoever_types_when_a_program_asks_is_left_where_they_type(window, room):
    page = open_file(window, room, 'a.py', b"input('Who? ')\n")
    page.locator('.cm-content').click()
    page.keyboard.press('Control+Enter')
    expect(page.locator('.console-state')).to_have_text('waiting for input', timeout=60_000)
    expect(page.locator('.cm-content')).to_be_focused()


def test_an_empty_file_is_ready_to_be_written(window, room):
    page = open_file(window, room, 'a.py', b'')
    expect(page.locator('.cm-content')).to_be_focused()


def test_on_a_phone_code_and_console_are_tabs(site, open_window, room):
    window = open_window(site, viewport=NARROW).sign_in('studenta')
    page = open_file(window, room, 'a.py', b"print('a' + 'b')\n")
    page.get_by_role('button', name='Run', exact=True).click()
    expect(page.locator('[data-console-panel]')).to_contain_text('ab', timeout=60_000)
    expect(page.locator('.cm-editor')).to_be_hidden()
    page.get_by_role('tab', name='Code').click()
    expect(page.locator('.cm-editor')).to_be_visible()
    assert not window.is_wider_than_window()


def test_without_scripts_the_text_is_saved_by_a_form(site, open_window, room):
    window = open_window(site, scripts=False).sign_in('studenta')
    room.put('a.py', b'one\r\n')
    window.go(room.url('edit', 'a.py'))
    window.page.locator('textarea[name=text]').fill('two\nthree\n')
    window.page.get_by_role('button', name='Save', exact=True).click()
    expect(window.page.locator('.flashes')).to_contain_text('Saved.')
    assert room.visitor.get(room.url('download', 'a.py')).body == b'two\r\nthree\r\n'
