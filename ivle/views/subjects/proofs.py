"""Testing an exercise against its own solution and its wrong answers, and publishing it when they come out as they should."""

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from ivle.errors import Conflict
from ivle.proving import Proof, before_testing, new_key, objections_to
from ivle.resources.bank import OneExercise, Trial
from ivle.security.permissions import Permission
from ivle.views.subjects.exercise_page import crumbs_of, told_retests, url_of
from ivle.views.wire import answer, fields, text_field, wants_json

PAGE = 'ivle:templates/subjects-proof.pt'


@view_config(context=OneExercise, name='test', methods=('POST',), permission=Permission.EDIT_EXERCISES)
def begin_test(exercise, request):
    """Begin to test the draft against its solution and its wrong answers; the answer says where to look."""
    return begin_proof(exercise, request, exercise.opened)


@view_config(context=OneExercise, name='publish', methods=('POST',), permission=Permission.EDIT_EXERCISES)
def publish_exercise(exercise, request):
    """Publish the draft if its tests come out as they should; those of an earlier test, by its key, if one is named."""
    key = text_field(fields(request), 'key', '', limit=32)
    if not key:
        return begin_to_publish(exercise, request, exercise.opened)
    return _publish(exercise, request, exercise.opened, key, _proof(exercise, request, exercise.opened, key).look())


def begin_proof(exercise, request, opened):
    """Begin to test the draft of an OpenExercise and answer with where to look."""
    key, tried = _begin(exercise, request, opened)
    return answer(request, _told(exercise, request, key, tried), to=_url(exercise, request, key), status=202)


def begin_to_publish(exercise, request, opened):
    """Begin to test the draft of an OpenExercise; publish it at once when that is over already."""
    key, tried = _begin(exercise, request, opened)
    return _publish(exercise, request, opened, key, tried)


def _begin(exercise, request, opened):
    if opened.unfinished is not None:
        raise Conflict('The draft is not finished: its page says what is missing. Mend that first.', code='not-ready')
    missing = before_testing(opened.definition)
    if missing:
        raise Conflict(' '.join(missing), code='not-ready')
    key = new_key()
    return key, _proof(exercise, request, opened, key).begin()


def _publish(exercise, request, opened, key, tried):
    objections = objections_to(tried)
    to = _url(exercise, request, key, query='then=publish')
    if not all(one.is_over for one in tried):
        return answer(request, _told(exercise, request, key, tried), to=to, status=202)
    if objections:
        if wants_json(request):
            raise Conflict(' '.join(objections), code='not-proven', objections=objections)
        return HTTPSeeOther(to)
    number = exercise.publish(opened.digest)
    words = f'Version {number} is published. From now on students get it.'
    told = {'version': number, 'digest': opened.digest}
    if wants_json(request):
        told |= told_retests(exercise, request)
    return answer(request, told, to=url_of(exercise, request), message=words)


@view_config(context=Trial, accept='text/html', renderer=PAGE, permission=Permission.EDIT_EXERCISES)
def show_proof(trial, request):
    """Show what became of the solution and of each wrong answer, as far as that is known."""
    exercise, key = trial.exercise, trial.__name__
    tried = _proof(exercise, request, exercise.opened, key).look(wait=0.3)
    told = _told(exercise, request, key, tried)
    return {
        'title': 'Test',
        'crumbs': crumbs_of(exercise, request, ('Test', None)),
        **told,
        'wants_to_publish': request.GET.get('then') == 'publish',
        'here': _url(exercise, request, key, query=request.query_string),
        'exercise_url': url_of(exercise, request),
        'publish_url': url_of(exercise, request, view='publish'),
        'test_url': url_of(exercise, request, view='test'),
        'key': key,
        'is_published': not exercise.opened.is_ahead,
    }


@view_config(context=Trial, accept='application/json', renderer='json', permission=Permission.EDIT_EXERCISES)
def tell_proof(trial, request):
    """Tell a script what became of the solution and of each wrong answer."""
    exercise, key = trial.exercise, trial.__name__
    return _told(exercise, request, key, _proof(exercise, request, exercise.opened, key).look())


def _proof(exercise, request, opened, key):
    return Proof(request.registry.ivle, request.identity.login, opened.definition, key)


def _url(exercise, request, key, query=''):
    return url_of(exercise, request, 'tests', key, query=query)


def _told(exercise, request, key, tried):
    objections = objections_to(tried)
    is_over = all(one.is_over for one in tried)
    return {
        'state': 'running' if not is_over else 'bad' if objections else 'good',
        'key': key,
        'url': _url(exercise, request, key),
        'programs': [_told_program(one) for one in tried],
        'objections': objections,
    }


def _told_program(one):
    told = one.told or {'state': 'unknown'}
    verdict = told.get('verdict')
    return {
        'name': one.name,
        'state': told['state'],
        'state_words': _in_words(told),
        'is_over': one.is_over,
        'as_wanted': one.is_as_wanted,
        'passed': one.passed,
        'suites': _suites(verdict['suites'] if verdict else told.get('suites', ())),
        'error': _error(verdict and verdict['error']),
        'where': told.get('where', ''),
        'message': told.get('message', ''),
    }


def _in_words(told):
    if told['state'] == 'queued':
        return f'number {told["place"]} in line, about {told["seconds"]} s'
    if told['state'] == 'running':
        return f'running, {len(told["suites"])} of {told["total"]} suites'
    if told['state'] == 'judged':
        return 'passes' if told['verdict']['passed'] else 'does not pass'
    return {'fault': 'cannot be tested', 'unknown': 'not known any more'}[told['state']]


def _suites(suites):
    return [
        {
            'name': suite['name'],
            'passed': suite['passed'],
            'call': suite['call'],
            'error': _error(suite['error']),
            'cases': [
                {
                    'name': case['name'],
                    'passed': case['passed'],
                    'expected': case.get('expected'),
                    'actual': case.get('actual'),
                    'detail': case.get('detail'),
                }
                for case in suite['cases']
            ],
        }
        for suite in suites
    ]


def _error(error):
    if not error:
        return None
    line = f', line {error["line"]}' if error.get('line') else ''
    return f'{error["name"]}: {error["message"]}{line}' if error.get('name') else f'{error["message"]}{line}'
