"""Exercises in a browser: typing is never lost, verdicts, hints, the console; narrow, dark, by keyboard, without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE
from tests.browser.tutorial_course import GREETING, PRODUCT, RIGHT, SHEET, add_course, remove_course

HELLO = "print('Hello, world!')"
WRONG = 'def product(n):\n    return n'


@pytest.fixture(scope='module')
def taught(site):
    """Return the running site with a worksheet whose exercises are judged in earnest."""
    add_course(site)
    yield site
    remove_course(site)


@pytest.fixture
def afresh(taught):
    """Return that site with nothing done in the worksheet yet."""
    remove_course(taught)
    add_course(taught)
    return taught


@pytest.fixture
def open_sheet(afresh, open_signed_in):
    """Return a function that opens the worksheet, or another page, for a student, with its scripts at work."""
    windows = []

    def open_one(path=SHEET, **options):
        window = open_signed_in(afresh, 'studenta', **options)
        windows.append(window)
        window.go(path)
        window.page.locator('.cm-editor').first.wait_for()
        return window

    yield open_one
    for window in windows:
        window.context.close()


def exercise(window, identifier='product'):
    return window.page.locator(f'[data-exercise={identifier}]')


def write(window, code, identifier='product'):
    """Type code in the place of what is there. The editor indents by itself, so that is put in as if pasted."""
    editor = exercise(window, identifier).locator('.cm-content')
    editor.click()
    window.page.keyboard.press('Control+a')
    window.page.keyboard.insert_text(code)


def submit(window, code, identifier='product'):
    """Submit code and wait for its verdict."""
    write(window, code, identifier)
    found = exercise(window, identifier)
    found.get_by_role('button', name='Submit').click()
    expect(found.locator('.verdict-line')).to_be_visible()
    expect(found).not_to_have_attribute('aria-busy', 'true')
    return found


def kept(window, path, identifier='product'):
    """Return the code that the site has."""
    return window.page.evaluate(
        'path => fetch(path, {headers: {Accept: "application/json"}}).then(answer => answer.json()).then(told => told.code)', path
    )


# -- verdicts ---------------------------------------------------------------------------------------


def test_an_exercise_that_passes_is_done_in_words_and_in_the_count(open_sheet):
    window = open_sheet()
    found = submit(window, RIGHT)
    expect(found.locator('.verdict-line')).to_contain_text('Passed')
    expect(found.locator('[data-state]')).to_have_text('passed after 1 attempt')
    expect(window.page.locator('[data-completion]')).to_have_text('1 of 2 exercises')
    expect(window.page.locator('[data-state-of=product]')).to_have_text('passed after 1 attempt')
    expect(found.locator('.passes')).not_to_have_attribute('open', '')
    expect(found.locator('.passes summary')).to_contain_text('4 passed')
    window.page.reload()
    expect(exercise(window).locator('.verdict-line')).to_contain_text('Passed')


def test_of_what_failed_the_first_is_open_and_what_differs_is_marked(open_sheet):
    window = open_sheet()
    found = submit(window, WRONG)
    expect(found.locator('[data-state]')).to_have_text('attempted 1× · not yet')
    failures = found.locator('details.failure')
    assert [failures.nth(place).get_attribute('open') for place in range(3)] == ['', None, None]
    assert failures.first.locator('mark').all_inner_texts() == ['6', '3']
    expect(failures.nth(2)).to_contain_text('Hidden test')
    expect(found.locator('[data-said]')).to_contain_text('Not yet: 3 of 4 tests did not pass')


def test_whitespace_is_shown_on_demand(open_sheet):
    window = open_sheet()
    found = submit(window, "print('Hello,  world!')", 'greeting')
    expect(found.locator('.explanation')).to_contain_text('Only spaces')
    expect(found.locator('[data-said]')).to_contain_text('Not yet: the test did not pass.')
    assert '·' not in found.locator('[data-actual]').inner_text()
    found.get_by_role('button', name='Show whitespace').click()
    assert found.locator('[data-actual]').inner_text().strip() == 'Hello,··world!⏎'


def test_the_line_of_an_error_leads_into_the_code(open_sheet):
    window = open_sheet()
    found = submit(window, 'def product(n):\n    x = n\n    return x / 0\n')
    expect(found.locator('.explanation').first).to_contain_text('divided by zero')
    found.locator('.line-link').first.click()
    expect(found.locator('.cm-namedLine')).to_have_text('    return x / 0')


def test_an_attempt_that_takes_long_is_found_again_when_the_page_is_loaded_anew(open_sheet):
    window = open_sheet()
    slow = exercise(window, 'slow')
    slow.get_by_role('button', name='Submit').click()
    expect(slow.locator('[data-state]')).to_have_text('being tested')
    expect(slow.locator('[data-verdict]')).to_contain_text('Tests done so far')
    window.page.reload()
    expect(slow.locator('.verdict-line')).to_contain_text('Passed', timeout=60_000)
    expect(window.page.locator('[data-completion]')).to_have_text('0 of 2 exercises')


# -- typing -----------------------------------------------------------------------------------------


def test_a_draft_is_saved_two_seconds_after_typing_stops(open_sheet):
    window = open_sheet()
    write(window, 'x = 1')
    expect(exercise(window).locator('[data-save-state]')).to_have_text('not saved yet')
    expect(exercise(window).locator('[data-save-state]')).to_contain_text(re.compile('draft saved [0-9:]{8}'))
    assert kept(window, PRODUCT) == 'x = 1'


def test_what_was_typed_a_moment_before_the_page_was_left_is_there_again(open_sheet):
    window = open_sheet()
    write(window, 'x = 2')
    window.go('/')
    window.go(SHEET)
    expect(exercise(window).locator('.cm-content')).to_have_text('x = 2')
    expect(exercise(window).locator('[data-save-state]')).to_contain_text('draft saved')
    assert kept(window, PRODUCT) == 'x = 2'


def test_offline_typing_is_kept_and_saved_when_the_connection_is_back(open_sheet):
    window = open_sheet()
    window.context.set_offline(True)
    write(window, 'x = 3')
    expect(exercise(window).locator('[data-save-state]')).to_have_text('offline, kept on this device')
    exercise(window).get_by_role('button', name='Submit').click()
    expect(exercise(window).locator('[data-notices]')).to_contain_text('Not submitted')
    window.context.set_offline(False)
    expect(exercise(window).locator('[data-save-state]')).to_contain_text('draft saved')
    assert kept(window, PRODUCT) == 'x = 3'


def test_what_was_not_submitted_for_want_of_a_connection_is_offered_when_it_is_back(open_sheet):
    window = open_sheet()
    window.context.set_offline(True)
    write(window, RIGHT)
    found, notices = exercise(window), exercise(window).locator('[data-notices]')
    found.get_by_role('button', name='Submit').click()
    expect(notices).to_contain_text('cannot be reached')
    window.context.set_offline(False)
    expect(notices).to_contain_text('The connection is back.')
    expect(notices).not_to_contain_text('cannot be reached')
    notices.get_by_role('button', name='Submit now').click()
    expect(found.locator('.verdict-line')).to_contain_text('attempt 1')
    expect(notices).to_be_empty()


def test_a_refusal_that_the_connection_was_to_blame_for_goes_when_it_is_back(open_sheet):
    window = open_sheet()
    window.context.set_offline(True)
    found, notices = exercise(window), exercise(window).locator('[data-notices]')
    found.get_by_role('button', name='Show hint').click()
    expect(notices).to_contain_text('cannot be reached')
    window.context.set_offline(False)
    expect(notices).to_be_empty()


def test_a_site_that_comes_back_without_a_word_of_the_browser_is_noticed_too(open_sheet):
    window = open_sheet()
    window.page.route('**/@@hint', lambda route: route.abort())
    window.page.route(f'**{PRODUCT}', lambda route: route.abort())
    found, notices = exercise(window), exercise(window).locator('[data-notices]')
    found.get_by_role('button', name='Show hint').click()
    expect(notices).to_contain_text('cannot be reached')
    window.page.unroute(f'**{PRODUCT}')
    expect(notices).to_be_empty(timeout=10_000)


def test_where_the_exercise_has_changed_elsewhere_one_is_asked(open_sheet, afresh):
    window = open_sheet()
    window.context.set_offline(True)
    write(window, 'here = 1')
    expect(exercise(window).locator('[data-save-state]')).to_have_text('offline, kept on this device')
    afresh.person('studenta').post(f'{PRODUCT}/@@save', {'code': 'elsewhere = 1'})
    window.page.route('**/@@save', lambda route: route.abort())
    window.context.set_offline(False)
    window.go(SHEET)
    window.page.unroute('**/@@save')
    expect(exercise(window).locator('.cm-content')).to_have_text('elsewhere = 1')
    exercise(window).get_by_role('button', name='Use it').click()
    expect(exercise(window).locator('.cm-content')).to_have_text('here = 1')


def test_two_tabs_go_on_from_what_one_of_them_saved(open_sheet):
    window = open_sheet()
    other = window.context.new_page()
    other.goto(window.url + PRODUCT)
    other.locator('.cm-editor').wait_for()
    write(window, 'x = 6')
    expect(other.locator('.cm-content')).to_have_text('x = 6')
    expect(other.locator('[data-save-state]')).to_contain_text('draft saved')


def test_who_types_in_two_tabs_is_told(open_sheet):
    window = open_sheet()
    other = window.context.new_page()
    other.goto(window.url + PRODUCT)
    other.locator('.cm-editor').wait_for()
    other.route('**/@@save', lambda route: route.abort())
    other.locator('.cm-content').click()
    other.keyboard.type('# here')
    expect(other.locator('[data-save-state]')).to_have_text('offline, kept on this device')
    write(window, 'x = 7')
    expect(other.locator('[data-notices]')).to_contain_text('in another tab')
    expect(other.locator('.cm-content')).to_contain_text('# here')


def test_reset_asks_first_and_goes_back_to_the_beginning(open_sheet):
    window = open_sheet()
    write(window, 'x = 4')
    exercise(window).get_by_role('button', name='Reset').click()
    window.page.get_by_role('button', name='Cancel').click()
    expect(exercise(window).locator('.cm-content')).to_have_text('x = 4')
    exercise(window).get_by_role('button', name='Reset').click()
    window.page.get_by_role('dialog').get_by_role('button', name='Reset').click()
    expect(exercise(window).locator('.cm-content')).to_contain_text('pass')
    assert kept(window, PRODUCT).startswith('def product(n):\n    pass')


def test_the_keyboard_submits_saves_and_leaves_the_code(open_sheet):
    window = open_sheet(GREETING)
    write(window, HELLO, 'greeting')
    window.page.keyboard.press('Control+s')
    expect(exercise(window, 'greeting').locator('[data-save-state]')).to_contain_text('draft saved')
    window.page.keyboard.press('Control+Enter')
    expect(exercise(window, 'greeting').locator('.verdict-line')).to_contain_text('Passed')
    window.page.keyboard.press('Tab')
    expect(exercise(window, 'greeting').get_by_role('button', name='Submit')).to_be_focused()


# -- hints and the console --------------------------------------------------------------------------


def test_hints_come_one_by_one_and_the_newest_is_read_next(open_sheet):
    window = open_sheet()
    hints = exercise(window).locator('[data-hints]')
    hints.get_by_role('button', name='Show hint 1 of 2').click()
    expect(hints).to_contain_text('The product of no numbers is 1.')
    expect(hints.locator('summary')).to_be_focused()
    hints.get_by_role('button', name='Show hint 2 of 2').click()
    expect(hints.locator('strong')).to_have_text('itself')
    expect(hints.get_by_role('button')).to_have_count(0)


def test_a_program_is_run_in_the_console(open_sheet):
    window = open_sheet()
    write(window, HELLO, 'greeting')
    exercise(window, 'greeting').get_by_role('button', name='Run in console').click()
    expect(window.page.locator('.console-log')).to_contain_text('Hello, world!\n')
    window.page.get_by_role('button', name='Hide').click()
    expect(window.page.locator('.console-log')).not_to_be_visible()
    assert window.page.locator('[data-exercise=greeting] [data-state]').inner_text().strip() == 'not attempted'


def test_a_test_that_failed_is_run_in_the_console(open_sheet):
    window = open_sheet()
    found = submit(window, 'def product(n):\n    return n + 1000\n')
    found.get_by_role('button', name='Run this product(1)').click()
    expect(window.page.locator('.console-log')).to_contain_text('product(1)')
    expect(window.page.locator('.console-log')).to_contain_text('1001')


def step_through(window, code, call='product(3)'):
    """Submit code and step into a call that did not pass; return the bar of buttons."""
    found = submit(window, code)
    found.locator(f'details[data-call="{call}"]').evaluate('shown => { shown.open = true }')
    found.get_by_role('button', name=f'Step through this {call}').click()
    bar = window.page.get_by_role('group', name='Step through the call')
    expect(bar).to_contain_text('Stopped at line 2, in product')
    return bar


@pytest.mark.parametrize(('viewport', 'colours'), [(WIDE, 'light'), (NARROW, 'dark')], ids=['wide', 'narrow and dark'])
def test_a_test_that_failed_is_gone_through_line_by_line(open_sheet, viewport, colours):
    window = open_sheet(viewport=viewport, colours=colours)
    bar = step_through(window, 'def product(n):\n    found = n\n    return found\n')
    marked = exercise(window).locator('.cm-namedLine')
    expect(marked).to_have_text('    found = n')
    expect(marked).to_be_in_viewport()
    assert window.violations() == [] and not window.is_wider_than_window()
    bar.get_by_role('button', name='Next line').click()
    expect(bar).to_contain_text('Stopped at line 3, in product')
    expect(marked).to_have_text('    return found')
    expect(window.page.locator('.console-log')).to_contain_text("{'found': 3, 'n': 3}")
    bar.get_by_role('button', name='Next line').click()
    expect(bar).to_contain_text('At the end of line 3, in product: it gives back 3.')
    bar.get_by_role('button', name='To the end').click()
    expect(bar).to_be_hidden()
    expect(marked).to_have_count(0)
    expect(window.page.locator('.tutorial-console .console-input')).to_be_focused()


def test_stepping_goes_into_calls_and_is_left_at_any_line(open_sheet):
    window = open_sheet()
    bar = step_through(window, 'def product(n):\n    return product(n - 1) + n if n else 1\n')
    bar.get_by_role('button', name='Into the call').click()
    expect(bar).to_contain_text('Stopped at line 1, in product')
    bar.get_by_role('button', name='Stop').click()
    expect(bar).to_be_hidden()
    expect(window.page.locator('.console-log')).not_to_contain_text('Traceback')


def test_whoever_steps_through_another_call_leaves_the_first(open_sheet):
    window = open_sheet()
    step_through(window, 'def product(n):\n    return 0\n')
    bar = window.page.get_by_role('group', name='Step through the call')
    exercise(window).get_by_role('button', name='Step through this product(1)').click()
    expect(window.page.locator('.console-log')).to_contain_text('runcall(product, 1)')
    expect(bar).to_contain_text('Stopped at line 2, in product')
    bar.get_by_role('button', name='Stop').click()
    expect(bar).to_be_hidden()


def test_a_program_that_calls_the_debugger_itself_is_stepped_through_too(open_sheet):
    window = open_sheet()
    write(window, 'x = 1\nbreakpoint()\ny = 2\n', 'greeting')
    exercise(window, 'greeting').get_by_role('button', name='Run in console').click()
    bar = window.page.get_by_role('group', name='Step through the call')
    expect(bar).to_contain_text('Stopped at line 3: it runs next.')
    expect(exercise(window, 'greeting').locator('.cm-namedLine')).to_have_text('y = 2')
    bar.get_by_role('button', name='To the end').click()
    expect(bar).to_be_hidden()


def test_what_is_stopped_when_the_page_is_loaded_anew_can_be_left(open_sheet):
    window = open_sheet()
    step_through(window, 'def product(n):\n    return 0\n')
    window.page.reload()
    exercise(window).locator('details[data-call="product(3)"]').evaluate('shown => { shown.open = true }')
    exercise(window).get_by_role('button', name='Run this product(3)').click()
    bar = window.page.get_by_role('group', name='Step through the call')
    bar.get_by_role('button', name='Stop').click()
    expect(bar).to_be_hidden()
    expect(window.page.locator('.console-log')).to_contain_text('waits for input')


def test_a_program_that_asks_for_input_while_it_is_stepped_through_gets_it(open_sheet):
    window = open_sheet()
    bar = step_through(window, 'def product(n):\n    return int(input("How many? "))\n')
    bar.get_by_role('button', name='Next line').click()
    expect(bar).to_contain_text('Your program asks for input')
    expect(bar.get_by_role('button', name='Next line')).to_have_attribute('aria-disabled', 'true')
    window.page.locator('.tutorial-console .console-input').fill('7')
    window.page.keyboard.press('Enter')
    expect(bar).to_contain_text('it gives back 7')


# -- everybody --------------------------------------------------------------------------------------


@pytest.mark.parametrize(('viewport', 'colours'), [(WIDE, 'light'), (NARROW, 'dark')], ids=['wide', 'narrow and dark'])
def test_axe_finds_nothing_wrong_with_exercises_and_their_verdicts(open_sheet, afresh, viewport, colours):
    student = afresh.person('studenta')
    student.post(f'{PRODUCT}/@@save', {'code': WRONG})
    student.post(f'{GREETING}/@@save', {'code': HELLO})
    window = open_sheet(viewport=viewport, colours=colours)
    for identifier in ('product', 'greeting'):
        exercise(window, identifier).get_by_role('button', name='Submit').click()
        expect(exercise(window, identifier).locator('.verdict-line')).to_be_visible()
    exercise(window).get_by_role('button', name='Show hint').click()
    exercise(window).get_by_role('button', name='Show whitespace').first.click()
    assert window.violations() == []
    assert not window.is_wider_than_window()
    for path in (
        '/tutorial',
        '/tutorial/151/2026/s1',
        PRODUCT,
        f'{PRODUCT}/@@attempts',
        f'{PRODUCT}/@@attempts/1',
        '/help/tutorial',
        '/',
    ):
        window.go(path)
        window.settle()
        assert window.violations() == [], path
        assert not window.is_wider_than_window(), path
    assert window.complaints == []


def test_without_scripts_one_saves_submits_and_reads_the_verdict(afresh, open_window):
    window = open_window(afresh, scripts=False, viewport=NARROW).sign_in('studenta')
    window.go(SHEET)
    exercise(window).locator('textarea').fill('x = 5')
    exercise(window).get_by_role('button', name='Save').click()
    assert exercise(window).locator('textarea').input_value() == 'x = 5'
    exercise(window).locator('textarea').fill(WRONG)
    exercise(window).get_by_role('button', name='Submit').click()
    expect(exercise(window).locator('.verdict-line')).to_contain_text('Not yet')
    expect(exercise(window)).to_contain_text('The product is not right.')
    exercise(window).get_by_role('button', name='Show hint 1 of 2').click()
    expect(exercise(window)).to_contain_text('The product of no numbers is 1.')
    exercise(window).locator('details.reset summary').click()
    exercise(window).get_by_role('button', name='Reset to the starter code').click()
    assert 'pass' in exercise(window).locator('textarea').input_value()
    assert not window.is_wider_than_window()
