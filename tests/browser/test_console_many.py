"""Several consoles of one person: their list, going from one to another, lines typed elsewhere, files run with arguments."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AXE
from tests.browser.console_hands import enter, line, log, state
from tests.browser.scripted_console import KEY, ORIGIN

OTHER = 'ef' * 16
PYTHON = 'Python 3.11.2'


@pytest.fixture
def host(host):
    host.consoles = [listed(KEY, '/151', 'idle'), listed(OTHER, '/151/proj1', 'input')]
    host.others = {OTHER: ([{'output': 'from before\n'}, {'okay': None}], [{'after': 0, 'cmd': 'chat', 'text': 'other()\n'}])}
    return host


def listed(key, cwd, state):
    return {'key': key, 'cwd': cwd, 'busy': state == 'busy', 'started': '2026-03-01T09:30:00Z', 'state': state, 'python': PYTHON}


def consoles(page):
    return page.get_by_role('navigation', name='My consoles').get_by_role('listitem')


# -- the list --------------------------------------------------------------------------------------


def test_each_console_is_listed_with_its_place_state_age_and_python(page, host):
    host.open()
    expect(consoles(page)).to_have_count(2)
    expect(consoles(page).nth(1)).to_contain_text(re.compile(r'/151/proj1waiting for input · since .+ · Python 3\.11\.2'))
    expect(page.get_by_role('link', name='/151', exact=True)).to_have_attribute('aria-current', 'page')


def test_the_list_says_at_once_what_the_open_console_does(page, host):
    host.answer = lambda command: []
    host.open()
    expect(consoles(page)).to_have_count(2)
    enter(page, 'while True: pass')
    expect(consoles(page).first).to_contain_text('running')
    host.say({'okay': None})
    expect(consoles(page).first).to_contain_text('ready')


def test_another_console_is_opened_at_its_address_with_all_that_happened_there(page, host):
    host.open()
    page.get_by_role('link', name='/151/proj1').click()
    expect(log(page)).to_contain_text('from before')
    expect(log(page).locator('.console-typed')).to_have_text('other()')
    expect(page.get_by_role('link', name='/151/proj1')).to_have_attribute('aria-current', 'page')
    assert page.url == f'{ORIGIN}/console/{OTHER}'
    page.go_back()
    expect(log(page)).not_to_contain_text('from before')
    assert page.url == f'{ORIGIN}/console/{KEY}'


def test_a_console_that_is_looked_away_from_goes_on(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    page.get_by_role('link', name='/151/proj1').click()
    expect(log(page)).to_contain_text('from before')
    assert [path for method, path in host.requests if method == 'POST'] == []


def test_a_console_is_ended_from_the_list(page, host):
    host.open()
    page.get_by_role('button', name='End the console in /151', exact=True).click()
    expect(consoles(page)).to_have_count(1)
    expect(log(page)).to_contain_text('The console ended: You ended this console.')
    assert ('POST', f'/console/{KEY}/@@terminate') in host.requests


def test_a_new_console_starts_in_the_directory_that_is_asked_for(page, host):
    host.files = [{'name': 'lab', 'kind': 'directory'}, {'name': 'a.py', 'kind': 'file'}]
    host.open()
    page.get_by_role('button', name='New console').click()
    dialog = page.get_by_role('dialog', name='New console')
    expect(dialog.get_by_label('Directory')).to_have_value('/151')
    expect(dialog.locator('option')).to_have_count(2)
    dialog.get_by_label('Directory').fill('lab/')
    dialog.get_by_role('button', name='Start').click()
    expect(log(page)).to_contain_text('Python 3')
    expect(page.locator('.console-title')).to_have_text('Console · /lab')
    assert page.url == f'{ORIGIN}/console/{host.key}' and host.key != KEY


def test_leaving_the_question_for_a_directory_starts_nothing(page, host):
    host.open()
    page.get_by_role('button', name='New console').click()
    page.keyboard.press('Escape')
    expect(page.get_by_role('dialog')).to_have_count(0)
    assert ('POST', '/console/@@start') not in host.requests


def start_another(page):
    page.get_by_role('button', name='New console').click()
    page.get_by_role('dialog', name='New console').get_by_role('button', name='Start').click()


def test_a_console_says_in_the_list_what_it_does_after_another_was_begun(page, host):
    host.open()
    expect(consoles(page)).to_have_count(2)
    expect(state(page)).to_have_text('ready')
    start_another(page)
    expect(log(page)).to_contain_text('Python 3')
    expect(consoles(page).first).to_contain_text('ready')
    expect(consoles(page).first).not_to_contain_text('not started')


def test_where_one_has_all_consoles_one_may_have_there_is_nothing_to_type_into_until_one_is_ended(page, host):
    host.most_consoles = 2
    host.open()
    expect(state(page)).to_have_text('ready')
    start_another(page)
    expect(log(page)).to_contain_text('You have 2 consoles already: end one of them first. The × of a console above ends it.')
    expect(line(page)).to_be_hidden()
    page.get_by_role('button', name='End the console in /151/proj1').click()
    host.consoles = host.consoles[:1]
    page.get_by_role('button', name='Start again').click()
    expect(log(page)).to_contain_text('Python 3')
    expect(line(page)).to_be_focused()


def test_the_button_that_ends_a_console_is_in_sight_on_a_small_screen(page, host):
    page.set_viewport_size({'width': 390, 'height': 844})
    host.consoles[0]['cwd'] = '/151/a directory with a long name'
    host.open()
    box = page.get_by_role('button', name='End the console in /151/a directory').bounding_box()
    assert box['x'] + box['width'] <= 390


# -- restarts --------------------------------------------------------------------------------------


def test_a_restart_that_loses_something_is_asked_about(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    enter(page, 'x = 1')
    expect(log(page)).to_contain_text('x = 1')
    expect(state(page)).to_have_text('ready')
    page.get_by_role('button', name='Restart this console').click()
    question = page.get_by_role('dialog', name='Restart and lose all variables?')
    question.get_by_role('button', name='Cancel').click()
    assert ('POST', f'/console/{KEY}/@@restart') not in host.requests
    page.get_by_role('button', name='Restart this console').click()
    question.get_by_role('button', name='Restart').click()
    expect(log(page)).to_contain_text('its variables are gone')


def test_a_restart_that_loses_nothing_is_not_asked_about(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    page.get_by_role('button', name='Restart this console').click()
    expect(log(page)).to_contain_text('its variables are gone')


# -- lines typed elsewhere -------------------------------------------------------------------------


def type_elsewhere(host, cmd, text, *replies):
    host.note({'cmd': cmd, 'text': text})
    host.say(*replies)


def test_a_line_typed_in_another_tab_stands_before_its_output(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    enter(page, 'mine')
    expect(log(page)).to_contain_text('mine')
    type_elsewhere(host, 'chat', 'theirs\n', {'output': 'answer\n'}, {'okay': None})
    expect(log(page).locator('.console-typed')).to_have_text(['mine', 'theirs'])
    expect(log(page)).to_contain_text(re.compile('theirs.*answer', re.DOTALL))
    line(page).press('ArrowUp')
    expect(line(page)).to_have_value('theirs')


def test_a_line_comes_late_rather_than_never_where_a_thread_spoke_just_before(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    host.say({'output': 'tick\n'})
    expect(log(page)).to_contain_text('tick')
    type_elsewhere(host, 'chat', 'theirs\n', {'output': 'answer\n'}, {'okay': None})
    expect(log(page).locator('.console-typed')).to_have_text('theirs')


def test_a_thread_that_goes_on_speaking_is_not_asked_after_each_time(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    for number in range(20):
        host.say({'output': f'tick {number}\n'})
        page.wait_for_timeout(20)
    expect(log(page)).to_contain_text('tick 19')
    assert host.requests.count(('GET', f'/console/{KEY}/@@typed')) <= 3


def test_a_file_run_in_another_tab_is_named(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    type_elsewhere(host, 'run', {'path': '/151/a.py', 'args': ['-n', 'two words']}, {'output': 'ran\n'}, {'okay': None})
    expect(log(page).locator('.console-ran')).to_have_text('Run /151/a.py -n "two words"')


def test_nothing_typed_here_is_shown_twice_when_the_host_lists_it_too(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    enter(page, 'mine')
    expect(log(page)).to_contain_text('mine')
    type_elsewhere(host, 'chat', 'theirs\n', {'okay': None})
    expect(log(page)).to_contain_text('theirs')
    page.reload()
    expect(log(page)).to_contain_text('theirs')
    expect(log(page).locator('.console-typed')).to_have_text(['mine', 'theirs'])


# -- files -----------------------------------------------------------------------------------------


def ask_to_run(page):
    page.get_by_label('More for this console').click()
    page.get_by_role('button', name='Run a file').click()
    return page.get_by_role('dialog', name='Run a file')


def test_a_file_is_run_with_arguments_as_in_a_shell(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    dialog = ask_to_run(page)
    expect(dialog.get_by_label('File')).to_have_value('/151/')
    dialog.get_by_label('File').fill('/151/a.py')
    dialog.get_by_label('Arguments').fill("-n 3 'two words' \"it's\" a\\ b")
    dialog.get_by_role('button', name='Run').click()
    expect(log(page).locator('.console-ran')).to_have_text('Run /151/a.py -n 3 "two words" "it\'s" "a b"')
    assert host.commands == [{'cmd': 'run', 'text': {'path': '/151/a.py', 'args': ['-n', '3', 'two words', "it's", 'a b']}}]
    dialog = ask_to_run(page)
    dialog.get_by_label('File').fill('/151/a.py')
    dialog.get_by_label('File').press('Tab')
    expect(dialog.get_by_label('Arguments')).to_have_value("-n 3 'two words' \"it's\" a\\ b")


def test_a_quote_without_an_end_is_told_and_nothing_runs(page, host):
    host.open()
    expect(state(page)).to_have_text('ready')
    dialog = ask_to_run(page)
    dialog.get_by_label('File').fill('/151/a.py')
    dialog.get_by_label('Arguments').fill('"open')
    dialog.get_by_role('button', name='Run').click()
    expect(dialog.get_by_role('alert')).to_contain_text('A quote in the arguments has no end')
    expect(dialog.get_by_label('Arguments')).to_be_focused()
    assert host.commands == []


# -- for everybody ---------------------------------------------------------------------------------

SVG = 'PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI5MDAiIGhlaWdodD0iNDAiLz4='
SAID = [
    {'output': '\x1b[31mred \x1b[32mgreen \x1b[33myellow \x1b[34mblue \x1b[36mcyan \x1b[30mblack\x1b[0m\n'},
    {'image': {'type': 'image/svg+xml', 'data': SVG, 'text': 'A wide plot'}},
    {'html': {'data': '<table><tr><th>name</th></tr><tr><td>Ann</td></tr></table>', 'text': 'a table'}},
    {'exc': 'Traceback (most recent call last):\n' + '  File "/home/ann/a.py", line 3, in f\n' * 30 + 'ValueError: no\n'},
    {'notice': 'The drawing is shown below.'},
    {'queued': {'place': 12, 'seconds': 20}},
]


def violations(page):
    found = page.evaluate(AXE.read_text('utf-8') + ';axe.run({resultTypes: ["violations"]})')['violations']
    return [f'{item["id"]}: {node["html"][:200]} {node["failureSummary"]}' for item in found for node in item['nodes']]


@pytest.mark.parametrize('colours', ['light', 'dark'])
@pytest.mark.parametrize('width', [390, 1280])
def test_everything_a_console_shows_satisfies_axe_and_fits_the_screen(page, host, width, colours):
    page.set_viewport_size({'width': width, 'height': 844})
    page.emulate_media(color_scheme=colours)
    host.typed = [{'after': 0, 'cmd': 'chat', 'text': 'def f(x): return "a", 1  # why\n'}]
    host.say(*SAID)
    host.open()
    expect(log(page)).to_contain_text('You are number 12; about 20 seconds.')
    expect(consoles(page)).to_have_count(2)
    assert violations(page) == []
    assert page.evaluate('document.documentElement.scrollWidth') <= width


@pytest.mark.parametrize('colours', ['light', 'dark'])
@pytest.mark.parametrize('width', [390, 1280])
def test_lists_and_panels_satisfy_axe_and_fit_the_screen(page, host, width, colours):
    page.set_viewport_size({'width': width, 'height': 844})
    page.emulate_media(color_scheme=colours)
    looked = {'name': 'x', 'type': 'int', 'repr': '41', 'doc': 'A number.', 'signature': None, 'members': ['real', 'imag']}
    variables = [{'name': 'x', 'type': 'int', 'repr': '4' * 300}, {'name': 'l', 'type': 'list', 'repr': '[]', 'size': '0 items'}]
    told = {'globals': [{'globals': variables}], 'inspect': [looked], 'complete': [{'matches': ['xa', 'xb'], 'start': 0}]}
    host.answer = lambda command: told.get(command['cmd'], [{'okay': None}])
    host.history = ['x' * 300, 'def f():\n    return 1']
    host.open()
    expect(state(page)).to_have_text('ready')
    page.get_by_role('button', name='Variables').click()
    page.get_by_role('button', name='x', exact=True).click()
    expect(page.get_by_role('region', name='Details')).to_contain_text('A number.')
    line(page).fill('x')
    line(page).press('Tab')
    expect(page.get_by_role('listbox', name='Completions')).to_be_visible()
    assert violations(page) == []
    line(page).press('Escape')
    line(page).press('Control+r')
    page.keyboard.press('Backspace')
    expect(page.get_by_role('listbox', name='What was typed before').get_by_role('option')).to_have_count(2)
    assert violations(page) == []
    assert page.evaluate('document.documentElement.scrollWidth') <= width


def test_nothing_moves_for_whoever_asked_for_less_motion(page, host):
    page.emulate_media(reduced_motion='reduce')
    host.say(*SAID)
    host.open()
    expect(log(page)).to_contain_text('You are number 12')
    moving = """[...document.querySelectorAll('*')].filter((node) => {
      const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(node);
      return [transitionDuration, animationDuration].some((time) => parseFloat(time) > 0.01) || scrollBehavior === 'smooth';
    }).length"""
    assert page.evaluate(moving) == 0
