"""Testing all attempts at an exercise again: how it goes, what would change, and publishing that or not."""

from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict
from ivle.models.job import JobState
from ivle.models.retest import Decision
from ivle.models.retest_preview import Turn
from ivle.resources.base import path_url
from ivle.resources.retest import ExerciseRetest
from ivle.security.permissions import Permission
from ivle.views.subjects.places import crumbs_to, offering_url
from ivle.views.wire import answer, fields, wants_json

PAGE = 'ivle:templates/subjects-retest.pt'
TURNS = {
    Turn.UP: ('Done from now on', 'pass'),
    Turn.DOWN: ('Not done any more', 'fail'),
    Turn.STAYS_DONE: ('Stays done', 'quiet'),
    Turn.STAYS_OPEN: ('Stays not done', 'quiet'),
}


@view_config(context=ExerciseRetest, accept='text/html', renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def show_retest(place, request):
    """Show the newest test of all attempts: how far it is, or what publishing it would change."""
    return _page(place, request)


@view_config(context=ExerciseRetest, accept='application/json', renderer='json', permission=Permission.EDIT_WORKSHEETS)
def tell_retest(place, request):
    """Tell a script of the newest test of all attempts."""
    return _told(place, request)


@view_config(context=ExerciseRetest, name='start', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def start(place, request):
    """Have all attempts tested again in the background."""
    return _act(place, request, lambda given: {'job': place.start()}, to=lambda told: _job_url(request, told['job']))


@view_config(context=ExerciseRetest, name='publish', methods=('POST',), renderer=PAGE, permission=Permission.CHANGE_MARKS)
def publish(place, request):
    """Let the attempts take their new verdicts: marks may change."""
    return _act(
        place,
        request,
        lambda given: {'taken': place.publish(_job_field(given))},
        message=lambda told: f'{_count(told["taken"], "attempt")} took the new verdicts.',
    )


@view_config(context=ExerciseRetest, name='discard', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def discard(place, request):
    """Let nothing come of the newest test of all attempts."""

    def change(given):
        place.discard(_job_field(given))
        return {'discarded': True}

    return _act(place, request, change, message=lambda told: 'Nothing was changed.')


def _act(place, request, change, to=None, message=lambda told: None):
    given = fields(request)
    try:
        told = change(given)
    except Conflict as refusal:
        if wants_json(request):
            raise
        return _page(place, request, refusal)
    return answer(request, told, to=to(told) if to else _url(place, request), message=message(told))


def _job_field(given):
    """Return the job that a page was about."""
    value = given.get('job')
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if type(value) is int:
        return value
    raise BadRequest('The field job is the number of the test that is meant.')


def _url(place, request, view=None):
    return offering_url(request, place.offering, 'retest', place.link.worksheet, place.link.exercise, view=view)


def _job_url(request, job_id):
    return path_url(request, 'jobs', str(job_id))


def _told(place, request):
    retest, found, (attempts, students) = place.look()
    return {
        'worksheet': place.link.worksheet,
        'exercise': place.link.exercise,
        'version': place.link.version,
        'attempts': attempts,
        'students': students,
        'retest': retest
        and {
            'job': retest.job.id,
            'job_url': _job_url(request, retest.job.id),
            'state': str(retest.job.state),
            'message': retest.job.message,
            'version': retest.version,
            'decision': str(retest.decision),
            'is_outdated': retest.version_id != place.link.version_id,
        },
        'preview': found
        and {
            'up': found.up,
            'down': found.down,
            'stay': found.stay,
            'tested': found.tested,
            'unjudged': found.unjudged,
            'changes': [
                {
                    'login': change.login,
                    'name': change.name,
                    'turn': str(change.turn),
                    'attempts': list(change.numbers),
                    'reason': change.reason,
                }
                for change in found.changes
            ],
        },
    }


def _page(place, request, refusal=None):
    request.response.status_int = refusal.status if refusal else 200
    told, link = _told(place, request), place.link
    return {
        'title': f'Test {link.exercise_name} again',
        'crumbs': crumbs_to(request, place.offering, (link.worksheet_name, None), (link.exercise_name, None)),
        'problem': refusal.message if refusal else None,
        'running_url': _job_url(request, refusal.extra['job']) if refusal and 'job' in refusal.extra else None,
        'may_publish': bool(request.has_permission(Permission.CHANGE_MARKS, place)),
        'may_start': bool(told['attempts']) and bool(link.version_id) and not _is_running(told),
        'attempts_words': _count(told['attempts'], 'attempt'),
        'students_words': _count(told['students'], 'student'),
        'is_running': _is_running(told),
        'words': _words(told),
        'rows': [
            {**change, 'words': TURNS[change['turn']][0], 'state': TURNS[change['turn']][1], 'numbers': _numbers(change)}
            for change in (told['preview'] or {'changes': ()})['changes']
        ],
        **{f'{view}_url': _url(place, request, view) for view in ('start', 'publish', 'discard')},
        **told,
    }


def _is_running(told):
    return bool(told['retest']) and told['retest']['state'] in (JobState.QUEUED, JobState.RUNNING)


def _numbers(change):
    return ', '.join(map(str, change['attempts']))


def _count(number, noun):
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'


def _words(told):
    """Return what became of the newest re-test, in a sentence; None where there is none, or the page says more."""
    retest = told['retest']
    if retest is None or told['preview'] or _is_running(told):
        return None
    if retest['state'] == JobState.FAILED:
        return f'The last test did not come to an end. {retest["message"]}'
    if retest['state'] == JobState.CANCELLED:
        return 'The last test was cancelled. Nothing was changed.'
    if retest['decision'] == Decision.PUBLISHED:
        return f'The last test, by version {retest["version"]}, was published.'
    return f'The last test, by version {retest["version"]}, was discarded. Nothing was changed.'
