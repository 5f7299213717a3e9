"""An exercise: its own page, and all that its reader does with it: save, submit, reset, reveal a hint."""

import re

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from ivle.errors import FieldError, IvleError
from ivle.resources.tutorial import ExercisePlace
from ivle.security.permissions import Permission
from ivle.teaching.reading import LONGEST_CODE
from ivle.views.moments import in_words, iso
from ivle.views.tutorial.facts import (
    crumbs,
    cutoff_told,
    exercise_url,
    for_scripts,
    form_told,
    outcome_told,
    tutorial_url,
    work_told,
)
from ivle.views.wire import answer, fields, text_field, wants_json

PAGE = 'ivle:templates/tutorial-exercise.pt'
_KEY = re.compile('[0-9A-Za-z_-]{8,64}')


@view_config(context=ExercisePlace, permission=Permission.VIEW_OFFERING, accept='text/html', renderer=PAGE)
def show(place, request):
    """Show one exercise by itself."""
    return _page(place, request)


@view_config(context=ExercisePlace, permission=Permission.VIEW_OFFERING, accept='application/json', renderer='json')
def tell(place, request):
    """Tell a script what an exercise asks for, and what its reader has done with it."""
    told = work_told(exercise_url(place), place.work())
    return {**told, **({'faults': _faults(place)} if place.is_staff_here else {})}


def _page(place, request, code=None, refusal=None):
    offering, sheet, work = place.offering, place.sheet, place.work()
    sheet_url = tutorial_url(request, offering, sheet.__name__)
    return {
        'title': work.open.name,
        'crumbs': crumbs(request, offering, (sheet.worksheet.name, sheet_url), (work.open.name, None)),
        'exercise': form_told(offering, work_told(exercise_url(place), work), work, True, code, refusal),
        'sheet_url': sheet_url,
        'sheet_name': sheet.worksheet.name,
        'published': sheet.worksheet.published,
        'cutoff': cutoff_told(offering) if sheet.worksheet.assessable else None,
        'faults': _faults(place) if place.is_staff_here else [],
        'is_staff': place.is_staff_here,
        **for_scripts(request, offering),
    }


def _faults(place):
    return [
        {'date': iso(moment), 'words': in_words(moment), 'where': where, 'message': message, 'version': version}
        for moment, where, message, version in place.faults()
    ]


def _code(given):
    code = text_field(given, 'code', limit=4 * LONGEST_CODE).replace('\r\n', '\n').replace('\r', '\n')
    if len(code.encode('utf-8', 'surrogatepass')) > LONGEST_CODE:
        raise FieldError('code', f'That is more than {LONGEST_CODE // 1024} KiB of code. Shorten it; it was not saved.')
    return code


def _key(given):
    key = given.get('key')
    if key is None:
        return None
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise FieldError('key', 'key is 8 to 64 letters and digits, another for each click.')
    return key


def _back(place, request, given):
    """Return the address of the page that a form was on, at its exercise."""
    if given.get('back') == 'worksheet':
        return f'{tutorial_url(request, place.offering, place.sheet.__name__)}#exercise-{place.__name__}'
    return exercise_url(place)


def _refused(place, request, given, error):
    """Return the page again with what was typed, or raise the error for a script."""
    if wants_json(request):
        raise error
    request.response.status_int = error.status
    code = given.get('code')
    return _page(place, request, code.replace('\r\n', '\n') if isinstance(code, str) else None, error.message)


@view_config(context=ExercisePlace, name='save', methods=('POST',), permission=Permission.VIEW_OFFERING, renderer=PAGE)
def save(place, request):
    """Keep what was typed, without having it tested."""
    given = fields(request)
    try:
        moment = place.save(_code(given))
    except FieldError as error:
        return _refused(place, request, given, error)
    return answer(request, {'saved': iso(moment)}, to=_back(place, request, given), message='Saved. It is not tested yet.')


@view_config(context=ExercisePlace, name='submit', methods=('POST',), permission=Permission.VIEW_OFFERING, renderer=PAGE)
def submit(place, request):
    """Have code tested as an attempt: the verdict, or after a second where it stands."""
    given = fields(request)
    try:
        outcome = place.submit(_code(given), _key(given))
    except IvleError as error:
        return _refused(place, request, given, error)
    if not wants_json(request):
        return HTTPSeeOther(_back(place, request, given))
    told = outcome_told(place.offering, exercise_url(place), outcome)
    if 'waiting' in told:
        return answer(request, told, to='', status=202)
    tries = place.work().tries
    return answer(request, {**told, 'attempts': tries.attempts, 'completed': tries.completed}, to='')


@view_config(context=ExercisePlace, name='reset', methods=('POST',), permission=Permission.VIEW_OFFERING)
def reset(place, request):
    """Begin again with the code that the exercise starts from; attempts stay."""
    code = place.reset()
    message = 'The exercise is back at its beginning. What you submitted is under Attempts.'
    return answer(request, {'code': code}, to=_back(place, request, fields(request)), message=message)


@view_config(context=ExercisePlace, name='hint', methods=('POST',), permission=Permission.VIEW_OFFERING)
def reveal_hint(place, request):
    """Reveal the next hint."""
    number, html = place.reveal_hint()
    told = {'number': number, 'html': html, 'count': place.work().open.hint_count}
    return answer(request, told, to=_back(place, request, fields(request)))
