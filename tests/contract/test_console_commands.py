"""What the console answers to each command: the same from the bare program and from a box."""

import pytest

from tests.contract.consoles import last_line, output_of


def test_the_banner_says_which_python_it_is(console):
    console.send('splash')
    assert console.hear()['output'].startswith('Python 3.')


def test_a_statement_is_answered_with_okay_and_an_expression_is_echoed_before(console):
    assert console.type('x = 6 * 7\n') == [{'okay': None}]
    assert console.type('x\n') == [{'output': '42\n'}, {'okay': None}]


def test_one_newline_does_not_end_a_block_and_a_blank_line_does(console):
    assert console.type('for i in range(2):\n') == [{'more': None}]
    assert console.type('    print(i)\n') == [{'more': None}]
    assert console.type('\n') == [{'output': '0\n1\n'}, {'okay': None}]


def test_several_statements_at_once_are_echoed_one_by_one(console):
    assert output_of(console.type('a = 1\na + 1\na + 2\n')) == '2\n3\n'


def test_a_block_at_the_end_of_several_statements_waits_for_its_blank_line(console):
    assert console.type('a = 5\ndef f():\n    return a\n') == [{'more': None}]
    assert console.type('\n') == [{'okay': None}]
    assert output_of(console.type('f()\n')) == '5\n'


def test_an_error_in_one_of_several_statements_runs_none_of_them(console):
    assert last_line(console.type('b = 1\nb = = 2\n')) == 'SyntaxError: invalid syntax'
    assert last_line(console.type('b\n')) == "NameError: name 'b' is not defined"


PASTED = [
    ('def sq(x):\n    return x*x\n\nsq(4)\n', '16\n'),
    # As from a session whose prompts were taken off: no empty line ends the block.
    ('def sq(x):\n    return x*x\nsq(5)\nsq(6)\n', '25\n36\n'),
    ('for i in range(2):\n    i\n"after"\n', "0\n1\n'after'\n"),
    ('if False:\n    1\nelse:\n    2\n\n\n3\n', '2\n3\n'),
    ('class A:\n    x = 1\n\n    def f(self):\n        return self.x\n\nA().f()\n', '1\n'),
    ('# What follows is a sum.\n1 + 1\n2 + 2\n', '2\n4\n'),
    ('@staticmethod\ndef f(): return 7\n\n# Again\nf()\n# The end\n', '7\n'),
    ('def f():\n    return 1\n\ndef g():\n    return f() + 1\n\ng()\n', '2\n'),
    ("'''\nfor\n'''; 5\n", "'\\nfor\\n'\n5\n"),
    ('# Nothing\n# at all\n', ''),
    ('\n\n8\n', '8\n'),
]


@pytest.mark.parametrize(('text', 'output'), PASTED)
def test_a_text_of_several_lines_runs_as_if_typed_one_after_the_other(console, text, output):
    replies = console.type(text)
    assert (output_of(replies), replies[-1]) == (output, {'okay': None})


def test_a_pasted_text_ends_with_its_first_error(console):
    replies = console.type('def f():\n    return 1 / 0\n\n1\nf()\n2\n')
    assert output_of(replies) == '1\n'
    assert '  File "<console>", line 5, in <module>\n    f()\n' in replies[-1]['exc']
    assert last_line(replies) == 'ZeroDivisionError: division by zero'


UNFINISHED = [
    'def f():\n    return 2\n\ndef g():\n',
    'def f():\n    return 2\n\nf(\n',
    'for i in [2]:\n    i\nwhile i > 1:\n    i -= 1\n',
]


@pytest.mark.parametrize('text', UNFINISHED)
def test_a_pasted_text_whose_last_statement_is_not_whole_waits_for_the_rest(console, text):
    assert console.type(text) == [{'more': None}]


def test_the_rest_of_a_pasted_text_may_come_line_by_line(console):
    assert console.type('for i in [1]:\n    x = i\nif x:\n    x = 2\n') == [{'more': None}]
    assert console.type('    x = 3\n') == [{'more': None}]
    assert console.type('\n') == [{'okay': None}]
    assert output_of(console.type('x\n')) == '3\n'


def test_a_block_typed_line_by_line_ends_with_an_empty_line_only(console):
    assert console.type('if True:\n') == [{'more': None}]
    assert console.type('    x = 1\n') == [{'more': None}]
    assert last_line(console.type('x\n')).startswith('SyntaxError')


@pytest.mark.parametrize('text', ['x = 3 4\n', 'if True: x = 3 4\n\n', 'x = 1; y = 3 4\n'])
def test_a_line_that_is_merely_wrong_is_not_called_incomplete(console, text):
    assert last_line(console.type(text)) == 'SyntaxError: invalid syntax'


def test_an_empty_text_goes_on_and_changes_nothing(console):
    assert console.type('') == [{'okay': None}]
    console.type('if True:\n')
    assert console.type('') == [{'more': None}]


def test_a_traceback_shows_the_students_lines_and_no_frame_of_ours(console):
    console.type('def divide(a, b):\n    return a / b\n\n')
    console.type('1 + 1\n')
    trace = console.type('divide(1, 0)\n')[-1]['exc']
    assert trace.startswith('Traceback (most recent call last):\n  File "<console>", line 1, in <module>\n    divide(1, 0)\n')
    assert '  File "<console>", line 2, in divide\n    return a / b\n' in trace
    assert trace.endswith('ZeroDivisionError: division by zero\n')
    assert 'python_console' not in trace


@pytest.mark.parametrize(('text', 'marked'), [('1/0\n', '1/0'), ('1 and int("many")\n', 'int("many")'), ('2\n1/0\n', '1/0')])
def test_the_marks_of_a_traceback_are_under_what_failed(console, text, marked):
    trace = console.type(text)[-1]['exc'].split('\n')
    line, marks = trace[2], trace[3]
    assert line[marks.index(marks.strip()) :].startswith(marked)


def test_the_cause_of_an_error_is_shown_without_frames_of_ours(console):
    trace = console.ask('block', 'try:\n    {}["a"]\nexcept KeyError as error:\n    raise ValueError("b") from error\n')[-1][
        'exc'
    ]
    assert trace.count('File "<console>"') == 2
    assert 'python_console' not in trace


def test_a_runaway_recursion_has_a_short_traceback(console):
    console.type('def f(): return f()\n\n')
    replies = console.type('f()\n')
    assert last_line(replies).startswith('RecursionError')
    assert len(replies[-1]['exc']) < 2000


def test_an_error_whose_message_fails_does_not_harm_the_console(console):
    console.ask('block', 'class Odd(Exception):\n    def __str__(self): raise RuntimeError("no")\n')
    assert 'Odd' in console.type('raise Odd\n')[-1]['exc']
    assert output_of(console.type('1\n')) == '1\n'


def test_features_of_the_future_persist(console):
    console.type('from __future__ import annotations\n')
    assert console.type('def f(x: unknown): pass\n\n') == [{'okay': None}]
    assert console.ask('block', 'def g(x: unknown): pass\n') == [{'okay': None}]


def test_a_block_is_a_whole_program_without_echo_and_shares_the_variables(console):
    assert console.ask('block', 'y = 41\ny\n') == [{'okay': None}]
    assert output_of(console.type('y + 1\n')) == '42\n'


def test_a_block_drops_a_statement_that_was_half_typed(console):
    console.type('if True:\n')
    assert console.ask('block', 'z = 1\n') == [{'okay': None}]
    assert output_of(console.type('z\n')) == '1\n'


def test_a_file_runs_as_main_with_its_arguments_and_its_neighbours(console):
    console.write('151/helper.py', 'value = 7\n')
    console.write('151/main.py', 'import os, sys, helper\nprint(__name__, sys.argv[1:], helper.value, os.getcwd())\nkept = 1\n')
    replies = console.ask('run', {'path': '/151/main.py', 'args': ['a', 'b']})
    assert output_of(replies) == f"__main__ ['a', 'b'] 7 {console.place}/151\n"
    assert output_of(console.type('kept\n')) == '1\n'


def test_a_module_that_was_changed_is_new_at_the_next_run(console):
    console.write('helper.py', 'value = 1\n')
    console.write('main.py', 'import helper\nprint(helper.value)\n')
    console.ask('run', {'path': 'main.py', 'args': []})
    console.write('helper.py', 'value = 22\n')
    assert output_of(console.ask('run', {'path': 'main.py', 'args': []})) == '22\n'


def test_a_file_that_is_not_there_is_told_in_one_line(console):
    replies = console.ask('run', {'path': '/nothing.py', 'args': []})
    assert replies[-1]['exc'].startswith('FileNotFoundError')


def test_a_traceback_in_a_file_names_the_file_and_its_line(console):
    console.write('bad.py', 'x = 1\nx.nothing\n')
    trace = console.ask('run', {'path': 'bad.py', 'args': []})[-1]['exc']
    assert f'File "{console.place}/bad.py", line 2, in <module>\n    x.nothing\n' in trace


def test_a_program_that_exits_says_so_on_standard_error_and_leaves_the_console(console):
    replies = console.ask('block', 'import sys\nx = 1\nsys.exit("enough")\n')
    assert output_of(replies, 'error') == 'enough\n'
    assert replies[-1] == {'okay': None}
    assert output_of(console.type('x\n')) == '1\n'


def test_exit_typed_at_the_prompt_ends_the_console(console):
    assert console.type('exit()\n') == [{'terminate': 'You left the console with exit().'}]
    assert console.is_closed()


def test_terminate_ends_the_console_whatever_runs(console):
    console.start('print("ready")\nwhile True: pass\n\n')
    assert console.ask('terminate')[-1] == {'terminate': 'You ended this console.'}
    assert console.is_closed()


@pytest.mark.parametrize(
    ('text', 'start', 'expected'),
    [
        ('sys.std', 4, 'stdout'),
        ('impo', 0, 'import'),
        ('len', 0, 'len'),
        ('x = my_li', 4, 'my_list'),
        ('my_list.app', 8, 'append'),
    ],
)
def test_a_word_is_completed(console, text, start, expected):
    console.type('import sys; my_list = []\n')
    [answer] = console.ask('complete', {'text': text, 'cursor': len(text)})
    assert answer['start'] == start
    assert expected in answer['matches']


def test_completion_at_nothing_offers_nothing(console):
    assert console.ask('complete', {'text': 'x = ', 'cursor': 4}) == [{'matches': [], 'start': 4}]
    assert console.ask('complete', {'text': 'f().a', 'cursor': 5}) == [{'matches': [], 'start': 4}]


def test_a_function_is_described(console):
    console.type('def area(width, height=2):\n    "The area."\n\n')
    [answer] = console.ask('inspect', 'area')
    assert (answer['type'], answer['doc'], answer['signature']) == ('function', 'The area.', '(width, height=2)')


def test_a_value_that_cannot_be_described_is_described_all_the_same(console):
    console.ask('block', 'class Odd:\n    def __repr__(self): raise ValueError\nodd = Odd()\n')
    [answer] = console.ask('inspect', 'odd')
    assert answer['repr'].startswith('<Odd instance at ')


def test_an_expression_that_fails_is_answered_with_its_error(console):
    assert last_line(console.ask('inspect', 'nothing')) == "NameError: name 'nothing' is not defined"


def test_variables_are_listed_in_a_bounded_way(console):
    console.type('n = 1; big = list(range(100000)); long = "x" * 100000\n')
    [answer] = console.ask('globals')
    shown = {item['name']: item for item in answer['globals']}
    assert shown['n'] == {'name': 'n', 'type': 'int', 'repr': '1', 'kind': 'value', 'size': None}
    assert max(len(item['repr']) for item in shown.values()) <= 400


def test_the_students_modules_may_have_the_names_of_ours(console):
    console.write('ivle.py', 'mine = 1\n')
    assert output_of(console.type('import ivle; ivle.mine\n')) == '1\n'


def test_a_copy_of_the_program_made_by_fork_does_not_answer(console):
    assert console.type('import os; child = os.fork()\n') == [{'okay': None}]
    assert output_of(console.type('2\n')) == '2\n'


def test_lone_surrogates_and_odd_characters_survive_the_way(console):
    assert last_line(console.type('raise ValueError("\\ud800 ü")\n')) == 'ValueError: \\ud800 ü'
    assert output_of(console.type('print("ü中🐍\\0\\x1b")\n')) == 'ü中🐍\0\x1b\n'
