"""The console's script in a browser: what a person sees and can do, whatever the host says and however the line breaks."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.console_hands import enter, line, log, state
from tests.browser.scripted_console import KEY, ScriptedConsole


def test_a_line_is_sent_at_enter_and_its_output_is_shown(page, host):
    host.answer = lambda command: [{'output': '2\n'}, {'okay': None}]
    host.open()
    enter(page, '1+1')
    expect(log(page)).to_contain_text('2')
    expect(state(page)).to_have_text('ready')
    assert host.commands == [{'cmd': 'chat', 'text': '1+1\n'}]
    assert line(page).input_value() == ''


def test_output_is_text_and_never_markup(page, host):
    host.answer = lambda command: [{'output': '<img src=x onerror=alert(1)>\n'}, {'exc': 'Oops: <b>bold</b>\n'}]
    host.open()
    enter(page, '<i>typed</i>')
    expect(log(page)).to_contain_text('<img src=x onerror=alert(1)>')
    expect(log(page)).to_contain_text('<b>bold</b>')
    expect(log(page)).to_contain_text('<i>typed</i>')
    assert log(page).locator('img, b, i').count() == 0


def test_the_output_of_before_is_shown_when_coming_back(page, host):
    host.say({'output': 'from yesterday\n'}, {'okay': None})
    host.open()
    expect(log(page)).to_contain_text('from yesterday')


def test_lines_typed_before_a_reload_stand_before_their_output_again(page, host):
    host.answer = lambda command: [{'output': 'answer to ' + command['text']}, {'okay': None}]
    host.open()
    enter(page, 'one')
    expect(log(page)).to_contain_text('answer to one')
    enter(page, 'two')
    expect(log(page)).to_contain_text('answer to two')
    page.reload()
    expect(log(page)).to_contain_text('answer to two')
    assert log(page).locator('.console-text').all_inner_texts() == ['one', 'answer to one', 'two', 'answer to two']


def test_a_block_asks_for_more_with_python_s_prompt_and_its_indentation(page, host):
    host.answer = lambda command: [{'more': None}]
    host.open()
    enter(page, 'def f():')
    expect(page.locator('.console-prompt')).to_have_text('...')
    expect(line(page)).to_have_value('    ')
    expect(state(page)).to_have_text('waiting for the rest of the block')


def test_an_empty_line_that_ends_a_block_has_a_place_of_its_own(page, host):
    host.answer = lambda command: [{'more': None}, {'exc': 'KeyboardInterrupt\n'}][len(host.commands) > 1 :][:1]
    host.open()
    enter(page, 'while True: pass')
    expect(page.locator('.console-prompt')).to_have_text('... ')
    enter(page, '')
    expect(log(page)).to_contain_text('KeyboardInterrupt')
    empty = page.locator('.console-typed').nth(1).bounding_box()
    error = page.locator('.console-exception').bounding_box()
    assert empty['height'] >= 20 and error['y'] >= empty['y'] + empty['height']


def test_several_lines_written_with_shift_enter_run_together(page, host):
    host.open()
    line(page).fill('for i in range(2):')
    line(page).press('Shift+Enter')
    line(page).press_sequentially('i')
    line(page).press('Enter')
    expect(log(page)).to_contain_text('for i in range(2):')
    assert host.commands == [{'cmd': 'chat', 'text': 'for i in range(2):\n    i\n\n'}]


def test_input_of_a_program_goes_behind_its_question(page, host):
    host.answer = lambda command: [{'output': 'name? '}, {'input': None}]
    host.open()
    enter(page, 'input("name? ")')
    expect(state(page)).to_have_text('waiting for input')
    host.answer = lambda command: [{'output': "'Ann'\n"}, {'okay': None}]
    enter(page, 'Ann')
    expect(log(page)).to_contain_text('name? Ann')
    assert host.commands[-1] == {'cmd': 'chat', 'text': 'Ann\n'}


def test_tab_while_a_program_asks_completes_nothing(page, host):
    host.answer = lambda command: [{'input': None}]
    host.open()
    enter(page, 'input()')
    expect(state(page)).to_have_text('waiting for input')
    line(page).fill('An')
    line(page).press('Tab')
    host.answer = lambda command: [{'okay': None}]
    line(page).press('Enter')
    expect(state(page)).to_have_text('ready')
    assert [command['cmd'] for command in host.commands] == ['chat', 'chat']


def test_control_d_ends_the_input_of_a_program(page, host):
    host.answer = lambda command: [{'input': None}]
    host.open()
    enter(page, 'sys.stdin.read()')
    expect(state(page)).to_have_text('waiting for input')
    host.answer = lambda command: [{'okay': None}]
    line(page).press('Control+d')
    expect(state(page)).to_have_text('ready')
    assert host.commands[-1] == {'cmd': 'chat', 'text': '\x04'}


def test_the_last_line_of_an_error_stands_first_for_the_eye_and_last_for_copying(page, host):
    trace = 'Traceback (most recent call last):\n  File "<console>", line 1, in <module>\nZeroDivisionError: division by zero\n'
    host.answer = lambda command: [{'exc': trace}]
    host.open()
    enter(page, '1/0')
    reason, above = page.locator('.console-reason'), page.locator('.console-trace')
    expect(reason).to_have_text('ZeroDivisionError: division by zero')
    assert reason.bounding_box()['y'] < above.bounding_box()['y']
    page.get_by_role('button', name='Copy all').click()
    expect(page.locator('.console-hints')).to_contain_text('Copied')
    assert page.evaluate('navigator.clipboard.readText()') == '1/0\n' + trace.rstrip('\n')


def test_standard_error_looks_different(page, host):
    host.answer = lambda command: [{'error': 'careful\n'}, {'okay': None}]
    host.open()
    enter(page, 'warn()')
    expect(page.locator('.console-output.is-err')).to_have_text('careful')


def test_while_something_runs_it_says_for_how_long_and_can_be_interrupted(page, host):
    host.answer = lambda command: []
    host.is_busy = True
    host.open()
    interrupt = page.get_by_role('button', name='Interrupt')
    expect(interrupt).to_be_visible()
    host.say({'okay': None})
    expect(interrupt).to_be_hidden()
    host.is_busy = True
    enter(page, 'while True: pass')
    expect(state(page)).to_have_text('running')
    expect(page.locator('.console-clock')).to_have_text('2 s')
    interrupt.click()
    expect(log(page)).to_contain_text('KeyboardInterrupt')
    expect(interrupt).to_be_hidden()
    expect(page.locator('.console-time')).to_have_text(re.compile(r'^[2-9] s$'))


def test_control_c_interrupts_when_nothing_is_selected(page, host):
    host.answer = lambda command: []
    host.open()
    enter(page, 'while True: pass')
    expect(state(page)).to_have_text('running')
    line(page).press('Control+c')
    expect(log(page)).to_contain_text('KeyboardInterrupt')


def test_a_line_typed_while_something_runs_is_kept_and_not_sent(page, host):
    host.answer = lambda command: []
    host.open()
    enter(page, 'sleep()')
    expect(state(page)).to_have_text('running')
    enter(page, 'x = 1')
    expect(page.locator('.console-hints')).to_contain_text('Still running')
    assert line(page).input_value() == 'x = 1'
    assert len(host.commands) == 1


def test_lines_typed_faster_than_the_answers_run_in_their_order(page, host):
    host.answer = lambda command: []
    host.open()
    enter(page, 'for i in range(2): i')
    enter(page, '')
    enter(page, 'x')
    host.answer = lambda command: [{'okay': None}]
    host.say({'more': None})
    expect(log(page)).to_contain_text('x')
    expect(state(page)).to_have_text('ready')
    assert [command['text'] for command in host.commands] == ['for i in range(2): i\n', '\n', 'x\n']


def test_up_and_down_walk_through_the_history_and_back_to_the_draft(page, host):
    host.open()
    for text in ('one', 'two'):
        enter(page, text)
        expect(log(page)).to_contain_text(text)
    seen = []
    for key in ('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowDown'):
        line(page).press(key)
        seen.append(line(page).input_value())
    assert seen == ['two', 'one', 'one', 'two', '']


def test_up_goes_to_the_lines_that_begin_as_what_is_typed_and_down_comes_back_to_it(page, host):
    host.history = ['print(1)', 'x = 2', 'print(3)']
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('pri')
    seen = []
    for key in ('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowDown'):
        line(page).press(key)
        seen.append(line(page).input_value())
    assert seen == ['print(3)', 'print(1)', 'print(1)', 'print(3)', 'pri']


def test_tab_completes_what_is_before_the_cursor(page, host):
    host.answer = lambda command: [{'matches': ['print'], 'start': 4}]
    host.open()
    line(page).fill('x = pri')
    host.answer = lambda command: [{'matches': ['print'], 'start': 4}]
    line(page).press('Tab')
    expect(line(page)).to_have_value('x = print')
    assert host.commands == [{'cmd': 'complete', 'text': {'text': 'x = pri', 'cursor': 7}}]


def test_completion_counts_characters_as_python_does(page, host):
    host.answer = lambda command: [{'matches': ['print'], 'start': 2}]
    host.open()
    line(page).fill('🐍+pri')
    line(page).press('Tab')
    expect(line(page)).to_have_value('🐍+print')
    assert host.commands[0]['text']['cursor'] == 5


def test_several_completions_are_listed_and_their_common_start_is_put_in(page, host):
    host.answer = lambda command: [{'matches': ['isalnum', 'isalpha'], 'start': 2}]
    host.open()
    line(page).fill('s.i')
    line(page).press('Tab')
    expect(line(page)).to_have_value('s.isal')
    expect(page.get_by_role('listbox', name='Completions').get_by_role('option')).to_have_text(['isalnum', 'isalpha'])


def test_tab_on_an_empty_line_leaves(page, host):
    host.open()
    line(page).focus()
    line(page).press('Tab')
    expect(line(page)).not_to_be_focused()
    assert host.commands == []


def test_tab_after_escape_leaves_a_line_with_text(page, host):
    host.open()
    line(page).fill('pri')
    line(page).press('Escape')
    line(page).press('Tab')
    expect(line(page)).not_to_be_focused()
    assert host.commands == []


def test_long_output_is_folded_and_can_be_shown(page, host):
    host.answer = lambda command: [{'output': ''.join(f'line {n}\n' for n in range(1000))}, {'okay': None}]
    host.open()
    enter(page, 'flood()')
    fold = page.get_by_role('button', name='Show 840 more lines')
    expect(fold).to_be_visible()
    expect(log(page)).to_contain_text('line 999')
    expect(log(page)).not_to_contain_text('line 500')
    fold.click()
    expect(log(page)).to_contain_text('line 500')


def test_a_flood_stays_within_bounds_and_the_page_stays_alive(page, host):
    chunk = {'output': 'x' * 99 + '\n'}
    host.answer = lambda command: (
        [chunk] * 10 + [{'output': (chunk['output'] * 2000)}] * 20 + [{'output': 'the end\n'}, {'okay': None}]
    )
    host.open()
    enter(page, 'flood()')
    expect(log(page)).to_contain_text('the end')
    expect(state(page)).to_have_text('ready')
    assert page.evaluate("document.querySelector('.console-log').textContent.length") < 100_000
    page.get_by_role('button', name='Show 9,').click()
    assert page.evaluate("document.querySelector('.console-log').textContent.split('\\n').length") < 10_100


def test_a_screen_reader_is_told_in_portions(page, host):
    host.answer = lambda command: [{'output': ''.join(f'line {n}\n' for n in range(500))}, {'okay': None}]
    host.open()
    enter(page, 'flood()')
    told = page.locator('p.aside[role=status]')
    expect(told).to_contain_text('494 lines, then: line 494')
    expect(told).to_contain_text('line 499')
    assert log(page).get_attribute('aria-live') == 'off'


def test_a_progress_bar_overwrites_its_line(page, host):
    host.answer = lambda command: [
        {'output': '10%\r'},
        {'output': '50%\r'},
        {'output': '\x1b[32m100%\x1b[0m\r\ndone\n'},
        {'okay': None},
    ]
    host.open()
    enter(page, 'work()')
    expect(page.locator('.console-output')).to_have_text('100%\ndone')


def test_the_end_of_a_console_says_why_and_offers_a_new_start(page, host):
    host.answer = lambda command: [{'output': 'bye\n'}, {'terminate': 'The program used up its memory.'}]
    host.open()
    enter(page, 'eat()')
    expect(log(page)).to_contain_text('The console ended: The program used up its memory.')
    expect(state(page)).to_have_text('ended')
    page.get_by_role('button', name='Start again').click()
    expect(log(page)).to_contain_text('The console was restarted')
    expect(state(page)).to_have_text('ready')
    assert ('POST', f'/console/{KEY}/@@restart') in host.requests


def test_an_ended_console_is_left_in_peace_until_it_is_restarted(page, host):
    host.say({'terminate': 'The console was idle.'})
    host.open()
    expect(state(page)).to_have_text('ended')
    host.hang_up(4503)
    asked = len(host.requests)
    page.wait_for_timeout(1500)
    assert len(host.requests) == asked
    page.get_by_role('button', name='Start again').click()
    expect(state(page)).to_have_text('ready')
    enter(page, 'x = 1')
    expect(log(page)).to_contain_text('x = 1')
    assert host.commands == [{'cmd': 'chat', 'text': 'x = 1\n'}]


def test_a_console_that_is_gone_is_replaced_by_a_new_one_on_request(page, host):
    host.is_gone = True
    host.open()
    expect(log(page)).to_contain_text('This console is no more.')
    page.get_by_role('button', name='Start again').click()
    expect(state(page)).to_have_text('ready')
    enter(page, 'x')
    expect(log(page)).to_contain_text('x')
    assert host.commands == [{'cmd': 'chat', 'text': 'x\n'}]


def test_without_a_console_the_first_line_starts_one(page, host):
    host.key = None
    host.open()
    expect(state(page)).to_have_text('not started')
    assert ('POST', '/console/@@start') not in host.requests
    enter(page, 'x = 1')
    expect(log(page)).to_contain_text('x = 1')
    expect(log(page)).to_contain_text('Python 3')
    expect(state(page)).to_have_text('ready')
    assert ('POST', '/console/@@start') in host.requests
    assert host.commands == [{'cmd': 'chat', 'text': 'x = 1\n'}]


def test_without_a_key_it_comes_back_to_the_newest_console_of_its_directory(page, host):
    host.key = None
    there = [('a' * 32, '/152'), (KEY, '/151'), ('b' * 32, '/151')]
    host.consoles = [{'key': key, 'cwd': cwd, 'busy': False, 'started': '2026-11-20T12:00:00Z'} for key, cwd in there]
    host.say({'output': 'from yesterday\n'}, {'okay': None})
    host.open()
    expect(log(page)).to_contain_text('from yesterday')
    assert ('GET', f'/console/{KEY}/@@gateway') in host.requests


def test_a_broken_line_is_mended_and_nothing_is_lost_or_shown_twice(page, host):
    host.answer = lambda command: [{'output': 'before\n'}]
    host.open()
    enter(page, 'work()')
    expect(log(page)).to_contain_text('before')
    host.is_busy = True
    host.hang_up()
    host.say({'output': 'meanwhile\n'})
    expect(log(page)).to_contain_text('meanwhile')
    host.is_busy = False
    host.say({'output': 'after\n'}, {'okay': None})
    expect(log(page)).to_contain_text('after')
    assert page.locator('.console-output').inner_text() == 'before\nmeanwhile\nafter'


def test_while_the_site_is_out_of_reach_it_says_so_and_comes_back_by_itself(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    host.is_out_of_reach = True
    host.hang_up()
    expect(state(page)).to_have_text('offline, trying again')
    host.is_out_of_reach = False
    expect(state(page)).to_have_text('ready')


def test_a_line_that_never_arrived_is_put_back_for_sending_again(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    host.obey = lambda command: host.hang_up()
    enter(page, 'precious()')
    expect(log(page)).to_contain_text('press Enter to send it again')
    expect(line(page)).to_have_value('precious()')


def test_where_websockets_are_blocked_short_polls_do_the_same(page):
    host = ScriptedConsole(page, has_gateway=False).open()
    host.answer = lambda command: [{'output': '2\n'}, {'okay': None}]
    enter(page, '1+1')
    expect(log(page)).to_contain_text('2')

    def begin(command):
        host.is_busy = True
        return [{'output': 'first\n'}]

    host.answer = begin
    enter(page, 'slow()')
    expect(log(page)).to_contain_text('first')
    host.is_busy = False
    host.say({'output': 'second\n'}, {'okay': None})
    expect(log(page)).to_contain_text('second')
    expect(state(page)).to_have_text('ready')
    assert log(page).inner_text().count('first') == 1


def test_output_that_says_refused_is_shown_as_a_notice(page, host):
    host.answer = lambda command: [{'refused': 'The program waits for input.'}, {'okay': None}]
    host.open()
    enter(page, 'x')
    expect(page.locator('.console-notice')).to_have_text('The program waits for input.')


@pytest.mark.parametrize('width', [390, 1280])
def test_nothing_is_wider_than_the_screen(page, host, width):
    page.set_viewport_size({'width': width, 'height': 800})
    host.say({'output': 'w' * 3000 + '\n'}, {'exc': 'Error: ' + 'long ' * 300 + '\n'})
    host.open()
    expect(log(page)).to_contain_text('www')
    assert page.evaluate('document.documentElement.scrollWidth') <= width
