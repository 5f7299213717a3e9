"""Consoles of sandbox-server, through the class the web tier uses."""

import contextlib
import itertools
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivle import chat
from ivle.errors import BadRequest, Conflict, IvleError, NotFound
from tests.services.sandbox_host import PATIENCE_SECONDS, eventually, parent_of


def contents(answer):
    return [{kind: value for kind, value in reply.items() if kind != 'seq'} for reply in answer['replies']]


def start_or_be_refused(mine):
    with contextlib.suppress(IvleError):
        mine.start()


def last(mine, key):
    """Return the newest reply of a console once it is not busy."""
    page = {'busy': True, 'next': 0, 'replies': []}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while page['busy'] and time.monotonic() < deadline:
        newest, page = page['replies'][-1:], mine.output(key, page['next'], wait=1)
    return contents({'replies': [*newest, *page['replies']]})[-1]


def test_a_command_is_answered_when_it_has_ended(mine):
    key = mine.start()
    answer = mine.chat(key, 'chat', '6 * 7\n')
    assert answer == {'replies': [{'output': '42\n', 'seq': 1}, {'okay': None, 'seq': 2}], 'busy': False, 'next': 2}


def test_it_starts_in_the_directory_that_was_asked_for(host, mine):
    host.write('studenta', '151/hello.py', 'print("hello")\n')
    key = mine.start('/151')
    assert contents(mine.chat(key, 'chat', 'import os; os.getcwd()\n'))[0] == {'output': "'/home/studenta/151'\n"}
    assert contents(mine.chat(key, 'run', {'path': '/151/hello.py', 'args': []}))[0] == {'output': 'hello\n'}


def test_a_directory_that_is_gone_is_replaced_by_the_home(mine):
    key = mine.start('/gone')
    assert contents(mine.chat(key, 'chat', 'import os; os.getcwd()\n'))[0] == {'output': "'/home/studenta'\n"}
    words = 'There is no directory /gone: the console starts in your home.'
    assert contents(mine.output(key, 0))[0] == {'notice': words}
    assert contents(mine.restart(key))[-1] == {'notice': words}


def test_a_long_path_that_is_gone_is_told_in_short(mine):
    key = mine.start('/gone' * 400)
    assert 'gone…: the console starts in your home.' in contents(mine.output(key, 0))[0]['notice']


def test_a_directory_behind_a_link_is_not_called_gone(host, mine):
    host.write('studenta', 'there/x.py', '')
    link = mine.start('/')
    mine.chat(link, 'chat', 'import os; os.symlink("there", "link"); os.symlink("/no/such/place", "away")\n')
    for cwd in ('/there', '/link', '/away'):
        key = mine.start(cwd)
        mine.chat(key, 'chat', '1\n')
        assert [reply for reply in contents(mine.output(key, 0)) if 'notice' in reply] == []
        mine.terminate(key)


@pytest.mark.parametrize('cwd', ['/../studentb', '/151/..', 'a\0b', 'x' * 5000])
def test_a_directory_outside_the_home_is_refused(mine, cwd):
    with pytest.raises(BadRequest):
        mine.start(cwd)


def test_a_long_command_is_answered_after_a_second_and_goes_on(mine):
    key = mine.start()
    begun = time.monotonic()
    # It ends only when it is interrupted, and that comes after the answer.
    answer = mine.chat(key, 'block', 'while True: pass\n')
    assert time.monotonic() - begun > 0.9
    assert (answer['replies'], answer['busy']) == ([], True)
    mine.interrupt(key)
    assert 'KeyboardInterrupt' in last(mine, key)['exc']


def test_waiting_for_output_ends_with_the_first_reply(mine):
    def wait_for_it():
        key = mine.start()
        after = mine.chat(key, 'block', 'import time; time.sleep(0.3); print("now"); time.sleep(900)\n', wait=0)['next']
        begun = time.monotonic()
        waited = contents(mine.output(key, after, wait=1)) == [{'output': 'now\n'}] and time.monotonic() - begun
        mine.terminate(key)
        return 0 < waited < 1

    # Once is enough: the machine may be busy.
    assert eventually(wait_for_it)


def test_a_busy_console_refuses_another_command_and_takes_an_interrupt(mine):
    key = mine.start()
    mine.chat(key, 'block', 'while True: pass\n', wait=0)
    with pytest.raises(Conflict) as refused:
        mine.chat(key, 'chat', '1\n')
    assert refused.value.code == 'busy'
    [reply] = contents(mine.interrupt(key))
    assert reply['exc'].endswith('KeyboardInterrupt\n')


def test_a_program_that_wants_input_gets_the_next_line(mine):
    key = mine.start()
    answer = mine.chat(key, 'chat', 'name = input("who? ")\n')
    assert (contents(answer), answer['busy']) == ([{'output': 'who? '}, {'input': None}], False)
    with pytest.raises(Conflict):
        mine.chat(key, 'globals')
    assert contents(mine.chat(key, 'chat', 'Ann\n')) == [{'okay': None}]


def test_an_object_may_come_written_down_as_json(host, mine):
    host.write('studenta', '151/said.py', 'import sys; print(sys.argv[1:])')
    key = mine.start()
    assert contents(mine.chat(key, 'run', '{"path": "151/said.py", "args": ["a b"]}'))[0] == {'output': "['a b']\n"}
    assert contents(mine.chat(key, 'complete', '{"text": "prin", "cursor": 4}')) == [{'matches': ['print'], 'start': 0}]


@pytest.mark.parametrize(
    ('cmd', 'text'),
    [
        ('shout', ''),
        ('chat', 7),
        ('chat', 'x' * 200_000),
        ('run', {'path': ''}),
        ('run', {'path': 'a', 'args': [1]}),
        ('run', 'a'),
        ('complete', 'a'),
        ('complete', {'text': 'a', 'cursor': '1'}),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_and_the_console_lives(mine, cmd, text):
    key = mine.start()
    with pytest.raises(BadRequest):
        mine.chat(key, cmd, text)
    assert contents(mine.chat(key, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]


def test_a_console_of_somebody_else_looks_like_none(mine, theirs):
    key = mine.start()
    for use in (
        lambda: theirs.chat(key, 'chat', '1\n'),
        lambda: theirs.output(key, 0),
        lambda: theirs.interrupt(key),
        lambda: theirs.restart(key),
        lambda: theirs.terminate(key),
        lambda: mine.output('0' * 32, 0),
        lambda: mine.output('nonsense', 0),
    ):
        with pytest.raises(NotFound):
            use()
    assert theirs.list() == []
    assert contents(mine.chat(key, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]


def test_two_logins_see_neither_files_nor_processes_of_each_other(host, mine, theirs):
    host.write('studenta', 'secret.txt', 'mine')
    mine.start()
    look = (
        'import os; print(os.listdir("/home"), os.path.exists("/home/studenta"), '
        'len([p for p in os.listdir("/proc") if p.isdigit()]) < 6)\n'
    )
    assert contents(theirs.chat(theirs.start(), 'chat', look))[0] == {'output': "['studentb'] False True\n"}


def test_a_person_has_a_bounded_number_of_consoles(mine, theirs):
    keys = [mine.start() for _ in range(3)]
    with pytest.raises(IvleError) as refused:
        mine.start()
    assert (refused.value.code, refused.value.status) == ('too-many', 429)
    theirs.start()
    mine.terminate(keys[0])
    mine.start()


def test_consoles_are_listed_newest_first(mine):
    first, second = mine.start('/'), mine.start('/151')
    mine.chat(first, 'block', 'while True: pass\n', wait=0)
    found = [(one['key'], one['cwd'], one['busy'], one['state']) for one in mine.list()]
    assert found == [(second, '/151', False, 'idle'), (first, '/', True, 'busy')]


def test_the_list_says_what_a_console_waits_for_and_which_python_it_is(mine):
    key = mine.start()
    mine.chat(key, 'chat', 'input()\n')
    [console] = mine.list()
    assert console['state'] == 'input'
    assert re.match(r'Python 3\.[0-9]+\.[0-9]+', console['python'])


def test_a_restart_keeps_the_key_and_forgets_the_variables(mine):
    key = mine.start()
    mine.chat(key, 'chat', 'x = 1\n')
    answer = mine.restart(key)
    assert [next(iter(reply)) for reply in contents(answer)] == ['restart', 'okay']
    assert contents(mine.chat(key, 'chat', 'x\n'))[-1]['exc'].endswith("NameError: name 'x' is not defined\n")


def test_a_restart_frees_a_console_that_does_not_react(mine):
    key = mine.start()
    mine.chat(key, 'block', 'import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass\n', wait=0)
    mine.restart(key)
    assert contents(mine.chat(key, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]


def test_terminate_says_goodbye_and_frees_the_place(host, mine):
    key = mine.start()
    assert contents(mine.terminate(key)) == [{'terminate': 'You ended this console.'}]
    assert mine.list() == []
    assert contents(mine.chat(key, 'chat', '1\n')) == [{'terminate': 'You ended this console.'}]


def test_an_ended_console_can_be_started_again_under_its_key(mine):
    key = mine.start()
    mine.chat(key, 'chat', 'exit()\n')
    mine.restart(key)
    assert contents(mine.chat(key, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]
    assert [one['key'] for one in mine.list()] == [key]


@pytest.mark.parametrize('which', ['controller', 'interpreter'])
def test_a_killed_console_says_so_and_the_others_live(host, mine, which):
    other, key = mine.start(), mine.start()
    mine.chat(key, 'block', 'open("/proc/self/comm", "w").write("marked")\nimport time; time.sleep(60)\n', wait=0)
    assert eventually(lambda: host.named('marked'))
    [interpreter] = host.named('marked')
    os.kill({'interpreter': interpreter, 'controller': parent_of(interpreter)}[which], signal.SIGKILL)
    assert 'killed' in last(mine, key)['terminate']
    assert contents(mine.chat(other, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]


def test_a_short_line_needs_no_controller_and_a_long_one_does(host, mine):
    key = mine.start()
    mine.chat(key, 'chat', 'open("/proc/self/comm", "w").write("marked")\n')
    # What it looks for after a line, it has found by then.
    time.sleep(1)
    controller = parent_of(*host.named('marked'))
    os.kill(controller, signal.SIGSTOP)
    try:
        assert contents(mine.chat(key, 'chat', 'print(1)\n')) == [{'output': '1\n'}, {'okay': None}]
        failed = mine.chat(key, 'chat', '1 / 0\n', wait=0.2)
        assert (failed['replies'], failed['busy']) == ([], True)
    finally:
        os.kill(controller, signal.SIGCONT)
    assert 'ZeroDivisionError' in last(mine, key)['exc']
    assert contents(mine.chat(key, 'chat', 'print(2)\n')) == [{'output': '2\n'}, {'okay': None}]


def test_the_last_words_of_a_program_are_told_however_late_they_are_heard(host, mine):
    key = mine.start()
    program = (
        'import os, threading\ndef leave():\n    print("bye", flush=True); os._exit(3)\n\nthreading.Timer(0.3, leave).start()\n'
    )
    mine.chat(key, 'block', program)
    os.kill(host.process.pid, signal.SIGSTOP)
    time.sleep(0.8)
    os.kill(host.process.pid, signal.SIGCONT)
    assert eventually(lambda: 'terminate' in contents(mine.output(key, 0))[-1])
    said = contents(mine.output(key, 0))
    assert said[-2:] == [{'output': 'bye\n'}, {'terminate': 'The program ended the console (exit code 3).'}]


def test_what_a_thread_writes_between_the_lines_is_shown_in_its_order(mine):
    key = mine.start()
    program = (
        'import threading, time\ndef later():\n    for n in range(5):\n        time.sleep(0.1); print("later", n)\n\n'
        'threading.Thread(target=later).start()\n'
    )
    mine.chat(key, 'block', program)

    def said():
        return ''.join(reply.get('output', '') for reply in mine.output(key, 0)['replies'])

    for line in range(3):
        mine.chat(key, 'chat', f'print("line", {line}); time.sleep(0.05)\n')
    assert eventually(lambda: 'later 4' in said())
    assert sorted(said().splitlines()) == [*(f'later {n}' for n in range(5)), *(f'line {n}' for n in range(3))]
    mine.chat(key, 'chat', 'print("end")\n')
    assert said().endswith('end\n')


def test_everything_of_a_login_can_be_ended(host, mine, theirs):
    key, other = mine.start(), theirs.start()
    host.file('studenta', op='list', path='')
    host.ask(end={'login': 'studenta'})
    assert mine.list() == []
    assert contents(mine.output(key, 0))[-1] == {'terminate': 'Your consoles were ended.'}
    assert host.status()['boxes'] == 1
    assert contents(theirs.chat(other, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]


def test_what_is_just_starting_ends_with_all_the_rest(host, mine):
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            starting = [pool.submit(start_or_be_refused, mine) for _ in range(3)]
            host.ask(end={'login': 'studenta'})
            for one in starting:
                one.result()
            host.ask(end={'login': 'studenta'})
    assert mine.list() == []
    assert eventually(lambda: host.status()['boxes'] == 0)


def test_a_login_without_an_account_has_no_console(host):
    with pytest.raises(NotFound):
        host.console('nobody').start()


@pytest.mark.parametrize('login', ['../studenta', 'a/b', '', 'x' * 200, 'a\0b'])
def test_a_login_that_is_none_is_refused(host, login):
    with pytest.raises((BadRequest, NotFound)):
        host.console(login).start()


def test_a_flood_stays_within_memory_and_old_replies_are_cut(mine):
    key = mine.start()
    for _ in range(3):
        mine.chat(key, 'block', 'for i in range(30000): print("0123456789" * 10)\n', wait=0)
        assert last(mine, key) == {'okay': None}
    page = mine.output(key, 0)
    assert 'cut' in page['replies'][0]
    assert page['busy']
    after, received = 0, []
    while (page := mine.output(key, after))['replies']:
        received += page['replies']
        after = page['next']
    assert [reply['seq'] for reply in received] == list(range(received[0]['seq'], after + 1))
    assert sum(len(str(reply)) for reply in received) < 1_300_000


# -- streams ----------------------------------------------------------------------------------------


def test_a_stream_carries_commands_up_and_replies_down(host, mine):
    key = mine.start()
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 0}) as line:
        assert chat.read_value(line) == {'okay': {}}
        chat.write_value(line, {'cmd': 'chat', 'text': '1 + 1\n'})
        assert [chat.read_value(line), chat.read_value(line)] == [{'output': '2\n', 'seq': 1}, {'okay': None, 'seq': 2}]


def test_a_stream_goes_on_where_another_stopped(host, mine):
    key = mine.start()
    mine.chat(key, 'chat', '1\n')
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 1}) as line:
        assert [chat.read_value(line), chat.read_value(line)] == [{'okay': {}}, {'okay': None, 'seq': 2}]


def test_two_streams_of_a_console_see_the_same(host, mine):
    key = mine.start()
    question = {'login': 'studenta', 'key': key, 'after': 0}
    with host.line(console_stream=question) as one, host.line(console_stream=question) as two:
        assert chat.read_value(one) == chat.read_value(two) == {'okay': {}}
        chat.write_value(one, {'cmd': 'chat', 'text': '1\n'})
        assert [chat.read_value(one), chat.read_value(one)] == [chat.read_value(two), chat.read_value(two)]


def test_a_command_to_a_busy_console_is_refused_in_the_stream(host, mine):
    key = mine.start()
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 0}) as line:
        chat.read_value(line)
        chat.write_value(line, {'cmd': 'block', 'text': 'while True: pass\n'})
        chat.write_value(line, {'cmd': 'chat', 'text': '1\n'})
        assert 'still running' in chat.read_value(line)['refused']
        chat.write_value(line, {'cmd': 'interrupt', 'text': ''})
        assert chat.read_value(line)['exc'].endswith('KeyboardInterrupt\n')


def test_a_stream_of_a_foreign_console_is_refused(host, mine):
    key = mine.start()
    with host.line(console_stream={'login': 'studentb', 'key': key, 'after': 0}) as line:
        assert chat.read_value(line)['error']['code'] == 'not-found'


def test_a_stream_ends_at_junk_and_the_console_lives(host, mine):
    key = mine.start()
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 0}) as line:
        chat.read_value(line)
        line.sendall(b'j')
        assert chat.read_frame(line) is None
    assert contents(mine.chat(key, 'chat', '1\n')) == [{'output': '1\n'}, {'okay': None}]


def test_a_reader_that_does_not_read_holds_up_nobody(host, mine):
    key = mine.start()
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 0}):
        mine.chat(key, 'block', 'for i in range(9000): print("0123456789" * 10)\nx = 1\n', wait=0)
        assert last(mine, key) == {'okay': None}


def test_a_reader_that_stops_for_a_while_gets_all_that_is_kept_in_its_order(host, mine):
    key = mine.start()
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 0}) as line:
        chat.read_value(line)
        for _ in range(3):
            mine.chat(key, 'block', 'for i in range(9000): print("0123456789" * 10)\n', wait=0)
            assert last(mine, key) == {'okay': None}
        replies = [chat.read_value(line)]
        while replies[-1]['seq'] < mine.output(key, 0)['next'] or 'okay' not in replies[-1]:
            replies.append(chat.read_value(line))
    # Where replies are missing one says so, and nothing comes twice.
    gaps = [later for earlier, later in itertools.pairwise(replies) if later['seq'] != earlier['seq'] + 1]
    assert gaps and all('cut' in reply for reply in gaps)
    assert all(later['seq'] > earlier['seq'] for earlier, later in itertools.pairwise(replies))
