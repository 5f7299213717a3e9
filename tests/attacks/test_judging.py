"""Attempts that cheat: they look for the tests and the solution, forge what came of them, and end whatever tests them.

Each is tried twice: where the tests, the solution and the attempt share one process, which shows that it would work, and as
IVLE does it. No verdict changes, and nothing of the exercise is found.
"""

import subprocess
import sys
import tempfile

import pytest

from tests.services.judged import Examiner, check, exercise, suite
from tests.services.sandbox_host import SandboxHost, eventually

SECRET = 'xylophone-4711'
SOLUTION = f'def answer():\n    return {SECRET!r}\n'

# What tests an attempt where all is in one process: the attempt is loaded, then called, then compared.
NAIVE = """
import sys
solution, attempt = {}, {}
source = sys.argv[1]
exec(source, solution)
expected = solution['answer']()
try:
    exec(compile(sys.stdin.read(), 'program.py', 'exec'), attempt)
    passed = attempt['answer']() == expected
except Exception:
    passed = False
sys.exit(0 if passed else 1)
"""

# Each is a program that passes without having computed the answer.
CHEATS = {
    'the garbage collector knows it': """
import gc, types
def answer():
    for found in gc.get_objects():
        if type(found) is dict and type(found.get('answer')) is types.FunctionType and found['answer'] is not answer:
            return found['answer']()
""",
    'the frames above know it': """
import sys
def answer():
    frame = sys._getframe()
    while frame is not None:
        for names in (frame.f_locals, frame.f_globals):
            if 'expected' in names:
                return names['expected']
        frame = frame.f_back
""",
    'the process ends as if all were well': """
import os
os._exit(0)
""",
    'the process ends as if all were well, when it is asked': """
import os
def answer():
    os._exit(0)
""",
    'a value that is equal to everything': """
class Anything:
    def __eq__(self, other): return True
def answer():
    return Anything()
""",
    'a text that is equal to everything': """
class Anything(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def answer():
    return Anything('x')
""",
    'whoever compares is patched': """
import sys
sys.exit = lambda status: __import__('os')._exit(0)
def answer():
    return 0
""",
    'what ends the process says that all is well': """
import atexit, os
atexit.register(os._exit, 0)
def answer():
    return 0
""",
    'the memory of the process holds it': """
import re
def answer():
    for line in open('/proc/self/maps'):
        if ' rw' in line and '[heap]' in line or 'rw-p' in line:
            first, last = (int(part, 16) for part in line.split()[0].split('-'))
            try:
                with open('/proc/self/mem', 'rb', 0) as memory:
                    memory.seek(first)
                    found = re.search(rb'xylo' + rb'phone-[0-9]{4}', memory.read(last - first))
            except (OSError, OverflowError):
                continue
            if found:
                return found[0].decode()
""",
    'the arguments of the process hold it': """
import glob, re
def answer():
    for path in glob.glob('/proc/[0-9]*/cmdline') + glob.glob('/proc/[0-9]*/environ'):
        try:
            found = re.search(rb'xylo' + rb'phone-[0-9]{4}', open(path, 'rb').read())
        except OSError:
            continue
        if found:
            return found[0].decode()
""",
}
# They show nothing where all is in one process: there is no other process, and no socket.
FORGERIES = {
    'every descriptor is told that all is well': """
import json, os
words = [{'value': 'x'}, {'verdict': {'passed': True, 'got': 1, 'of': 1, 'error': None}}, {'passed': True}, {'ready': {}}]
forged = b''.join(b'%d:%s,' % (len(text), text) for text in (json.dumps(word).encode() for word in words))
def answer():
    for descriptor in range(64):
        for data in (forged, json.dumps(words[1]).encode()):
            try:
                os.write(descriptor, data)
            except OSError:
                pass
    return 0
""",
    'the runner is replaced': """
import gc, types
def answer():
    for found in gc.get_objects():
        if type(found) is types.FunctionType and found.__name__ in ('encode', '_outcome', 'outcome_of', '_write', 'same'):
            found.__code__ = (lambda *arguments, **keywords: {'value': True, 'passed': True}).__code__
    return True
""",
    'the runner is killed': """
import os, signal
def answer():
    os.kill(os.getppid(), signal.SIGKILL)
    return 0
""",
    'a child stays and answers in place of the runner': """
import os, time
if os.fork() == 0:
    os.setsid()
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b'11:{"value":1},')
        except OSError:
            pass
    time.sleep(5)
    os._exit(0)
def answer():
    return 0
""",
}
PLACES = ('/tmp', '/home', '/ivle', '/run', '/dev/shm', '/etc')
FINDS = """
def answer():
    found = []
    for item in gc.get_objects():
        try:
            if SECRET in repr(item): found.append('object')
        except BaseException: pass
    for top in PLACES:
        for folder, _, names in os.walk(top):
            for name in names:
                try:
                    if SECRET in open(os.path.join(folder, name), errors='replace').read(1 << 20): found.append(name)
                except OSError: pass
    for number in range(3, 64):
        try:
            mode = os.fstat(number).st_mode
            # What it is told to do comes that way, and is not there before.
            if stat.S_ISSOCK(mode): socket.socket(fileno=os.dup(number)).recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError: continue
        # A pipe leads out; nothing is to be read from it.
        if not stat.S_ISFIFO(mode): found.append('descriptor %d' % number)
    return found
""".replace('SECRET', "''.join(('xylo', 'phone-4711'))")
# By the second a program looks simple: then it runs in a process that serves more than one run.
WAYS = (
    'import gc, os, socket, stat\n',
    """
[found] = [kind for kind in object.__subclasses__() if kind.__name__ == '_wrap_close']
bring = found.__init__.__globals__['sys'].modules['builtins'].__import__
gc, os, socket, stat = map(bring, ('gc', 'os', 'socket', 'stat'))
""",
)


@pytest.fixture(scope='module', params=['warm', 'cold'])
def examiner(request):
    """Return an Examiner on a host whose boxes stand ready, and on one that makes each when it is needed."""
    settings = {'warm': {}, 'cold': {'sandbox.pool': 0}}[request.param]
    with tempfile.TemporaryDirectory(prefix='judged-') as data, SandboxHost(data, **settings) as host:
        yield Examiner(host)


@pytest.fixture
def definition():
    return exercise(SOLUTION, suite(function='answer', name='first'), suite(function='answer', name='second'))


def passes_where_all_is_one_process(code):
    """Return whether a cheat passes where there is no wall between it and what tests it."""
    return subprocess.run([sys.executable, '-c', NAIVE, SOLUTION], input=code, text=True, timeout=120).returncode == 0


@pytest.mark.parametrize('cheat', CHEATS)
def test_the_cheat_would_pass_without_a_wall(cheat):
    assert passes_where_all_is_one_process(CHEATS[cheat])


@pytest.mark.parametrize('cheat', CHEATS)
def test_a_cheat_does_not_pass(examiner, definition, cheat):
    assert not examiner.verdict(definition, CHEATS[cheat])['passed']


@pytest.mark.parametrize('forgery', FORGERIES)
def test_a_forgery_does_not_pass(examiner, definition, forgery):
    verdict = examiner.verdict(definition, FORGERIES[forgery])
    assert not verdict['passed'] and not any(told['passed'] for told in verdict['suites'])


def test_the_right_program_passes_after_all_of_them(examiner, definition):
    assert examiner.verdict(definition, SOLUTION)['passed']


@pytest.mark.parametrize('way', WAYS, ids=['openly', 'by tricks'])
def test_nothing_of_an_exercise_is_where_the_attempt_is(examiner, way):
    # What the attempt returns is what it found; the solution has found nothing.
    definition = exercise(
        f'# {SECRET}\ndef answer(): return []\n',
        suite(check('check', source=f'lambda sol, att: "{SECRET}" and sol == att'), function='answer', seconds=20),
        include=f'marker = "{SECRET}"\n',
    )
    [told] = examiner.verdict(definition, f'PLACES = {PLACES!r}\n{way}{FINDS}')['suites']
    assert told['passed'], told


def test_the_same_search_finds_it_where_it_is():
    source = f'PLACES = ()\n{WAYS[0]}{FINDS}\nkept = [["{SECRET}"]]\nprint(answer())\n'
    found = subprocess.run([sys.executable, '-'], input=source, capture_output=True, text=True, timeout=60).stdout
    assert 'object' in found


def test_property_tests_are_no_way_around(examiner):
    source = f'from attempt import answer\ndef test_it():\n    assert answer() == "{SECRET}"\n'
    definition = exercise(SOLUTION, {'kind': 'pytest', 'name': 'laws', 'source': source})
    assert examiner.verdict(definition, SOLUTION)['passed']
    for cheat in (*CHEATS.values(), *FORGERIES.values()):
        assert not examiner.verdict(definition, cheat)['passed'], cheat
    raising = 'class Skipped(Exception): pass\nclass Exit(BaseException): pass\ndef answer(): raise {}("x")\n'
    for name in ('Skipped', 'Exit', 'SystemExit', 'KeyboardInterrupt', 'GeneratorExit', 'StopIteration'):
        assert not examiner.verdict(definition, raising.format(name))['passed'], name


LATE = """
import os, signal, time
runner = os.getppid()
if os.fork() == 0:
    os.setsid()
    for _ in range(6):
        os.kill(runner, signal.SIGSTOP)
        time.sleep(4.5)
        os.kill(runner, signal.SIGCONT)
        time.sleep(0.1)
    os._exit(0)
def answer():
    return 0
"""
COLLIDES = """
import json, os
nodes = [['int', hex(number * (2**61 - 1))] for number in range(1, 19_000)]
told = json.dumps({'value': [*nodes, ['set', list(range(len(nodes)))]]}).encode() + b'\\n'
def answer():
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, told)
        except OSError:
            pass
    os._exit(0)
"""


def test_who_is_late_with_each_answer_is_late_and_spoils_nothing_for_others(examiner):
    definition = exercise(SOLUTION, *(suite(function='answer', seconds=0.5) for _ in range(5)))
    examiner.verdict(definition, SOLUTION)
    key, _ = examiner.submit(definition, LATE)
    assert examiner.verdict(definition, SOLUTION)['passed']
    assert eventually(lambda: examiner.look(key)['state'] == 'judged')
    assert not examiner.look(key)['verdict']['passed']
    assert examiner.verdict(definition, SOLUTION)['passed']


def test_a_value_that_takes_long_to_compare_is_not_the_fault_of_the_exercise(examiner):
    definition = exercise(SOLUTION, suite(check('norm', source='repr'), function='answer'))
    assert not examiner.verdict(definition, COLLIDES)['passed']
    assert not examiner.verdict(definition, 'def answer(): return 10 ** 5000\n')['passed']
    assert examiner.verdict(definition, SOLUTION)['passed']
