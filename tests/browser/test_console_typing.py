"""Typing into a console: lines of before, completions one chooses from, pasted sessions, indentation, drafts, copies."""

from playwright.sync_api import expect

from tests.browser.console_hands import enter, hints, line, log, state


def paste(page, text):
    page.evaluate('text => navigator.clipboard.writeText(text)', text)
    line(page).press('Control+v')


def completions(page):
    return page.get_by_role('listbox', name='Completions')


def offer(*matches):
    """Answer a completion with these, and anything else with okay."""

    def answer(command):
        return {'complete': [{'matches': list(matches), 'start': 0}]}.get(command['cmd'], [{'okay': None}])

    return answer


# -- lines of before -------------------------------------------------------------------------------


def test_what_was_typed_at_another_machine_comes_before_what_was_typed_here(page, host):
    host.history = ['elsewhere = 1', 'def f():\n    return 2']
    host.open()
    expect(state(page)).to_have_text('ready')
    enter(page, 'here = 3')
    expect(log(page)).to_contain_text('here = 3')
    seen = []
    for _ in range(3):
        line(page).press('Control+Home')
        line(page).press('ArrowUp')
        seen.append(line(page).input_value())
    assert seen == ['here = 3', 'def f():\n    return 2', 'elsewhere = 1']


def test_without_the_list_of_the_host_the_lines_of_this_page_do(page, host):
    host.history = None
    host.open()
    enter(page, 'here = 3')
    expect(log(page)).to_contain_text('here = 3')
    line(page).press('ArrowUp')
    expect(line(page)).to_have_value('here = 3')


def test_an_arrow_inside_several_lines_moves_the_cursor(page, host):
    host.history = ['old']
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('a = 1\nb = 2')
    line(page).press('ArrowUp')
    expect(line(page)).to_have_value('a = 1\nb = 2')


def test_lines_of_before_are_searched_by_control_r_and_taken_by_enter(page, host):
    host.history = ['import math', 'math.sin(1)', 'x = 2']
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).press('Control+r')
    field = page.get_by_role('combobox', name='Search what was typed before')
    expect(field).to_be_focused()
    field.fill('MATH')
    options = page.get_by_role('listbox', name='What was typed before').get_by_role('option')
    expect(options).to_have_text(['math.sin(1)', 'import math'])
    field.press('ArrowDown')
    field.press('Enter')
    expect(line(page)).to_have_value('import math')
    expect(line(page)).to_be_focused()
    assert host.commands == []


def test_a_search_is_left_by_escape_and_what_was_typed_stays(page, host):
    host.history = ['import math']
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('draft')
    line(page).press('Control+r')
    page.keyboard.press('Escape')
    expect(line(page)).to_have_value('draft')
    expect(line(page)).to_be_focused()


def test_a_search_that_finds_nothing_says_so(page, host):
    host.history = ['import math']
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).press('Control+r')
    page.keyboard.type('zebra')
    expect(page.locator('.console-found')).to_have_text('Nothing typed before holds that.')


# -- completions -----------------------------------------------------------------------------------


def test_a_completion_is_chosen_by_arrows_and_taken_by_enter(page, host):
    host.answer = offer('alpha', 'alpine')
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('al')
    line(page).press('Tab')
    expect(completions(page)).to_be_visible()
    line(page).press('ArrowDown')
    line(page).press('ArrowDown')
    selected = completions(page).locator('[aria-selected=true]')
    expect(selected).to_have_text('alpine')
    assert line(page).get_attribute('aria-activedescendant') == selected.get_attribute('id')
    line(page).press('Enter')
    expect(line(page)).to_have_value('alpine')
    expect(completions(page)).to_be_hidden()
    assert [command['cmd'] for command in host.commands] == ['complete']


def test_typing_on_narrows_the_completions(page, host):
    host.answer = offer('alpha', 'alpine')
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('al')
    line(page).press('Tab')
    expect(completions(page).get_by_role('option')).to_have_count(2)
    line(page).press('i')
    expect(completions(page).get_by_role('option')).to_have_text(['alpine'])
    line(page).press('x')
    expect(completions(page)).to_be_hidden()


def test_a_completion_is_taken_by_a_click(page, host):
    host.answer = offer('alpha', 'alpine')
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('al')
    line(page).press('Tab')
    completions(page).get_by_text('alpha').click()
    expect(line(page)).to_have_value('alpha')
    expect(line(page)).to_be_focused()


def test_an_open_list_of_completions_traps_nobody(page, host):
    host.answer = offer('alpha', 'alpine')
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('al')
    line(page).press('Tab')
    expect(completions(page)).to_be_visible()
    line(page).press('Escape')
    expect(completions(page)).to_be_hidden()
    line(page).press('Tab')
    expect(line(page)).not_to_be_focused()
    expect(line(page)).to_have_value('alp')


def test_shift_tab_leaves_a_line_with_text(page, host):
    host.answer = offer('alpha', 'alpine')
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('al')
    line(page).press('Tab')
    expect(completions(page)).to_be_visible()
    line(page).press('Shift+Tab')
    expect(line(page)).not_to_be_focused()
    expect(completions(page)).to_be_hidden()


def test_nothing_to_complete_is_said(page, host):
    host.answer = offer()
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('zz')
    line(page).press('Tab')
    expect(hints(page)).to_have_text('Nothing to complete.')


# -- several lines ---------------------------------------------------------------------------------


def test_a_session_is_pasted_without_its_prompts_and_output(page, host):
    host.open()
    line(page).focus()
    paste(page, '>>> def f():\n...     return 2\n...\n>>> f()\n2\n')
    expect(line(page)).to_have_value('def f():\n    return 2\n\nf()')
    expect(hints(page)).to_contain_text('without the prompts')
    line(page).press('Control+z')
    expect(line(page)).to_have_value('')


def test_other_text_is_pasted_as_it_is(page, host):
    host.open()
    line(page).focus()
    paste(page, 'x = ">>> "\n... y')
    expect(line(page)).to_have_value('x = ">>> "\n... y')


def test_backspace_takes_a_whole_step_of_indentation(page, host):
    host.open()
    line(page).fill('if x:')
    line(page).press('Shift+Enter')
    expect(line(page)).to_have_value('if x:\n    ')
    line(page).press('Backspace')
    expect(line(page)).to_have_value('if x:\n')


def test_enter_inside_several_lines_breaks_the_line_and_at_their_end_runs_them(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    line(page).fill('a = 1\nb = 2')
    line(page).press('Control+Home')
    line(page).press('End')
    line(page).press('Enter')
    expect(line(page)).to_have_value('a = 1\n\nb = 2')
    line(page).press('Control+End')
    line(page).press('Enter')
    expect(line(page)).to_have_value('')
    expect(log(page)).to_contain_text('b = 2')
    assert host.commands == [{'cmd': 'chat', 'text': 'a = 1\n\nb = 2\n\n'}]


def test_what_is_typed_and_not_sent_survives_a_reload(page, host):
    host.open()
    line(page).fill('half a tho')
    page.reload()
    expect(line(page)).to_have_value('half a tho')


# -- copies ----------------------------------------------------------------------------------------


def test_an_entry_is_copied_with_its_output_and_without_prompts(page, host):
    host.answer = lambda command: [{'output': f'{len(host.commands)}\n'}, {'okay': None}]
    host.open()
    for text in ('first', 'second'):
        enter(page, text)
        expect(log(page)).to_contain_text(text)
    entry = page.locator('.console-typed', has_text='first')
    entry.hover()
    entry.get_by_role('button', name='Copy this entry').click()
    expect(hints(page)).to_contain_text('Copied')
    assert page.evaluate('navigator.clipboard.readText()') == 'first\n1'


def test_keys_go_from_entry_to_entry_and_copy_one(page, host):
    host.answer = lambda command: [{'output': f'{len(host.commands)}\n'}, {'okay': None}]
    host.open()
    for text in ('first', 'second'):
        enter(page, text)
        expect(log(page)).to_contain_text(text)
    log(page).focus()
    page.keyboard.press('Alt+ArrowUp')
    expect(page.locator('.console-typed', has_text='second')).to_be_focused()
    page.keyboard.press('Alt+ArrowUp')
    expect(page.locator('.console-typed', has_text='first')).to_be_focused()
    page.keyboard.press('Control+c')
    expect(hints(page)).to_contain_text('Copied')
    assert page.evaluate('navigator.clipboard.readText()') == 'first\n1'


def test_selected_text_is_copied_without_prompts(page, host):
    host.open()
    enter(page, 'x = 1')
    expect(log(page)).to_contain_text('x = 1')
    log(page).evaluate('log => getSelection().selectAllChildren(log)')
    page.keyboard.press('Control+c')
    assert page.evaluate('navigator.clipboard.readText()').strip() == 'x = 1'
