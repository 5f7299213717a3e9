"""Input, output and interrupts of the console: the same from the bare program and from a box."""

import time

import pytest

from tests.contract.consoles import OUTPUT_LIMIT, eventually, last_line, output_of

BUSY = {
    'a busy loop': 'print("ready")\nwhile True: pass\n\n',
    'a sleep': 'import time\nprint("ready")\ntime.sleep(60)\n',
    'a program of its own': 'import subprocess\nprint("ready")\nx = subprocess.run(["sleep", "60"])\n',
    'a lock': 'import threading\nprint("ready")\nx = threading.Event().wait()\n',
    'a flood': 'print("ready")\nwhile True: print("x" * 50)\n\n',
    'a thread': (
        'import threading, time\nt = threading.Thread(target=time.sleep, args=[1]); t.start()\nprint("ready")\nt.join()\n'
    ),
}


def test_output_and_errors_are_told_apart(console):
    replies = console.ask('block', 'import sys\nprint("out")\nprint("err", file=sys.stderr)\n')
    assert (output_of(replies), output_of(replies, 'error')) == ('out\n', 'err\n')


def test_what_a_subprocess_writes_is_output_too(console):
    replies = console.type('import os; code = os.system("echo out; echo err >&2")\n')
    assert (output_of(replies), output_of(replies, 'error')) == ('out\n', 'err\n')


def test_output_is_seen_while_the_program_goes_on(console):
    console.send('chat', 'import time; print("first"); time.sleep(30)\n')
    assert console.hear() == {'output': 'first\n'}


def test_output_without_a_newline_is_seen_before_the_reply(console):
    assert console.type('print("a", end="")\n') == [{'output': 'a'}, {'okay': None}]


def test_long_output_comes_whole_and_before_the_final_reply(console):
    replies = console.type('print("ü" * 70000)\n')
    assert output_of(replies) == 'ü' * 70000 + '\n'
    assert replies[-1] == {'okay': None}


def test_characters_are_never_split_however_they_are_written(console):
    program = 'import os, time\nfor byte in "ü中🐍".encode():\n    n = os.write(1, bytes([byte])); time.sleep(0.03)\n'
    assert output_of(console.ask('block', program)) == 'ü中🐍'


def test_bytes_that_are_no_text_are_replaced(console):
    assert (
        output_of(console.ask('block', 'import os\nn = os.write(1, b"a\\xff\\xc3")\n'))
        == 'a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}'
    )


def test_a_flood_is_cut_with_one_notice_and_does_not_hold_up_the_program(console):
    replies = console.ask('block', 'for i in range(40000): print("0123456789" * 10)\ndone = True\n')
    assert len(output_of(replies)) == OUTPUT_LIMIT
    assert output_of(replies, 'error').count('the rest of it is not shown') == 1
    assert output_of(console.type('done\n')) == 'True\n'


def test_every_command_has_its_own_allowance_of_output(console):
    console.ask('block', f'print("x" * {2 * OUTPUT_LIMIT})\n')
    assert output_of(console.type('print("y")\n')) == 'y\n'


def test_input_is_asked_for_after_its_prompt(console):
    assert console.type('name = input("who? ")\n') == [{'output': 'who? '}, {'input': None}]
    assert console.type('Ann\n') == [{'okay': None}]
    assert output_of(console.type('name\n')) == "'Ann'\n"


def test_an_empty_text_is_no_input_and_an_empty_line_is(console):
    console.type('line = input()\n')
    assert console.type('') == [{'input': None}]
    assert console.type('\n') == [{'okay': None}]
    assert output_of(console.type('line\n')) == "''\n"


def test_standard_input_can_be_read_line_by_line_up_to_its_end(console):
    assert console.type('import sys; lines = list(sys.stdin)\n') == [{'input': None}]
    assert console.type('one\n') == [{'input': None}]
    assert console.type('two') == [{'input': None}]
    assert console.type('\x04') == [{'okay': None}]
    assert output_of(console.type('lines\n')) == "['one\\n', 'two\\n']\n"


def test_end_of_input_is_an_error_for_input(console):
    console.type('input()\n')
    assert last_line(console.type('\x04')) == 'EOFError: EOF when reading a line'


def test_input_that_was_left_over_is_not_for_the_next_command(console):
    console.type('a = input()\n')
    console.type('first\nsecond\n')
    assert console.type('b = input()\n') == [{'input': None}]


def test_other_commands_wait_while_a_program_wants_input(console):
    console.type('a = input()\n')
    [refusal] = console.ask('globals')
    assert 'waits for input' in refusal['refused']
    assert console.hear() == {'input': None}
    assert console.type('x\n') == [{'okay': None}]


def test_a_program_reads_from_a_thread(console):
    program = 'import threading\nlines = []\nt = threading.Thread(target=lambda: lines.append(input()))\nt.start()\nt.join()\n'
    assert console.ask('block', program) == [{'input': None}]
    assert console.type('from a thread\n') == [{'okay': None}]


def test_a_subprocess_finds_standard_input_at_its_end(console):
    assert output_of(console.type('import subprocess; subprocess.run("cat").returncode\n')) == '0\n'


@pytest.mark.parametrize('program', BUSY.values(), ids=BUSY.keys())
def test_an_interrupt_takes_effect_within_a_second_and_variables_survive(console, program):
    console.type('kept = 1\n')

    def interrupt():
        console.start(program)
        begun = time.monotonic()
        assert last_line(console.ask('interrupt')) == 'KeyboardInterrupt'
        return time.monotonic() - begun

    # Once is enough: the machine may be busy.
    assert eventually(lambda: interrupt() < 1)
    assert output_of(console.type('kept\n')) == '1\n'


def test_an_interrupt_ends_a_question_for_input(console):
    console.type('a = input("? ")\n')
    assert last_line(console.ask('interrupt')) == 'KeyboardInterrupt'
    assert output_of(console.type('1\n')) == '1\n'


def test_an_interrupt_at_the_prompt_drops_what_was_half_typed(console):
    console.type('def f():\n')
    assert last_line(console.ask('interrupt')) == 'KeyboardInterrupt'
    assert output_of(console.type('1\n')) == '1\n'


def test_an_interrupt_right_behind_a_command_is_not_lost(console):
    console.send('block', 'while True: pass\n')
    assert last_line(console.ask('interrupt')) == 'KeyboardInterrupt'


def test_a_program_may_catch_the_interrupt(console):
    console.start('try:\n    print("ready")\n    while True: pass\nexcept KeyboardInterrupt:\n    print("caught")\n\n')
    replies = console.ask('interrupt')
    assert (output_of(replies), replies[-1]) == ('caught\n', {'okay': None})


def test_a_program_may_ask_for_input_again_after_an_interrupt(console):
    console.type('try:\n    a = input()\nexcept KeyboardInterrupt:\n    a = input("again ")\n\n')
    assert console.ask('interrupt') == [{'output': 'again '}, {'input': None}]
    assert console.type('x\n') == [{'okay': None}]


def test_a_program_that_switched_interrupts_off_is_told_about_and_the_next_command_can_be_interrupted(console):
    console.type('import signal; before = signal.signal(signal.SIGINT, signal.SIG_IGN)\n')
    console.start('print("ready")\nwhile True: pass\n\n')
    assert last_line(console.ask('interrupt')) == 'KeyboardInterrupt'


def test_a_program_that_does_not_stop_is_told_about(console):
    console.start('import signal; x = signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint("ready")\nwhile True: pass\n\n')
    console.send('interrupt')
    assert 'restart the console' in console.hear()['error']


def test_whoever_interrupts_twice_means_it(console):
    console.start(
        'import signal, time\nseen = []\nx = signal.signal(signal.SIGINT, lambda *_: seen.append(1))\n'
        'print("ready")\nwhile len(seen) < 20: time.sleep(0.01)\n\n'
    )
    console.send('interrupt')
    console.send('interrupt')
    assert console.hear_out()[-1] == {'okay': None}
