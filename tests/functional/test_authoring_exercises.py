"""The bank of exercises as its authors use it: made, written, tested, published, and out of everybody else's sight."""

import json

import pytest

from ivle.errors import ServiceDown
from ivle.models import AttemptState, Exercise, ExerciseVersion, Role, SemesterState, User, user_called
from tests.classroom import add_worksheet, send
from tests.course import add_offering, enrol
from tests.functional.subjects_site import HERE
from tests.queries import counted_queries

BANK, FAC = '/subjects/151/exercises', '/subjects/151/exercises/fac'
RIGHT, WRONG = 'right', 'wrong'
LOOKS_AT_NOTHING = {'name': 'zero', 'cases': [{'passes': 'yes', 'fails': 'no', 'checks': [{'aspect': 'result'}]}]}


class Host:
    """A host that lets pass what says `right`, and remembers what it was told. `state` is what it says of the rest."""

    def __init__(self, settings=None):
        self.attempts, self.is_down, self.is_slow = {}, False, False

    def __call__(self, settings):
        return self

    def submit(self, login, key, definition, code, wait=1.0, first=True):
        if self.is_down:
            raise ServiceDown()
        self.attempts.setdefault(key, code)

    def look(self, key, wait=0.0):
        code = self.attempts.get(key)
        if code is None:
            return None
        if self.is_slow:
            return {'state': 'queued', 'place': 3, 'seconds': 4}
        if 'broken' in code:
            return {'state': 'fault', 'where': 'suite 1', 'message': 'The check raised an error.'}
        return {'state': 'judged', 'verdict': verdict(RIGHT in code)}


def verdict(passed):
    case = {'name': 'The result differs.', 'passed': passed, 'aspect': 'result', 'expected': '<42>', 'actual': '43', 'detail': ''}
    suite = {
        'name': 'double(21)',
        'passed': passed,
        'is_hidden': False,
        'call': 'double(21)',
        'stdin': '',
        'cases': [case],
        'error': None,
        'got': int(passed),
        'of': 1,
    }
    return {'passed': passed, 'got': int(passed), 'of': 1, 'error': None, 'python': '3', 'suites': [suite]}


@pytest.fixture
def host(monkeypatch):
    made = Host()
    monkeypatch.setattr('ivle.proving.Testing', made)
    return made


@pytest.fixture
def lecturer(school):
    return school.person('lecturer', 'lecturer')


@pytest.fixture
def fac(lecturer):
    """Make the exercise `fac`, and return its author's browser."""
    assert lecturer.send(f'{BANK}/@@create', name='Factorial', identifier='fac', start='function').status_int == 303
    return lecturer


def told(browser):
    return browser.get_json(FAC).json


def saved(browser, **values):
    """Save the draft as a script does, with other values in it."""
    now = told(browser)
    return browser.send_json(f'{FAC}/@@save', {'opened': now['digest'], 'definition': now['definition'] | values})


def form_of(page):
    return page.forms['exercise']


def press(form, order):
    """Send the form by the first button for an order, and return the answer, whatever it is."""
    place = next(place for place, button in enumerate(form.fields['do']) if button._value == order)
    return form.submit('do', index=place, expect_errors=True)


def versions(school):
    with school.database.reading() as db:
        rows = db.query(ExerciseVersion).order_by(ExerciseVersion.number)
        return [(row.number, row.digest, row.author_id and db.get(User, row.author_id).login) for row in rows]


# -- the list ---------------------------------------------------------------------------------------


def test_an_empty_bank_says_what_to_do(lecturer):
    assert 'Make the first one below' in lecturer.get(BANK).text


def test_an_exercise_begins_as_an_example_and_is_listed_with_its_state_and_use(school, fac):
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db), 'basics', exercises=('fac',))
    [line] = fac.get_json(BANK).json['exercises']
    assert (line['identifier'], line['version'], line['draft_differs']) == ('fac', None, True)
    assert line['used'] == [{'offering': '151/2026/s1', 'worksheet': 'basics'}]
    page = fac.get(BANK)
    assert 'draft, not published' in page.text and f'href="{HERE}/worksheets/basics"' in page.text
    assert told(fac)['definition']['suites'][0]['function'] == 'double'


@pytest.mark.parametrize('start', ['function', 'program', 'properties'])
def test_each_example_has_tests_and_a_wrong_answer(lecturer, start):
    lecturer.send(f'{BANK}/@@create', name='X', identifier='fac', start=start)
    definition = told(lecturer)['definition']
    assert definition['suites'] and definition['wrong_answers'] and definition['solution']


@pytest.mark.parametrize(
    ('fields', 'spot'),
    [
        ({'name': 'X', 'identifier': 'Not Good', 'start': 'function'}, 'new-identifier-error'),
        ({'name': 'X', 'identifier': 'fac', 'start': 'function'}, 'new-identifier-error'),
        ({'name': ' ', 'identifier': 'new', 'start': 'function'}, 'new-name-error'),
    ],
)
def test_an_exercise_that_cannot_be_made_keeps_the_form(fac, fields, spot):
    page = fac.send(f'{BANK}/@@create', **fields)
    assert page.status_int == 400
    assert page.html.find(id=spot) is not None
    assert page.html.find(id='new-identifier')['value'] == fields['identifier']


def test_the_list_asks_the_database_as_often_for_many_as_for_one(school, fac):
    with counted_queries(school.database) as few:
        fac.get(BANK)
    with school.database.writing() as db:
        add_worksheet(db, school.offering(db), 'many', exercises=[f'e{number}' for number in range(20)])
    with counted_queries(school.database) as many:
        fac.get(BANK)
    assert len(many) == len(few) <= 8


# -- the form ---------------------------------------------------------------------------------------


def test_the_form_saves_what_was_typed(fac):
    form = form_of(fac.get(FAC))
    form['name'], form['solution'] = 'Twice', 'def double(n): return n + n\n'
    form['suite.0.case.0.fails'], form['suite.0.arguments'] = 'No.', '1\n[2,\n 3]'
    answer = press(form, 'save')
    assert answer.status_int == 303 and 'The draft is saved' in answer.follow().text
    now = told(fac)['definition']
    assert (now['name'], now['solution']) == ('Twice', 'def double(n): return n + n\n')
    assert (now['suites'][0]['cases'][0]['fails'], now['suites'][0]['arguments']) == ('No.', ['1', '[2,\n3]'])


def test_saving_what_is_there_changes_nothing(fac):
    before = told(fac)['digest']
    press(form_of(fac.get(FAC)), 'save')
    assert told(fac)['digest'] == before


@pytest.mark.parametrize(
    ('order', 'field'),
    [
        ('add hint', 'hint.0'),
        ('add wrong', 'wrong.1.name'),
        ('add suite calls', 'suite.1.function'),
        ('add suite pytest', 'suite.1.source'),
        ('add case suite.0', 'suite.0.case.1.fails'),
        ('add check suite.0.case.0', 'suite.0.case.0.check.1.aspect'),
        ('add file suite.0', 'suite.0.file.0.name'),
    ],
)
def test_a_button_adds_fields_without_scripts_and_keeps_what_was_typed(fac, order, field):
    form = form_of(fac.get(FAC))
    form['name'] = 'Typed and not saved'
    page = press(form, order)
    assert page.status_int == 200
    assert field in form_of(page).fields and form_of(page)['name'].value == 'Typed and not saved'
    assert told(fac)['definition']['name'] == 'Factorial'


def test_a_button_takes_fields_away(fac):
    page = press(form_of(fac.get(FAC)), 'remove suite.0')
    assert 'suite.0.name' not in form_of(page).fields and 'Nothing is tested yet' in page.text


def test_every_button_of_the_form_does_something(fac):
    page = fac.get(FAC)
    orders = {button['value'] for button in page.html.select('form#exercise button[name=do]')} - {
        'save',
        'test',
        'publish',
        'preview',
    }
    before = set(form_of(page).fields)
    assert {order for order in orders if set(form_of(press(form_of(page), order)).fields) == before} == set()


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('name', ''),
        ('rows', 'many'),
        ('suite.0.function', 'not a name'),
        ('suite.0.seconds', '3600'),
        ('suite.0.keywords', 'x'),
        ('suite.0.case.0.weight', '-'),
        ('wrong.0.code', ''),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field_and_kept_as_a_draft(fac, field, value):
    form = form_of(fac.get(FAC))
    form[field] = value
    form['solution'] = 'typed'
    answer = press(form, 'save')
    assert answer.status_int == 303
    page = answer.follow()
    assert 'This draft is kept, and not finished' in page.html.select_one('main [role=alert]').text
    assert page.html.find(id=f'f-{field}-error').text.strip()
    assert page.html.find(id=f'f-{field}')['aria-invalid'] == 'true'
    assert (form_of(page)[field].value, form_of(page)['solution'].value) == (value, 'typed')
    assert page.html.select_one(f'a[href="#f-{field}"]') is not None
    kept = told(fac)['unfinished']
    assert (kept['field'], kept['fields'][field], kept['fields']['solution']) == (field, value, 'typed')


def test_too_many_parts_are_told_where_they_stand(fac):
    form = form_of(fac.get(FAC))
    page = form
    for _ in range(21):
        page = form_of(press(page, 'add wrong'))
    for place in range(1, 22):
        page[f'wrong.{place}.name'], page[f'wrong.{place}.code'] = f'answer {place}', 'pass'
    kept = press(page, 'save').follow()
    assert kept.html.select_one('a[href="#wrong"]') is not None


def test_a_draft_that_is_too_long_to_be_kept_comes_back_in_its_form(fac):
    form = form_of(fac.get(FAC))
    form['name'] = ''
    form['solution'] = '#' * 2_100_000
    page = press(form, 'save')
    assert page.status_int == 400 and page.html.find(id='f-name-error') is not None
    assert told(fac)['unfinished'] is None


@pytest.fixture
def unfinished(good):
    """Publish the exercise, and leave a draft without a name."""
    good.send_json(f'{FAC}/@@publish')
    form = form_of(good.get(FAC))
    form['name'], form['starter'] = '', 'half a th'
    press(form, 'save')
    return good


def test_an_unfinished_draft_is_neither_tested_nor_published(school, unfinished):
    for act in ('test', 'publish'):
        page = press(form_of(unfinished.get(FAC)), act)
        assert page.status_int == 400 and page.html.find(id='f-name-error') is not None
        refused = unfinished.send_json(f'{FAC}/@@{act}')
        assert (refused.status_int, refused.json['error']['code']) == (409, 'not-ready')
    assert len(versions(school)) == 1
    assert 'version 1, and a draft that is not finished' in unfinished.get(BANK)


def test_the_proof_of_an_earlier_draft_does_not_publish_an_unfinished_one(school, good):
    key = good.send_json(f'{FAC}/@@test').json['key']
    form = form_of(good.get(FAC))
    form['name'] = ''
    press(form, 'save')
    assert good.send_json(f'{FAC}/@@publish', {'key': key}).status_int == 409
    assert versions(school) == []


def test_an_unfinished_draft_that_is_mended_is_a_draft_like_any_other(school, unfinished):
    form = form_of(unfinished.get(FAC))
    form['name'] = 'Finished'
    page = press(form, 'save').follow()
    assert 'not finished' not in page and told(unfinished)['unfinished'] is None
    assert told(unfinished)['definition']['starter'] == 'half a th'
    assert unfinished.send_json(f'{FAC}/@@publish').json['version'] == 2


def test_a_version_takes_the_place_of_an_unfinished_draft(unfinished):
    page = unfinished.get(f'{FAC}/versions/1')
    assert '+ half a th' in page.html.find(attrs={'aria-label': 'What the draft changes'}).text
    restore = next(form for form in page.forms.values() if form.action.endswith('@@restore'))
    restore.submit()
    assert (told(unfinished)['unfinished'], told(unfinished)['draft_differs']) == (None, False)


def test_two_unfinished_drafts_are_compared_field_by_field(fac):
    mine, theirs = form_of(fac.get(FAC)), form_of(fac.get(FAC))
    theirs['name'], theirs['solution'] = '', 'theirs'
    press(theirs, 'save')
    mine['rows'], mine['solution'] = 'many', 'mine'
    page = press(mine, 'save')
    assert page.status_int == 409
    lines = page.html.select_one('pre.compared').text
    assert '− theirs' in lines and '+ mine' in lines
    assert press(form_of(page), 'save').status_int == 303
    assert told(fac)['unfinished']['fields']['solution'] == 'mine'


def test_the_description_is_previewed_with_and_without_scripts(fac):
    answer = fac.send_json(f'{FAC}/@@preview', {'text': '*So*', 'format': 'md'})
    assert '<em>So</em>' in answer.json['html']
    form = form_of(fac.get(FAC))
    form['description'] = '*So*'
    assert '<em>So</em>' in press(form, 'preview').text
    assert fac.send_json(f'{FAC}/@@preview', {'text': 'x', 'format': 'doc'}).status_int == 400


def test_of_two_authors_the_later_sees_what_the_earlier_saved(fac):
    form = form_of(fac.get(FAC))
    saved(fac, solution='theirs\n')
    form['solution'] = 'mine\n'
    page = press(form, 'save')
    assert page.status_int == 409
    lines = page.html.select_one('pre.compared').text
    assert '− theirs' in lines and '+ mine' in lines
    assert 'You saved this after you opened it' in page.html.find(id='merge')
    assert press(form_of(page), 'save').status_int == 303
    assert told(fac)['definition']['solution'] == 'mine\n'


def test_a_conflict_says_who_saved_the_other_one_and_when(school, fac):
    form, began = form_of(fac.get(FAC)), told(fac)['digest']
    saved(school.person('tutor', 'tutor', name='Tina Tutor'), solution='theirs\n')
    form['solution'] = 'mine\n'
    merge = press(form, 'save').html.select_one('.both-states')
    assert 'Tina Tutor (tutor) saved this after you opened it' in merge.h2
    assert merge.time['datetime'] == told(fac)['edited']
    refused = fac.send_json(f'{FAC}/@@save', {'opened': began, 'definition': told(fac)['definition']}).json['error']
    assert refused['message'].startswith('Tina Tutor (tutor) saved this') and refused['editor'] == 'tutor'
    assert 'by Tina Tutor (tutor)' in fac.get(FAC) and told(fac)['editor'] == 'tutor'


def test_a_script_is_told_what_is_wrong_with_a_definition(fac):
    answer = saved(fac, suites=[{'name': 'x', 'function': '1'}])
    assert answer.status_int == 400 and answer.json['error']['message'].startswith('suites[0].function')


# -- testing and publishing -------------------------------------------------------------------------


@pytest.fixture
def good(fac, host):
    """Give the exercise a solution that passes and a wrong answer that does not."""
    assert saved(fac, solution=RIGHT, wrong_answers={'bad': WRONG}).status_int == 200
    return fac


def test_a_test_shows_the_verdict_of_each_program(good):
    page = press(form_of(good.get(FAC)), 'test').follow()
    assert 'The tests are good' in page.text and 'Wrong answer: bad' in page.text
    assert '&lt;42&gt;' in page.text and 'does not pass' in page.text


def test_a_test_tells_a_script_where_to_look(good):
    answer = good.send_json(f'{FAC}/@@test')
    assert answer.status_int == 202
    found = good.get_json(answer.json['url']).json
    assert (found['state'], found['objections']) == ('good', [])
    assert [(one['name'], one['state'], one['passed']) for one in found['programs']] == [
        (None, 'judged', True),
        ('bad', 'judged', False),
    ]


def test_an_exercise_with_good_tests_is_published_for_ever(school, good):
    answer = press(form_of(good.get(FAC)), 'publish')
    assert answer.location.endswith(FAC) and 'Version 1 is published' in answer.follow().text
    assert versions(school) == [(1, told(good)['digest'], 'lecturer')]
    assert (told(good)['version'], told(good)['draft_differs']) == (1, False)


@pytest.fixture
def attempted(school, good):
    """Publish the exercise in a worksheet that two students have attempted, and return its author's browser."""
    assert good.send_json(f'{FAC}/@@publish').json['outdated'] == 0
    school.add('jdoe', 'student')
    school.add('asmith', 'student')
    with school.database.writing() as db:
        link = add_worksheet(db, school.offering(db), 'basics', exercises=('fac',))['fac']
        for login in ('jdoe', 'asmith'):
            send(db, user_called(db, login), link, passed=True)
    return good


def test_after_stricter_tests_are_published_their_author_is_led_to_testing_the_attempts_again(attempted):
    assert 'older tests' not in attempted.get(FAC)
    saved(attempted, solution=f'{RIGHT} and stricter')
    assert 'older tests' not in attempted.get(FAC)
    page = press(form_of(attempted.get(FAC)), 'publish').follow()
    notice = page.html.select_one('.notice.outdated')
    assert '2 attempts were judged by older tests' in notice.text and 'Basics of 151/2026/s1' in notice.text
    assert notice.a['href'] == f'{HERE}/retest/basics/fac' and notice.a.text == 'Test them again'
    assert 'will be tested by the current version, 2' in attempted.get(notice.a['href'])
    assert (told(attempted)['outdated'], attempted.send_json(f'{FAC}/@@publish').json['outdated']) == (2, 2)


def test_attempts_of_a_semester_that_is_over_are_not_asked_after(school, attempted):
    saved(attempted, solution=f'{RIGHT} and stricter')
    attempted.send_json(f'{FAC}/@@publish')
    with school.database.writing() as db:
        school.offering(db).semester.state = SemesterState.PAST
        enrol(db, user_called(db, 'lecturer'), add_offering(db, '151', 2027), Role.LECTURER)
    page = attempted.get(FAC)
    assert 'older tests' not in page and f'href="{HERE}/retest/basics/fac"' in page


def test_the_same_is_not_published_twice_and_something_else_is_another_version(school, good):
    for _ in range(2):
        assert good.send_json(f'{FAC}/@@publish').json['version'] == 1
    saved(good, name='Other')
    assert 'version 1, and a draft that differs' in good.get(BANK).text
    assert good.send_json(f'{FAC}/@@publish').json['version'] == 2
    assert [number for number, _, _ in versions(school)] == [1, 2]


@pytest.mark.parametrize(
    ('values', 'sentence'),
    [
        ({'solution': WRONG}, 'The solution does not pass its own tests.'),
        ({'wrong_answers': {'good after all': RIGHT}}, 'The tests let the wrong answer “good after all” pass.'),
        ({'solution': 'broken'}, 'The tests cannot be carried out (suite 1): The check raised an error.'),
    ],
)
def test_an_exercise_whose_tests_are_not_good_is_not_published(school, good, values, sentence):
    saved(good, **values)
    page = press(form_of(good.get(FAC)), 'publish').follow()
    assert sentence in page.text and 'Nothing was published' in page.text
    refused = good.send_json(f'{FAC}/@@publish')
    assert (refused.status_int, refused.json['error']['code']) == (409, 'not-proven')
    assert refused.json['error']['objections'] == [sentence]
    assert versions(school) == []


@pytest.mark.parametrize(
    ('values', 'sentence'),
    [
        ({'suites': []}, 'Nothing is tested yet'),
        ({'solution': ' '}, 'Write the solution first'),
        ({'description': '.. unheard-of::\n'}, 'The description cannot be shown as it is'),
        ({'suites': [LOOKS_AT_NOTHING]}, 'looks at what a function returns, and calls none'),
    ],
)
def test_what_cannot_be_tested_is_said_and_the_draft_is_saved(school, good, values, sentence):
    saved(good, **values)
    page = press(form_of(good.get(FAC)), 'publish')
    assert page.status_int == 409 and sentence in page.text
    assert versions(school) == []


def test_whoever_publishes_while_the_tests_wait_is_shown_where_they_stand(school, good, host):
    host.is_slow = True
    answer = press(form_of(good.get(FAC)), 'publish')
    page = answer.follow()
    assert 'number 3 in line, about 4 s' in page.text and 'Reload this page' in page.text
    assert versions(school) == []
    host.is_slow = False
    page = good.get(answer.location)
    publish = next(form for form in page.forms.values() if form.action.endswith('@@publish'))
    assert 'Version 1 is published' in publish.submit().follow().text


def test_the_test_of_another_draft_publishes_nothing(school, good):
    key = good.send_json(f'{FAC}/@@test').json['key']
    saved(good, name='Changed since')
    refused = good.send_json(f'{FAC}/@@publish', {'key': key})
    assert refused.status_int == 409 and 'Test again' in refused.json['error']['message']
    assert versions(school) == []


def test_a_host_that_is_away_is_said_and_the_draft_is_saved(good, host):
    host.is_down = True
    form = form_of(good.get(FAC))
    form['name'] = 'Saved all the same'
    assert press(form, 'test').status_int == 503
    assert told(good)['definition']['name'] == 'Saved all the same'


# -- versions and faults ----------------------------------------------------------------------------


def test_versions_are_listed_compared_and_taken_back(school, good):
    good.send_json(f'{FAC}/@@publish')
    saved(good, description='New words.')
    good.send_json(f'{FAC}/@@publish')
    assert f'href="{FAC}/versions/2"' in good.get(FAC).text
    page = good.get(f'{FAC}/versions/2')
    assert '+ New words.' in page.html.select_one('pre.compared').text
    assert good.get_json(f'{FAC}/versions/1').json['definition']['description'] != 'New words.'
    first = good.get(f'{FAC}/versions/1')
    restore = next(form for form in first.forms.values() if form.action.endswith('@@restore'))
    assert 'The draft is what version 1 was' in restore.submit().follow().text
    assert told(good)['digest'] == versions(school)[0][1]


def test_the_draft_is_compared_with_what_students_get(good):
    good.send_json(f'{FAC}/@@publish')
    assert 'What the draft changes' not in good.get(f'{FAC}/versions/1').text
    saved(good, description='New words.')
    page = good.get(good.get(FAC).html.find('a', string='What differs')['href'])
    assert '+ New words.' in page.html.find(attrs={'aria-label': 'What the draft changes'}).text


@pytest.mark.parametrize('number', ['0', '3', 'x', '01'])
def test_a_version_that_is_not_there_is_missing(good, number):
    good.send_json(f'{FAC}/@@publish')
    assert good.get(f'{FAC}/versions/{number}', expect_errors=True).status_int == 404


def test_faults_that_students_met_are_listed(school, good):
    good.send_json(f'{FAC}/@@publish')
    school.add('jdoe', 'student')
    with school.database.writing() as db:
        link = add_worksheet(db, school.offering(db), 'basics', exercises=('fac',))['fac']
        fault = json.dumps({'where': 'suite 1', 'message': 'No <module>.'})
        send(db, user_called(db, 'jdoe'), link, passed=False, state=AttemptState.VOID, verdict=fault)
    page = good.get(FAC)
    assert '1 attempt could not be judged' in page.text and 'No &lt;module&gt;.' in page.text
    assert 'jdoe' not in page.text
    assert [(fault['where'], fault['version']) for fault in told(good)['faults']] == [('suite 1', 1)]


def test_an_attempt_that_was_given_up_is_no_fault_that_students_met(school, good):
    good.send_json(f'{FAC}/@@publish')
    school.add('jdoe', 'student')
    with school.database.writing() as db:
        link = add_worksheet(db, school.offering(db), 'basics', exercises=('fac',))['fac']
        send(db, user_called(db, 'jdoe'), link, passed=False, state=AttemptState.VOID, verdict='{"given_up": true}')
    assert (told(good)['fault_count'], told(good)['faults']) == (0, [])


def test_a_page_of_an_exercise_asks_the_database_a_few_times(school, good):
    good.send_json(f'{FAC}/@@publish')
    with counted_queries(school.database) as statements:
        good.get(FAC)
    assert len(statements) <= 8, statements


# -- who may ----------------------------------------------------------------------------------------


@pytest.fixture
def pages(good):
    """Return the addresses of everything that authors see, and of everything they do."""
    key = good.send_json(f'{FAC}/@@test').json['key']
    good.send_json(f'{FAC}/@@publish')
    acts = [
        f'{BANK}/@@create',
        *(f'{FAC}/@@{act}' for act in ('save', 'preview', 'test', 'publish')),
        f'{FAC}/versions/1/@@restore',
    ]
    return [BANK, FAC, f'{FAC}/versions/1', f'{FAC}/tests/{key}'], acts


@pytest.mark.parametrize('role', ['student', None])
def test_others_find_nothing_and_change_nothing(school, pages, role):
    other = school.person('other', role)
    assert {other.get(path, expect_errors=True).status_int for path in pages[0]} == {404}
    assert {other.send_json(path).status_int for path in pages[1]} == {404}


def test_the_anonymous_are_sent_to_sign_in(school, pages):
    answers = [school.site.browser().get(path, expect_errors=True) for path in pages[0]]
    assert {(answer.status_int, '/login?next=' in answer.location) for answer in answers} == {(303, True)}


def test_tutors_work_on_the_bank_by_policy_and_administrators_always(school, pages):
    for browser in (school.person('tutor', 'tutor'), school.person('boss', is_admin=True)):
        assert {browser.get(path).status_int for path in pages[0]} == {200}


@pytest.mark.parametrize(('state', 'status'), [(SemesterState.PAST, 404), (SemesterState.FUTURE, 200)])
def test_who_taught_in_the_past_works_on_the_bank_no_more(school, pages, state, status):
    other = school.person('other')
    with school.database.writing() as db:
        offering = add_offering(db, '151', 2024, 's9', state)
        enrol(db, user_called(db, 'other'), offering, Role.LECTURER)
    assert {other.get(path, expect_errors=True).status_int for path in pages[0]} == {status}


def test_who_teaches_another_subject_does_not_see_this_bank(school, pages):
    other = school.person('other')
    with school.database.writing() as db:
        enrol(db, user_called(db, 'other'), add_offering(db, '152'), Role.LECTURER)
    assert {other.get(path, expect_errors=True).status_int for path in pages[0]} == {404}
    assert other.get('/subjects/152/exercises').status_int == 200


def test_an_exercise_of_another_subject_is_not_in_this_bank(school, good):
    with school.database.writing() as db:
        offering = add_offering(db, '152')
        enrol(db, user_called(db, 'lecturer'), offering, Role.LECTURER)
        db.add(Exercise(subject_id=offering.subject_id, identifier='theirs', name='x', draft='{"name": "x"}'))
    assert good.get('/subjects/152/exercises/theirs').status_int == 200
    assert good.get(f'{BANK}/theirs', expect_errors=True).status_int == 404


def test_the_page_of_the_subject_leads_authors_to_the_bank(school, lecturer):
    assert f'href="{BANK}"' in lecturer.get('/subjects/151').text
    assert f'href="{BANK}"' not in school.person('jdoe', 'student').get('/subjects/151').text
