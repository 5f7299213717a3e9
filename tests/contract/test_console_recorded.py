"""Conversations recorded from the original system, held against today's console.

Compared are the kinds of replies, their order, the text of output and the last line of a traceback.
"""

import json
from pathlib import Path

import pytest

from tests.contract.consoles import last_line, output_of

RECORDED = {
    transcript['name']: transcript['steps']
    for transcript in json.loads((Path(__file__).parents[1] / 'vectors' / 'console.json').read_text())['transcripts']
}
# Where the protocol has changed since, with the reason; each has a test of its own below.
CHANGED = {
    'runtime error': 'Python 3 words the error differently',
    'stderr arrives on the same stream': 'the two streams are told apart',
    'call': 'graders have a service of their own; no command calls a function',
    'interrupt honoured at an output acknowledgement': 'an interrupt takes effect at once, without an acknowledgement',
    'terminate': 'the reason is a sentence for the person',
}


def commands_of(steps):
    """Return [(cmd, text, replies)…] of a recording: output is a stream now, so nobody asks for its next piece."""
    commands = []
    for step in steps:
        is_acknowledgement = step['cmd'] == 'chat' and step['text'] == '' and 'output' in commands[-1][2][-1]
        given = commands[-1] if is_acknowledgement else (step['cmd'], step['text'], [])
        given[2].append(step['response'])
        commands += [given] * (not is_acknowledgement)
    return commands


def joined(replies):
    """Return replies with neighbouring pieces of output made one."""
    result = []
    for reply in replies:
        is_more = 'output' in reply and result and 'output' in result[-1]
        result[-1:] = [{'output': result[-1]['output'] + reply['output']}] if is_more else [*result[-1:], reply]
    return result


@pytest.mark.parametrize('name', sorted(RECORDED.keys() - CHANGED.keys()))
def test_a_recorded_conversation_goes_as_it_went(console, name):
    for cmd, text, replies in commands_of(RECORDED[name]):
        assert joined(console.ask(cmd, text)) == joined(replies)


def test_every_changed_conversation_is_one_that_was_recorded():
    assert CHANGED.keys() <= RECORDED.keys()


def test_a_runtime_error_leaves_the_console_alive(console):
    (_, failing, _), (_, after, replies) = commands_of(RECORDED['runtime error'])
    assert last_line(console.type(failing)) == 'ZeroDivisionError: division by zero'
    assert console.type(after) == replies


def test_standard_error_arrives_as_error(console):
    first, (_, text, _) = commands_of(RECORDED['stderr arrives on the same stream'])
    assert console.ask(*first[:2]) == first[2]
    assert console.type(text) == [{'error': 'err'}, {'okay': None}]


def test_there_is_no_call(console):
    [refusal] = console.ask('call', RECORDED['call'][0]['text'])
    assert refusal == {'refused': 'The console does not know this command.'}


def test_an_endless_program_is_interrupted_while_it_writes(console):
    steps = RECORDED['interrupt honoured at an output acknowledgement']
    console.send(steps[0]['cmd'], steps[0]['text'])
    assert console.hear().keys() == steps[0]['response'].keys()
    replies = console.ask('interrupt')
    assert last_line(replies) == 'KeyboardInterrupt'
    assert output_of(console.type('2\n')) == '2\n'


def test_terminate_gives_a_reason_and_then_nobody_answers(console):
    assert [reply.keys() for reply in console.ask('terminate')] == [RECORDED['terminate'][0]['response'].keys()]
    assert console.is_closed()
