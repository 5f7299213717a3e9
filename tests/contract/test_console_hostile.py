"""Student code that attacks its own console: the console ends with a reason or goes on, and never lies or hangs."""

import pytest

from tests.contract.consoles import in_box, last_line, output_of

# The interpreter's private socket, found as any program can find it.
SOCKETS = """
import os, socket, stat
def sockets():
    for name in os.listdir('/proc/self/fd'):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode): yield socket.socket(fileno=os.dup(int(name)))
        except OSError: pass
def send(data):
    for one in sockets():
        try: one.send(data, socket.MSG_DONTWAIT)
        except OSError: pass
def frame(text): return b'%d:%b,' % (len(text), text)
"""


@pytest.fixture
def forger(console):
    """Return a console in which `send` writes to every socket the interpreter has."""
    console.ask('block', SOCKETS)
    return console


@pytest.mark.parametrize(
    'message',
    [
        b'{"n":1,"okay":null}',
        b'{"n":999999,"okay":null}',
        b'{"n":true,"okay":null}',
        b'{"okay":null}',
        b'[]',
        b'{"n":3,"terminate":"forged"}',
        b'{"n":3,"globals":{"globals":[]}}',
        b'{"n":3,"exc":7}',
        b'{"n":3,"okay":null,"seq":1}',
    ],
)
def test_a_message_that_answers_nothing_is_not_heard(forger, message):
    replies = forger.ask('block', f'send(frame({message!r}))\nprint("after")\n')
    assert [reply.keys() for reply in replies] == [{'output': 0}.keys(), {'okay': 0}.keys()]
    assert output_of(replies) == 'after\n'


def test_a_forged_end_of_a_command_fools_nobody_but_its_own_console(forger):
    # Its number is known to whoever looks: the console is theirs, and so is the confusion.
    assert forger.ask('block', 'send(frame(b\'{"n":3,"okay":null}\'))\nprint("after")\n')[-1] == {'okay': None}
    assert forger.ask('terminate')[-1] == {'terminate': 'You ended this console.'}


@pytest.mark.parametrize(
    'junk', [b'x' * 100, b'99999999:', b'5:abcdeX', b'700000:' + b'x' * 99, b'4:\xff\xff\xff\xff,', b'01:a,']
)
def test_junk_ends_the_console_with_a_reason(forger, junk):
    replies = forger.ask('block', f'send({junk!r})\nimport time; time.sleep(30)\n')
    assert replies[-1] == {'terminate': 'The program damaged the console it ran in.'}
    assert forger.is_closed()


def test_a_flood_of_forged_questions_is_one_question(forger):
    replies = forger.ask('block', 'for i in range(2000): send(frame(b\'{"n":3,"input":null}\'))\nx = 1\n')
    assert replies[-1] == {'input': None}
    # The block may have come to its end before it could be ended.
    *late, last = forger.ask('terminate')
    assert last == {'terminate': 'You ended this console.'}
    assert late in ([], [{'okay': None}])


def test_closing_every_descriptor_ends_the_console_with_a_reason(console):
    replies = console.type('import os; os.closerange(0, 100)\n')
    assert 'terminate' in replies[-1]
    assert console.is_closed()


def test_closing_the_standard_streams_leaves_a_console_that_answers(console):
    console.type('import sys; sys.stdout.close(); sys.stderr.close()\n')
    assert console.type('x = 1\n') == [{'okay': None}]


@pytest.mark.parametrize(
    ('program', 'reason'),
    [
        ('import os; os._exit(3)\n', 'The program ended the console (exit code 3).'),
        ('import os; os.kill(os.getpid(), 9)\n', 'The program was killed (signal 9).'),
        ('import os; os.kill(os.getpid(), 11)\n', 'The program crashed (Segmentation fault).'),
        ('import ctypes; ctypes.string_at(0)\n', 'The program crashed (Segmentation fault).'),
    ],
)
def test_the_end_of_the_interpreter_is_told_with_its_reason(console, program, reason):
    assert console.type(program)[-1] == {'terminate': reason}
    assert console.is_closed()


def test_the_last_words_before_the_end_are_not_lost(console):
    replies = console.ask('block', 'import os\nprint("last words")\nos._exit(0)\n')
    assert output_of(replies) == 'last words\n'


def test_too_much_memory_is_an_error_and_the_console_survives(open_console):
    with open_console(memory=256 << 20) as console:
        assert last_line(console.type('x = [0] * 10**9\n')) == 'MemoryError'
        assert output_of(console.type('1\n')) == '1\n'


def test_memory_filled_to_the_last_byte_does_not_hang_the_console(open_console):
    with open_console(memory=256 << 20) as console:
        replies = console.ask('block', 'x = []\nwhile True: x.append(bytearray(100000))\n')
        assert {'exc', 'terminate'} & replies[-1].keys()


def test_the_controller_can_be_neither_read_nor_traced(data):
    program = """
import os
def attempt(look, path):
    try: return look(path) and 'open'
    except OSError as error: return type(error).__name__
controller = f'/proc/{os.getppid()}'
print(attempt(os.listdir, controller + '/fd'), attempt(open, controller + '/mem'), attempt(os.readlink, controller + '/fd/3'))
print(attempt(os.listdir, '/proc/self/fd'))
"""
    # In a box only: outside, the tests may run as root, whom nothing stops.
    with in_box(data) as console:
        output = output_of(console.ask('block', program))
    assert output.split() == ['PermissionError'] * 3 + ['open']
