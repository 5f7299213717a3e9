"""Attempts at exercises judged by a real sandbox-server: in boxes that stood ready, and in cold ones."""

import ast

import pytest

from tests.services.judged import FACTORIAL, Examiner, check, exercise, factorial, suite
from tests.services.sandbox_host import SandboxHost, a_place_for_all, eventually

# As Python with the seed 0 has them, which is what boxes have.
ORDER = ['d', 'f', 'g', 'h', 'b', 'i', 'c', 'a', 'j', 'e']


@pytest.fixture(scope='module', params=['warm', 'cold'])
def either_host(request, tmp_path_factory):
    """Return a host whose boxes stand ready, and one that makes each when it is needed."""
    settings = {'warm': {}, 'cold': {'sandbox.pool': 0}}[request.param]
    with SandboxHost(a_place_for_all(tmp_path_factory), **settings) as running:
        yield running


@pytest.fixture
def examiner(either_host):
    return Examiner(either_host)


def only(verdict):
    """Return the only suite of a verdict."""
    [found] = verdict['suites']
    return found


def test_a_right_program_passes_every_suite(examiner):
    verdict = examiner.verdict(factorial(), FACTORIAL)
    assert verdict['passed'] and (verdict['got'], verdict['of'], verdict['error']) == (5, 5, None)
    assert [one['cases'] for one in verdict['suites']] == [[{'name': 'right', 'passed': True}]] * 5


def test_a_wrong_program_is_told_what_was_expected_and_what_it_gave(examiner):
    verdict = examiner.verdict(factorial(3, 1), 'def fac(n):\n    return n\n')
    first, second = verdict['suites']
    assert first['cases'] == [{'name': 'wrong', 'passed': False, 'aspect': 'result', 'expected': '6', 'actual': '3'}]
    assert (first['call'], first['passed'], second['passed'], verdict['passed']) == ('fac(3)', False, True, False)


def test_an_error_is_told_with_the_line_of_the_student(examiner):
    error = only(examiner.verdict(factorial(3), 'def fac(n):\n    x = n\n    return x / 0\n'))['error']
    assert (error['kind'], error['name'], error['line']) == ('exception', 'ZeroDivisionError', 3)
    assert error['traceback'].startswith('Traceback (most recent call last):\n  File "program.py", line 3, in fac\n')


def test_a_program_that_is_none_is_one_error_and_no_suite(examiner):
    verdict = examiner.verdict(factorial(3), 'def fac(n:\n')
    assert (verdict['error']['kind'], verdict['error']['name'], verdict['error']['line']) == ('syntax', 'SyntaxError', 1)
    assert verdict['suites'] == [] and not verdict['passed']


def test_a_function_that_is_missing_is_one_error(examiner):
    verdict = examiner.verdict(factorial(3), 'def fact(n): return 6\n')
    assert (verdict['error']['kind'], verdict['error']['name']) == ('missing', 'fac')


def test_a_suite_that_takes_too_long_is_stopped_and_the_next_still_runs(examiner):
    code = 'import time\ndef fac(n):\n    if n == 3: time.sleep(60)\n    return 1\n'
    slow, quick = examiner.verdict(
        exercise(FACTORIAL, *(suite(function='fac', arguments=[number], seconds=0.4) for number in ('3', '1'))), code
    )['suites']
    assert slow['error']['kind'] == 'time' and quick['passed']


def test_a_busy_loop_is_stopped(examiner):
    quick = exercise(FACTORIAL, suite(function='fac', arguments=['3'], seconds=0.4))
    assert only(examiner.verdict(quick, 'def fac(n):\n    while True: pass\n'))['error']['kind'] == 'time'


def test_a_flood_is_stopped(examiner):
    code = 'def fac(n):\n    while True: print("x" * 1000)\n'
    assert only(examiner.verdict(factorial(3), code))['error']['kind'] == 'output'


@pytest.mark.parametrize('code', ['import os\nos._exit(0)\n', 'import os\nos.kill(os.getppid(), 9)\ndef fac(n): return 6\n'])
def test_a_program_that_ends_the_test_has_not_passed(examiner, code):
    verdict = examiner.verdict(factorial(3), code)
    assert not verdict['passed']


def test_input_is_given_whole_to_each_run(examiner):
    doubled = 'n = int(input())\nprint(n * 2)\n'
    definition = exercise(doubled, *(suite(check(aspect='stdout'), stdin=f'{number}\n') for number in (21, 5)))
    assert examiner.verdict(definition, 'import sys\nprint(2 * int(sys.stdin.readline()))')['passed']


def test_values_are_compared_with_their_kind(examiner):
    definition = exercise('def one(): return 1\n', suite(function='one'))
    assert examiner.verdict(definition, 'def one(): return 1\n')['passed']
    assert not examiner.verdict(definition, 'def one(): return "1"\n')['passed']
    assert not examiner.verdict(definition, 'def one(): return True\n')['passed']
    assert not examiner.verdict(definition, 'def one(): return 1.0\n')['passed']


def test_named_arguments_are_values(examiner):
    definition = exercise('def add(a, b): return a + b\n', suite(function='add', keywords={'a': '[1]', 'b': '[2]'}))
    assert examiner.verdict(definition, 'def add(b, a): return [*a, *b]\n')['passed']


def test_standard_error_is_told_apart(examiner):
    solution = 'import sys\nprint("out")\nprint("err", file=sys.stderr)\n'
    definition = exercise(solution, suite(check(aspect='stderr'), check(aspect='stdout')))
    assert examiner.verdict(definition, solution)['passed']
    assert not examiner.verdict(definition, 'print("out")\nprint("err")\n')['passed']


def test_an_exception_that_is_allowed_is_compared_also_inside_functions(examiner):
    solution = 'def half(n):\n    raise ValueError("odd")\n'
    definition = exercise(
        solution, suite(check(aspect='exception'), function='half', arguments=['3'], allowed_exceptions=['ValueError'])
    )
    assert examiner.verdict(definition, 'def half(n):\n    raise ValueError("other words")\n')['passed']
    assert not examiner.verdict(definition, 'def half(n):\n    return 1\n')['passed']
    assert only(examiner.verdict(definition, 'def half(n):\n    raise TypeError\n'))['error']['name'] == 'TypeError'


def test_a_subclass_of_an_allowed_exception_is_allowed_as_python_would(examiner):
    solution = 'def get():\n    raise LookupError\n'
    definition = exercise(
        solution,
        suite(
            check('check', 'exception', 'lambda sol, att: att is not None'), function='get', allowed_exceptions=['LookupError']
        ),
    )
    assert examiner.verdict(definition, 'def get():\n    return {}["x"]\n')['passed']


def test_files_are_given_and_what_is_written_is_compared(examiner):
    solution = 'with open("in.txt") as a, open("out.txt", "w") as b: b.write(a.read().upper())\n'
    definition = exercise(solution, suite(check(aspect='file', file='out.txt'), files={'in.txt': 'abc'}))
    assert examiner.verdict(definition, 'text = open("in.txt").read()\nprint(text.upper(), end="", file=open("out.txt", "w"))\n')[
        'passed'
    ]
    assert not examiner.verdict(definition, 'open("out.txt", "w").write("abc")\n')['passed']
    assert not examiner.verdict(definition, 'import os\nos.symlink("/etc/passwd", "out.txt")\n')['passed']


def test_checks_may_use_the_include_code_and_see_the_source(examiner):
    checks = [
        check('norm', 'stdout', 'squeezed'),
        check('check', 'code', 'lambda sol, att: "sum(" not in att'),
    ]
    definition = exercise('print("a  b")\n', suite(*checks), include='def squeezed(text):\n    return " ".join(text.split())\n')
    assert examiner.verdict(definition, 'print("a b")\n')['passed']
    assert not examiner.verdict(definition, 'sum([])\nprint("a b")\n')['passed']


def test_what_a_check_cannot_read_has_not_passed(examiner):
    definition = exercise('print(5)\n', suite(check('norm', 'stdout', 'int')))
    assert not examiner.verdict(definition, 'print("five")\n')['passed']


def test_a_case_after_one_that_failed_is_not_told(examiner):
    cases = [{'passes': 'ok', 'fails': f'no {number}', 'checks': [check(aspect='stdout')]} for number in (1, 2)]
    definition = exercise('print(1)\n', {'name': 's', 'cases': cases})
    assert [case['name'] for case in only(examiner.verdict(definition, 'print(2)'))['cases']] == ['no 1']


def test_a_hidden_suite_tells_whether_it_passed_and_nothing_else(examiner):
    definition = exercise(FACTORIAL, suite(function='fac', arguments=['17'], is_hidden=True, stdin='marker'))
    told = only(examiner.verdict(definition, 'def fac(n): return 3\n'))
    assert told['cases'] == [{'name': 'wrong', 'passed': False}]
    told = only(examiner.verdict(definition, 'def fac(n): raise ValueError(n)\n'))
    assert told['error']['name'] == 'ValueError' and '17' not in str(told) and 'marker' not in str(told)


@pytest.mark.parametrize(
    ('definition', 'where'),
    [
        (exercise('def fac(n:\n', suite(function='fac')), 'solution'),
        (exercise('def fac(): raise ValueError\n', suite(function='fac', name='first')), 'first'),
        (exercise('x = 1\n', suite(function='fac', name='first')), 'first'),
        (exercise('x = 1\n', suite(), include='1 / 0'), 'include'),
        (exercise('x = 1\n', suite(check('check', source='lambda sol, att: False'), name='first')), 'first'),
        (exercise('x = 1\n', suite(check('check', source='lambda sol att'), name='first')), 'first'),
        (exercise('x = 1\n', suite(check('norm', source='5'), name='first')), 'first'),
    ],
)
def test_an_exercise_that_its_own_solution_does_not_pass_is_at_fault(examiner, definition, where):
    told = examiner.outcome(definition, FACTORIAL)
    assert (told['state'], told['where']) == ('fault', where)


def test_runs_do_not_see_each_other(examiner):
    solution = 'seen = []\ndef count():\n    seen.append(1)\n    return len(seen)\n'
    definition = exercise(solution, suite(function='count'), suite(function='count'))
    assert examiner.verdict(definition, solution)['passed']


def test_sets_have_the_same_order_for_everybody_and_each_time(examiner):
    solution = 'def letters():\n    return list(set("abcdefghij"))\n'
    definition = exercise(solution, suite(check('check', source=f'lambda sol, att: sol == att == {ORDER}'), function='letters'))
    assert examiner.verdict(definition, solution)['passed']


def test_chance_is_the_same_for_everybody(examiner):
    solution = 'import random\ndef draw():\n    return random.random()\n'
    definition = exercise(solution, suite(function='draw'))
    assert examiner.verdict(definition, 'from random import random as draw\n')['passed']


def test_tests_of_pytest_and_hypothesis_run_beside_the_exercise(examiner):
    source = (
        'import pytest\nfrom attempt import fac\nfrom hypothesis import given, strategies as st\n'
        '@given(st.integers(1, 12))\ndef test_step(n):\n    "Each is the one before times n"\n'
        '    assert fac(n) == n * fac(n - 1)\n'
        'def test_negative():\n    with pytest.raises(RecursionError): fac("x" and 10 ** 6)\n'
    )
    solution = 'def fac(n):\n    return 1 if n < 1 else n * fac(n - 1)\n'
    definition = exercise(solution, {'kind': 'pytest', 'name': 'laws', 'source': source})
    assert examiner.verdict(definition, solution)['passed']
    told = only(examiner.verdict(definition, 'def fac(n):\n    return n\n'))
    assert [(case['name'], case['passed']) for case in told['cases']] == [
        ('Each is the one before times n', False),
        ('negative', False),
    ]
    assert 'Falsifying example' in told['cases'][0]['detail']


def test_a_program_that_ends_itself_is_not_spared_the_tests_that_come(examiner):
    source = 'from attempt import fac\ndef test_a(): assert fac(0) == 1\ndef test_b(): assert fac(4) == 24\n'
    definition = exercise(FACTORIAL, {'kind': 'pytest', 'name': 'laws', 'source': source})
    told = only(examiner.verdict(definition, 'import os\ndef fac(n):\n    return 1 if n < 1 else os._exit(0)\n'))
    assert not told['passed'] and told['cases'][-1]['name'] == 'All tests ran to their end'


def test_a_program_that_hangs_is_not_run_to_the_end_of_every_suite(examiner):
    hanging = exercise(FACTORIAL, *(suite(function='fac', arguments=['3'], seconds=0.3) for _ in range(4)))
    told = examiner.verdict(hanging, 'def fac(n):\n    while True: pass\n')['suites']
    assert [one['error']['kind'] for one in told] == ['time', 'time', 'skipped', 'skipped']


@pytest.mark.parametrize(
    'code',
    [
        # Each leaves something behind that the next run would see in the same process.
        'import decimal\ndef fac(n):\n    decimal.getcontext().prec += 1\n    return decimal.getcontext().prec - 28\n',
        'import sys\ndef fac(n):\n    sys.kept = getattr(sys, "kept", 0) + 1\n    return sys.kept\n',
        'import os\ndef fac(n):\n    os.environ["X"] = os.environ.get("X", "") + "x"\n    return len(os.environ["X"])\n',
        'import math\ndef fac(n):\n    math.kept = getattr(math, "kept", 0) + 1\n    return math.kept\n',
    ],
)
def test_each_run_begins_with_python_as_it_was(examiner, code):
    definition = exercise('def fac(n): return 1\n', *(suite(function='fac', arguments=['3']) for _ in range(2)))
    assert examiner.verdict(definition, code)['passed']


def test_what_a_program_does_when_it_is_run_is_not_done_where_a_function_is_asked_for(examiner):
    code = FACTORIAL + 'if __name__ == "__main__":\n    print(fac(int(input())))\n'
    assert examiner.verdict(factorial(3), code)['passed']


def test_a_program_that_ends_itself_before_its_function_is_called_is_told_so(examiner):
    error = only(examiner.verdict(factorial(3), FACTORIAL + 'exit()\n'))['error']
    assert error['message'] == 'The program ended itself before fac was called.'
    error = only(examiner.verdict(factorial(3), 'def fac(n):\n    exit()\n'))['error']
    assert error['message'] == 'The program ended itself while fac ran, for example by exit().'


def test_what_is_done_at_the_end_of_a_program_counts(examiner):
    code = 'import atexit\nimport threading\natexit.register(print, 2)\nthreading.Timer(0.1, print, [1]).start()\n'
    assert examiner.verdict(exercise('print(1)\nprint(2)\n', suite(check(aspect='stdout'))), code)['passed']


def test_values_may_be_compared_as_text(examiner):
    definition = exercise('def one(): return 5\n', suite(check(as_text=True), function='one'))
    assert examiner.verdict(definition, 'def one(): return "5"\n')['passed']


def test_to_return_nothing_is_not_to_raise(examiner):
    definition = exercise('def one(): raise ValueError\n', suite(check(), function='one', allowed_exceptions=['ValueError']))
    assert not examiner.verdict(definition, 'def one(): return None\n')['passed']


def test_a_long_verdict_is_told_without_its_long_parts(examiner):
    definition = exercise('print("x")\n', *(suite(check(aspect='stdout')) for _ in range(50)))
    verdict = examiner.verdict(definition, 'print("\\x01" * 100_000)\n')
    assert len(verdict['suites']) == 50 and 'actual' not in verdict['suites'][-1]['cases'][0]


def test_many_property_tests_may_take_their_time(examiner):
    laws = [
        {'kind': 'pytest', 'name': name, 'source': 'from attempt import fac\ndef test_it(): assert fac(3) == 6\n', 'seconds': 30}
        for name in 'ab'
    ]
    assert examiner.verdict(exercise(FACTORIAL, *laws), FACTORIAL)['passed']


def test_hidden_suites_come_last_and_nothing_of_them_is_where_the_attempt_is_before(examiner):
    shows = (
        'import sys\ndef fac(n):\n    frame, found = sys._getframe(), ""\n    while frame:\n'
        '        found += repr(frame.f_locals)\n        frame = frame.f_back\n    print("1234" + "567" in found)\n    return n\n'
    )
    suites = [
        suite(function='fac', arguments=['1234567'], is_hidden=True, name='hidden'),
        suite(check(aspect='stdout'), function='fac', arguments=['1'], name='seen'),
    ]
    told = examiner.verdict(exercise('def fac(n):\n    print(False)\n    return n\n', *suites), shows)['suites']
    assert [(one['name'], one['passed']) for one in told] == [('seen', True), ('hidden', True)]


def test_of_a_hidden_suite_no_word_of_the_program_is_told(examiner):
    definition = exercise(FACTORIAL, suite(function='fac', arguments=['17'], is_hidden=True))
    told = only(examiner.verdict(definition, 'def fac(n):\n    raise type(f"Arg{n}", (Exception,), {})\n'))
    assert (told['error']['name'], told['error']['line']) == ('Exception', None) and '17' not in str(told)


def test_a_function_that_only_a_hidden_suite_calls_is_not_named(examiner):
    definition = exercise(FACTORIAL + 'secret = fac\n', suite(function='secret', arguments=['3'], is_hidden=True))
    verdict = examiner.verdict(definition, FACTORIAL)
    assert not verdict['passed'] and 'secret' not in str(verdict)


# -- the line ---------------------------------------------------------------------------------------


@pytest.fixture(scope='module')
def narrow_host(tmp_path_factory):
    """Return a host that tests one attempt at a time."""
    with SandboxHost(a_place_for_all(tmp_path_factory), **{'test.at_once': 1}) as running:
        yield running


SLOW = exercise('import time\ntime.sleep(0.5)\n', suite(check(aspect='stdout')))


def test_who_waits_is_told_the_place_and_the_seconds(narrow_host):
    mine = Examiner(narrow_host)
    told = [mine.submit(SLOW, SLOW.solution) for _ in range(4)]
    key, last = told[-1]
    assert last['state'] == 'queued' and last['place'] in (2, 3, 4) and last['seconds'] >= 1
    assert eventually(lambda: mine.look(key)['state'] == 'judged')


def test_programs_that_hang_do_not_hold_up_the_others(narrow_host):
    hanging = exercise('import time\n', suite(check(aspect='stdout'), seconds=6))
    theirs = Examiner(narrow_host, 'studentb')
    theirs.verdict(hanging, '')
    keys = [theirs.submit(hanging, 'while True: pass\n')[0] for _ in range(2)]
    assert eventually(lambda: theirs.look(keys[0])['state'] == 'running')
    assert Examiner(narrow_host).verdict(factorial(3), FACTORIAL)['passed']
    # Nor does whoever has one that hangs get another place.
    assert [theirs.look(key)['state'] for key in keys] == ['running', 'queued']


def test_the_same_key_is_judged_once(narrow_host):
    mine = Examiner(narrow_host)
    key, _ = mine.submit(factorial(3), FACTORIAL, wait=1.0)
    assert eventually(lambda: mine.look(key)['state'] == 'judged')
    _, told = mine.submit(factorial(3), 'def fac(n): return 0\n', key=key)
    assert told['verdict']['passed']


def test_suites_are_told_as_they_are_judged(narrow_host):
    mine = Examiner(narrow_host)
    solution = 'import time\ndef nap(n):\n    time.sleep(n)\n'
    definition = exercise(solution, suite(function='nap', arguments=['0']), suite(function='nap', arguments=['0.8']))
    mine.verdict(definition, solution)
    key, _ = mine.submit(definition, solution)
    assert eventually(lambda: len(mine.look(key).get('suites', ())) == 1)
    told = mine.look(key)
    assert (told['state'], told['total'], told['suites'][0]['passed']) == ('running', 2, True)


def test_a_key_that_was_never_submitted_is_unknown(narrow_host):
    assert Examiner(narrow_host).look('ab' * 16) is None


def test_when_sandbox_server_was_killed_the_same_key_is_judged_anew(narrow_host):
    mine = Examiner(narrow_host)
    key, _ = mine.submit(SLOW, SLOW.solution)
    narrow_host.kill()
    narrow_host.start()
    assert mine.look(key) is None
    mine.submit(SLOW, SLOW.solution, key=key)
    assert eventually(lambda: mine.look(key)['state'] == 'judged')


def test_what_a_check_cannot_come_to_an_end_with_has_not_passed_and_harms_nobody_else(narrow_host):
    forever = check('check', source='lambda sol, att: sol == att or sum(0 for _ in iter(int, 1))')
    definition = exercise('def f(): return 1\n', suite(forever, function='f', seconds=0.1))
    verdict = Examiner(narrow_host).verdict(definition, 'def f(): return 2\n')
    assert not verdict['passed'] and 'cannot be compared' in verdict['error']['message']
    assert Examiner(narrow_host).verdict(definition, definition.solution)['passed']


def is_ended_with_its_account(host, definition):
    """Return whether an attempt that runs for long is over soon after the end of its account."""
    mine = Examiner(host)
    key, _ = mine.submit(definition, 'import time\ntime.sleep(30)\n')
    assert eventually(lambda: mine.look(key)['state'] == 'running')
    host.ask(end={'login': 'studenta'})
    return eventually(lambda: (mine.look(key) or {'state': 'gone'})['state'] != 'running')


def test_the_end_of_an_account_ends_its_attempts(narrow_host):
    definition = exercise('import time\n', suite(check(aspect='stdout'), seconds=30))
    Examiner(narrow_host).verdict(definition, definition.solution)
    assert is_ended_with_its_account(narrow_host, definition)


def test_the_end_of_an_account_ends_an_attempt_that_has_no_judge_yet(narrow_host):
    definition = exercise('import time\ntime.sleep(1)\n', suite(check(aspect='stdout'), seconds=30))
    assert is_ended_with_its_account(narrow_host, definition)


# Boxes that began in the same hundredth of a second were there together, in name spaces with two numbers.
WHERE = """
import os
def f():
    begun = open('/proc/1/stat').read().rsplit(')', 1)[1].split()[19]
    return (begun, os.readlink('/proc/self/ns/pid')), os.listdir('/tmp')
"""


@pytest.mark.parametrize('first', [True, False], ids=['now', 'later'])
def test_each_attempt_has_a_box_of_its_own(narrow_host, first):
    definition = exercise('def f(): return 0\n', suite(function='f'))
    mine, found = Examiner(narrow_host), []
    for number in range(2):
        key, _ = mine.submit(definition, f'{WHERE}# {number}', first=first)
        assert eventually(lambda key=key: mine.look(key)['state'] == 'judged')
        [told] = mine.look(key)['verdict']['suites']
        found.append(ast.literal_eval(told['cases'][0]['actual']))
    (box, _), (other, names) = found
    assert box != other and len(names) == 1


def test_what_python_warns_of_is_no_part_of_what_a_program_writes(examiner):
    code = 'print(1 is 1)\n'
    definition = exercise(code, *(suite(check(aspect='stderr')) for _ in range(2)))
    assert examiner.verdict(definition, code)['passed']
    assert examiner.verdict(definition, 'import sys\n' + code)['passed']


def test_no_box_is_left_of_attempts(narrow_host):
    Examiner(narrow_host).verdict(factorial(3), FACTORIAL)
    # The judges stay for a while: what is left of attempts is nothing.
    assert eventually(lambda: narrow_host.status()['tests'] == 0)
