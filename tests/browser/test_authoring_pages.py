"""Authoring by hand: a lecturer writes an exercise and a worksheet, tests and publishes them, and a student solves it."""

import os
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE

SCREENSHOTS = os.environ.get('SCREENSHOTS')
HERE, BANK = '/subjects/151/2026/s1', '/subjects/151/exercises'
PAGES = [
    f'{HERE}/worksheets',
    f'{HERE}/worksheets/basics',
    f'{HERE}/worksheets/@@course',
    BANK,
    f'{BANK}/+drafts',
    f'{BANK}/factorial',
    f'{BANK}/factorial/versions/1',
]
PATIENCE_MS = 60_000
SOLUTION = 'def cube(number):\n    return number**3\n'


def picture(window, name):
    """Keep what the window shows, where pictures are asked for: `SCREENSHOTS=/tmp/pictures`."""
    if SCREENSHOTS:
        window.page.screenshot(path=Path(SCREENSHOTS, f'{name}.png'), full_page=True)


@pytest.mark.parametrize('colours', ['light', 'dark'])
@pytest.mark.parametrize('viewport', [WIDE, NARROW], ids=['wide', 'narrow'])
@pytest.mark.parametrize('path', PAGES)
def test_axe_finds_nothing_wrong_and_the_page_fits(site, open_signed_in, path, viewport, colours):
    window = open_signed_in(site, 'lecturer', viewport=viewport, colours=colours)
    assert window.go(path).status == 200
    window.settle()
    picture(window, f'{path.strip("/").replace("/", "-")}-{viewport["width"]}-{colours}')
    assert window.violations() == []
    assert not window.is_wider_than_window()
    assert window.complaints == []


def editor_of(window, label):
    """Return the editor of a code field; before it stands there, the field does."""
    return window.page.locator(f'.cm-content[aria-label="{label}"]')


def fits_a_phone(window):
    """Return whether the page as it is fits a phone; the window is wide again afterwards."""
    window.page.set_viewport_size(NARROW)
    picture(window, f'phone-{window.page.title().partition(" ")[0]}')
    fits = not window.is_wider_than_window()
    window.page.set_viewport_size(WIDE)
    return fits


def write(window, label, text):
    """Replace the text of a code field by hand."""
    editor_of(window, label).click()
    window.page.keyboard.press('Control+A')
    # Chromium would give what replaces coloured text a style of its own, which the page forbids.
    window.page.keyboard.press('Delete')
    window.page.keyboard.insert_text(text)


@pytest.fixture(scope='module')
def identifier():
    """Return the identifier of an exercise and a worksheet that no other test knows."""
    return f'cube-{secrets.token_hex(3)}'


@pytest.fixture(scope='module')
def lecturer(site, open_window):
    return open_window(site).sign_in('lecturer')


@pytest.fixture(scope='module')
def exercise(lecturer, identifier):
    """Write an exercise by hand and return its address, with the draft saved."""
    page = lecturer.page
    lecturer.go(BANK)
    page.get_by_label('Name', exact=True).fill('Cube')
    page.get_by_label('Identifier').fill(identifier)
    page.get_by_role('button', name='Make the exercise').click()
    page.get_by_role('heading', level=1, name='Cube').wait_for()
    write(lecturer, 'Description', 'Write a function ``cube(number)`` that returns the *third* power.')
    write(lecturer, 'What students begin with', 'def cube(number):\n    ...\n')
    write(lecturer, 'Solution', SOLUTION)
    page.get_by_label('Function', exact=True).first.fill('cube')
    page.get_by_label('Arguments', exact=True).fill('3')
    write(lecturer, 'Wrong answer 1', 'def cube(number):\n    return number * 3\n')
    page.get_by_role('main').get_by_role('button', name='Save', exact=True).first.click()
    page.get_by_text('The draft is saved').wait_for()
    return f'{BANK}/{identifier}'


def test_the_description_is_shown_beside_as_it_is_typed(lecturer, exercise):
    lecturer.go(exercise)
    write(lecturer, 'Description', 'Now **strong**.\n\n.. nonsense::\n')
    preview = lecturer.page.get_by_role('region', name='Preview of the description')
    expect(preview.locator('strong')).to_have_text('strong')
    lecturer.page.get_by_role('button', name=re.compile('^Line 3: ')).click()
    expect(editor_of(lecturer, 'Description')).to_be_focused()


def test_parts_are_added_and_taken_away_where_one_is_and_nothing_typed_is_lost(lecturer, exercise):
    page = lecturer.page
    lecturer.go(exercise)
    page.get_by_label('Name', exact=True).first.fill('Typed and not saved')
    write(lecturer, 'Solution', '# typed')
    page.get_by_role('button', name='Add pytest tests').click()
    expect(page.get_by_role('heading', name='Suite 2 pytest')).to_be_visible()
    page.get_by_role('button', name='Add a hint').click()
    expect(page.get_by_role('textbox', name='Hint 1')).to_be_focused()
    page.get_by_role('button', name='Remove suite 2').click()
    expect(page.get_by_role('heading', name='Suite 2 pytest')).to_have_count(0)
    expect(page.get_by_label('Name', exact=True).first).to_have_value('Typed and not saved')
    expect(editor_of(lecturer, 'Solution')).to_have_text('# typed')
    assert lecturer.violations() == []


def test_whoever_leaves_with_changes_is_asked_and_whoever_saved_is_not(lecturer, exercise):
    asked = []
    lecturer.go(exercise)
    lecturer.page.once('dialog', lambda dialog: (asked.append(dialog.type), dialog.accept()))
    lecturer.go(exercise)
    assert asked == []
    lecturer.page.get_by_label('Name', exact=True).first.fill('Typed and not saved')
    lecturer.go(BANK)
    assert asked == ['beforeunload']


def test_what_cannot_be_used_is_led_to(lecturer, exercise):
    page = lecturer.page
    lecturer.go(exercise)
    page.get_by_label('Seconds it may take').fill('for ever')
    page.get_by_role('main').get_by_role('button', name='Save', exact=True).first.click()
    page.get_by_role('link', name='Go to the field').click()
    expect(page.get_by_label('Seconds it may take')).to_be_focused()
    picture(lecturer, 'exercise-refused')
    assert lecturer.violations() == []
    page.get_by_label('Seconds it may take').fill('5')
    page.get_by_role('main').get_by_role('button', name='Save', exact=True).first.click()
    page.get_by_text('Students get it once it is published.').wait_for()


def test_an_exercise_is_tested_and_published_and_solved_in_a_worksheet(site, lecturer, exercise, identifier, open_signed_in):
    page = lecturer.page
    lecturer.complaints.clear()
    lecturer.go(exercise)
    page.get_by_role('button', name='Test', exact=True).first.click()
    expect(page.get_by_text('The tests are good')).to_be_visible(timeout=PATIENCE_MS)
    picture(lecturer, 'tested')
    assert lecturer.violations() == [] and fits_a_phone(lecturer)
    page.get_by_role('button', name='Publish').click()
    expect(page.get_by_text('Version 1 is published')).to_be_visible(timeout=PATIENCE_MS)

    lecturer.go(f'{HERE}/worksheets')
    page.get_by_label('Name', exact=True).fill('Powers')
    page.get_by_label('Identifier').fill(identifier)
    page.get_by_role('button', name='Make the worksheet').click()
    page.get_by_role('heading', level=1, name='Powers').wait_for()
    write(lecturer, 'Text', f'Cubes\n=====\n\nA cube has *three* edges.\n\n.. exercise:: {identifier}\n')
    preview = page.get_by_role('region', name='Preview')
    expect(preview.get_by_role('heading', name='Cubes')).to_be_visible()
    expect(preview.get_by_role('link', name='Cube')).to_be_visible()
    page.get_by_label('Students see it').check()
    page.keyboard.press('Control+S')
    page.get_by_text('Saved.', exact=True).wait_for()
    picture(lecturer, 'worksheet-written')

    student = open_signed_in(site, 'studenta')
    student.go(f'/tutorial/151/2026/s1/{identifier}')
    write(student, 'Your code for Cube', SOLUTION)
    student.page.get_by_role('button', name='Submit').click()
    expect(student.page.get_by_role('group', name='Verdict on Cube')).to_contain_text('passed', timeout=PATIENCE_MS)
    assert lecturer.complaints == []


def test_tests_that_are_too_kind_are_not_published(lecturer, exercise):
    page = lecturer.page
    lecturer.go(exercise)
    write(lecturer, 'Wrong answer 1', SOLUTION)
    page.get_by_role('button', name='Publish', exact=True).first.click()
    expect(page.get_by_text('The tests let the wrong answer')).to_be_visible(timeout=PATIENCE_MS)
    picture(lecturer, 'too-kind')
    assert lecturer.violations() == [] and fits_a_phone(lecturer)


def test_of_two_authors_the_later_merges(lecturer, exercise, identifier, site):
    page = lecturer.page
    lecturer.go(f'{HERE}/worksheets/{identifier}')
    write(lecturer, 'Text', 'Mine.\n')
    other = site.person('tutor')
    path = f'{HERE}/worksheets/{identifier}'
    digest = other.get_json(path).json['digest']
    assert other.post(f'{path}/@@save', {'opened': digest, 'source': 'Theirs.\n'}).status == 200
    page.get_by_role('main').get_by_role('button', name='Save', exact=True).first.click()
    expect(page.get_by_role('heading', name='(tutor) saved this after you opened it')).to_be_visible()
    picture(lecturer, 'merge')
    assert lecturer.violations() == [] and fits_a_phone(lecturer)
    page.get_by_role('button', name='Save mine over theirs').click()
    page.get_by_text('Saved.', exact=True).wait_for()
    assert other.get_json(path).json['source'] == 'Mine.\n'


def test_drafts_are_tested_and_published_together(lecturer, site):
    page, name = lecturer.page, f'draft-{secrets.token_hex(3)}'
    person = site.person('lecturer')
    for identifier in (name, f'{name}-bad'):
        person.submit(f'{BANK}/@@create', name=identifier.capitalize(), identifier=identifier, start='function')
    told = person.get_json(f'{BANK}/{name}-bad').json
    broken = told['definition'] | {'wrong_answers': {'none': told['definition']['solution']}}
    assert person.post(f'{BANK}/{name}-bad/@@save', {'opened': told['digest'], 'definition': broken}).status == 200
    lecturer.go(BANK)
    page.get_by_role('link', name='Test and publish all drafts that pass').click()
    for box in page.get_by_role('checkbox').all():
        box.set_checked(box.get_attribute('value').startswith(name), force=True)
    picture(lecturer, 'drafts')
    page.get_by_role('button', name='Test and publish those that pass').click()
    page.get_by_role('link', name='Look at what came of it').click(timeout=PATIENCE_MS)
    expect(page.get_by_role('row', name=re.compile(f'^{name.capitalize()} .*published as version 1'))).to_be_visible()
    expect(page.get_by_role('row', name=re.compile(f'{name}-bad not published The tests let the wrong answer'))).to_be_visible()
    picture(lecturer, 'drafts-after')
    assert lecturer.violations() == [] and fits_a_phone(lecturer)


def test_a_draft_that_is_not_finished_is_kept_and_leads_to_what_is_missing(lecturer, site):
    page, identifier = lecturer.page, f'half-{secrets.token_hex(3)}'
    site.person('lecturer').submit(f'{BANK}/@@create', name='Half', identifier=identifier, start='function')
    lecturer.go(f'{BANK}/{identifier}')
    page.get_by_label('Name', exact=True).first.fill('')
    write(lecturer, 'Solution', SOLUTION)
    page.get_by_role('main').get_by_role('button', name='Save', exact=True).first.click()
    page.get_by_text('This draft is kept, and not finished').wait_for()
    expect(editor_of(lecturer, 'Solution')).to_contain_text('def cube')
    page.get_by_role('link', name='Go to the field').click()
    expect(page.get_by_label('Name', exact=True).first).to_be_focused()
    picture(lecturer, 'unfinished')
    assert lecturer.violations() == [] and fits_a_phone(lecturer)
