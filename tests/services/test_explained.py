"""What a real judge says of beginners, and that each of their errors is explained: the words are those of the Python here."""

import pytest

from ivle.teaching.explain import explain, explain_case
from ivle.teaching.verdict import told
from tests.services.judged import Examiner, check, exercise, suite
from tests.services.sandbox_host import SandboxHost, a_place_for_all

GREET = exercise('name = input()\nprint("Hello " + name)\n', suite(check(aspect='stdout'), stdin='Ann\n'))
ADD = exercise('def add(a, b):\n    return a + b\n', suite(function='add', arguments=['1', '2'], seconds=2))


@pytest.fixture(scope='module')
def examiner(tmp_path_factory):
    with SandboxHost(a_place_for_all(tmp_path_factory)) as running:
        yield Examiner(running)


def explained(verdict, code):
    """Return the explanation of what failed first."""
    kept = told(verdict)
    return explain(kept['error'], code) if kept['error'] else explain_case(kept['cases'][0], code)


@pytest.mark.parametrize(
    ('code', 'words'),
    [
        ('name = input("Name? ")\nprint("Hello " + name)\n', 'your output has `Name?` in it'),
        ('name = input()\nprint(‘Hello ’ + name)\n', 'looks like a quote'),
        ('name = input()\nprint(“Hello ” + name)\n', 'looks like a quote'),
        ('x = 3 – 2\n', 'looks like a minus'),
        ('x = 3 × 2\n', 'it writes `*`'),
        ('name =\u00a0input()\n', 'cannot be seen'),
        ('name =\u200binput()\n', 'cannot be seen'),
        ('print（1）\n', 'no sign of Python'),
        ('import sys\nsys.exit(1)\n', 'by exit()'),
        ('exit()\nprint("Hello Ann")\n', 'it ends there'),
        ('a = input()\nb = input()\n', 'more input than the test gives'),
        ('def greet(name): print("Hello " + name)\nprint(greet(input()))\n', 'without a `print` around it'),
        ('def greet(name):\n    print("Hello " + name)\n', 'when the function is called'),
        ('x = 0\nx++\n', '`+= 1`'),
        ('if 1:\n    pass\nelse if 2:\n    pass\n', '`elif`'),
        ('open("data.txt")\n', 'no file of that name'),
        ('import urllib.request\nurllib.request.urlopen("http://example.com")\n', 'no network'),
    ],
)
def test_a_program_of_a_beginner_is_explained(examiner, code, words):
    assert words in explained(examiner.verdict(GREET, code), code)


@pytest.mark.parametrize(
    ('body', 'words'),
    [
        ('print(a + b)', 'does not give it back'),
        ('return str(a + b)', 'One is text'),
        ('return float(a + b)', '`3.0` is a float'),
        ('return add', 'the function itself'),
        ('return add(a, b)', 'calls itself without end'),
        ('return [0] * 10**10', 'more memory than it may have'),
        ('import os\n    while True: os.fork()', 'more processes or threads'),
        ('import threading, time\n    while True: threading.Thread(target=time.sleep, args=[9], daemon=True).start()', 'threads'),
        ('while True: pass', 'only at a `break`'),
        ('while True: print("x" * 1000)', 'print in a loop'),
        ('exit()', 'by exit()'),
        ('return int(input()) + b', '`add(1, 2)` and type nothing'),
    ],
)
def test_a_function_of_a_beginner_is_explained(examiner, body, words):
    code = f'def add(a, b):\n    {body}\n'
    assert words in explained(examiner.verdict(ADD, code), code)
