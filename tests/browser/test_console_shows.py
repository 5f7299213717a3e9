"""What a console shows in a browser: pictures, HTML, colours, errors with links, variables, and the wait in a line."""

import base64

from playwright.sync_api import expect

from tests.browser.console_hands import enter, line, log, state
from tests.browser.scripted_console import KEY, ORIGIN

PNG = base64.b64encode(
    base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')
).decode()
SCRIPTED_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>top.document.title = "reached"</script></svg>'
)
HOSTILE = f"""<table><tr><th style="color: rgb(1, 2, 3)">cell</th></tr></table><script>top.document.title = "reached"</script>
<style>th {{ font-style: italic }} body {{ background: url({ORIGIN}/leak/style) }}</style>
<img src="{ORIGIN}/leak/picture" onerror="top.document.title = 'reached'"><svg onload="top.document.title = 'reached'"></svg>
<meta http-equiv="refresh" content="0;url={ORIGIN}/leak/refresh"><link rel="stylesheet" href="{ORIGIN}/leak/sheet">
<link rel="prefetch" href="{ORIGIN}/leak/prefetch"><base target="_top"><a href="{ORIGIN}/leak/link">leave</a>
<form action="{ORIGIN}/leak/form"><button>send</button></form><iframe src="{ORIGIN}/leak/frame"></iframe>"""


def test_a_picture_is_shown_with_its_words_and_survives_a_reload(page, host):
    host.answer = lambda command: [{'image': {'type': 'image/png', 'data': PNG, 'text': 'Squares of n'}}, {'okay': None}]
    host.open()
    enter(page, 'plot()')
    image = log(page).get_by_role('img', name='Squares of n')
    expect(image).to_be_visible()
    assert image.evaluate('image => image.decode().then(() => image.naturalWidth)') == 1
    page.reload()
    expect(log(page).get_by_role('img', name='Squares of n')).to_be_visible()
    expect(log(page).locator('.console-typed')).to_have_text('plot()')


def test_a_picture_is_shown_larger_by_a_key_and_left_by_escape(page, host):
    host.answer = lambda command: [{'image': {'type': 'image/png', 'data': PNG, 'text': 'Squares'}}, {'okay': None}]
    host.open()
    enter(page, 'plot()')
    larger = page.get_by_role('button', name='Show larger: Squares')
    larger.press('Enter')
    expect(page.get_by_role('dialog', name='Squares')).to_be_visible()
    page.keyboard.press('Escape')
    expect(page.get_by_role('dialog')).to_have_count(0)
    expect(larger).to_be_focused()


def test_a_picture_can_be_saved(page, host):
    host.answer = lambda command: [{'image': {'type': 'image/png', 'data': PNG, 'text': 'Squares'}}, {'okay': None}]
    host.open()
    enter(page, 'plot()')
    with page.expect_download() as download:
        page.get_by_role('button', name='Save picture').click()
    assert download.value.suggested_filename == 'picture.png'


def test_nothing_runs_in_a_picture(page, host):
    data = base64.b64encode(SCRIPTED_SVG.encode()).decode()
    host.answer = lambda command: [{'image': {'type': 'image/svg+xml', 'data': data, 'text': 'Drawing'}}, {'okay': None}]
    host.open()
    enter(page, 'draw()')
    image = log(page).get_by_role('img', name='Drawing')
    assert image.evaluate('image => image.decode().then(() => image.naturalWidth)') == 40
    assert page.title() == 'Console'


def test_what_is_no_picture_is_shown_by_its_words(page, host):
    host.answer = lambda command: [{'image': {'type': 'text/html', 'data': PNG, 'text': 'A page'}}, {'okay': None}]
    host.open()
    enter(page, 'draw()')
    expect(log(page).locator('.console-output')).to_have_text('A page')
    assert log(page).locator('img').count() == 0


def test_html_is_shown_and_can_neither_run_nor_ask_nor_leave(page, host):
    host.answer = lambda command: [{'html': {'data': HOSTILE, 'text': 'a table'}}, {'okay': None}]
    host.open()
    enter(page, 'table')
    frame = page.frame_locator('.console-sheet')
    cell = frame.locator('th')
    expect(cell).to_have_text('cell')
    page.locator('.console-sheet').evaluate('frame => frame.contentDocument === null || Promise.reject("reached")')
    expect(cell).to_have_css('color', 'rgb(1, 2, 3)')
    expect(cell).to_have_css('font-style', 'italic')
    frame.get_by_text('leave').click()
    frame.get_by_text('send').click()
    page.wait_for_timeout(300)
    assert [path for _, path in host.requests if 'leak' in path] == []
    assert page.title() == 'Console'
    assert page.url == f'{ORIGIN}/console/{KEY}'
    host.errors.clear()


def test_a_styled_table_is_shown_as_it_is_meant_and_nothing_complains(page, host):
    data = (
        '<style>td { font-weight: 700 }</style><table border="1"><tr style="text-align: right;"><td>a style="b"</td></tr></table>'
    )
    host.answer = lambda command: [{'html': {'data': data, 'text': 'a table'}}, {'okay': None}]
    host.open()
    enter(page, 'table')
    frame = page.frame_locator('.console-sheet')
    expect(frame.locator('td')).to_have_text('a style="b"')
    expect(frame.locator('td')).to_have_css('font-weight', '700')
    expect(frame.locator('tr')).to_have_css('text-align', 'right')
    assert page.locator('.console-sheet').get_attribute('title') == 'HTML: a table'


def test_the_frame_of_html_keeps_its_walls(page, host):
    host.answer = lambda command: [{'html': {'data': '<b>bold</b>', 'text': 'bold'}}, {'okay': None}]
    host.open()
    enter(page, 'b')
    frame = page.locator('.console-sheet')
    assert frame.get_attribute('sandbox') == ''
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"" in frame.get_attribute('srcdoc')


def test_colours_of_a_terminal_are_shown_and_not_copied(page, host):
    host.answer = lambda command: [
        {'output': '\x1b[31mred\x1b[0m and \x1b[1;32mgreen'},
        {'output': ' on\x1b[0m\n'},
        {'okay': None},
    ]
    host.open()
    enter(page, 'colours()')
    expect(log(page).locator('.ansi-red')).to_have_text('red')
    expect(log(page).locator('.ansi-green.ansi-bold')).to_have_text('green on')
    page.get_by_role('button', name='Copy all').click()
    expect(page.locator('.console-hints')).to_contain_text('Copied')
    assert page.evaluate('navigator.clipboard.readText()') == 'colours()\nred and green on'


def test_places_in_the_reader_s_files_are_links_and_no_others(page, host):
    trace = (
        'Traceback (most recent call last):\n  File "/home/ann/151/my file.py", line 3, in f\n'
        '  File "/home/bob/x.py", line 1, in g\n  File "/home/ann/../bob/y.py", line 2, in h\n'
        '  File "/usr/lib/python3/z.py", line 4, in k\nValueError: <b>\n'
    )
    host.answer = lambda command: [{'exc': trace}]
    host.open()
    enter(page, 'f()')
    links = log(page).get_by_role('link')
    expect(links).to_have_text(['File "/home/ann/151/my file.py", line 3'])
    assert links.first.get_attribute('href') == '/edit/~/151/my%20file.py#L3'


def test_typed_lines_are_in_colours_while_typing_and_in_the_log(page, host):
    host.open()
    line(page).fill('def f(): return "a"  # why')
    behind = page.locator('.console-behind')
    expect(behind.locator('.code-keyword')).to_have_text(['def', 'return'])
    expect(behind.locator('.code-string')).to_have_text('"a"')
    line(page).press('Enter')
    expect(log(page).locator('.code-comment')).to_have_text('# why')


def test_who_waits_in_a_line_sees_the_place_and_the_line_typed_runs_at_its_turn(page, host):
    host.say({'queued': {'place': 12, 'seconds': 40}})
    host.open()
    expect(state(page)).to_have_text('number 12 in line')
    expect(log(page)).to_contain_text('You are number 12; about 40 seconds.')
    enter(page, 'x = 1')
    expect(line(page)).to_have_value('x = 1')
    host.say({'queued': {'place': 1, 'seconds': 3}})
    expect(state(page)).to_have_text('number 1 in line')
    assert log(page).locator('.console-notice').count() == 1
    host.say({'okay': None})
    expect(state(page)).to_have_text('ready')
    expect(log(page)).to_contain_text('x = 1')
    expect(log(page)).not_to_contain_text('You are number')
    assert host.commands == [{'cmd': 'chat', 'text': 'x = 1\n'}]


def test_a_line_that_finds_the_host_full_waits_in_the_input(page, host):
    host.key = None
    host.starts_with = [{'queued': {'place': 2, 'seconds': 5}}]
    host.open()
    enter(page, 'x = 1')
    expect(state(page)).to_have_text('number 2 in line')
    expect(line(page)).to_have_value('x = 1')
    assert host.commands == []
    host.say({'okay': None})
    expect(log(page)).to_contain_text('x = 1')


def test_the_line_can_be_left(page, host):
    host.say({'queued': {'place': 3, 'seconds': 9}})
    host.open()
    page.get_by_role('button', name='Leave the line').click()
    expect(page.get_by_role('button', name='Leave the line')).to_be_hidden()
    assert ('POST', f'/console/{KEY}/@@terminate') in host.requests
    expect(state(page)).to_have_text('ended')


def test_a_line_of_python_does_not_hide_that_the_place_in_the_line_moves(page, host):
    host.say({'queued': {'place': 2, 'seconds': 200}})
    host.open()
    enter(page, 'x = 1')
    expect(log(page)).to_contain_text('You are number 2; about 3 minutes. What you typed stays below')
    host.say({'queued': {'place': 1, 'seconds': 1}})
    expect(log(page)).to_contain_text('You are number 1; about 1 second. What you typed stays below')


def test_what_was_typed_in_line_and_taken_back_does_not_run(page, host):
    host.say({'queued': {'place': 2, 'seconds': 200}})
    host.open()
    enter(page, 'x = 1')
    line(page).fill('y = 2')
    host.say({'okay': None})
    expect(state(page)).to_have_text('ready')
    expect(log(page)).to_contain_text('Python 3')
    expect(line(page)).to_have_value('y = 2')
    assert host.commands == []


VARIABLES = [
    {'name': 'fac', 'type': 'function', 'repr': '<function fac>', 'kind': 'function', 'size': None},
    {'name': 'names', 'type': 'list', 'repr': "['Ann']", 'kind': 'value', 'size': '1 item'},
    {'name': 'x', 'type': 'int', 'repr': '41'},
]


def answers(command):
    """Answer the questions of the page, and any line with okay."""
    looked = {'name': 'x', 'type': 'int', 'repr': '41', 'doc': 'A number.', 'signature': None, 'members': ['real']}
    return {'globals': [{'globals': VARIABLES}], 'inspect': [looked]}.get(command['cmd'], [{'okay': None}])


def test_variables_are_listed_and_brought_up_to_date_after_a_line(page, host):
    host.answer = answers
    host.open()
    expect(state(page)).to_have_text('ready')
    toggle = page.get_by_role('button', name='Variables')
    toggle.click()
    expect(toggle).to_have_attribute('aria-pressed', 'true')
    rows = page.get_by_role('region', name='Variables').locator('tbody tr')
    expect(rows).to_have_text(["nameslist, 1 item['Ann']", 'xint41'])
    page.get_by_label('Modules and functions too').check()
    expect(rows).to_have_count(3)
    page.get_by_label('Filter by name').fill('FA')
    expect(rows).to_have_count(1)
    asked = len(host.commands)
    enter(page, 'y = 1')
    expect(log(page)).to_contain_text('y = 1')
    expect(rows).to_have_count(1)
    page.wait_for_timeout(1200)
    assert [command['cmd'] for command in host.commands[asked:]] == ['chat', 'globals']
    page.reload()
    expect(page.get_by_role('button', name='Variables')).to_have_attribute('aria-pressed', 'true')


def test_type_and_size_of_a_variable_are_not_cut(page, host):
    page.set_viewport_size({'width': 1280, 'height': 800})
    text = {'name': 'word', 'type': 'str', 'repr': "'abc'", 'kind': 'value', 'size': '3 characters'}
    host.answer = lambda command: {'globals': [{'globals': [text]}]}.get(command['cmd'], [{'okay': None}])
    host.open()
    page.get_by_role('button', name='Variables').click()
    cell = page.locator('.console-type')
    expect(cell).to_have_text('str, 3 characters')
    assert cell.evaluate('cell => cell.scrollWidth <= cell.clientWidth')


def test_a_row_opens_a_closer_look(page, host):
    host.answer = answers
    host.open()
    page.get_by_role('button', name='Variables').click()
    page.get_by_role('button', name='x', exact=True).click()
    details = page.get_by_role('region', name='Details')
    expect(details).to_contain_text('A number.')
    assert host.commands[-1] == {'cmd': 'inspect', 'text': 'x'}


def test_looking_at_variables_does_not_look_like_a_running_program(page, host):
    host.answer = lambda command: []
    host.open()
    page.get_by_role('button', name='Variables').click()
    expect(state(page)).to_have_text('ready')
    page.wait_for_timeout(600)
    assert [command['cmd'] for command in host.commands] == ['globals']
    expect(state(page)).to_have_text('ready')
    expect(page.get_by_role('button', name='Interrupt')).to_be_hidden()


def test_a_value_that_is_slow_to_show_does_not_hold_up_a_line(page, host):
    host.answer = lambda command: [] if command['cmd'] == 'globals' else [{'okay': None}]
    host.open()
    page.get_by_role('button', name='Variables').click()
    page.wait_for_timeout(600)
    enter(page, 'x = 1')
    expect(log(page)).to_contain_text('x = 1')
    assert ('POST', f'/console/{KEY}/@@interrupt') in host.requests
    assert [command['cmd'] for command in host.commands] == ['globals', 'chat']
    expect(log(page)).not_to_contain_text('KeyboardInterrupt')
    expect(page.get_by_role('region', name='Variables')).to_contain_text('took too long')
