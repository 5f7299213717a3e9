"""Attempts on a whole site whose processes are killed: none is lost, none is judged for nothing."""

import contextlib
import os
import signal
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.tutorial_course import PRODUCT, RIGHT, SECRET, SHEET, UNHURRIED, add_course
from tests.site import RunningSite

SAMPLE = '/tutorial/151/2026/s1/basics'
SLOW = 'import time\ntime.sleep(3)\nprint("done")\n'
PATIENCE_SECONDS = 120.0


@pytest.fixture(scope='module')
def mistreated():
    """Return a running site with the sample and a worksheet, which tests of this module may mistreat; it tests one at a time."""
    with tempfile.TemporaryDirectory(prefix='mistreated-') as place, RunningSite(place, **{'test.at_once': '1'}) as site:
        add_course(site)
        yield site


def submit(person, path, code):
    return person.post(f'{path}/@@submit', {'code': code})


def verdict_of(person, url):
    """Return what the site tells of an attempt when it is judged."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        told = person.get_json(url).json
        if told.get('state') == 'judged':
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.2)


def last_attempt(site):
    """Return (state, passed) of the last attempt, without asking the site."""
    with contextlib.closing(sqlite3.connect(site.data / 'ivle.db')) as db:
        return db.execute('SELECT state, passed FROM attempt ORDER BY id DESC LIMIT 1').fetchone()


def let_it_grow_old(site):
    """Make attempts that wait five minutes older."""
    long_ago = (datetime.now(UTC) - timedelta(minutes=5)).strftime('%Y-%m-%d %H:%M:%S.000000')
    with contextlib.closing(sqlite3.connect(site.data / 'ivle.db')) as db, db:
        db.execute("UPDATE attempt SET submitted = ? WHERE state = 'waiting'", (long_ago,))


def test_an_attempt_is_judged_while_one_waits(mistreated):
    answer = submit(mistreated.person('studenta'), PRODUCT, RIGHT)
    assert answer.status in (200, 202)
    told = verdict_of(mistreated.person('studenta'), f'{PRODUCT}/@@attempts/1')
    assert (told['passed'], told['attempts'], told['completed']) == (True, 1, True)
    assert all(case['passed'] for case in told['cases']) and len(told['cases']) == 4


# What a hidden test calls it with, times something that stands nowhere else.
TELL_ALL = """
import sys
def product(n):
    print('seen', n * 7919)
    print('seen', n * 7919, file=sys.stderr)
    raise ValueError(f'seen {n * 7919}')
"""


def test_what_a_hidden_test_asks_is_not_told_even_by_a_program_that_tells_all_it_sees(mistreated):
    student = mistreated.person('studentb')
    answer = submit(student, PRODUCT, TELL_ALL)
    told = verdict_of(student, answer.json['url'])
    assert [case['passed'] for case in told['cases']] == [False] * 4 and 'seen 39595' in str(told['cases'])
    pages = (SHEET, PRODUCT, f'{PRODUCT}/@@attempts', answer.json['url'])
    said = [str(told), *(student.get(path).text for path in pages), *(str(student.get_json(path).json) for path in pages)]
    assert [text for text in said if '79190' in text or SECRET in text] == []


def test_the_exercises_of_the_sample_can_be_passed(mistreated):
    student = mistreated.person('studentb')
    submit(student, f'{SAMPLE}/hello', "print('Hello, world!')\n")
    assert verdict_of(student, f'{SAMPLE}/hello/@@attempts/1')['passed']
    negative = "    if n < 0:\n        raise ValueError('negative')\n"
    submit(student, f'{SAMPLE}/factorial', f'def fac(n):\n{negative}    return 1 if n < 2 else n * fac(n - 1)\n')
    assert verdict_of(student, f'{SAMPLE}/factorial/@@attempts/1')['passed']
    assert student.get_json(SAMPLE).json['completed']
    submit(student, f'{SAMPLE}/factorial', 'def fac(n):\n    return n\n')
    told = verdict_of(student, f'{SAMPLE}/factorial/@@attempts/2')
    assert (told['passed'], told['attempts'], told['completed']) == (False, 1, True)


def test_when_sandbox_server_is_killed_the_attempt_is_judged_by_the_next(mistreated):
    student = mistreated.person('studenta')
    answer = submit(student, UNHURRIED, SLOW)
    assert answer.status == 202
    os.kill(mistreated.children()['sandbox-server'], signal.SIGKILL)
    assert verdict_of(student, answer.json['url'])['passed']


def test_when_the_web_is_killed_the_attempt_is_judged_after_the_next_start(mistreated):
    student = mistreated.person('studentb')
    answer = submit(student, UNHURRIED, SLOW)
    assert answer.status == 202
    mistreated.process.kill()
    mistreated.process.wait()
    mistreated.stop()
    assert last_attempt(mistreated) == ('waiting', 0)
    let_it_grow_old(mistreated)
    mistreated.start()
    # Nobody asks: the site itself has it judged.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while last_attempt(mistreated) != ('judged', 1):
        assert time.monotonic() < deadline
        time.sleep(0.5)
