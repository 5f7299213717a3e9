"""Attempts at an exercise: one's own, and, for those who teach, a student's, which is recorded."""

import difflib
import re
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from ivle.errors import NotFound
from ivle.models.attempt import AttemptState
from ivle.models.faults import fault_in
from ivle.resources.tutorial import ExercisePlace
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.tutorial.facts import counts, crumbs, exercise_url, outcome_told, tutorial_url, verdict_shown, waiting_in_words
from ivle.views.wire import text_field

_STATES = {AttemptState.WAITING: 'being tested', AttemptState.VOID: 'void: the exercise was at fault'}
_GIVEN_UP = 'void: it could not be tested'


@view_config(
    context=ExercisePlace,
    name='attempts',
    takes_subpath=True,
    permission=Permission.VIEW_OFFERING,
    accept='text/html',
    renderer='ivle:templates/tutorial-attempts.pt',
)
def show_attempts(place, request):
    """Show what was sent to an exercise, or one attempt with its code and what has changed since."""
    number = _number(request)
    above = _above(place, request)
    try:
        attempts = _attempts(place, request)
    except NotFound:
        if not place.is_staff_here:
            raise
        return _ask_again(place, request, above)
    if number is None:
        return {
            'title': f'Attempts at {place.title}',
            'crumbs': crumbs(request, place.offering, *above, ('Attempts', None)),
            'attempts': [_line(place, attempts, *row) for row in attempts.all()],
            'of': attempts.login and f'{attempts.name} ({attempts.login})',
            'neighbours': _neighbours(place, attempts, is_one=False),
            'one': None,
            'unknown': None,
            'exercise_url': exercise_url(place),
        }
    outcome = attempts.one(number)
    told = outcome_told(place.offering, exercise_url(place), outcome)
    listed = (('Attempts', _url(place, attempts)), (f'Attempt {number}', None))
    return {
        'title': f'Attempt {number} at {place.title}',
        'crumbs': crumbs(request, place.offering, *above, *listed),
        'of': attempts.login and f'{attempts.name} ({attempts.login})',
        'neighbours': _neighbours(place, attempts, is_one=True),
        'one': told,
        'unknown': None,
        'code': outcome.attempt.code,
        'words': in_words(outcome.attempt.submitted),
        'verdict': None if 'waiting' in told else verdict_shown(told),
        'waiting_words': waiting_in_words(told['waiting']) if 'waiting' in told else None,
        'changes': _changes(outcome.attempt.code, place.work().code) if attempts.login is None else None,
        'exercise_url': exercise_url(place),
        'identifier': place.__name__,
        'is_active': outcome.attempt.active,
        'fault': _fault(place, outcome.attempt),
    }


@view_config(
    context=ExercisePlace,
    name='attempts',
    takes_subpath=True,
    permission=Permission.VIEW_OFFERING,
    accept='application/json',
    renderer='json',
)
def tell_attempts(place, request):
    """Tell a script what was sent to an exercise, or one attempt with its code; one that waits is asked after."""
    attempts = _attempts(place, request)
    number = _number(request)
    if number is None:
        return [
            {
                'number': number,
                'date': iso(moment),
                'passed': passed,
                'state': str(state),
                'active': active,
                'given_up': given_up,
            }
            for number, moment, state, passed, active, given_up in attempts.all()
        ]
    outcome = attempts.one(number)
    told = outcome_told(place.offering, exercise_url(place), outcome)
    found = {'passed': False, **told, 'code': outcome.attempt.code, 'active': outcome.attempt.active}
    if place.is_staff_here:
        found['fault'] = _fault(place, outcome.attempt)
    if attempts.login is not None:
        return found
    tries = place.work().tries
    return {**found, 'attempts': tries.attempts, 'completed': tries.completed}


def _ask_again(place, request, above):
    """Return the page that asks staff for a student once more, since there is none of the login that was sent."""
    request.response.status_int = 400
    return {
        'title': f'Attempts at {place.title}',
        'crumbs': crumbs(request, place.offering, *above, ('Attempts', None)),
        'attempts': [],
        'of': None,
        'neighbours': [],
        'one': None,
        'unknown': request.GET['student'],
        'here': exercise_url(place, 'attempts'),
        'exercise_url': exercise_url(place),
    }


def _neighbours(place, attempts, is_one):
    """Return the links to the work of the students before and after, to all of it or to the newest attempt."""
    return [
        {'rel': rel, 'words': f'{found[1]} ({found[0]})', 'url': _url_of(place, found[0], found[2] if is_one else None)}
        for rel, found in zip(('prev', 'next'), attempts.neighbours(), strict=True)
        if found is not None
    ]


def _fault(place, attempt):
    """Return what is wrong with the exercise that made an attempt void, to staff; it may name what students never see."""
    if attempt.state != AttemptState.VOID or attempt.was_given_up or not place.is_staff_here:
        return None
    where, message = fault_in(attempt.verdict)
    return {'where': where, 'message': message}


def _attempts(place, request):
    login = text_field(request.GET, 'student', '', limit=100).strip().lower()
    return place.attempts(login or None)


def _number(request):
    if not request.subpath:
        return None
    if len(request.subpath) > 1 or not re.fullmatch('[1-9][0-9]{0,8}', request.subpath[0]):
        raise HTTPNotFound()
    return int(request.subpath[0])


def _above(place, request):
    sheet = place.sheet
    return (
        (sheet.worksheet.name, tutorial_url(request, place.offering, sheet.__name__)),
        (place.title, exercise_url(place)),
    )


def _url(place, attempts, number=None):
    return _url_of(place, attempts.login, number)


def _url_of(place, login, number):
    query = '?' + urlencode({'student': login}) if login else ''
    return exercise_url(place, 'attempts') + (f'/{number}' if number else '') + query


def _line(place, attempts, number, moment, state, passed, active, given_up):
    words = _GIVEN_UP if given_up else _STATES.get(state, 'passed' if passed else 'not yet')
    notes = [
        *([] if active else ['set aside by your lecturer']),
        *([] if counts(place.offering, moment) else ['after the cutoff, does not count']),
    ]
    return {
        'number': number,
        'url': _url(place, attempts, number),
        'iso': iso(moment),
        'words': in_words(moment),
        'passed': passed,
        'state_words': ' · '.join((words, *notes)),
    }


def _changes(then, now):
    """Return [(sign, line)…] from the code of an attempt to that of now, none when they are the same."""
    if then == now:
        return []
    lines = difflib.unified_diff(then.splitlines(), now.splitlines(), lineterm='', n=3)
    return [(line[:1], line[1:]) for line in lines if not line.startswith(('---', '+++'))]
