"""The limits of one command: each is told in words, and after an interrupt the console goes on with its variables."""

import os
import time

import pytest

from tests.contract.consoles import as_process, in_box, output_of

USED = 'The program used its 1 second of processor time'
RAN = 'The program ran for 1 second, which is as long as one command may take'
BACKGROUND = 'What earlier commands had left running in the background used its 1 second of processor time and was ended.'
# A child that nobody waits for, in a session of its own, which holds standard output and burns processor time.
DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print('daemon', os.getpid(), flush=True)
        while True: pass
    os._exit(0)
x = os.wait()
"""


def notice_after(console):
    """Return the notice that comes next."""
    return console.hear()['notice']


def test_a_command_that_uses_its_processor_time_is_interrupted_and_told_why(open_console):
    with open_console(cpu_seconds=1) as console:
        console.type('kept = 7\n')
        replies = console.ask('block', 'while True: pass\n')
        assert output_of(replies, 'error') == f'\n{USED} and was interrupted. Look for a loop that does not end.\n'
        assert replies[-1]['exc'].endswith('KeyboardInterrupt\n')
        assert output_of(console.type('kept\n')) == '7\n'


def test_processor_time_is_counted_for_each_command_anew(open_console):
    with open_console(cpu_seconds=1) as console:
        for _ in range(4):
            burn = 'import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass\n'
            assert console.ask('block', burn)[-1] == {'okay': None}


def test_processor_time_of_processes_that_have_ended_counts(open_console):
    with open_console(cpu_seconds=1) as console:
        # Each lives too briefly to be seen using much; the interpreter has waited for them.
        program = """
            import os, time
            while True:
                if os.fork() == 0:
                    end = time.process_time() + 0.01
                    while time.process_time() < end: pass
                    os._exit(0)
                os.wait()
        """
        replies = console.ask('block', '\n'.join(line[12:] for line in program.splitlines()))
        assert USED in output_of(replies, 'error')


def test_processor_time_of_processes_that_nobody_waits_for_counts_as_far_as_it_was_seen(open_console):
    with open_console(cpu_seconds=1) as console:
        program = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.7
        while time.process_time() < end: pass
        os._exit(0)
    time.sleep(0.9)
"""
        assert USED in output_of(console.ask('block', program), 'error')


def test_a_program_that_ignores_interrupts_is_ended_with_the_name_of_the_limit(open_console):
    with open_console(cpu_seconds=1) as console:
        program = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)
while True: pass
"""
        assert console.ask('block', program)[-1] == {
            'terminate': f'{USED}, and did not stop when it was interrupted: the console was ended.'
        }
        assert console.is_closed()


def test_a_command_that_takes_too_long_is_interrupted_and_told_why(open_console):
    with open_console(wall_seconds=1) as console:
        replies = console.ask('block', 'import time\ntime.sleep(60)\n')
        assert f'{RAN} and was interrupted.' in output_of(replies, 'error')
        assert replies[-1]['exc'].endswith('KeyboardInterrupt\n')


def test_waiting_for_somebody_to_type_takes_no_time(open_console):
    with open_console(wall_seconds=1) as console:
        assert console.ask('block', 'name = input()\n')[-1] == {'input': None}
        time.sleep(1.7)
        assert console.type('jdoe\n')[-1] == {'okay': None}


def test_a_program_that_only_says_that_it_waits_uses_its_processor_time_all_the_same(open_console):
    with open_console(cpu_seconds=1) as console:
        # The private socket of the interpreter is not hidden from the student's code.
        program = """
import gc
from json import dumps
[ours] = [one for one in gc.get_objects() if type(one).__name__ == 'Interpreter']
ours._tell('input', None)
while True: pass
"""
        assert console.ask('block', program)[-1] == {'input': None}
        assert USED in console.hear()['error']


def test_what_runs_on_in_the_background_is_ended_when_it_has_used_its_time(open_console):
    with open_console(cpu_seconds=1) as console:
        replies = console.ask('block', DAEMON)
        assert replies[-1] == {'okay': None}
        seen = output_of(replies) or console.hear()['output']
        assert seen.startswith('daemon')
        assert notice_after(console) == BACKGROUND
        assert output_of(console.type('1\n')) == '1\n'


def test_a_thread_that_burns_on_after_its_command_ends_the_console_in_words(open_console):
    with open_console(cpu_seconds=1) as console:
        program = """
import threading
def burn():
    while True: pass
threading.Thread(target=burn, daemon=True).start()
"""
        assert console.ask('block', program)[-1] == {'okay': None}
        assert console.hear() == {
            'terminate': 'What went on after its command used its 1 second of processor time: the console was ended.'
        }


def test_orphans_do_not_stay_as_zombies(open_console):
    with open_console() as console:
        orphans = """
import glob, os
for _ in range(3):
    child = os.fork()
    if child == 0:
        os._exit(0 * os.fork())
    x = os.waitpid(child, 0)
"""
        zombies = """
import time
def words(path):
    try:
        with open(path) as file:
            return file.read().rpartition(')')[2].split()
    except OSError:
        # One of the machine's that has just ended.
        return []

def left():
    found = [words(path) for path in glob.glob('/proc/[0-9]*/stat')]
    return [one for one in found if one[:2] == ['Z', str(os.getppid())]]

# Whoever has just ended may be one for a moment.
until = time.monotonic() + 5
while left() and time.monotonic() < until: time.sleep(0.02)

print(left())
"""
        assert console.ask('block', orphans)[-1] == {'okay': None}
        assert output_of(console.ask('block', zombies)) == '[]\n'


THREADS = """
import threading, time
while True:
    threading.Thread(target=time.sleep, args=[2], daemon=True).start()
"""
FILL = """
for number in range(3):
    with open(f'/tmp/{number}', 'wb', buffering=0) as file:
        while file.tell() < 32 << 20:
            if file.write(bytes(1 << 20)) < 1 << 20:
                file.write(b'x')
"""
EXPLAINED = [
    ('x = open("big", "wb", buffering=0); x.truncate(1 << 40)', 'may write files of at most'),
    ('x = [open("/dev/null") for _ in range(100000)]', 'files open at a time: close those that are no longer needed'),
    ('x = [0] * 10**10', 'of memory'),
    (THREADS, 'processes and threads at a time'),
    (FILL, '/tmp in this console holds 64 MB and is full: delete what is no longer needed there.'),
]


@pytest.fixture
def boxed(data):
    """Return a console in a real box: only there all limits are set."""
    with in_box(data) as conversation:
        yield conversation


@pytest.mark.parametrize(('program', 'words'), EXPLAINED, ids=['file', 'files', 'memory', 'threads', 'tmp'])
def test_what_a_limit_refused_is_explained_after_the_traceback(boxed, program, words):
    assert 'exc' in boxed.ask('block', program + '\n')[-1]
    assert words in notice_after(boxed)


def test_a_refused_process_is_explained_after_the_traceback(boxed):
    program = """
import os, time
children = []
try:
    while True:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
finally:
    for child in children:
        os.kill(child, 9)
        x = os.waitpid(child, 0)
"""
    assert 'BlockingIOError' in boxed.ask('block', program)[-1]['exc']
    assert notice_after(boxed) == 'This console may have 64 processes and threads at a time, its own among them, and it has them.'


def test_memory_that_is_lacking_because_of_many_threads_is_explained_with_them(boxed):
    program = """
import threading
gate = threading.Event()
threads = [threading.Thread(target=gate.wait) for _ in range(50)]
for thread in threads:
    thread.start()
x = bytearray(256 << 20)
"""
    assert 'MemoryError' in boxed.ask('block', program)[-1]['exc']
    threads = 'of which each of its 50 threads takes 8 MB, unless threading.stack_size() says otherwise.'
    assert notice_after(boxed) == f'A program in this console may use 512 MB of memory, {threads}'
    assert boxed.type('gate.set()\n') == [{'okay': None}]


def test_an_error_that_has_nothing_to_do_with_limits_is_not_explained(console):
    assert 'exc' in console.type('1 / 0\n')[-1]
    assert console.type('1\n')[0] == {'output': '1\n'}


def test_a_second_console_answers_while_the_first_burns(open_console, data):
    with open_console(cpu_seconds=2) as console:
        console.start('print("ready"); exec("while True: pass")\n')
        os.mkdir(f'{data}/second')
        with as_process(f'{data}/second') as other:
            assert output_of(other.type('1\n')) == '1\n'
