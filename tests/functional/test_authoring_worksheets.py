"""Worksheets as their authors write them: made, ordered, written, previewed, given files, taken away."""

import pytest
from webtest import Upload

from ivle.models import Attempt, Exercise, Worksheet, WorksheetExercise, WorksheetFile, user_called
from ivle.teaching.worksheet import RENDERER
from tests.classroom import add_exercise, add_worksheet, send
from tests.functional.subjects_site import HERE
from tests.queries import counted_queries

LIST, BASICS = f'{HERE}/worksheets', f'{HERE}/worksheets/basics'
PIXEL = bytes.fromhex('89504e470d0a1a0a')


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


@pytest.fixture
def basics(school):
    """Put the worksheet `basics` into the offering, and two exercises into the bank."""
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db), 'basics', exercises=(), published=False)
        for name in ('hello', 'factorial'):
            add_exercise(db, school.offering(db), name)


def told(browser):
    return browser.get_json(BASICS).json


def saved(browser, **values):
    """Save a worksheet over the state it has, as a script does."""
    return browser.send_json(f'{BASICS}/@@save', {'opened': told(browser)['digest'], **values})


def links(school):
    with school.database.reading() as db:
        rows = db.query(WorksheetExercise).join(Exercise).order_by(WorksheetExercise.position, WorksheetExercise.id)
        return [(row.exercise.identifier, row.active, row.optional) for row in rows]


def form_of(page):
    return page.forms['worksheet']


# -- the list ---------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(lecturer):
    assert 'Make the first one below' in lecturer.get(LIST).text


def test_a_worksheet_is_made_by_a_form_and_opens(school, lecturer):
    answer = lecturer.send(f'{LIST}/@@create', name='Loops and more', identifier='loops', format='md')
    assert (answer.status_int, answer.location) == (303, f'http://127.0.0.1:6543{LIST}/loops')
    page = answer.follow()
    assert 'The worksheet is made' in page.text and '<h1>Loops and more</h1>' in page.text
    assert lecturer.get_json(LIST).json['worksheets'][0] | {'edited': ''} == {
        'identifier': 'loops',
        'name': 'Loops and more',
        'published': False,
        'assessable': False,
        'exercises': 0,
        'edited': '',
        'url': f'{LIST}/loops',
    }


@pytest.mark.parametrize(
    ('fields', 'spot', 'sentence'),
    [
        ({'name': 'X', 'identifier': 'Not Good'}, 'new-identifier-error', 'Write lower-case letters'),
        ({'name': 'X', 'identifier': 'basics'}, 'new-identifier-error', 'already a worksheet called basics'),
        ({'name': ' ', 'identifier': 'new'}, 'new-name-error', 'Write what students call it'),
    ],
)
def test_a_worksheet_that_cannot_be_made_keeps_the_form(basics, lecturer, fields, spot, sentence):
    page = lecturer.send(f'{LIST}/@@create', format='rst', **fields)
    assert page.status_int == 400
    assert sentence in page.html.find(id=spot).text
    assert page.html.find(id='new-identifier')['value'] == fields['identifier']


def test_buttons_move_worksheets_and_stop_at_the_ends(school, lecturer):
    with school.database.writing() as db:
        for name in ('one', 'two', 'three'):
            add_worksheet(db, school.offering(db), name, exercises=())
    assert lecturer.send(f'{LIST}/@@move', up='three').status_int == 303
    assert lecturer.send_json(f'{LIST}/@@move', {'down': 'one'}).json['worksheets'] == ['three', 'one', 'two']
    assert lecturer.send_json(f'{LIST}/@@move', {'up': 'three'}).json['worksheets'] == ['three', 'one', 'two']
    assert lecturer.send_json(f'{LIST}/@@move', {'up': 'none'}).status_int == 404
    assert lecturer.send_json(f'{LIST}/@@move', {}).status_int == 400


def test_the_ends_of_the_list_have_no_button_that_does_nothing(school, lecturer):
    with school.database.writing() as db:
        for name in ('one', 'two'):
            add_worksheet(db, school.offering(db), name, exercises=())
    buttons = lecturer.get(LIST).html.select('button[name=up], button[name=down]')
    assert [(button['name'], button['value'], button.has_attr('disabled')) for button in buttons] == [
        ('up', 'one', True),
        ('down', 'one', False),
        ('up', 'two', False),
        ('down', 'two', True),
    ]


def test_the_list_asks_the_database_as_often_for_many_as_for_one(school, lecturer, basics):
    with counted_queries(school.database) as few:
        lecturer.get(LIST)
    with school.database.writing() as db:
        for number in range(20):
            add_worksheet(db, school.offering(db), f'w{number}')
    with counted_queries(school.database) as many:
        lecturer.get(LIST)
    assert len(many) == len(few) <= 8


# -- writing ----------------------------------------------------------------------------------------


def test_a_text_is_saved_by_the_form_with_its_exercises_in_order(school, lecturer, basics):
    form = form_of(lecturer.get(BASICS))
    form['source'] = 'Begin\n=====\n\n.. exercise:: hello\n\nThen\n\n.. exercise:: factorial\n   :optional:\n'
    form['published'], form['assessable'] = True, True
    answer = form.submit()
    assert answer.status_int == 303 and 'Saved.' in answer.follow().text
    assert links(school) == [('hello', True, False), ('factorial', True, True)]
    assert (told(lecturer)['published'], told(lecturer)['assessable']) == (True, True)
    with school.database.reading() as db:
        row = db.query(Worksheet).one()
        assert row.renderer == RENDERER and '"hello"' in row.rendered


def test_an_exercise_that_left_the_text_comes_back_as_the_same(school, lecturer, basics):
    saved(lecturer, source='.. exercise:: hello')
    saved(lecturer, source='Nothing.')
    assert links(school) == [('hello', False, False)]
    saved(lecturer, source='.. exercise:: factorial\n\n.. exercise:: hello')
    assert links(school) == [('factorial', True, False), ('hello', True, False)]


def test_an_unknown_exercise_is_refused_and_what_was_typed_is_kept(school, lecturer, basics):
    form = form_of(lecturer.get(BASICS))
    form['source'] = 'My words.\n\n.. exercise:: nonsense'
    page = form.submit(expect_errors=True)
    assert page.status_int == 400
    assert 'no exercise called nonsense' in page.html.find(id='source-error').text
    assert 'My words.' in form_of(page)['source'].value
    assert told(lecturer)['source'] == '' and links(school) == []


def test_problems_are_told_with_their_lines(lecturer, basics):
    answer = saved(lecturer, source='Fine.\n\n.. nonsense::\n')
    assert answer.json['problems'][0].startswith('Line 3: ')
    assert 'Line 3: ' in lecturer.get(BASICS).html.select_one('[data-problems]').text


@pytest.mark.parametrize(
    ('format', 'source'),
    [
        ('md', 'Look.\n\n![A tree](tree.png) and ![again](tree.png)'),
        ('rst', 'Look.\n\n.. image:: tree.png'),
        ('xml', '<p>Look.\n\n<img src="tree.png" /></p>'),
    ],
)
def test_a_picture_that_is_not_there_is_told_with_its_line_until_it_is_uploaded(lecturer, basics, format, source):
    sentence = 'Line 3: there is no file tree.png in this worksheet: upload it, or correct the name.'
    assert lecturer.send_json(f'{BASICS}/@@preview', {'source': source, 'format': format}).json['problems'] == [sentence]
    assert saved(lecturer, source=source, format=format).json['problems'] == [sentence]
    assert told(lecturer)['problems'] == [sentence]
    page = lecturer.get(BASICS)
    assert sentence in page.html.select_one('[data-problems]').text
    assert '1 thing in it needs a look' in form_of(page).submit().follow()
    form = next(form for form in page.forms.values() if form.action.endswith('@@upload'))
    form['files'] = [Upload('tree.png', PIXEL)]
    form.submit()
    assert told(lecturer)['problems'] == []


def test_a_name_that_cannot_be_is_told_at_its_field(lecturer, basics):
    form = form_of(lecturer.get(BASICS))
    form['name'] = ' '
    page = form.submit(expect_errors=True)
    assert page.status_int == 400 and page.html.find(id='name-error') is not None


def test_the_preview_shows_what_students_will_see_and_keeps_nothing(lecturer, basics):
    answer = lecturer.send_json(
        f'{BASICS}/@@preview', {'source': '*So* \n\n.. exercise:: hello\n\n.. exercise:: no', 'format': 'rst'}
    )
    assert '<em>So</em>' in answer.json['html'] and '>Hello</a>' in answer.json['html']
    assert 'There is no exercise no' in answer.json['html']
    assert answer.json['problems'] == ['Line 5: the bank has no exercise called no.']
    assert told(lecturer)['source'] == ''


def test_the_preview_works_without_scripts(lecturer, basics):
    form = form_of(lecturer.get(BASICS))
    form['source'] = '*So*'
    page = form.submit('do', value='preview')
    assert page.status_int == 200 and '<em>So</em>' in page.text and form_of(page)['source'].value == '*So*'
    assert told(lecturer)['source'] == ''


def test_a_preview_runs_no_scripts(lecturer, basics):
    source = '<worksheet><p>x<script>alert(1)</script><b onclick="x()">y</b></p></worksheet>'
    html = lecturer.send_json(f'{BASICS}/@@preview', {'source': source, 'format': 'xml'}).json['html']
    assert 'script' not in html and 'onclick' not in html


def test_of_two_authors_the_later_sees_what_the_earlier_saved(school, lecturer, basics):
    form = form_of(lecturer.get(BASICS))
    saved(lecturer, source='Theirs.\n')
    form['source'] = 'Mine.\n'
    page = form.submit(expect_errors=True)
    assert page.status_int == 409
    lines = page.html.select_one('pre.compared').text
    assert '− Theirs.' in lines and '+ Mine.' in lines
    assert told(lecturer)['source'] == 'Theirs.\n'
    assert 'You saved this after you opened it' in page.html.find(id='merge')
    assert form_of(page).submit().status_int == 303
    assert told(lecturer)['source'] == 'Mine.\n'


def test_a_conflict_says_who_saved_the_other_one_and_when(school, lecturer, basics):
    form = form_of(lecturer.get(BASICS))
    saved(school.person('tutor', 'tutor', name='Tina <Tutor>'), source='Theirs.\n')
    form['source'] = 'Mine.\n'
    merge = form.submit(expect_errors=True).html.select_one('.both-states')
    assert 'Tina <Tutor> (tutor) saved this after you opened it' in merge.h2
    assert merge.time['datetime'] == told(lecturer)['edited']
    assert 'by Tina &lt;Tutor&gt; (tutor)' in lecturer.get(BASICS) and told(lecturer)['editor'] == 'tutor'
    error = lecturer.send_json(f'{BASICS}/@@save', {'opened': '0' * 64, 'source': 'x'}).json['error']
    assert (error['editor'], error['edited']) == ('tutor', told(lecturer)['edited'])


def test_a_script_with_an_old_digest_is_told_the_new_one(lecturer, basics):
    answer = lecturer.send_json(f'{BASICS}/@@save', {'opened': '0' * 64, 'source': 'x'})
    assert (answer.status_int, answer.json['error']['code']) == (409, 'stale')
    assert answer.json['error']['digest'] == told(lecturer)['digest']


def test_what_a_script_leaves_out_stays(lecturer, basics):
    saved(lecturer, name='Other', published=True)
    saved(lecturer, source='x')
    assert [told(lecturer)[name] for name in ('name', 'published', 'source')] == ['Other', True, 'x']


def test_exercises_that_students_do_not_get_yet_are_named(school, lecturer, basics):
    with school.database.writing() as db:
        db.query(Exercise).filter_by(identifier='hello').update({'current': 0})
    saved(lecturer, source='.. exercise:: hello')
    assert 'Students do not get Hello yet' in ' '.join(lecturer.get(BASICS).text.split())


def test_a_page_of_a_worksheet_asks_the_database_a_few_times(school, lecturer, basics):
    saved(lecturer, source='.. exercise:: hello\n\n.. exercise:: factorial')
    with counted_queries(school.database) as statements:
        lecturer.get(BASICS)
    assert len(statements) <= 8, statements


# -- files ------------------------------------------------------------------------------------------


def upload(browser, *files):
    return browser.post(
        f'{BASICS}/@@upload',
        [('csrf_token', browser.csrf_token()), *(('files', Upload(name, content)) for name, content in files)],
        content_type='multipart/form-data',
        expect_errors=True,
    )


def test_a_file_is_uploaded_shown_referred_to_and_deleted(school, lecturer, basics):
    assert upload(lecturer, ('dot.png', PIXEL), ('data.csv', b'1,2\n')).status_int == 303
    page = lecturer.get(BASICS)
    assert '.. image:: dot.png' in page.text and '`words &lt;data.csv&gt;`_' in page.text
    sent = lecturer.get(f'{BASICS}/files/dot.png')
    assert (sent.body, sent.content_type, sent.headers['Content-Security-Policy'][:8]) == (PIXEL, 'image/png', 'sandbox;')
    assert lecturer.send(f'{BASICS}/files/dot.png/@@delete').status_int == 303
    assert lecturer.get(f'{BASICS}/files/dot.png', expect_errors=True).status_int == 404
    assert [file['name'] for file in told(lecturer)['files']] == ['data.csv']


def test_the_preview_shows_the_files_of_the_worksheet(lecturer, basics):
    upload(lecturer, ('dot.png', PIXEL))
    html = lecturer.send_json(f'{BASICS}/@@preview', {'source': '.. image:: dot.png\n   :alt: a dot', 'format': 'rst'}).json[
        'html'
    ]
    assert f'src="{BASICS}/files/dot.png"' in html


def test_files_are_sent_as_a_form_and_not_as_json(lecturer, basics):
    assert lecturer.send_json(f'{BASICS}/@@upload', {'files': ['x']}).status_int == 400


def test_a_file_in_the_place_of_another_replaces_it(lecturer, basics):
    upload(lecturer, ('a.txt', b'old'))
    upload(lecturer, ('a.txt', b'new'))
    assert lecturer.get(f'{BASICS}/files/a.txt').body == b'new'


def test_a_page_that_was_uploaded_never_acts_as_the_site(lecturer, basics):
    upload(lecturer, ('x.html', b'<script>alert(1)</script>'))
    sent = lecturer.get(f'{BASICS}/files/x.html')
    assert sent.headers['Content-Disposition'] == 'attachment' and 'sandbox' in sent.headers['Content-Security-Policy']


@pytest.mark.parametrize(
    ('files', 'sentence'),
    [
        ([], 'Choose at least one file'),
        ([('big.bin', b'x' * (2 * 1024 * 1024 + 1))], 'larger than 2 MiB'),
        ([('.hidden', b'x')], 'cannot be the name'),
        ([(f'{number}.bin', b'x' * (2 * 1024 * 1024)) for number in range(9)], 'at most 16 MiB together'),
    ],
)
def test_files_that_cannot_be_kept_are_refused_at_the_field(school, lecturer, basics, files, sentence):
    page = upload(lecturer, *files)
    assert page.status_int == 400
    assert sentence in page.html.find(id='upload-error').text
    with school.database.reading() as db:
        assert db.query(WorksheetFile).count() == 0


# -- taking it away ---------------------------------------------------------------------------------


def test_a_worksheet_without_work_is_deleted_with_its_files(school, lecturer, basics):
    saved(lecturer, source='.. exercise:: hello')
    upload(lecturer, ('a.txt', b'x'))
    assert lecturer.send(f'{BASICS}/@@delete').status_int == 303
    assert lecturer.get(BASICS, expect_errors=True).status_int == 404
    with school.database.reading() as db:
        assert (db.query(WorksheetFile).count(), db.query(Exercise).count()) == (0, 2)


def test_a_worksheet_with_work_stays_and_can_be_unpublished(school, lecturer, basics):
    school.add('jdoe', 'student')
    saved(lecturer, source='.. exercise:: hello', published=True)
    with school.database.writing() as db:
        send(db, user_called(db, 'jdoe'), db.query(WorksheetExercise).one(), passed=True)
    page = lecturer.get(BASICS)
    assert 'it cannot be deleted' in page.text and '@@delete' not in page.text
    refused = lecturer.send(f'{BASICS}/@@delete')
    assert refused.status_int == 409 and 'unpublish it' in refused.text
    assert lecturer.send(f'{BASICS}/@@unpublish').status_int == 303
    assert told(lecturer)['published'] is False
    with school.database.reading() as db:
        assert db.query(Attempt).count() == 1


# -- who may ----------------------------------------------------------------------------------------

PAGES = (LIST, BASICS, f'{BASICS}/files/a.txt')
ACTS = (
    f'{LIST}/@@create',
    f'{LIST}/@@move',
    f'{BASICS}/@@save',
    f'{BASICS}/@@preview',
    f'{BASICS}/@@upload',
    f'{BASICS}/@@delete',
    f'{BASICS}/@@unpublish',
    f'{BASICS}/files/a.txt/@@delete',
)


@pytest.fixture
def with_a_file(lecturer, basics):
    upload(lecturer, ('a.txt', b'x'))


@pytest.mark.parametrize('role', ['student', None])
def test_others_find_nothing_and_change_nothing(school, with_a_file, role):
    other = school.person('other', role)
    assert {other.get(path, expect_errors=True).status_int for path in PAGES} == {404}
    assert {other.send_json(path).status_int for path in ACTS} == {404}


def test_tutors_write_by_policy_and_administrators_always(school, with_a_file):
    for browser in (school.person('tutor', 'tutor'), school.person('boss', is_admin=True)):
        assert {browser.get(path).status_int for path in PAGES} == {200}


def test_the_anonymous_are_sent_to_sign_in(school, with_a_file):
    answers = [school.site.browser().get(path, expect_errors=True) for path in PAGES]
    assert {(answer.status_int, '/login?next=' in answer.location) for answer in answers} == {(303, True)}


def test_the_page_of_the_offering_leads_authors_to_the_worksheets(school, lecturer):
    assert f'href="{LIST}"' in lecturer.get(HERE).text
    assert f'href="{LIST}"' not in school.person('jdoe', 'student').get(HERE).text
