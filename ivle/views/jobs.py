"""The jobs client: which work there is in the background, how far each is, and a way to end it."""

import re

from pyramid.view import view_config

from ivle.errors import BadRequest
from ivle.models.job import JobState
from ivle.models.meta import utc_now
from ivle.resources.base import path_url
from ivle.resources.jobs import JobsRoot, OneJob
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.wire import answer

PAGE_LENGTH = 50
STATE_WORDS = {
    JobState.QUEUED: 'Waits for a worker',
    JobState.RUNNING: 'Runs',
    JobState.DONE: 'Done',
    JobState.FAILED: 'Failed',
    JobState.CANCELLED: 'Cancelled',
}


def includeme(config):
    config.add_client('jobs', action='jobs', resource=JobsRoot)
    config.scan(__name__)


def told(request, job):
    """Return a job as scripts and pages read it."""
    left = job.seconds_left(utc_now())
    return {
        'id': job.id,
        'kind': job.kind,
        'title': job.title,
        'state': str(job.state),
        'state_words': STATE_WORDS[job.state],
        'is_unfinished': job.is_unfinished,
        'done': job.done,
        'total': job.total,
        'count_words': f'{job.done} of {job.total}' if job.total else '',
        'seconds_left': left,
        'left_words': left_in_words(left),
        'message': job.message,
        'created': iso(job.created),
        'ended': iso(job.ended),
        'url': path_url(request, 'jobs', str(job.id)),
        'about_url': path_url(request, *job.url.split('/')) if job.url else None,
    }


def left_in_words(seconds):
    """Return about how long something still takes; nothing when that is not known."""
    if seconds is None:
        return ''
    if seconds < 60:
        return 'less than a minute left'
    minutes = -(-seconds // 60)
    if minutes == 1:
        return 'about a minute left'
    return f'about {minutes} minutes left' if minutes < 120 else f'about {round(minutes / 60)} hours left'


@view_config(context=JobsRoot, accept='text/html', renderer='ivle:templates/jobs.pt', permission=Permission.USE_SITE)
def show_jobs(root, request):
    """List the reader's jobs, to an administrator everybody's."""
    page = _page(request)
    found, total = root.list((page - 1) * PAGE_LENGTH, PAGE_LENGTH)
    pages = _pages(total)
    return {
        'title': 'Work in the background',
        'crumbs': [],
        'jobs': [{**_listed(request, *line), 'created_words': in_words(line[0].created)} for line in found],
        'is_everybodys': root.is_everybodys,
        'page': page,
        'pages': pages,
        'previous': _page_url(request, page - 1) if page > 1 else None,
        'next': _page_url(request, page + 1) if page < pages else None,
    }


@view_config(context=JobsRoot, accept='application/json', renderer='json', permission=Permission.USE_SITE)
def tell_jobs(root, request):
    """Tell a script of the same, a page at a time."""
    page = _page(request)
    found, total = root.list((page - 1) * PAGE_LENGTH, PAGE_LENGTH)
    return {'jobs': [_listed(request, *line) for line in found], 'total': total, 'page': page, 'pages': _pages(total)}


def _listed(request, job, login):
    return {**told(request, job), 'requested_by': login}


def _page(request):
    page = request.GET.get('page', '1')
    if not re.fullmatch('[1-9][0-9]{0,5}', page):
        raise BadRequest('A page is a number from 1 on.')
    return int(page)


def _pages(total):
    return max(1, -(-total // PAGE_LENGTH))


def _page_url(request, page):
    return path_url(request, 'jobs', query=f'page={page}')


@view_config(context=OneJob, accept='text/html', renderer='ivle:templates/job.pt', permission=Permission.USE_SITE)
def show_job(place, request):
    """Show how far a job is."""
    job = told(request, place.job)
    return {
        'title': place.job.title,
        'crumbs': [('Work in the background', path_url(request, 'jobs')), (place.job.title, None)],
        'job': job,
        'created_words': in_words(place.job.created),
        'cancel_url': path_url(request, 'jobs', place.__name__, view='cancel'),
    }


@view_config(context=OneJob, accept='application/json', renderer='json', permission=Permission.USE_SITE)
def tell_job(place, request):
    """Tell a script how far a job is."""
    return told(request, place.job)


@view_config(context=OneJob, name='cancel', methods=('POST',), permission=Permission.USE_SITE)
def cancel(place, request):
    """End a job that is not finished."""
    message = 'It is cancelled.' if place.cancel() else 'It was over already.'
    return answer(request, {'message': message}, to=path_url(request, 'jobs', place.__name__), message=message)
