"""Which trouble a program had, in words for a beginner and a status for its callers."""

import io

import pytest

from ivle.cgi import read_headers
from ivle.hosts.serve import ServedProgram
from ivle.settings import Settings, read_settings
from ivle.views.trouble import is_crash, reason_of

PAGE = b'Content-Type: text/html\n\nx'
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 7\n'


def program(output=PAGE, exit=0, reason='exited', stderr=''):
    return ServedProgram('a.py', io.BytesIO(output), len(output), exit, reason, stderr)


@pytest.mark.parametrize(
    ('served', 'status', 'words'),
    [
        (program(reason='time', exit=-9), 504, 'stopped after 10 seconds'),
        (program(reason='output', exit=-9), 502, 'more than 1024 KiB'),
        (program(reason='killed', exit=-24), 502, 'signal 24'),
        (program(reason='killed', exit=-11), 502, 'signal 11'),
        (program(b'text'), 200, 'before it said what kind of page'),
        (program(b'', 1, stderr=TRACEBACK), 200, 'KeyError: 7'),
        (program(PAGE, 1, stderr=TRACEBACK), 500, 'KeyError: 7'),
        (program(b'text', reason='time', exit=-9), 504, 'stopped after'),
    ],
)
def test_each_trouble_has_its_words_and_status(served, status, words):
    found = reason_of(served, read_headers(served.body.getvalue()), Settings())
    assert (found[0], words in found[1], found[2] != '') == (status, True, True)


def traceback(last):
    return program(b'', 1, stderr=f'Traceback (most recent call last):\n  File "a.py", line 1\n{last}\n')


@pytest.mark.parametrize(
    ('served', 'words'),
    [
        (program(reason='time', exit=-9), 'stopped after 2.5 seconds'),
        (program(reason='output', exit=-9), 'more than 64 KiB'),
        (program(reason='killed', exit=-24), 'the 3 seconds of processor time'),
        (program(reason='killed', exit=-9), 'It may use 64 MB'),
        (program(reason='killed', exit=-25), 'a file of more than 512 kB'),
        (traceback('BlockingIOError: [Errno 11] Resource temporarily unavailable'), '20 processes and threads'),
        (traceback("RuntimeError: can't start new thread"), '20 processes and threads'),
        (traceback('MemoryError'), 'may use 128 MB of memory'),
        (traceback("OSError: [Errno 24] Too many open files: 'x'"), '32 files open'),
        (traceback('OSError: [Errno 27] File too large'), 'files of at most 512 kB'),
        (traceback('OSError: [Errno 28] No space left on device'), 'which holds 8 MB'),
    ],
)
def test_the_limit_a_program_ran_into_is_told_as_the_site_has_set_it(served, words):
    said = 'cpu=3 wall=2.5 memory=128M box_memory=64M processes=20 file_size=512K open_files=32 output=64K tmp=8M'
    settings = read_settings({'ivle.limits.serve': said}, {})
    found = reason_of(served, read_headers(served.body.getvalue()), settings)
    assert words in f'{found[1]} {found[2]}'


@pytest.mark.parametrize(
    ('served', 'expected'),
    [
        (program(exit=1, stderr=TRACEBACK), True),
        (program(exit=0, stderr=TRACEBACK), False),
        (program(exit=3, stderr='a word of warning'), False),
        (program(exit=3), False),
    ],
)
def test_only_an_error_nobody_caught_is_a_crash(served, expected):
    assert is_crash(served) is expected
