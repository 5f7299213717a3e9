"""Consoles over HTTP, on a real site with real sandboxes: the JSON of scripts, the plain forms, and who may."""

import json
import re
import time

import pytest
from websockets.sync.client import connect

from tests.contract.consoles import PATIENCE_SECONDS, eventually

JSON_KINDS = {'okay', 'more', 'input', 'exc', 'output', 'error', 'terminate', 'restart'}


@pytest.fixture
def student(site):
    """Return studenta, signed in, without consoles before and after."""
    person = site.person('studenta')
    end_all(person)
    yield person
    end_all(person)


def end_all(person):
    for console in person.get_json('/console').json['consoles']:
        person.post(f'/console/{console["key"]}/@@terminate')


def start(person, cwd='/151'):
    """Start a console and return its address."""
    answer = person.post('/console/@@start', {'cwd': cwd})
    assert answer.status == 201, answer.body
    return f'/console/{answer.json["key"]}'


def chat(person, address, text, cmd='chat'):
    answer = person.post(f'{address}/@@chat', {'cmd': cmd, 'text': text})
    assert answer.status == 200, answer.body
    return answer.json


def kinds(payload):
    return [(JSON_KINDS & set(reply)).pop() for reply in payload['replies']]


def output_until_idle(person, address, after, seconds=PATIENCE_SECONDS):
    """Return all replies after `after` once the console is not busy."""
    deadline, replies = time.monotonic() + seconds, []
    while time.monotonic() < deadline:
        payload = person.get_json(f'{address}/@@output?after={after}').json
        replies += payload['replies']
        after = payload['next']
        if not payload['busy']:
            return replies
        time.sleep(0.05)
    raise AssertionError(f'still busy: {replies[-3:]}')


def test_a_script_starts_a_console_and_talks_to_it(student):
    answer = student.post('/console/@@start', {'cwd': '/151'})
    assert answer.status == 201
    assert set(answer.json) == {'key', 'gateway'} and set(answer.json['gateway']) == {'url', 'token'}
    assert re.fullmatch('[0-9a-f]{32}', answer.json['key'])
    payload = chat(student, f'/console/{answer.json["key"]}', '1+1\n')
    assert kinds(payload) == ['output', 'okay']
    assert payload['replies'][0]['output'] == '2\n'
    assert payload['busy'] is False and payload['next'] == payload['replies'][-1]['seq']


def test_variables_live_from_one_request_to_the_next(student):
    address = start(student)
    chat(student, address, 'x = 41\n')
    assert chat(student, address, 'x + 1\n')['replies'][0]['output'] == '42\n'


def test_a_console_starts_in_the_directory_that_was_asked_for(student):
    address = start(student, '/151')
    assert chat(student, address, 'import os; print(os.listdir())\n')['replies'][0]['output'].find('hello.py') > 0


def test_a_file_runs_as_the_main_program(student):
    payload = chat(student, start(student, '/'), {'path': '151/hello.py', 'args': []}, cmd='run')
    assert kinds(payload)[-1] == 'okay'


def test_a_command_that_takes_longer_answers_after_a_second_and_goes_on(student):
    address = start(student)
    began = time.monotonic()
    # It ends only when it is interrupted, and that comes after the answer.
    program = 'try:\n    print("a", flush=True)\n    while True: pass\nexcept KeyboardInterrupt:\n    print("b")\n'
    assert chat(student, address, program, cmd='block')['busy']
    assert time.monotonic() - began > 0.8
    assert eventually(lambda: student.get_json(f'{address}/@@output?after=0').json['replies'])
    assert student.post(f'{address}/@@interrupt').status == 200
    replies = output_until_idle(student, address, 0)
    assert [reply.get('output') for reply in replies] == ['a\n', 'b\n', None]


def test_an_endless_loop_is_interrupted_and_variables_survive(student):
    address = start(student)
    chat(student, address, 'x = 7\n')
    assert chat(student, address, 'while True: pass\n\n')['busy']
    answer = student.post(f'{address}/@@interrupt')
    assert answer.status == 200
    assert answer.json['replies'][-1]['exc'].rstrip().endswith('KeyboardInterrupt')
    assert chat(student, address, 'x\n')['replies'][0]['output'] == '7\n'


def test_a_program_asks_for_input_and_gets_it(student):
    address = start(student)
    assert kinds(chat(student, address, 'name = input("who? ")\n')) == ['output', 'input']
    assert kinds(chat(student, address, 'Ann\n')) == ['okay']
    assert chat(student, address, 'name\n')['replies'][0]['output'] == "'Ann'\n"


def test_restart_keeps_the_key_and_forgets_the_variables(student):
    address = start(student)
    chat(student, address, 'x = 1\n')
    assert student.post(f'{address}/@@restart').status == 200
    assert 'NameError' in chat(student, address, 'x\n')['replies'][-1]['exc']


def test_terminate_says_why_and_the_console_is_listed_no_more(student):
    address = start(student)
    assert kinds(student.post(f'{address}/@@terminate').json)[-1] == 'terminate'
    assert student.get_json('/console').json == {'consoles': []}
    assert student.get_json(address).json['ended'] is True


def test_interrupt_and_terminate_are_commands_too(student):
    address = start(student)
    assert 'KeyboardInterrupt' in chat(student, address, '', cmd='interrupt')['replies'][-1]['exc']
    assert 'terminate' in chat(student, address, '', cmd='terminate')['replies'][-1]


def test_one_reply_a_message_comes_down_the_gateway(student):
    answer = student.post('/console/@@start', {'cwd': '/151'}).json
    with connect(answer['gateway']['url'], origin=f'http://{student.host}') as gateway:
        gateway.send(json.dumps({'token': answer['gateway']['token']}))
        gateway.send(json.dumps({'cmd': 'chat', 'text': '6*7\n'}))
        replies = [json.loads(gateway.recv(timeout=60)) for _ in range(2)]
    assert [{name: reply[name] for name in reply if name != 'seq'} for reply in replies] == [{'output': '42\n'}, {'okay': None}]


def test_a_later_token_goes_on_where_the_reader_was(student):
    address = start(student)
    seen = chat(student, address, '"first"\n')['next']
    chat(student, address, '"second"\n')
    fresh = student.get_json(f'{address}/@@gateway').json
    with connect(fresh['url']) as gateway:
        gateway.send(json.dumps({'token': fresh['token'], 'after': seen}))
        assert json.loads(gateway.recv(timeout=60))['output'] == "'second'\n"


def test_another_student_gets_the_same_answers_as_for_a_console_that_never_was(site, student):
    foreign, missing = start(student), '/console/' + '0' * 32
    other = site.person('studentb')
    for view in ('', '/@@output', '/@@gateway'):
        theirs, nobodys = other.get_json(foreign + view), other.get_json(missing + view)
        assert (theirs.status, theirs.json) == (nobodys.status, nobodys.json) == (404, nobodys.json)
    for view in ('chat', 'interrupt', 'restart', 'terminate'):
        theirs = other.post(f'{foreign}/@@{view}', {'cmd': 'chat', 'text': '1\n'})
        assert theirs.status == 404
    assert chat(student, foreign, '1\n')['replies'][0]['output'] == '1\n'


def test_nobody_is_asked_to_sign_in_and_scripts_are_told(site):
    visitor = site.visitor()
    assert visitor.get('/console').status == 303
    assert visitor.get_json('/console').status == 401


def test_a_post_without_proof_of_our_page_starts_nothing(student):
    student.csrf_token = None
    assert student.post('/console/@@start', {'cwd': '/'}).status == 400
    assert student.get_json('/console').json == {'consoles': []}


@pytest.mark.parametrize('cwd', ['/../..', '/151/../..', '/./x', 'a\0b', 7, None, ['x']])
def test_a_directory_that_is_none_is_refused(student, cwd):
    assert student.post('/console/@@start', {'cwd': cwd}).status == 400


@pytest.mark.parametrize(
    'command',
    [{}, {'cmd': 'quit'}, {'cmd': 'chat', 'text': 5}, {'cmd': 'run', 'text': 'x.py'}, {'cmd': 'chat', 'text': 'x' * 200_000}],
)
def test_a_command_that_is_none_is_refused_with_a_sentence(student, command):
    answer = student.post(f'{start(student)}/@@chat', command)
    assert answer.status == 400
    assert answer.json['error']['message'].endswith('.')


@pytest.mark.parametrize('after', ['-1', 'x', '1.5', '9' * 30, '%C2%B2'])
def test_a_number_that_is_none_is_refused(student, after):
    assert student.get_json(f'{start(student)}/@@output?after={after}').status == 400


@pytest.mark.parametrize('name', ['x', '0' * 31, '0' * 33, 'A' * 32, '@@nothing'])
def test_what_is_no_key_is_not_there(student, name):
    assert student.get_json(f'/console/{name}').status == 404


def test_looking_starts_nothing(student):
    assert student.get('/console/@@start').status == 405
    assert student.get('/console').status == 200
    assert student.get_json('/console').json == {'consoles': []}


def test_too_many_consoles_are_refused_with_what_to_do(student):
    for _ in range(3):
        start(student)
    answer = student.post('/console/@@start', {'cwd': '/'})
    assert answer.status == 429
    assert answer.json['error']['code'] == 'too-many' and 'end one' in answer.json['error']['message']


def test_without_scripts_a_form_and_its_transcript_do(student):
    assert 'Start a console' in student.get('/console').text
    started = student.submit('/console/@@start', cwd='/151')
    assert started.status == 303
    address = started.location[started.location.index('/console/') :]
    student.get(address)
    for text in ('print("<b>" + "x" * 3)', 'def f():\r\n    return 6\r\n', 'f() * 7', '1/0'):
        assert student.submit(f'{address}/@@chat', text=text).status == 303
    page = student.get(address).text
    assert '&lt;b&gt;xxx' in page and '42' in page and 'ZeroDivisionError' in page
    assert student.submit(f'{address}/@@terminate').status == 303


def test_the_page_comes_back_to_the_newest_console(student):
    start(student, '/151')
    newest = start(student, '/151')
    assert f'data-key="{newest.removeprefix("/console/")}"' in student.get('/console').text


def test_the_help_has_a_page_about_consoles(student):
    assert 'Interrupt' in student.get('/help/console').text


def test_what_was_typed_is_listed_with_its_place_among_the_replies(student):
    address = start(student)
    first = chat(student, address, 'x = 1\n')['next']
    chat(student, address, {'path': 'hello.py', 'args': ['a b']}, cmd='run')
    typed = student.get_json(f'{address}/@@typed').json['typed']
    assert typed == [
        {'after': typed[0]['after'], 'cmd': 'chat', 'text': 'x = 1\n'},
        {'after': first, 'cmd': 'run', 'text': {'path': 'hello.py', 'args': ['a b']}},
    ]
    assert 0 <= typed[0]['after'] < first


def test_what_was_typed_is_listed_for_its_owner_alone(site, student):
    foreign, missing = start(student), '/console/' + '0' * 32
    chat(student, foreign, 'secret = 1\n')
    other = site.person('studentb')
    theirs, nobodys = other.get_json(f'{foreign}/@@typed'), other.get_json(f'{missing}/@@typed')
    assert (theirs.status, theirs.json) == (nobodys.status, nobodys.json)
    assert 'secret' not in theirs.text


def test_the_history_holds_what_one_typed_oneself_into_all_consoles(site, student):
    for number in range(2):
        address = start(student)
        chat(student, address, f'mine_{number} = 1\n')
    assert student.get_json('/console/@@history').json['history'][-2:] == ['mine_0 = 1', 'mine_1 = 1']
    assert 'mine_' not in site.person('studentb').get_json('/console/@@history').text


def test_what_a_program_asks_for_is_in_no_history(student):
    address = start(student)
    chat(student, address, 'password = input()\n')
    chat(student, address, 'swordfish\n')
    assert 'swordfish' not in student.get_json('/console/@@history').text


@pytest.mark.parametrize('view', ['/console/@@history', '/console/' + '0' * 32 + '/@@typed'])
def test_what_was_typed_is_told_to_nobody_who_is_not_signed_in(site, view):
    assert site.visitor().get_json(view).status == 401


def test_the_list_says_what_each_console_does(student):
    address = start(student)
    chat(student, address, 'input()\n')
    [listed] = student.get_json('/console').json['consoles']
    assert set(listed) == {'key', 'cwd', 'busy', 'started', 'state', 'python'}
    assert listed['state'] == 'input' and not listed['busy']
    assert 'waiting for input' in student.get('/console').text


def test_without_scripts_pictures_are_shown_and_html_is_told_in_words(student):
    address = start(student)
    svg = 'type("S", (), {"_repr_svg_": lambda self: "<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>"})()\n'
    chat(student, address, svg)
    chat(
        student,
        address,
        'type("H", (), {"_repr_html_": lambda self: "<script>alert(1)</script>", "__repr__": lambda self: "in words"})()\n',
    )
    page = student.get(address).text
    assert '<img src="data:image/svg+xml;base64,' in page
    assert 'in words' in page and '<script>alert' not in page
