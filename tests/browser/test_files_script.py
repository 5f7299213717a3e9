"""The listing's script: selection, keys, menus, forms that keep what was typed, uploads with a bar each."""

import re

import pytest
from playwright.sync_api import expect

from tests.functional.room import Room


@pytest.fixture
def room(student):
    return Room(student, 'studenta')


@pytest.fixture
def listing(window, room):
    """Return the page of a room with three files."""
    for name, content in (('a.txt', b'long enough'), ('b.txt', b'x'), ('c.py', b'')):
        room.put(name, content)
    window.go(room.url('files'))
    return window.page


def names(page):
    return page.locator('tbody a[data-open]').all_inner_texts()


def choose_files(page, *files):
    page.locator('[data-new-menu] summary').click()
    page.get_by_label('Upload files').set_input_files(
        [{'name': name, 'mimeType': 'text/plain', 'buffer': content} for name, content in files]
    )
    page.get_by_role('button', name='Upload', exact=True).click()


def test_the_bar_lies_over_the_headings_and_moves_nothing(listing):
    before = listing.locator('tbody').bounding_box()
    listing.get_by_label('Select a.txt').check()
    expect(listing.locator('[data-count]')).to_have_text('1 selected')
    expect(listing.get_by_role('button', name='Delete', exact=True)).to_be_visible()
    assert listing.locator('tbody').bounding_box() == before


def test_shift_selects_everything_between(listing):
    listing.get_by_label('Select a.txt').click()
    listing.get_by_label('Select c.py').click(modifiers=['Shift'])
    expect(listing.locator('[data-count]')).to_have_text('3 selected')


def test_headings_sort_in_place(listing):
    listing.get_by_role('link', name='Size').click()
    assert names(listing) == ['c.py', 'b.txt', 'a.txt']
    listing.get_by_role('link', name='Size').click()
    assert names(listing) == ['a.txt', 'b.txt', 'c.py']


def test_the_shortcuts_are_listed_from_a_checkbox_as_well(listing):
    listing.get_by_label('Select a.txt').focus()
    listing.keyboard.press('?')
    expect(listing.get_by_role('dialog', name='Shortcuts')).to_be_visible()
    listing.keyboard.press('Escape')
    expect(listing.get_by_role('dialog', name='Shortcuts')).to_be_hidden()


def test_a_row_is_renamed_by_keys_alone(listing, room):
    listing.get_by_role('link', name='a.txt', exact=True).focus()
    listing.keyboard.press('ArrowDown')
    listing.keyboard.press('F2')
    # The ending stays: only the part before it is selected.
    listing.keyboard.type('renamed')
    listing.keyboard.press('Enter')
    expect(listing.locator('.toasts')).to_contain_text('Renamed to renamed.txt.')
    assert room.names() == {'a.txt', 'renamed.txt', 'c.py'}


def test_a_row_is_deleted_by_a_key_and_restored_from_the_trash(listing, room):
    listing.get_by_role('link', name='b.txt', exact=True).focus()
    listing.keyboard.press('Delete')
    expect(listing.locator('.toasts')).to_contain_text('trash')
    assert room.names() == {'a.txt', 'c.py'}
    listing.get_by_role('link', name='Trash').click()
    listing.get_by_role('button', name='Restore b.txt').first.click()
    expect(listing.locator('.flashes')).to_contain_text('Restored.')
    assert room.names() == {'a.txt', 'b.txt', 'c.py'}


def test_the_menu_of_a_row_leads_where_it_says(listing, room):
    listing.get_by_role('button', name='More about c.py').click()
    items = {item.inner_text(): item.get_attribute('href') for item in listing.get_by_role('menuitem').all()}
    assert items['Serve'] == room.url('serve', 'c.py')
    assert items['Download'] == room.url('download', 'c.py')
    listing.keyboard.press('Escape')
    expect(listing.get_by_role('menu')).to_be_hidden()
    expect(listing.get_by_role('button', name='More about c.py')).to_be_focused()


def test_a_refusal_keeps_what_was_typed(listing):
    listing.locator('[data-new-menu] summary').click()
    listing.get_by_label('New directory').fill('a.txt')
    listing.keyboard.press('Enter')
    expect(listing.get_by_role('alert').filter(has_text='already')).to_be_visible()
    expect(listing.get_by_label('New directory')).to_have_value('a.txt')


def test_a_new_file_opens_in_the_editor(listing, room):
    listing.locator('[data-new-menu] summary').click()
    listing.get_by_label('New file').fill('new #1.py')
    listing.keyboard.press('Enter')
    listing.locator('.cm-content').wait_for()
    assert 'new #1.py' in room.names()


def test_files_are_uploaded_and_listed(listing, room):
    choose_files(listing, ('one.txt', b'1'), ('two.txt', b'2'))
    expect(listing.locator('.toasts')).to_contain_text('Uploaded 2 files.')
    assert {'one.txt', 'two.txt'} <= room.names()


def test_a_file_that_is_in_the_way_is_named_beside_its_bar_and_the_others_arrive(listing, room):
    choose_files(listing, ('a.txt', b'new'), ('two.txt', b'2'))
    expect(listing.locator('[data-uploads] li', has_text='a.txt')).to_contain_text('already')
    expect(listing.locator('[data-uploads] li', has_text='two.txt')).to_contain_text('done')
    assert (room.content('a.txt'), room.content('two.txt')) == ('long enough', '2')


def test_choosing_no_file_is_said_beside_the_field_until_one_is_chosen(listing):
    address = listing.url
    choose_files(listing)
    error = listing.get_by_text('Choose at least one file to upload.')
    expect(error).to_be_visible()
    expect(listing.get_by_label('Upload files')).to_be_focused()
    expect(listing.get_by_label('Upload files')).to_have_accessible_description('Choose at least one file to upload.')
    assert listing.url == address
    listing.get_by_label('Upload files').set_input_files([{'name': 'a', 'mimeType': 'text/plain', 'buffer': b''}])
    expect(error).to_be_hidden()


def test_files_are_dropped_anywhere(listing, room):
    transfer = listing.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['1'], 'dropped.txt')); return t; }"
    )
    listing.dispatch_event('body', 'dragenter', {'dataTransfer': transfer})
    expect(listing.get_by_text('Drop to upload here')).to_be_visible()
    listing.dispatch_event('body', 'drop', {'dataTransfer': transfer})
    expect(listing.locator('.toasts')).to_contain_text('Uploaded 1 file.')
    assert 'dropped.txt' in room.names()


def test_without_scripts_the_same_is_done_by_forms(site, open_window, room):
    window = open_window(site, scripts=False).sign_in('studenta')
    room.put('a.txt', b'x')
    window.go(room.url('files'))
    page = window.page
    page.get_by_label('Select a.txt').check()
    page.locator('summary', has_text='Rename').click()
    page.get_by_label('New name').fill('z.txt')
    page.get_by_role('button', name='Rename', exact=True).click()
    expect(page.locator('.flashes')).to_contain_text('Renamed to z.txt.')
    page.locator('[data-new-menu] summary').click()
    page.get_by_label('New file').fill('z.txt')
    page.get_by_role('button', name='Make the file').click()
    expect(page.get_by_label('New file')).to_have_value('z.txt')
    expect(page.get_by_label('New file')).to_have_accessible_description(re.compile('already'))
    page.get_by_role('button', name='Upload', exact=True).click()
    expect(page.get_by_text('Choose at least one file to upload.')).to_be_visible()
    page.locator('[data-new-menu] summary').click()
    choose_files(page, ('up.txt', b'1'))
    expect(page.locator('.flashes')).to_contain_text('Uploaded up.txt.')
    assert room.names() == {'z.txt', 'up.txt'}
