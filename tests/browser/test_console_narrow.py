"""A console where there is little room: what does not fit gives way, and nothing that one needs is cut."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW
from tests.browser.console_hands import enter, state


@pytest.fixture(scope='module')
def window(site, open_window):
    return open_window(site, viewport=NARROW).sign_in('lecturer')


def test_a_long_state_leaves_the_buttons_of_the_bar_in_sight(window):
    window.go('/console')
    bar = window.page.locator('.console-bar')
    height = bar.bounding_box()['height']
    enter(window.page, 'for number in range(3):')
    expect(state(window.page)).to_have_text('waiting for the rest of the block')
    more = window.page.get_by_label('More for this console').bounding_box()
    assert more['x'] + more['width'] <= NARROW['width'] - 16
    assert not window.is_wider_than_window()
    assert bar.bounding_box()['height'] == height
    enter(window.page, '    pass')
    enter(window.page, '')
    expect(state(window.page)).to_have_text('ready')


def test_a_long_name_in_the_table_is_cut_at_its_end(window):
    window.go('/console')
    enter(window.page, 'first_letters_are_what_tells_one_name_from_another = 1')
    window.page.get_by_role('button', name='Variables').click()
    name = window.page.get_by_role('button', name='first_letters_are_what')
    # Where the text begins, seen from where the button does.
    offset = name.evaluate(
        """button => {
            const range = document.createRange();
            range.selectNodeContents(button);
            return range.getBoundingClientRect().left - button.getBoundingClientRect().left;
        }"""
    )
    assert offset >= 0


def test_a_console_that_has_not_started_says_what_to_do(site, open_window):
    other = open_window(site, viewport=NARROW).sign_in('admin')
    other.go('/console')
    line = other.page.get_by_role('textbox', name='Python')
    expect(line).to_have_attribute('placeholder', 'Python; Enter runs it')
    line.fill('1 + 1')
    line.press('Enter')
    expect(other.page.get_by_role('log')).to_contain_text('2')
    expect(line).to_have_attribute('placeholder', '')
