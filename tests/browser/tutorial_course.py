"""A worksheet for the tutorial's tests on a real site: three exercises that are judged in earnest."""

from ivle.models import Attempt, Database, Draft, Exercise, ExerciseVersion, HintsSeen, Worksheet, WorksheetExercise
from ivle.teaching.reading import read
from tests.worksheets import find_offering, publish_worksheet

OFFERING = '151/2026/s1'
NAME = 'loops'
SHEET = f'/tutorial/{OFFERING}/{NAME}'
GREETING, PRODUCT, UNHURRIED = f'{SHEET}/greeting', f'{SHEET}/product', f'{SHEET}/slow'
SECRET = 'xyzzy'
RIGHT = 'def product(n):\n    return 1 if n < 2 else n * product(n - 1)\n'
SOURCE = """Loops and functions
===================

A program may do the same thing many times. Begin with something small:

.. exercise:: greeting

A *function* gives back what it has reckoned::

    def double(n):
        return 2 * n

.. exercise:: product

.. exercise:: slow
   :optional:
"""


def _suite(name, cases, **others):
    return {'name': name, 'cases': cases, **others}


def _case(passes, fails, aspect='result'):
    return {'passes': passes, 'fails': fails, 'checks': [{'aspect': aspect, 'test': 'match'}]}


GREETING_DEFINITION = read(
    {
        'name': 'A greeting',
        'description': 'Print exactly ``Hello, world!``',
        'starter': '# Write your program here.\n',
        'solution': "print('Hello, world!')\n",
        'rows': 8,
        'suites': [_suite('the program', [_case('It prints the greeting.', 'It prints something else.', 'stdout')])],
    }
)
PRODUCT_DEFINITION = read(
    {
        'name': 'Factorial',
        'description': 'Write a function ``product(n)`` that gives the product of the numbers from 1 to *n*.',
        'starter': 'def product(n):\n    pass\n',
        'solution': f'# {SECRET}\n{RIGHT}',
        'include': f'# {SECRET}\n',
        'hints': ['The product of no numbers is 1.', 'A function may call **itself**, with a smaller number.'],
        'suites': [
            *(
                _suite(
                    f'product({n})',
                    [_case('The product is right.', 'The product is not right.')],
                    function='product',
                    arguments=[str(n)],
                )
                for n in (1, 3, 5)
            ),
            _suite(SECRET, [_case(SECRET, SECRET)], function='product', arguments=['10'], is_hidden=True),
        ],
    }
)
SLOW_DEFINITION = read(
    {
        'name': 'Take your time',
        'description': 'Wait for three seconds, then print ``done``.',
        'starter': 'import time\n\ntime.sleep(3)\nprint("done")\n',
        'solution': 'print("done")\n',
        'suites': [_suite('the program', [_case('It says done.', 'It does not.', 'stdout')], seconds=20.0)],
    }
)


def add_course(site):
    """Publish the worksheet on a site with the sample people."""
    database = Database(site.read_settings())
    definitions = {'greeting': GREETING_DEFINITION, 'product': PRODUCT_DEFINITION, 'slow': SLOW_DEFINITION}
    with database.writing() as db:
        publish_worksheet(db, find_offering(db, OFFERING), NAME, SOURCE, definitions, name='Loops', position=90)
    database.close()


def remove_course(site):
    """Take the worksheet away, with all that was done in it."""
    database = Database(site.read_settings())
    with database.writing() as db:
        sheet = db.query(Worksheet).filter_by(identifier=NAME).one()
        links = db.query(WorksheetExercise).filter_by(worksheet_id=sheet.id).all()
        for kind in (Attempt, Draft, HintsSeen):
            db.query(kind).filter(kind.worksheet_exercise_id.in_([link.id for link in links])).delete()
        exercises = [link.exercise_id for link in links]
        for link in links:
            db.delete(link)
        db.delete(sheet)
        db.flush()
        db.query(ExerciseVersion).filter(ExerciseVersion.exercise_id.in_(exercises)).delete()
        db.query(Exercise).filter(Exercise.id.in_(exercises)).delete()
    database.close()
