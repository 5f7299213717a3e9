"""What a browser may send to a console."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivle import chat, envelopes
from ivle.commands import LONGEST_TEXT, BadCommand, read_command


@pytest.mark.parametrize(
    'command',
    [
        {'cmd': 'chat', 'text': 'print(1)\n'},
        {'cmd': 'chat', 'text': ''},
        {'cmd': 'block', 'text': 'x = 1\ny = 2\n'},
        {'cmd': 'run', 'text': {'path': '151/hello.py', 'args': ['a', 'b c']}},
        {'cmd': 'complete', 'text': {'text': 'pri', 'cursor': 3}},
        {'cmd': 'inspect', 'text': 'len'},
        {'cmd': 'globals', 'text': ''},
        {'cmd': 'interrupt', 'text': ''},
        {'cmd': 'splash', 'text': ''},
    ],
)
def test_the_commands_of_the_protocol_pass_unchanged(command):
    assert read_command(command) == command


def test_a_command_without_text_has_an_empty_one():
    assert read_command({'cmd': 'interrupt'}) == {'cmd': 'interrupt', 'text': ''}


def test_a_program_without_arguments_has_an_empty_list_of_them():
    assert read_command({'cmd': 'run', 'text': {'path': 'a.py'}})['text'] == {'path': 'a.py', 'args': []}


@pytest.mark.parametrize(('cmd', 'text'), [('run', {'path': 'a.py', 'args': ['é']}), ('complete', {'text': 'pri', 'cursor': 3})])
def test_an_object_may_come_written_down_as_json(cmd, text):
    assert read_command({'cmd': cmd, 'text': chat.dumps(text)}) == {'cmd': cmd, 'text': text}


@pytest.mark.parametrize(
    'command',
    [
        {},
        [],
        None,
        'chat',
        {'cmd': 'quit', 'text': ''},
        {'cmd': ['chat'], 'text': ''},
        {'cmd': 'chat', 'text': 1},
        {'cmd': 'chat', 'text': None},
        {'cmd': 'chat', 'text': 'x', 'key': 'other'},
        {'cmd': 'chat', 'text': '\ud800'},
        {'cmd': 'chat', 'text': 'x' * (LONGEST_TEXT + 1)},
        {'cmd': 'chat', 'text': 'é' * (LONGEST_TEXT // 2 + 1)},
        {'cmd': 'interrupt', 'text': 'now'},
        {'cmd': 'run', 'text': 'a.py'},
        {'cmd': 'run', 'text': '"a.py"'},
        {'cmd': 'run', 'text': '{"path": "a.py", "path": "b.py"}'},
        {'cmd': 'run', 'text': {'path': ''}},
        {'cmd': 'run', 'text': {'path': 'a\0b'}},
        {'cmd': 'run', 'text': {'path': 'a.py', 'args': 'x'}},
        {'cmd': 'run', 'text': {'path': 'a.py', 'args': [1]}},
        {'cmd': 'run', 'text': {'path': 'a.py', 'args': ['x'] * 1000}},
        {'cmd': 'run', 'text': {'path': 'a.py', 'args': ['x' * 100_000] * 2}},
        {'cmd': 'run', 'text': {'path': 'a.py', 'env': {}}},
        {'cmd': 'complete', 'text': 'pri'},
        {'cmd': 'complete', 'text': {'text': 'pri', 'cursor': 4}},
        {'cmd': 'complete', 'text': {'text': 'pri', 'cursor': True}},
    ],
)
def test_anything_else_is_refused_with_a_sentence(command):
    with pytest.raises(BadCommand, match=r'\.$'):
        read_command(command)


@given(st.text(max_size=200))
def test_any_text_that_passes_fits_a_signed_request(text):
    command = read_command({'cmd': 'chat', 'text': text})
    assert envelopes.Opener(b'm', 'sandbox').open(envelopes.seal(command, b'm', 'sandbox'))[1] == command


@pytest.mark.parametrize('character', ['\0', '"', '\\', '\x1f', 'é', '\U0001f600'])
def test_the_longest_text_fits_a_frame_whatever_its_characters(character):
    text = character * (LONGEST_TEXT // len(character.encode()))
    assert chat.frame(envelopes.seal({'console_chat': read_command({'cmd': 'block', 'text': text})}, b'm', 'sandbox'))
