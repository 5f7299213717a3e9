"""Who may do what on somebody's files: by address and by JSON, against the matrix of docs/security.md."""

import re

import pytest

# What studenta's files are to each person: nothing, the subject directory to read, or their own.
NOTHING, SUBJECT, OWN = 'nothing', 'subject', 'own'
SEES = {'studenta': OWN, 'tutor': SUBJECT, 'lecturer': SUBJECT, 'studentb': NOTHING, 'admin': NOTHING}
STAFF = [login for login, sees in SEES.items() if sees == SUBJECT]
STRANGERS = [login for login, sees in SEES.items() if sees == NOTHING]

READ_IN_SUBJECT = (
    '/files/studenta/151',
    '/files/studenta/151/proj1',
    '/files/studenta/151/proj1/picture.png',
    '/files/studenta/151/@@log',
    '/files/studenta/151/@@diff?from=1&to=2',
    '/edit/studenta/151/hello.py',
)
DOWNLOADS = ('/download/studenta/151/hello.py', '/download/studenta/151')
OUTSIDE_SUBJECT = (
    '/files/studenta',
    '/files/studenta/stuff',
    '/files/studenta/private',
    '/files/studenta/@@trash',
    '/download/studenta/private/diary.txt',
    '/edit/studenta/private/diary.txt',
)
CHANGES = (
    ('/files/studenta/151/@@mkdir', {'name': 'made'}),
    ('/files/studenta/151/@@rename', {'from': 'hello.py', 'to': 'bye.py'}),
    ('/files/studenta/151/@@move', {'names': ['hello.py'], 'to': '/private'}),
    ('/files/studenta/151/@@copy', {'names': ['hello.py'], 'to': '/private'}),
    ('/files/studenta/151/@@delete', {'names': ['hello.py']}),
    ('/files/studenta/@@restore', {'trash': '0'}),
    ('/files/studenta/151/@@svn-add', {'names': ['hello.py']}),
    ('/files/studenta/151/@@svn-remove', {'names': ['hello.py']}),
    ('/files/studenta/151/@@svn-revert', {'names': ['hello.py']}),
    ('/files/studenta/151/@@svn-resolve', {'names': ['hello.py']}),
    ('/files/studenta/151/@@svn-update', {}),
    ('/files/studenta/151/@@svn-commit', {'message': 'mine now'}),
    ('/files/studenta/151/@@svn-cleanup', {}),
)
SERVED = ('/serve/studenta/151/proj1/', '/serve/studenta/151/proj1/greet.py')
ADMIN = ('/admin', '/subjects/@@new-subject', '/subjects/@@new-offering', '/subjects/151/@@edit', '/subjects/+semesters')
OWN_PAGES = ('/', '/profile', '/console', '/files/~', '/home', '/subjects', '/subjects/151')
# Of 152/2026/s1 studentb is a student, lecturer the lecturer; tutor and studenta have no part. Each view is tried elsewhere.
OFFERING = {
    '/subjects/152/2026/s1': {'studentb', 'lecturer', 'admin'},
    '/subjects/152/2026/s1/people': {'lecturer', 'admin'},
    '/subjects/152/2026/s1/people/@@class-list': {'lecturer', 'admin'},
    '/subjects/152/2026/s1/@@edit': {'lecturer', 'admin'},
    '/subjects/152/2026/s1/@@marks': {'lecturer', 'admin'},
    '/subjects/152/2026/s1/@@progress': {'lecturer'},
}


@pytest.fixture(scope='module')
def people(site):
    """Return {login: a signed-in Visitor}, and a private directory in studenta's home."""
    found = {login: site.person(login) for login in SEES}
    found['studenta'].post('/files/studenta/@@mkdir', {'name': 'private'})
    found['studenta'].put('/edit/studenta/private/diary.txt', b'Dear diary', if_none_match='*')
    return found


def reply_to_missing(visitor, path):
    """Return the answer for a path of the same shape in the home of nobody there is."""
    return visitor.get(path.replace('/studenta', '/nobody-at-all', 1))


def without_secrets(answer):
    """Return a page without what differs each time: nonces and tokens."""
    return b'\n'.join(line for line in answer.body.splitlines() if b'csrf' not in line and b'nonce' not in line)


@pytest.mark.parametrize('path', (*READ_IN_SUBJECT, *DOWNLOADS))
@pytest.mark.parametrize('login', ['studenta', *STAFF])
def test_the_owner_and_the_staff_read_the_subject_directory(people, login, path):
    assert people[login].get(path).status in (200, 302)


@pytest.mark.parametrize('path', READ_IN_SUBJECT)
@pytest.mark.parametrize(('login', 'access'), [('studenta', 'write'), *((login, 'read') for login in STAFF)])
def test_the_listing_says_in_json_what_one_may_do(people, login, access, path):
    answer = people[login].get_json('/files/studenta/151')
    assert (answer.status, answer.json['owner'], answer.json['access']) == (200, 'studenta', access)


@pytest.mark.parametrize('path', OUTSIDE_SUBJECT)
def test_the_owner_reads_everything(people, path):
    assert people['studenta'].get(path).status == 200


@pytest.mark.parametrize('path', OUTSIDE_SUBJECT)
@pytest.mark.parametrize('login', [*STAFF, *STRANGERS])
def test_nobody_else_sees_what_is_outside_the_subject(people, login, path):
    assert people[login].get(path).status == 404
    assert people[login].get_json(path).json['error']['code'] == 'not-found'


@pytest.mark.parametrize('path', (*READ_IN_SUBJECT, *DOWNLOADS, *OUTSIDE_SUBJECT, *SERVED))
@pytest.mark.parametrize('login', STRANGERS)
def test_to_a_stranger_what_is_there_looks_like_what_is_not(people, login, path):
    there, nowhere = people[login].get(path), reply_to_missing(people[login], path)
    assert (there.status, without_secrets(there)) == (404, without_secrets(nowhere))
    as_json = people[login].get_json(path)
    assert (as_json.status, as_json.json) == (404, people[login].get_json(path.replace('/studenta', '/nobody-at-all', 1)).json)


@pytest.mark.parametrize(('path', 'body'), CHANGES, ids=[path for path, _ in CHANGES])
@pytest.mark.parametrize('login', [*STAFF, *STRANGERS])
def test_nobody_but_the_owner_changes_a_file(people, login, path, body):
    assert people[login].post(path, body).status == 404


@pytest.mark.parametrize('login', [*STAFF, *STRANGERS])
def test_nobody_but_the_owner_saves_a_file(people, login):
    assert people[login].put('/edit/studenta/151/hello.py', b'mine', if_match='"0"').status == 404
    assert people[login].put('/edit/studenta/151/new.py', b'mine', if_none_match='*').status == 404


def test_after_all_these_tries_nothing_of_the_owner_has_changed(people):
    names = {entry['name'] for entry in people['studenta'].get_json('/files/studenta/151').json['entries']}
    assert {'hello.py', 'proj1'} <= names and not names & {'made', 'bye.py', 'new.py'}


@pytest.mark.parametrize('path', SERVED)
@pytest.mark.parametrize('login', STAFF)
def test_staff_do_not_run_a_students_programs(people, login, path):
    assert people[login].get(path).status == 404


@pytest.mark.parametrize('path', SERVED)
def test_the_owner_runs_their_own_programs(people, path):
    assert people['studenta'].get(path).status == 200


@pytest.mark.parametrize('path', (*READ_IN_SUBJECT, *DOWNLOADS, *OUTSIDE_SUBJECT, *SERVED, *ADMIN, *OWN_PAGES, *OFFERING))
def test_the_anonymous_are_sent_to_sign_in_and_back(site, path):
    answer = site.visitor().get(path)
    assert answer.status == 303 and answer.location.split('?')[0].endswith('/login') and 'next=' in answer.location


@pytest.mark.parametrize('path', ['/login', '/help', '/health'])
def test_the_anonymous_see_what_they_need_to_sign_in(site, path):
    assert site.visitor().get(path).status == 200


@pytest.mark.parametrize('path', (*READ_IN_SUBJECT, *OUTSIDE_SUBJECT, *ADMIN, '/profile', '/files/nobody-at-all/151'))
def test_an_anonymous_script_is_told_to_sign_in(site, path):
    answer = site.visitor().get_json(path)
    assert (answer.status, answer.json['error']['code']) == (401, 'sign-in')


@pytest.mark.parametrize(('path', 'body'), CHANGES, ids=[path for path, _ in CHANGES])
def test_the_anonymous_change_nothing(site, path, body):
    assert site.visitor().post(path, body).status in (400, 401)


@pytest.mark.parametrize('path', ADMIN)
@pytest.mark.parametrize('login', ['studenta', 'studentb', 'tutor', 'lecturer'])
def test_only_administrators_see_the_administration(people, login, path):
    assert people[login].get(path).status == 404
    assert people['admin'].get(path).status == 200


@pytest.mark.parametrize('path', OFFERING)
@pytest.mark.parametrize('login', SEES)
def test_an_offering_shows_each_page_to_those_it_is_for(people, login, path):
    expected = 200 if login in OFFERING[path] else 404
    assert people[login].get(path).status == expected


@pytest.mark.parametrize('path', OWN_PAGES)
@pytest.mark.parametrize('login', SEES)
def test_everybody_has_their_own_pages(people, login, path):
    assert people[login].get(path).status in (200, 302, 303)


@pytest.mark.parametrize('login', STAFF)
def test_a_look_of_staff_is_shown_to_the_student(people, login):
    people[login].get('/files/studenta/151')
    assert login in people['studenta'].get('/profile').text


@pytest.mark.parametrize('path', ['/files/studentb/152', '/files/studentb'])
def test_a_tutor_of_one_subject_reads_nothing_of_another(people, path):
    assert people['tutor'].get(path).status == 404
    assert people['lecturer'].get('/files/studentb/152').status == 200


def test_a_console_of_somebody_else_is_not_there(people):
    key = people['studenta'].post('/console/@@start', {'cwd': '/151'}).json['key']
    for action in ('@@chat', '@@interrupt', '@@restart', '@@terminate'):
        assert people['studentb'].post(f'/console/{key}/{action}', {'cmd': 'chat', 'text': '1'}).status == 404
    assert people['studentb'].get_json(f'/console/{key}/@@output?after=0').status == 404
    assert people['studenta'].post(f'/console/{key}/@@terminate').status == 200


TUTORIAL = ('/tutorial/151/2026/s1', '/tutorial/151/2026/s1/basics', '/tutorial/151/2026/s1/basics/factorial')


@pytest.mark.parametrize('path', TUTORIAL)
@pytest.mark.parametrize('login', SEES)
def test_whoever_takes_part_and_administrators_see_the_worksheets_of_an_offering(people, login, path):
    assert people[login].get(path).status == 200


@pytest.mark.parametrize(('login', 'status'), [('studenta', 404), ('tutor', 404), ('studentb', 200), ('lecturer', 200)])
def test_worksheets_of_another_offering_are_for_those_who_take_part_in_it(people, login, status):
    assert people[login].get('/tutorial/152/2026/s1').status == status


@pytest.mark.parametrize('path', (*TUTORIAL, '/tutorial', '/tutorial/151/2026/s1/basics/factorial/@@attempts'))
def test_the_anonymous_see_no_worksheets(site, path):
    assert site.visitor().get(path).status == 303
    assert site.visitor().get_json(path).status == 401


@pytest.mark.parametrize('act', ['save', 'submit', 'reset', 'hint'])
def test_the_anonymous_work_on_no_exercise(site, act):
    assert site.visitor().post(f'{TUTORIAL[-1]}/@@{act}', {'code': 'x'}).status in (400, 401)


@pytest.mark.parametrize(('login', 'status'), [('studentb', 404), ('admin', 404), *((login, 200) for login in STAFF)])
def test_attempts_of_a_student_are_for_those_who_teach_them(people, login, status):
    assert people[login].get(f'{TUTORIAL[-1]}/@@attempts?student=studenta').status == status


@pytest.mark.parametrize('login', SEES)
def test_a_token_opens_what_its_person_may_see_and_no_more(site, login):
    token = site.command('token', login, '--name', 'matrix').stdout.strip()
    script = site.visitor()
    script.token = token
    expected = {OWN: 200, SUBJECT: 200, NOTHING: 404}[SEES[login]]
    assert script.get_json('/files/studenta/151').status == expected
    assert script.get_json('/profile').json['login'] == login


def test_a_download_is_shown_to_the_student_though_its_directory_was_looked_at_before(site):
    tutor, student = site.person('tutor'), site.person('studentb')
    for path in (
        '/files/studentb/151',
        '/download/studentb/151/proj1/picture.png?inline=1',
        '/download/studentb/151/proj1?inline=1',
    ):
        assert tutor.get(path).status == 200
    downloaded = re.findall(r'downloaded\s*<code>([^<]*)</code>', student.get('/profile').text)
    assert '/151/proj1' in downloaded and '/151/proj1/picture.png' not in downloaded
