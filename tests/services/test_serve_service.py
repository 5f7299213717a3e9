"""The serve service in real boxes: which files are served, how programs run, and that none of them outstays its time."""

import hashlib
import json
import os
import socket
import tempfile

import pytest

from ivle import chat
from tests.services.serving_room import Room, ended, request_for

TYPED = "print('Content-Type: text/plain\\n')\n"
DESCRIPTORS = """import os
for number in range(20):
    try:
        print(os.readlink(f'/proc/self/fd/{number}').split(':')[0])
    except OSError:
        pass
"""
ECHO = "import sys; print('Content-Type: x/y\\n', flush=True); sys.stdout.buffer.write(sys.stdin.buffer.read())"
NOISE = "import sys\nfor n in range(30000): print('x' * 60, file=sys.stderr)\nprint('last words', file=sys.stderr)"


@pytest.fixture(scope='module')
def room():
    with tempfile.TemporaryDirectory() as data:
        made = Room(data)
        yield made
        made.close()


@pytest.fixture(scope='module')
def jdoe(room):
    """Return the home of a student with the usual things in it."""
    home = room.home(
        'jdoe',
        {
            '151/page.html': '<p>h\u00e9</p>',
            '151/picture.png': b'\x89PNG\r\n\x1a\n\0',
            '151/notes': 'text without an ending',
            '151/data.pickle': b'\x80\x04\x95\0',
            '151/cut.log': 'x' * 65535 + '\u00e9',
            '151/\u00fcber uns.html': 'about',
            '151/secret.html': 'secret',
            '151/.hidden.html': 'hidden',
            '151/.svn/entries.html': 'svn',
            'site/index.html': 'index',
            'program/index.html': 'never',
            'program/__init__.py': TYPED + "import os; print('program', os.environ['SCRIPT_NAME'], sep=' ')",
            'empty/deep/file.txt': 'x',
            '151/hello.py': TYPED + "print('hello')",
            '151/environ.py': TYPED + 'import os, json; print(json.dumps(dict(os.environ)))',
            '151/where.py': TYPED + 'import os, sys, helper; print(os.getcwd(), sys.path[0], helper.NAME, sys.argv)',
            '151/helper.py': "NAME = 'helper'",
            '151/echo.py': ECHO,
            '151/crash.py': TYPED + "raise ValueError('caf\u00e9')",
            '151/exit.py': TYPED + 'import sys; sys.exit(7)',
            '151/noise.py': NOISE,
            '151/slow.py': "print('Content-Type: text/plain\\n\\nbegun', flush=True)\nimport time; time.sleep(60)",
            '151/deaf.py': 'import os, time; os.close(1); os.close(2); time.sleep(60)',
            '151/flood.py': "while True: print('x' * 1000)",
            '151/shot.py': TYPED + 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)',
            '151/background.py': TYPED + "import subprocess; print('done'); subprocess.Popen(['sleep', '60'])",
            '151/stopped.py': TYPED + "import os, signal; print('x', flush=True); os.kill(os.getpid(), signal.SIGSTOP)",
        },
    )
    os.symlink('/etc/passwd', home / '151/link.html')
    os.symlink('../site', home / '151/linked')
    os.symlink('hello.py', home / '151/linked.py')
    os.mkfifo(home / '151/pipe.html')
    os.chmod(home / '151/secret.html', 0)
    with socket.socket(socket.AF_UNIX) as sock:
        here = os.getcwd()
        os.chdir(home / '151')
        sock.bind('socket.html')
        os.chdir(here)
    room.give(home.parent)
    return home


# -- files ------------------------------------------------------------------------------------------


def test_a_page_is_sent_as_it_is(room, jdoe):
    answer = room.ask('jdoe', '151/page.html')
    content = '<p>h\u00e9</p>'.encode()
    assert answer.body == content
    assert answer.okay.pop('modified').endswith('Z')
    etag = hashlib.sha256(content).hexdigest()[:32]
    assert answer.okay == {'kind': 'static', 'type': 'text/html', 'size': len(content), 'etag': etag, 'path': '151/page.html'}


@pytest.mark.parametrize(
    ('path', 'type'),
    [
        ('151/picture.png', 'image/png'),
        ('151/notes', 'text/plain'),
        ('151/cut.log', 'text/plain'),
        ('151/\u00fcber uns.html', 'text/html'),
        ('site/', 'text/html'),
    ],
)
def test_the_type_goes_by_the_name_and_else_by_the_content(room, jdoe, path, type):
    assert room.ask('jdoe', path).okay['type'] == type


def test_a_program_is_the_page_of_a_directory_before_its_index(room, jdoe):
    assert room.ask('jdoe', 'program/').okay == {'kind': 'cgi', 'path': 'program/__init__.py'}


@pytest.mark.parametrize('path', ['site', 'program', '151', 'empty/deep'])
def test_a_directory_without_its_final_slash_is_a_redirect(room, jdoe, path):
    assert room.ask('jdoe', path).okay == {'kind': 'redirect'}


@pytest.mark.parametrize('path', ['', '151/', 'empty/', 'empty/deep/', '151/data.pickle', '151/secret.html'])
def test_what_has_no_page_is_forbidden(room, jdoe, path):
    assert room.ask('jdoe', path).code == 'forbidden'


@pytest.mark.parametrize(
    'path',
    [
        'nothing',
        '151/nothing/',
        '151/.hidden.html',
        '151/.svn/entries.html',
        '.svn/',
        '151/link.html',
        '151/linked/',
        '151/linked/index.html',
        '151/linked.py',
        '151/pipe.html',
        '151/socket.html',
        '151/page.html/',
        '151/page.html/more',
        '../asmith/x.html',
        '151/../151/page.html',
        '/etc/passwd',
        '151//page.html',
        '151/' + 'x' * 5000,
        '151/page\0.html',
    ],
)
def test_links_pipes_private_and_missing_things_are_not_there(room, jdoe, path):
    assert room.ask('jdoe', path).code == 'not-found'


def test_a_plain_file_takes_no_posts(room, jdoe):
    assert room.ask('jdoe', '151/page.html', 'POST', body=[b'x']).code == 'bad-method'


def test_a_refusal_is_heard_after_a_large_body(room, jdoe):
    assert room.ask('jdoe', '151/nothing.py', 'POST', body=[b'x' * (1 << 20)] * 8).code == 'not-found'


# -- programs ---------------------------------------------------------------------------------------


def test_a_program_answers(room, jdoe):
    answer = room.ask('jdoe', '151/hello.py')
    assert (answer.okay, answer.page) == ({'kind': 'cgi', 'path': '151/hello.py'}, 'hello\n')
    assert answer.ended == {'exit': 0, 'reason': 'exited', 'stderr': ''}


def test_a_program_gets_the_whole_cgi_environment_and_nothing_of_ours(room, jdoe):
    headers = {
        'Accept': 'text/html',
        'X-My-Header': 'mine',
        'Content-Type': 'text/x-thing',
        'Cookie': 'secret=1',
        'Authorization': 'Bearer secret',
        'Proxy': 'http://secret',
        'X-CSRF-Token': 'secret',
        'Bad Name': 'secret',
        'X_Under': 'secret',
    }
    answer = room.ask('jdoe', '151/environ.py/a/b c/', 'POST', 'x=1&y=%20', headers, [b'12345'])
    environ = json.loads(answer.page)
    assert 'secret' not in answer.page
    assert environ.pop('SERVER_SOFTWARE').startswith('IVLE/')
    assert environ == {
        'CONTENT_LENGTH': '5',
        'CONTENT_TYPE': 'text/x-thing',
        'GATEWAY_INTERFACE': 'CGI/1.1',
        'HOME': '/home/jdoe',
        'HTTP_ACCEPT': 'text/html',
        'HTTP_X_MY_HEADER': 'mine',
        'LANG': 'C.UTF-8',
        'LOGNAME': 'jdoe',
        'MKL_NUM_THREADS': '1',
        'MPLCONFIGDIR': '/tmp/matplotlib',
        'OMP_NUM_THREADS': '1',
        'OPENBLAS_NUM_THREADS': '1',
        'PATH': '/usr/bin:/bin',
        'PATH_INFO': '/a/b c/',
        'PYTHONDONTWRITEBYTECODE': '1',
        'QUERY_STRING': 'x=1&y=%20',
        'REMOTE_ADDR': '192.0.2.7',
        'REMOTE_HOST': '192.0.2.7',
        'REMOTE_USER': 'jdoe',
        'REQUEST_METHOD': 'POST',
        'REQUEST_SCHEME': 'http',
        'SCRIPT_NAME': '/serve/jdoe/151/environ.py',
        'SERVER_NAME': 'ivle.example.org',
        'SERVER_PORT': '80',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'TMPDIR': '/tmp',
        'USER': 'jdoe',
    }


def test_a_program_stands_in_its_directory_and_imports_from_it(room, jdoe):
    expected = "/home/jdoe/151 /home/jdoe/151 helper ['/home/jdoe/151/where.py']\n"
    assert room.ask('jdoe', '151/where.py').page == expected


def test_the_index_program_knows_its_own_address(room, jdoe):
    assert room.ask('jdoe', 'program/').page == 'program /serve/jdoe/program/__init__.py\n'


@pytest.mark.parametrize('size', [0, 1, 5_000_000])
def test_what_is_posted_arrives_byte_by_byte(room, jdoe, size):
    body = bytes(range(256)) * (size // 256 + 1)
    answer = room.ask('jdoe', '151/echo.py', 'POST', body=[body[:size]], arguments=(10, 1 << 24))
    assert answer.body == b'Content-Type: x/y\n\n' + body[:size]


def test_a_body_larger_than_the_space_of_a_program_is_refused(room, jdoe):
    assert room.ask('jdoe', '151/echo.py', 'POST', body=[b'x' * (1 << 20)] * 80).code == 'too-large'


def test_a_program_that_never_reads_does_not_hold_up_who_sends(room, jdoe):
    assert room.ask('jdoe', '151/hello.py', 'POST', body=[b'x' * (1 << 20)] * 8).page == 'hello\n'


def test_a_traceback_goes_beside_the_page_and_not_into_it(room, jdoe):
    answer = room.ask('jdoe', '151/crash.py')
    assert (answer.page, answer.ended['exit'], answer.ended['reason']) == ('', 1, 'exited')
    assert answer.ended['stderr'].endswith('ValueError: caf\u00e9\n')


def test_the_exit_code_is_told(room, jdoe):
    assert room.ask('jdoe', '151/exit.py').ended == {'exit': 7, 'reason': 'exited', 'stderr': ''}


def test_of_endless_errors_the_last_are_kept(room, jdoe):
    ended = room.ask('jdoe', '151/noise.py').ended
    assert ended['stderr'].endswith('last words\n') and len(ended['stderr']) <= 32 * 1024


# -- ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize('path', ['151/slow.py', '151/deaf.py', '151/stopped.py'])
def test_a_program_is_stopped_at_its_time(room, jdoe, path):
    answer = room.ask('jdoe', path, arguments=(0.5, 1 << 20))
    assert answer.ended['reason'] == 'time'
    assert answer.seconds < 40


def test_what_a_slow_program_printed_is_not_lost(room, jdoe):
    assert room.ask('jdoe', '151/slow.py', arguments=(0.5, 1 << 20)).page == 'begun\n'


def test_a_flood_is_cut(room, jdoe):
    answer = room.ask('jdoe', '151/flood.py', arguments=(10, 100_000))
    assert (len(answer.body), answer.ended['reason']) == (100_000, 'output')


def test_a_program_that_a_signal_ends_is_told_as_such(room, jdoe):
    ended = room.ask('jdoe', '151/shot.py').ended
    assert (ended['exit'], ended['reason']) == (-9, 'killed')


def test_something_left_in_the_background_does_not_hold_the_page(room, jdoe):
    answer = room.ask('jdoe', '151/background.py')
    assert (answer.page, answer.ended['reason']) == ('done\n', 'exited')
    assert answer.seconds < 40


def test_a_program_has_three_descriptors_and_no_way_to_ours(room, jdoe):
    room.home('jdoe', {'151/fds.py': TYPED + DESCRIPTORS})
    assert room.ask('jdoe', '151/fds.py').page.split() == ['/dev/null', 'pipe', 'pipe']


def test_the_service_hides_its_memory_from_the_program(room, jdoe):
    room.home('jdoe', {'151/peek.py': TYPED + "import os; open(f'/proc/{os.getppid()}/mem', 'rb').read(1)"})
    assert 'PermissionError' in room.ask('jdoe', '151/peek.py').ended['stderr']


def test_a_program_of_a_student_sees_no_other_home(room, jdoe):
    room.home('asmith', {'a.txt': 'x'})
    room.home('jdoe', {'151/homes.py': TYPED + "import os; print(os.listdir('/home'))"})
    assert room.ask('jdoe', '151/homes.py').page == "['jdoe']\n"


def test_the_box_ends_when_the_asker_goes_away(room, jdoe):
    connection, box = room.open('jdoe', request_for('jdoe', '151/flood.py'), (30, 1 << 30))
    with ended(box):
        chat.write_data(connection, [])
        connection.close()
    assert box.poll() is not None
