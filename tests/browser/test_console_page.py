"""The console page on a real site: live output, a gateway that dies, small screens, no scripts."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE
from tests.site import RunningSite


@pytest.fixture(scope='module')
def person(site):
    return site.person('studenta')


@pytest.fixture
def student(person):
    """Return studenta over HTTP, without consoles before and after."""
    end_all(person)
    yield person
    end_all(person)


def end_all(person):
    for console in person.get_json('/console').json['consoles']:
        person.post(f'/console/{console["key"]}/@@terminate')


@pytest.fixture
def window(site, open_signed_in, student):
    return open_signed_in(site, 'studenta')


def enter(page, *lines):
    for line in lines:
        page.locator('.console-input').fill(line)
        page.locator('.console-input').press('Enter')


def log(page):
    return page.get_by_role('log')


def state(page):
    return page.locator('.console-state')


def test_the_first_line_starts_a_console_that_greets_and_answers(window):
    window.go('/console')
    enter(window.page, '6 * 7')
    expect(log(window.page)).to_contain_text('Python 3')
    expect(log(window.page)).to_contain_text('42')
    expect(state(window.page)).to_have_text('ready')
    assert window.complaints == []


def test_output_comes_while_the_program_runs(window):
    window.go('/console')
    enter(window.page, 'import time', 'print("early"); time.sleep(30)')
    expect(log(window.page)).to_contain_text('early')
    expect(state(window.page)).to_have_text('running')
    window.page.get_by_role('button', name='Interrupt').click()
    expect(log(window.page)).to_contain_text('KeyboardInterrupt')
    expect(state(window.page)).to_have_text('ready')


def test_another_tab_comes_back_to_the_same_variables(window):
    window.go('/console')
    enter(window.page, 'secret = "kept"')
    expect(state(window.page)).to_have_text('ready')
    other = window.context.new_page()
    other.goto(window.url + '/console')
    expect(state(other)).to_have_text('ready')
    enter(other, 'secret')
    expect(log(other)).to_contain_text("'kept'")
    expect(log(window.page)).to_contain_text("'kept'")


def test_another_machine_finds_what_was_typed_and_said(site, open_window, window):
    window.go('/console')
    enter(window.page, 'secret = "kept"', 'secret * 2')
    expect(log(window.page)).to_contain_text("'keptkept'")
    other = open_window(site).sign_in('studenta')
    other.go('/console')
    expect(log(other.page).locator('.console-typed')).to_have_text(['secret = "kept"', 'secret * 2'])
    expect(log(other.page)).to_contain_text("'keptkept'")
    expect(state(other.page)).to_have_text('ready')
    other.page.locator('.console-input').press('ArrowUp')
    expect(other.page.locator('.console-input')).to_have_value('secret * 2')
    enter(other.page, 'secret[0]')
    expect(log(window.page).locator('.console-typed')).to_have_text(['secret = "kept"', 'secret * 2', 'secret[0]'])
    assert other.complaints == window.complaints == []


def test_what_was_typed_is_found_again_in_a_later_console(window, student):
    window.go('/console')
    enter(window.page, 'unheard_of = 1')
    expect(log(window.page)).to_contain_text('unheard_of')
    expect(state(window.page)).to_have_text('ready')
    end_all(student)
    with window.page.expect_response('**/@@history'):
        window.go('/console')
    window.page.locator('.console-input').fill('unheard')
    window.page.locator('.console-input').press('ArrowUp')
    expect(window.page.locator('.console-input')).to_have_value('unheard_of = 1')


def test_a_table_of_a_program_is_shown_in_a_frame_and_nothing_complains(window):
    window.go('/console')
    enter(
        window.page,
        "Table = type('Table', (), {'_repr_html_': lambda self: '<table><tr style=\"color: red\"><td>cell</td></tr></table>'})",
    )
    expect(state(window.page)).to_have_text('ready')
    enter(window.page, 'Table()')
    expect(window.page.frame_locator('.console-sheet').locator('td')).to_have_text('cell')
    window.page.reload()
    expect(window.page.frame_locator('.console-sheet').locator('td')).to_have_text('cell')
    assert window.complaints == []


def test_the_variables_are_listed_with_their_sizes(window):
    window.go('/console')
    enter(window.page, 'names = ["Ann", "Bob"]')
    window.page.get_by_role('button', name='Variables').click()
    panel = window.page.get_by_role('region', name='Variables')
    expect(panel.get_by_role('row', name='names')).to_contain_text("list, 2 items['Ann', 'Bob']")
    panel.get_by_role('button', name='names').click()
    expect(panel.get_by_role('region', name='Details')).to_contain_text('append')
    expect(log(window.page)).not_to_contain_text('append')
    window.page.get_by_role('button', name='Variables').click()


def test_who_finds_the_host_full_is_told_the_place_and_served_in_turn(data, open_window):
    with RunningSite(data, **{'console.in_all': '1'}) as running:
        first, second = (open_window(running).sign_in(login) for login in ('studenta', 'studentb'))
        first.go('/console')
        enter(first.page, '"first"')
        expect(log(first.page)).to_contain_text("'first'")
        second.go('/console')
        enter(second.page, '"second"')
        expect(log(second.page)).to_contain_text('You are number 1;')
        expect(state(second.page)).to_have_text('number 1 in line')
        end_all(running.person('studenta'))
        expect(log(second.page)).to_contain_text("'second'")
        expect(state(second.page)).to_have_text('ready')
        assert second.complaints == []


def test_a_gateway_that_is_killed_costs_nothing(window, site):
    window.go('/console')
    # A console that begins is ready before the line that made it begin has left: only an answer tells that it arrived. One
    # that did not would come back into the input line, where the next one is typed.
    enter(window.page, 'x = "still here"', 'x')
    expect(log(window.page)).to_contain_text("'still here'")
    expect(state(window.page)).to_have_text('ready')
    with window.page.expect_websocket():
        os.kill(site.children()['gateway'], signal.SIGKILL)
    enter(window.page, 'x * 2')
    expect(log(window.page)).to_contain_text("'still herestill here'")
    expect(state(window.page)).to_have_text('ready')


def test_a_flood_is_cut_and_the_page_stays_alive(window):
    window.go('/console')
    enter(window.page, 'for i in range(10**6): print(i)', '')
    expect(log(window.page)).to_contain_text('The output is longer than', timeout=60_000)
    expect(state(window.page)).to_have_text('ready', timeout=60_000)
    enter(window.page, '"alive"')
    expect(log(window.page)).to_contain_text("'alive'")


def test_exit_ends_the_console_with_a_reason_and_start_again_works(window):
    window.go('/console')
    enter(window.page, 'exit()')
    expect(log(window.page)).to_contain_text('The console ended: You left the console')
    window.page.get_by_role('button', name='Start again').click()
    expect(state(window.page)).to_have_text('ready')
    enter(window.page, '1 + 1')
    expect(log(window.page).locator('.is-out').last).to_have_text('2')


@pytest.mark.parametrize('colours', ['light', 'dark'])
@pytest.mark.parametrize('viewport', [NARROW, WIDE], ids=['narrow', 'wide'])
def test_a_used_console_fits_its_screen_and_satisfies_axe(site, open_signed_in, student, viewport, colours):
    window = open_signed_in(site, 'studenta', viewport=viewport, colours=colours)
    window.go('/console')
    enter(window.page, 'print("w" * 3000)', 'for i in range(900): print(i)', '', '1/0', 'import sys; sys.stderr.write("careful")')
    expect(log(window.page)).to_contain_text('careful')
    assert window.violations() == []
    assert not window.is_wider_than_window()
    assert window.page.evaluate('document.documentElement.scrollHeight <= document.documentElement.clientHeight')


def test_without_scripts_a_line_can_be_run(site, open_window, student):
    window = open_window(site, scripts=False).sign_in('studenta')
    window.go('/console')
    window.page.get_by_role('button', name='Start a console').click()
    window.page.get_by_label('Python', exact=True).fill('print("plain " * 2)')
    window.page.get_by_role('button', name='Enter', exact=True).click()
    expect(log(window.page)).to_contain_text('plain plain')
