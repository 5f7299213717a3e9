"""Blocks typed line by line into a console: their indentation, the line that ends them, the way out, what is kept of them."""

import pytest
from playwright.sync_api import expect

from tests.browser.console_hands import enter, line, log, state


@pytest.fixture
def host(host):
    host.answer = lambda command: [{'okay': None} if command['text'] == '\n' else {'more': None}]
    return host


def begin_block(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    enter(page, 'def g(n):')
    expect(line(page)).to_have_value('    ')


def test_enter_on_a_line_that_holds_indentation_alone_ends_the_block(page, host):
    begin_block(page, host)
    line(page).press_sequentially('return n/0')
    line(page).press('Enter')
    expect(line(page)).to_have_value('    ')
    line(page).press('Enter')
    expect(state(page)).to_have_text('ready')
    expect(line(page)).to_have_value('')
    assert [command['text'] for command in host.commands] == ['def g(n):\n', '    return n/0\n', '\n']


def test_spaces_that_a_program_asks_for_are_sent_as_they_are(page, host):
    host.answer = lambda command: [{'input': None}]
    host.open()
    enter(page, 'input()')
    expect(state(page)).to_have_text('waiting for input')
    enter(page, '   ')
    expect(log(page).locator('.console-output')).to_have_count(1)
    assert host.commands[-1] == {'cmd': 'chat', 'text': '   \n'}


def test_an_interrupt_out_of_a_block_leaves_no_indentation_behind(page, host):
    begin_block(page, host)
    line(page).press('Control+c')
    expect(state(page)).to_have_text('ready')
    expect(line(page)).to_have_value('')


def test_an_interrupt_leaves_what_was_typed_in_the_field(page, host):
    begin_block(page, host)
    line(page).press_sequentially('return')
    line(page).press('Control+c')
    expect(state(page)).to_have_text('ready')
    expect(line(page)).to_have_value('    return')


def test_a_restart_within_a_block_leaves_no_indentation_behind(page, host):
    begin_block(page, host)
    host.say({'restart': 'The console was restarted: its variables are gone.'}, {'okay': None})
    expect(state(page)).to_have_text('ready')
    expect(line(page)).to_have_value('')


def test_escape_clears_a_field_that_holds_only_spaces(page, host):
    begin_block(page, host)
    line(page).press('Escape')
    expect(line(page)).to_have_value('')
    line(page).fill('x')
    line(page).press('Escape')
    expect(line(page)).to_have_value('x')


def test_a_block_comes_back_from_the_history_as_a_whole(page, host):
    begin_block(page, host)
    line(page).press_sequentially('return n/0')
    line(page).press('Enter')
    expect(line(page)).to_have_value('    ')
    line(page).press('Enter')
    expect(state(page)).to_have_text('ready')
    line(page).press('ArrowUp')
    expect(line(page)).to_have_value('def g(n):\n    return n/0')
