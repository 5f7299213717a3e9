"""The progress board: where each student of a class is at this moment."""

from urllib.parse import urlencode

from pyramid.view import view_config

from ivle.models.meta import utc_now
from ivle.resources.base import path_url
from ivle.resources.subjects import SubjectOffering
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.subjects.places import crumbs_to, offering_url

RESULT_WORDS = {'passed': 'passed', 'failed': 'not yet', 'waiting': 'being judged', None: '–'}


@view_config(
    context=SubjectOffering,
    name='progress',
    accept='text/html',
    renderer='ivle:templates/subjects-progress.pt',
    permission=Permission.SEE_PROGRESS,
)
def show_progress(place, request):
    """Show for each student the last exercise, the failures in a row, and who seems stuck."""
    told = tell_progress(place, request)
    return {
        'title': f'Progress of {place.offering.path}',
        'crumbs': crumbs_to(request, place.offering, ('Progress', None)),
        'url': offering_url(request, place.offering, view='progress'),
        'people_url': offering_url(request, place.offering, 'people'),
        **told,
    }


@view_config(
    context=SubjectOffering, name='progress', accept='application/json', renderer='json', permission=Permission.SEE_PROGRESS
)
def tell_progress(place, request):
    """Tell a script the same; the page asks for it every ten seconds."""
    return {
        'now': iso(utc_now()),
        'students': [
            {
                'login': student.login,
                'name': student.name,
                'worksheet': student.worksheet,
                'exercise': student.exercise,
                'exercise_name': student.exercise_name,
                'attempts_url': _attempts_url(place, request, student),
                'latest_url': _attempts_url(place, request, student, str(student.number)),
                'result': student.result,
                'result_words': RESULT_WORDS[student.result],
                'failures': student.failures,
                'last': iso(student.last),
                'last_words': in_words(student.last, never='–'),
                'done': student.done,
                'total': student.total,
                'stuck': student.stuck,
            }
            for student in place.progress()
        ],
    }


def _attempts_url(place, request, student, *number):
    """Return where a student's attempts at their last exercise are, or one; None without any, or on a site without a tutorial."""
    if not student.exercise or request.registry.clients.by_name('tutorial') is None:
        return None
    segments = (*place.offering.segments, student.worksheet, student.exercise)
    url = '/'.join((path_url(request, 'tutorial', *segments, view='attempts'), *number))
    return f'{url}?{urlencode({"student": student.login})}'
