"""Much output in a console: in its order after a reload, folded, and with a word about what is no longer there."""

from playwright.sync_api import expect

from tests.browser.console_hands import enter, log, state

SHOWN = '.console-text, .console-notice'


def talk(host, *lines):
    """Let each line have been typed and answered before the page is opened."""
    for text in lines:
        host.note({'cmd': 'chat', 'text': text + '\n'})
        host.say({'output': f'answer to {text}\n'}, {'okay': None})


def test_lines_stand_before_their_output_when_it_comes_in_several_answers(page, host):
    host.most = 3
    talk(host, 'one', 'two', 'three', 'four')
    host.open()
    expect(log(page)).to_contain_text('answer to four')
    expect(state(page)).to_have_text('ready')
    expected = [part for text in ('one', 'two', 'three', 'four') for part in (text, f'answer to {text}')]
    assert log(page).locator(SHOWN).all_inner_texts() == expected


def test_lines_whose_output_is_gone_are_left_out_and_that_is_said(page, host):
    host.most = 3
    talk(host, 'one', 'two', 'three', 'four')
    host.oldest = 4
    host.open()
    expect(log(page)).to_contain_text('answer to four')
    expect(state(page)).to_have_text('ready')
    assert log(page).locator(SHOWN).all_inner_texts() == [
        'Older output of this console is no longer kept.',
        'three',
        'answer to three',
        'four',
        'answer to four',
    ]


def test_a_program_that_says_nothing_still_has_its_line_after_a_reload(page, host):
    talk(host, 'one')
    host.note({'cmd': 'chat', 'text': 'sleep()\n'})
    host.is_busy = True
    host.open()
    expect(log(page).locator('.console-typed')).to_have_text(['one', 'sleep()'])
    expect(state(page)).to_have_text('running')


def test_what_the_page_itself_drops_is_told_at_its_top(page, host):
    host.answer = lambda command: [{'output': f'{command["text"]}' * 9000}, {'okay': None}]
    host.open()
    for text in ('first', 'second', 'third'):
        enter(page, text)
        expect(log(page).locator('.console-output').last).to_contain_text(text)
    expect(log(page).locator('.console-typed', has_text='first')).to_have_count(0)
    assert log(page).locator('> *').first.inner_text() == 'Earlier output is no longer kept.'


def test_a_long_line_is_shown_in_part_and_whole_on_request(page, host):
    host.answer = lambda command: [{'output': 'x' * 12345 + 'end\n'}, {'okay': None}]
    host.open()
    enter(page, 'long()')
    output = log(page).locator('.console-output')
    expect(output).to_contain_text('x…')
    expect(output).not_to_contain_text('end')
    page.get_by_role('button', name='Show the whole line (12,348 characters)').click()
    expect(output).to_contain_text('xend')
    expect(page.get_by_role('button', name='Show the whole line')).to_have_count(0)


def test_the_fold_says_how_many_lines_it_shows_and_how_many_are_gone(page, host):
    host.answer = lambda command: [{'output': ''.join(f'{n}\n' for n in range(100_000))}, {'okay': None}]
    host.open()
    enter(page, 'flood()')
    expect(page.locator('.console-fold')).to_have_text('Show 9,839 more lines (90,001 older ones are no longer kept)')


SVG = 'PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI5MDAiIGhlaWdodD0iNDAiLz4='


def draw(page, host, *before):
    image = {'type': 'image/svg+xml', 'data': SVG, 'text': f'Turtle drawing, step {len(host.commands)}'}
    host.answer = lambda command: [*before, {'image': image}, {'okay': None}]
    enter(page, 'forward(10)')
    expect(log(page).get_by_role('img', name=image['text'], exact=True)).to_be_visible()


def test_a_drawing_that_grows_leaves_one_line_of_each_earlier_picture(page, host):
    host.open()
    for _ in range(3):
        draw(page, host)
    expect(log(page).get_by_text('Earlier picture')).to_have_count(2)
    expect(log(page).locator('img:visible')).to_have_count(1)
    log(page).get_by_text('Earlier picture').first.click()
    expect(log(page).locator('img:visible')).to_have_count(2)


def test_a_picture_before_other_output_stays_as_it_is(page, host):
    host.open()
    draw(page, host)
    draw(page, host, {'output': 'ten steps\n'})
    expect(log(page).locator('img:visible')).to_have_count(2)


def test_what_saves_a_picture_stands_at_its_left_edge(page, host):
    host.open()
    draw(page, host)
    edges = [log(page).locator(css).bounding_box()['x'] for css in ('.console-larger', '.console-picture > .plain .icon')]
    assert abs(edges[0] - edges[1]) <= 4
