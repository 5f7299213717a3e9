"""What was typed into consoles: found again by every page, and on another day; never what a program asked for."""

import os
import time

import pytest

from ivle.errors import NotFound
from tests.services.sandbox_host import SandboxHost, eventually


def test_what_was_typed_stands_before_the_replies_it_led_to(host, mine):
    host.write('studenta', 'said.py', 'print("said")')
    key = mine.start()
    mine.chat(key, 'chat', 'name = input("who? ")\n')
    mine.chat(key, 'chat', 'Ann\n')
    mine.chat(key, 'block', 'print(1)\n')
    mine.chat(key, 'run', {'path': 'said.py', 'args': ['a']})
    mine.chat(key, 'complete', {'text': 'pri', 'cursor': 3})
    mine.chat(key, 'chat', '')
    replies = mine.output(key, 0)['replies']
    asked = next(reply['seq'] for reply in replies if 'input' in reply)
    given = next(reply['seq'] for reply in replies if reply['seq'] > asked)
    printed = next(reply['seq'] for reply in replies if reply.get('output') == '1\n')
    said = next(reply['seq'] for reply in replies if reply.get('output') == 'said\n')
    assert mine.typed(key) == [
        {'after': 0, 'cmd': 'chat', 'text': 'name = input("who? ")\n'},
        {'after': asked, 'cmd': 'chat', 'text': 'Ann\n'},
        {'after': given, 'cmd': 'block', 'text': 'print(1)\n'},
        {'after': said - 1, 'cmd': 'run', 'text': {'path': 'said.py', 'args': ['a']}},
    ]
    assert given < printed


def test_a_command_that_was_refused_was_not_typed(host, mine):
    key = mine.start()
    mine.chat(key, 'block', 'while True: pass\n', wait=0)
    host.ask(console_chat={'login': 'studenta', 'key': key, 'cmd': 'chat', 'text': 'lost\n', 'wait': 0})
    mine.interrupt(key)
    assert [entry['text'] for entry in mine.typed(key)] == ['while True: pass\n']


def test_what_was_typed_into_a_console_of_somebody_else_is_not_told(host, mine):
    key = mine.start()
    with pytest.raises(NotFound):
        host.console('studentb').typed(key)


def test_history_goes_over_consoles_and_leaves_out_what_a_program_asked_for(mine):
    first, second = mine.start(), mine.start()
    mine.chat(first, 'chat', 'word = input()\n')
    mine.chat(first, 'chat', 'a secret\n')
    mine.chat(second, 'block', 'for i in range(2):\n    print(i)\n')
    for _ in range(3):
        mine.chat(second, 'chat', '\n')
        mine.chat(second, 'chat', 'i\n')
    found = mine.history()
    assert found[-3:] == ['word = input()', 'for i in range(2):\n    print(i)', 'i']
    assert 'a secret' not in ''.join(found)


def test_a_block_that_is_typed_line_by_line_is_kept_as_a_whole(mine):
    key = mine.start()
    for text in ('def f():\n', '    return 1\n', '\n', 'f()\n'):
        mine.chat(key, 'chat', text)
    mine.chat(key, 'complete', {'text': 'f', 'cursor': 1})
    assert mine.history()[-2:] == ['def f():\n    return 1', 'f()']


def test_a_question_of_the_page_does_not_part_a_block(mine):
    key = mine.start()
    mine.chat(key, 'chat', 'if True:\n')
    mine.chat(key, 'complete', {'text': '    pri', 'cursor': 7})
    mine.chat(key, 'chat', '    part = 2\n')
    mine.interrupt(key)
    assert mine.history()[-1] == 'if True:\n    part = 2'


def test_history_is_each_persons_own_and_no_part_of_their_home(host, mine):
    mine.chat(mine.start(), 'chat', 'only_mine = 1\n')
    assert 'only_mine = 1' in mine.history()
    assert 'only_mine = 1' not in host.console('studentb').history()
    place = host.settings.path('history', 'studenta', 'console.jsonl')
    assert (place.stat().st_mode & 0o777, place.stat().st_uid) == (0o600, os.geteuid())
    assert not [path for path in host.home('studenta').parent.rglob('*') if path.name == place.name]


def test_lines_are_written_by_themselves_and_survive_a_kill(data):
    with SandboxHost(data) as host:
        mine = host.console('studenta')
        key = mine.start()
        for number in range(50):
            mine.chat(key, 'chat', f'x = {number}\n')
        place = host.settings.path('history', 'studenta', 'console.jsonl')
        assert eventually(lambda: place.exists() and '"x = 49"' in place.read_text())
        for number in range(50, 100):
            mine.chat(key, 'chat', f'x = {number}\n')
        host.kill()
        with open(place, 'ab') as file:
            file.write(b'"x = 10')
        host.start()
        mine = host.console('studenta')
        found = mine.history()
        assert found == [f'x = {number}' for number in range(len(found))] and len(found) >= 50
        # A console of before is gone, and nobody knows any more what was typed there.
        assert mine.typed(key) == []
        mine.chat(mine.start(), 'chat', 'after = 1\n')
        assert mine.history() == [*found, 'after = 1']


def test_what_was_typed_last_is_written_when_the_host_is_stopped(data):
    with SandboxHost(data) as host:
        mine = host.console('studenta')
        mine.chat(mine.start(), 'chat', 'last = 1\n')
        host.stop()
        host.start()
        assert host.console('studenta').history() == ['last = 1']


def test_keeping_history_does_not_hold_up_a_line(mine):
    key = mine.start()
    text = 'x = 1  #' + 'x' * 15_000 + '\n'
    times = []
    for number in range(100):
        begun = time.monotonic()
        mine.chat(key, 'chat', f'{number}; {text}')
        times.append(time.monotonic() - begun)
    assert sorted(times)[50] < 0.1
