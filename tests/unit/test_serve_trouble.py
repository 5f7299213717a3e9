"""Which trouble a program had, in words for a beginner and a status for its callers."""

import io

import pytest

from ivle.cgi import read_headers
from ivle.hosts.serve import ServedProgram
from ivle.settings import Settings
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
