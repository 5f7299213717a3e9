"""Explanations of common errors: the right sentence for each, and none where one would have to guess."""

import time

import pytest

from ivle.teaching.explain import explain, explain_case


def error(name='', message='', kind='exception'):
    return {'kind': kind, 'name': name, 'message': message, 'line': 1, 'traceback': ''}


@pytest.mark.parametrize(
    ('name', 'message', 'words'),
    [
        ('NameError', "name 'cuont' is not defined", '`cuont`'),
        ('NameError', "name 'true' is not defined", 'capital letter'),
        ('NameError', "name 'trueish' is not defined", 'spelled the same'),
        ('UnboundLocalError', "cannot access local variable 'x' where it is not associated with a value", '`x` gets a value'),
        ('IndentationError', "expected an indented block after 'if' statement on line 3", 'four spaces further in'),
        ('IndentationError', 'unexpected indent', 'same column'),
        ('TabError', 'inconsistent use of tabs and spaces in indentation', 'no tabs'),
        ('SyntaxError', "expected ':'", 'colon is missing'),
        ('SyntaxError', "'(' was never closed", 'bracket'),
        ('SyntaxError', 'unterminated string literal (detected at line 1)', 'quote'),
        ('SyntaxError', "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 'write =='),
        ('SyntaxError', "invalid character '‘' (U+2018)", '`‘` looks like a quote'),
        ('SyntaxError', "invalid character '“' (U+201C)", '`“` looks like a quote'),
        ('SyntaxError', "invalid character '–' (U+2013)", '`–` looks like a minus'),
        ('SyntaxError', "invalid character '×' (U+00D7)", 'it writes `*`'),
        ('SyntaxError', "invalid character '÷' (U+00F7)", 'it writes `/`'),
        ('SyntaxError', "invalid character '≤' (U+2264)", '`<=`'),
        ('SyntaxError', "invalid character '（' (U+FF08)", '`（` is no sign'),
        ('SyntaxError', 'invalid non-printable character U+00A0', 'cannot be seen'),
        ('SyntaxError', "unmatched ')'", 'one `)` too many'),
        ('SyntaxError', "closing parenthesis ')' does not match opening parenthesis '['", '`[` is open'),
        ('SyntaxError', "f-string: expecting '}'", 'each { needs its }'),
        ('SyntaxError', 'cannot assign to expression', 'Left of the ='),
        ('SyntaxError', "Missing parentheses in call to 'print'. Did you mean print(...)?", 'print is a function'),
        ('SyntaxError', 'invalid syntax. Perhaps you forgot a comma?', 'comma is missing'),
        ('SyntaxError', "'return' outside function", 'in no function'),
        ('SyntaxError', "'break' outside loop", 'in no loop'),
        ('SyntaxError', "expected 'except' or 'finally' block", 'comes `except`'),
        ('SyntaxError', 'leading zeros in decimal integer literals are not permitted', 'begin with 0'),
        ('SyntaxError', 'invalid decimal literal', '`3 * x`'),
        ('SyntaxError', 'positional argument follows keyword argument', 'come last'),
        ('SyntaxError', 'unexpected character after line continuation character', 'end a line'),
        ('SyntaxError', 'invalid syntax', 'cannot read this line'),
        ('TypeError', 'fac() takes 1 positional argument but 2 were given', 'it takes 1 and was given 2'),
        ('TypeError', 'fac() takes from 1 to 2 positional arguments but 3 were given', 'it takes from 1 to 2 and was given 3'),
        ('TypeError', 'len() takes exactly one argument (2 given)', 'it takes one and was given 2'),
        ('TypeError', 'A.f() takes 0 positional arguments but 1 was given', '`self`'),
        ('TypeError', "f() got an unexpected keyword argument 'b'", 'named `b`'),
        ('TypeError', "fac() missing 1 required positional argument: 'n'", 'fewer arguments'),
        ('TypeError', "unsupported operand type(s) for *: 'int' and 'NoneType'", 'One side is None'),
        ('TypeError', 'can only concatenate str (not "int") to str', 'do not fit'),
        ('TypeError', "'NoneType' object is not iterable", 'What is used there is None'),
        ('TypeError', "'int' object is not callable", 'brackets behind it'),
        ('RecursionError', 'maximum recursion depth exceeded', 'calls itself without end'),
        ('IndexError', 'list index out of range', 'one less than its length'),
        ('KeyError', "'a'", 'no such key'),
        ('ZeroDivisionError', 'division by zero', 'divided by zero'),
        ('ValueError', "invalid literal for int() with base 10: 'x'", 'no whole number'),
        ('AttributeError', "'NoneType' object has no attribute 'append'", 'give back None'),
        ('AttributeError', "'str' object has no attribute 'push'", 'kind str has no `push`'),
        ('TypeError', "'<' not supported between instances of 'str' and 'int'", 'kind str cannot be compared'),
        ('TypeError', "'builtin_function_or_method' object is not subscriptable", 'round brackets'),
        ('TypeError', "'int' object is not iterable", 'range(n)'),
        ('TypeError', "object of type 'int' has no len()", 'Only a collection'),
        ('TypeError', "'int' object is not subscriptable", 'Only a collection'),
        ('TypeError', 'list indices must be integers or slices, not str', 'whole numbers'),
        ('TypeError', "'str' object does not support item assignment", 'str cannot be changed'),
        ('TypeError', "'float' object cannot be interpreted as an integer", 'it is a float'),
        ('TypeError', "unhashable type: 'list'", 'key of a dictionary'),
        ('MemoryError', '', 'more memory than it may have'),
        ('IndexError', 'pop from empty list', 'nothing left'),
        ('ValueError', "could not convert string to float: 'Ann'", 'no number'),
        ('ValueError', 'not enough values to unpack (expected 2, got 1)', 'Names left of the =: 2'),
        ('ValueError', 'too many values to unpack (expected 2)', 'Names left of the =: 2'),
        ('ValueError', 'list.remove(x): x not in list', 'not there'),
        ('ValueError', 'math domain error', 'square root'),
        ('ValueError', 'Exceeds the limit (4300 digits) for integer string conversion', 'too large'),
        ('OverflowError', "(34, 'Numerical result out of range')", 'too large'),
        ('AttributeError', "'list' object has no attribute 'length'", '`len(...)`'),
        ('AttributeError', "module 'math' has no attribute 'squareroot'", 'module math has no `squareroot`'),
        ('ImportError', "cannot import name 'squareroot' from 'math' (unknown location)", 'module math has no `squareroot`'),
        ('FileNotFoundError', "[Errno 2] No such file or directory: 'data.txt'", 'no file of that name'),
        ('OSError', "[Errno 30] Read-only file system: '/etc/x'", 'own directory'),
        ('OSError', "[Errno 24] Too many open files: 'x'", 'without closing'),
        ('OSError', '[Errno 28] No space left on device', 'writes without end'),
        ('BlockingIOError', '[Errno 11] Resource temporarily unavailable', 'more processes or threads'),
        ('RuntimeError', "can't start new thread", 'more processes or threads'),
        ('RuntimeError', 'dictionary changed size during iteration', 'Go through a copy'),
        ('URLError', '<urlopen error [Errno -2] Name or service not known>', 'no network'),
        ('OSError', '[Errno 97] Address family not supported by protocol', 'no network'),
        ('SystemExit', '1', 'by exit()'),
        ('AssertionError', '', '`assert`'),
        ('NotImplementedError', '', 'your own code'),
        ('EOFError', 'EOF when reading a line', 'more input than the test gives'),
        ('ModuleNotFoundError', "No module named 'numpyy'", 'no such module'),
    ],
)
def test_an_exception_is_explained(name, message, words):
    assert words in explain(error(name, message))


@pytest.mark.parametrize(
    ('kind', 'words'),
    [
        ('time', 'loop'),
        ('memory', 'memory'),
        ('output', 'print in a loop'),
        ('killed', 'memory'),
        ('left', 'exit()'),
        ('skipped', 'what takes so long'),
        ('missing', '`def fac`'),
    ],
)
def test_the_other_ends_are_explained(kind, words):
    assert words in explain(error('fac', 'words', kind))


@pytest.mark.parametrize(('name', 'message'), [('ValueError', 'my own words'), ('TypeError', 'my own words'), ('Strange', '')])
def test_what_nobody_knows_is_not_explained(name, message):
    assert explain(error(name, message)) is None


@pytest.mark.parametrize(
    'code',
    [
        'while' + ' ' * 60_000,
        'while(' * 10_000,
        "input('" * 9_000,
        'input(' + ' ' * 60_000,
        ''.join(f"input('{number}')" for number in range(5_000)),
        'x' + '+' * 60_000,
        'def' + ' ' * 60_000 + 'x',
        ' ' * 60_000 + '>',
    ],
    ids=lambda code: code[:8],
)
def test_no_program_keeps_the_site_busy(code):
    began = time.process_time()
    explain(error(message='It took longer than 5 s and was stopped.', kind='time'), code)
    explain(error('SyntaxError', 'invalid syntax', 'syntax'), code)
    explain_case({'passed': False, 'aspect': 'stdout', 'expected': 'x' * 4000, 'actual': '123 ' * 1000}, code)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize('name', ['TypeError', 'AttributeError', 'ValueError', 'NameError', 'RuntimeError'])
def test_no_message_keeps_the_site_busy(name):
    began = time.process_time()
    explain(error(name, 'a' * 2000))
    assert time.process_time() - began < 0.1


def test_braces_and_odd_names_of_a_student_do_no_harm():
    assert '`{0}`' in explain(error('NameError', "name '{0}' is not defined"))


@pytest.mark.parametrize(
    ('message', 'line', 'words'),
    [
        ("expected ':'", 'else if x > 2:', '`elif`'),
        ('invalid syntax', '>>> print(1)', '`>>>`'),
        ('invalid syntax', 'if a && b:', '`and`'),
        ('invalid syntax', 'if a || b:', '`or`'),
        ('invalid syntax', 'x++', '`+= 1`'),
        ('invalid syntax', 'if x => 3:', '`>=`'),
        ('invalid syntax', 'class = 3', '`class` is a word of Python'),
        ('invalid syntax', 'print(1 if)', 'cannot read this line'),
        ("invalid character '–' (U+2013)", 'x = 3 – 2', 'minus'),
    ],
)
def test_what_python_cannot_read_is_explained_by_its_line(message, line, words):
    told = {**error('SyntaxError', message, 'syntax'), 'line': 2}
    assert words in explain(told, f'x = 1\n{line}\n')


def test_a_line_that_the_program_does_not_have_is_not_looked_at():
    assert 'cannot read' in explain({**error('SyntaxError', 'invalid syntax', 'syntax'), 'line': 9}, 'x++\n')


@pytest.mark.parametrize(
    ('code', 'words'),
    [
        ('while True:\n    pass\n', '`break`'),
        ('import time\ntime.sleep(60)\n', '`sleep`'),
    ],
)
def test_what_takes_the_time_is_looked_for_in_the_program(code, words):
    assert words in explain(error(message='It took longer than 5 s and was stopped.', kind='time'), code)


def test_what_cannot_be_compared_is_not_taken_for_a_flood():
    words = 'The value is too large to be compared, or of a kind that cannot be.'
    assert 'the function itself' in explain(error(message=words, kind='output'))


def test_python_that_broke_down_is_not_taken_for_a_lack_of_memory():
    words = 'It was ended by the system (signal 11): perhaps it used too much memory.'
    assert 'broke down' in explain(error(message=words, kind='killed'))


def test_a_function_that_is_missing_in_a_hidden_test_is_not_named():
    assert explain(error(message='A function that is tested is missing.', kind='missing')) is None


def test_a_function_that_asks_for_input_is_told_that_it_has_arguments():
    case = {'passed': False, 'call': 'add(1, 2)', 'error': error('EOFError', 'EOF when reading a line')}
    assert '`add(1, 2)` and type nothing' in explain_case(case)


def test_a_function_that_reads_more_input_than_there_is_is_told_that():
    case = {'passed': False, 'call': 'f()', 'stdin': 'Ann\n', 'error': error('EOFError', 'EOF when reading a line')}
    assert 'more input than the test gives' in explain_case(case)


def printed(expected, actual):
    return {'passed': False, 'aspect': 'stdout', 'expected': expected, 'actual': actual, 'stdin': 'Ann\n'}


@pytest.mark.parametrize(
    ('code', 'actual', 'prompt'),
    [
        ("name = input('Name? ')", 'Name? Hello Ann\n', '`Name?`'),
        ('name = input("What\\\'s your name?\\n")', "What's your name?\nHello Ann\n", "`What's your name?`"),
        ('name = input(f"Name {number}: ")', 'Name 1: Hello Ann\n', '`Name`'),
        ("name = input(r'C:\\new ')", 'C:\\new Hello Ann\n', '`C:\\new`'),
        ("one = input('N')\ntwo = input('Name? ')", 'NName? Hello Ann\n', '`N`'),
    ],
)
def test_the_prompt_of_input_is_found_in_the_output(code, actual, prompt):
    told = explain_case(printed('Hello Ann\n', actual), code)
    assert f'your output has {prompt} in it' in told and 'nothing in the brackets' in told


def test_output_that_is_right_but_for_prompts_is_said_to_be_right():
    program = "name = input('Name? ')\nage = input('And your age? ')\n"
    assert 'The rest of your output is right.' in explain_case(printed('Hello Ann\n', 'Name? And your age? Hello Ann\n'), program)
    assert 'The rest' not in explain_case(printed('Hello Ann\n', 'Name? And your age? Bye\n'), program)


@pytest.mark.parametrize(
    ('expected', 'actual', 'code'),
    [
        ('Name? Hello Ann\n', 'Name? hello Ann\n', "name = input('Name? ')"),
        ('Hello Ann\n', 'Name? Hello Ann\n', "print('Name? ')\nname = input()"),
        ('Hello Ann\n', ' Hello  Ann\n', "name = input(' ')"),
    ],
)
def test_a_prompt_that_is_asked_for_or_is_none_is_not_blamed(expected, actual, code):
    assert 'brackets of' not in explain_case(printed(expected, actual), code)


@pytest.mark.parametrize(
    ('aspect', 'expected', 'actual', 'words'),
    [
        ('result', '120', 'None', 'without `return`'),
        ('result', '5', "'5'", 'One is text'),
        ('result', '3', '3.0', '`3.0` is a float, `3` a whole number'),
        ('result', '3.0', '3', '`3.0` is a float, `3` a whole number'),
        ('result', '0.3', '0.30000000000000004', 'not exact'),
        ('result', '[1, 2]', '(1, 2)', 'collection is another'),
        ('result', '[1, 2]', '[2, 1]', 'another order'),
        ('result', '[1, 2]', '<iterator of [1, 2]>', 'makes a list of them'),
        ('stdout', 'a b\n', 'a  b\n', 'Only spaces'),
        ('stdout', 'Hello\n', 'hello\n', 'capital'),
        ('stdout', 'Hello, Ann!\n', 'Hello Ann\n', 'Only signs'),
        ('stdout', 'Hello\n', '', 'printed nothing'),
        ('stdout', 'Hello\n', 'Hello\nNone\n', 'without a `print` around it'),
        ('stdout', '120\n', 'The result is 120\n', 'more around it'),
        ('stdout', '1\n2\n3\n', '1\n2\n', 'something is missing'),
        ('exception', 'ValueError', 'nothing', '`raise ValueError(...)`'),
        ('file', 'text', 'nothing', 'No such file'),
    ],
)
def test_a_case_is_explained(aspect, expected, actual, words):
    assert words in explain_case({'passed': False, 'aspect': aspect, 'expected': expected, 'actual': actual})


@pytest.mark.parametrize('code', ['exit()\nprint("Hello")\n', 'def f():\n    quit()\n'])
def test_a_program_that_ends_itself_before_it_is_done_is_told_so(code):
    assert 'it ends there' in explain_case(printed('Hello\n', ''), code)


def test_a_program_that_never_calls_its_function_is_told_so():
    program = 'def f():\n    print("Hello")\n'
    assert 'when the function is called' in explain_case(printed('Hello\n', ''), program)
    assert 'when the function is called' not in explain_case({**printed('Hello\n', ''), 'call': 'f()'}, program)


@pytest.mark.parametrize(
    'case',
    [
        {'passed': True, 'aspect': 'result', 'expected': '1', 'actual': 'None'},
        {'passed': False, 'aspect': 'result', 'expected': 'None', 'actual': 'None'},
        {'passed': False, 'aspect': 'result', 'expected': '1', 'actual': '2'},
        {'passed': False, 'aspect': 'result', 'expected': '[1, 2]', 'actual': '(1, 3)'},
        {'passed': False, 'aspect': 'result', 'expected': 'True', 'actual': 'False'},
        {'passed': False, 'aspect': 'result', 'expected': '1.5', 'actual': '2.5'},
        {'passed': False, 'aspect': 'stdout', 'expected': 'Hello\n', 'actual': 'Bye\n'},
        {'passed': False, 'aspect': 'stdout', 'expected': '1\n', 'actual': '10\n'},
        {'passed': False, 'aspect': 'stdout', 'expected': '10\n', 'actual': '1\n'},
        {'passed': False, 'aspect': 'exception', 'expected': 'ValueError', 'actual': 'KeyError'},
        {'passed': False, 'aspect': 'stderr', 'expected': 'a', 'actual': 'b'},
        {'passed': False, 'aspect': 'result', 'actual': '2'},
        {'passed': False},
    ],
)
def test_a_case_that_tells_nothing_is_not_explained(case):
    assert explain_case(case) is None


def test_a_case_with_an_error_has_its_explanation():
    assert 'divided by zero' in explain_case({'passed': False, 'error': error('ZeroDivisionError', 'division by zero')})
