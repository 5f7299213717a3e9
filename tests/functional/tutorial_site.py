"""A site with the tutorial, one worksheet in it, and a judge that says what the test wants: for what cannot be had at will."""

import tempfile

import pytest

from ivle.errors import ServiceDown
from ivle.models import Role, Worksheet, WorksheetFile, user_called
from ivle.teaching import worksheet as texts
from ivle.teaching.reading import read
from tests.course import add_offering, enrol
from tests.web import open_site
from tests.worksheets import find_offering, publish_exercise, publish_worksheet

CLIENTS = 'browser tutorial subjects login logout profile admin help media'
OFFERING = '/tutorial/151/2026/s1'
SHEET = f'{OFFERING}/basics'
FACTORIAL = f'{SHEET}/factorial'
SECRET = 'xyzzy'
SOURCE = """Loops
=====

Work through these. |picture|

.. |picture| image:: tree.png

.. exercise:: hello

Between.

.. exercise:: factorial

.. exercise:: extra
   :optional:
"""
RIGHT = 'def fac(n):\n    return 120\n'


def case(passes, fails, *checks):
    return {
        'passes': passes,
        'fails': fails,
        'checks': [{'aspect': 'result', 'test': 'match', **check} for check in checks or ({},)],
    }


def definition(name='Factorial', **changes):
    """Return a Definition with a secret in every part that nobody may see."""
    return read(
        {
            'name': name,
            'description': f'Write a function for *{name}*.',
            'starter': 'def fac(n):\n    pass\n',
            'solution': f'def fac(n):  # {SECRET}-solution\n    return 120\n',
            'include': f'# {SECRET}-include\n',
            'hints': ['Think of **recursion**.', f'The {SECRET}-hint.'],
            'suites': [
                {'name': 'five', 'function': 'fac', 'arguments': ['5'], 'cases': [case('right', 'wrong value')]},
                {
                    'name': f'{SECRET}-suite',
                    'function': 'fac',
                    'arguments': [f'len("{SECRET}-argument")'],
                    'stdin': f'{SECRET}-stdin',
                    'is_hidden': True,
                    'cases': [case(f'{SECRET}-passes', f'{SECRET}-fails')],
                },
            ],
            **changes,
        }
    )


def judged(passed=True, **changes):
    """Return what sandbox-server tells of an attempt at `definition()` that is judged."""
    visible = {'name': 'right', 'passed': True}
    if not passed:
        visible = {'name': 'wrong value', 'passed': False, 'aspect': 'result', 'expected': '120', 'actual': '24'}
    suites = [
        told_suite('five', passed, [visible], call='fac(5)'),
        told_suite(f'{SECRET}-suite', passed, [{'name': f'{SECRET}-passes', 'passed': passed}], is_hidden=True),
    ]
    verdict = {'passed': passed, 'got': 2 * passed, 'of': 2, 'python': '3.11.2', 'suites': suites, 'error': None, **changes}
    return {'state': 'judged', 'verdict': verdict}


def told_suite(name, passed, cases, call='', is_hidden=False, error=None, stdin=''):
    return {
        'name': name,
        'passed': passed,
        'is_hidden': is_hidden,
        'call': call,
        'stdin': stdin,
        'cases': cases,
        'error': error,
        'got': int(passed),
        'of': 1,
    }


class ScriptedJudge:
    """Stands for sandbox-server: tells what `says` holds, a list taken one by one, the last for ever; `asked` is what came."""

    def __init__(self):
        self.says, self.asked, self.known = [judged()], [], set()

    def submit(self, login, key, definition, code, wait=1.0, first=True):
        self.asked.append({'login': login, 'key': key, 'definition': definition, 'code': code, 'wait': wait})
        return self._told(key)

    def look(self, key, wait=0.0):
        return self._told(key) if key in self.known else None

    def _told(self, key):
        told = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if told == 'down':
            raise ServiceDown()
        self.known.add(key)
        return told


class TutorialSchool:
    """One site with the worksheet `basics` of 151/2026/s1, and builders for what else a test needs."""

    def __init__(self, site):
        self.site, self.database = site, site.database
        self.judge = ScriptedJudge()
        self.judging = site.app.registry.judging
        self.judging.testing = self.judge

    def offering(self, db, path='151/2026/s1'):
        subject, year, semester = path.split('/')
        return find_offering(db, path) or add_offering(db, subject, int(year), semester)

    def person(self, login, role=None, active=True, path='151/2026/s1', **columns):
        """Add a person who takes part in a role, if any, and return their browser, signed in."""
        self.site.add(login, **columns)
        if role is not None:
            self.enrol(login, role, active, path)
        return self.site.person(login)

    def enrol(self, login, role, active=True, path='151/2026/s1'):
        with self.database.writing() as db:
            enrol(db, user_called(db, login), self.offering(db, path), Role(role), active)

    def change(self, identifier='basics', **columns):
        """Change columns of the worksheet."""
        with self.database.writing() as db:
            row = db.query(Worksheet).filter_by(identifier=identifier).one()
            for name, value in columns.items():
                setattr(row, name, value)

    def change_offering(self, **columns):
        """Change columns of the offering."""
        with self.database.writing() as db:
            row = self.offering(db)
            for name, value in columns.items():
                setattr(row, name, value)

    def add_exercise(self, identifier, made=None):
        """Publish a definition in the bank of the subject, as a new version where there is one of that name."""
        with self.database.writing() as db:
            publish_exercise(db, self.offering(db).subject_id, identifier, made or definition(identifier.capitalize()))

    def add_worksheet(self, identifier='basics', source=SOURCE, path='151/2026/s1', **columns):
        """Add a worksheet with the exercises that its text names."""
        named = {name: definition(name.capitalize()) for name in texts.render(source, 'rst').exercises}
        with self.database.writing() as db:
            publish_worksheet(db, self.offering(db, path), identifier, source, named, **columns)

    def add_file(self, name, content, media_type):
        """Add a file to the worksheet."""
        with self.database.writing() as db:
            row = db.query(Worksheet).filter_by(identifier='basics').one()
            db.add(WorksheetFile(worksheet_id=row.id, name=name, media_type=media_type, content=content, digest='d' * 64))


@pytest.fixture(scope='module')
def tutorial_site():
    """Return a Site with the tutorial, shared by the tests of a module."""
    with tempfile.TemporaryDirectory(prefix='data-') as data, open_site(data, clients=CLIENTS) as opened:
        yield opened


@pytest.fixture
def school(tutorial_site):
    """Return a TutorialSchool with the published worksheet `basics`, and nobody in it."""
    tutorial_site.clear()
    made = TutorialSchool(tutorial_site)
    made.add_worksheet()
    return made


@pytest.fixture
def student(school):
    """Return the browser of `stu`, a student."""
    return school.person('stu', 'student')
