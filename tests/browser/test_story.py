"""The whole story: a student signs in, edits, saves, keeps a version, runs it, serves a page; another student cannot."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

SCREENSHOTS = os.environ.get('SCREENSHOTS')
FLOWER = '''"""Draw a flower of circles."""

import turtle

COLOURS = ('crimson', 'darkorange', 'seagreen', 'royalblue')


def flower(petals, radius):
    for petal in range(petals):
        turtle.color(COLOURS[petal % len(COLOURS)])
        turtle.circle(radius)
        turtle.left(360 / petals)


turtle.speed(0)
turtle.width(2)
flower(petals=16, radius=70)
turtle.hideturtle()
print(16, 'petals in', len(COLOURS), 'colours')
'''


@pytest.fixture(scope='module')
def studenta(site, open_window):
    return open_window(site).sign_in('studenta')


@pytest.fixture
def editor(studenta):
    """Return the page with hello.py in the editor."""
    studenta.go('/edit/~/151/hello.py')
    studenta.page.locator('.cm-content').wait_for()
    return studenta.page


def type_at_the_end(page, text):
    page.locator('.cm-content').click()
    page.keyboard.press('Control+End')
    page.keyboard.insert_text(text)


def test_signing_in_leads_back_to_where_one_wanted_to_go(site, open_window):
    window = open_window(site)
    window.go('/files/~/151')
    assert '/login?next=' in window.page.url
    window.page.get_by_label('Login', exact=True).fill('studenta')
    window.page.get_by_label('Password', exact=True).fill('password')
    window.page.get_by_role('main').get_by_role('button', name='Sign in').click()
    window.page.wait_for_url(site.url + '/files/~/151')


def test_a_program_is_opened_from_the_listing(studenta):
    studenta.go('/files/~/151')
    studenta.page.get_by_role('link', name='hello.py', exact=True).click()
    expect(studenta.page.locator('.cm-content')).to_contain_text('Greet somebody')


def test_an_edit_is_saved_by_a_key_and_stays(editor, studenta):
    type_at_the_end(editor, "\nprint(greeting('browser'))\n")
    editor.keyboard.press('Control+s')
    expect(editor.locator('[data-state]')).to_contain_text(re.compile('saved', re.IGNORECASE))
    editor.reload()
    expect(editor.locator('.cm-content')).to_contain_text("greeting('browser')")


def test_a_version_is_kept_with_a_message(editor, studenta):
    type_at_the_end(editor, "print(greeting('everybody'))\n")
    editor.keyboard.press('Control+s')
    expect(editor.locator('[data-state]')).to_contain_text(re.compile('saved', re.IGNORECASE))
    editor.locator('summary', has_text='Version').click()
    editor.get_by_label('What you changed').fill('Greet the browser')
    editor.get_by_role('button', name='Save a version').click()
    expect(editor.get_by_text(re.compile(r'Saved as revision \d+'))).to_be_visible()
    studenta.go('/files/~/151/hello.py/@@log')
    expect(studenta.page.get_by_text('Greet the browser')).to_be_visible()


def test_a_program_runs_in_the_console_beside_it(editor):
    editor.get_by_role('button', name='Run').click()
    expect(editor.get_by_role('log')).to_contain_text('Hello, world!')


@pytest.fixture
def flower(site, open_window):
    """Return the page of somebody without open consoles, with a program that draws in the editor."""
    owner = site.person('studentb')
    assert owner.put('/edit/studentb/151/flower.py', FLOWER.encode(), if_none_match='*').status == 201
    window = open_window(site).sign_in('studentb')
    window.go('/edit/~/151/flower.py')
    window.page.locator('.cm-content').wait_for()
    yield window.page
    assert owner.post('/files/studentb/151/@@delete', {'names': ['flower.py']}).status == 200


def test_what_a_program_draws_is_shown_beside_it(flower):
    flower.get_by_role('button', name='Run').click()
    log = flower.get_by_role('log')
    expect(log).to_contain_text('16 petals in 4 colours')
    drawing = log.get_by_role('img')
    expect(drawing).to_have_count(1)
    assert drawing.evaluate('image => image.decode().then(() => image.naturalWidth)') > 0
    flower.get_by_role('textbox', name='Python').fill('360 / 16')
    flower.keyboard.press('Enter')
    expect(log.locator('.console-output').last).to_have_text('22.5')
    take_picture_if_wanted(flower)


def take_picture_if_wanted(page):
    # `SCREENSHOTS=docs` makes the picture of the README anew.
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS, 'screenshot.png'))


def test_a_console_remembers_and_can_be_interrupted(studenta):
    studenta.go('/console')
    page = studenta.page
    line = page.get_by_role('textbox').last
    for text, shown in (('numbers = [1, 2, 3]', None), ('sum(numbers) * 7', '42')):
        line.fill(text)
        line.press('Enter')
        expect(page.get_by_role('log')).to_contain_text(shown or 'numbers')
    line.fill('while True: pass')
    line.press('Shift+Enter')
    line.press('Enter')
    page.get_by_role('button', name='Interrupt').click()
    expect(page.get_by_role('log')).to_contain_text('KeyboardInterrupt')


def test_a_page_of_ones_own_is_served_and_its_program_answers(studenta):
    studenta.go('/serve/~/151/proj1/index.html')
    picture = studenta.page.get_by_alt_text('Hills in the evening')
    assert picture.evaluate('image => image.decode().then(() => image.naturalWidth)') == 320
    studenta.page.get_by_label('Your name').fill('Grace <b>')
    studenta.page.get_by_role('button', name='Greet me').click()
    expect(studenta.page.get_by_role('heading')).to_have_text('Hello, Grace <b>!')


def test_a_served_page_is_a_stranger_to_the_site(studenta):
    studenta.go('/serve/~/151/proj1/index.html')
    assert studenta.page.evaluate('window.origin') == 'null'
    with pytest.raises(Exception, match='cookie'):
        studenta.page.evaluate('document.cookie')


def test_another_student_sees_what_one_sees_of_a_missing_page(site, open_window):
    studentb = open_window(site).sign_in('studentb')
    there = studentb.go('/files/studenta/151')
    there_text = studentb.page.get_by_role('main').inner_text()
    nowhere = studentb.go('/files/nobody/151')
    assert (there.status, there_text) == (nowhere.status, studentb.page.get_by_role('main').inner_text()) and there.status == 404


def test_no_page_of_the_story_made_the_browser_complain(studenta):
    for path in ('/', '/files/~/151', '/edit/~/151/hello.py', '/console', '/profile', '/help'):
        studenta.go(path)
        studenta.page.wait_for_load_state('networkidle')
    # A served page is a stranger, so that even the site's icon is not for it: that much complaint is right.
    assert [text for text in studenta.complaints if '/serve/' not in text and '/favicon.ico' not in text] == []


def test_reading_and_saving_work_without_scripts(site, open_window):
    window = open_window(site, scripts=False).sign_in('studentb')
    window.go('/edit/~/152/tree.py')
    text = window.page.locator('textarea[name=text]')
    text.fill(text.input_value() + '# no script was needed\n')
    window.page.get_by_role('button', name='Save', exact=True).click()
    window.go('/edit/~/152/tree.py')
    expect(window.page.locator('textarea[name=text]')).to_have_value(re.compile('no script was needed'))
