"""Drafts of a bank, tested and published together in the background: which there are, and what became of the last ones."""

from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict, FieldError
from ivle.models.job import UNFINISHED, JobState
from ivle.resources.bank import DRAFTS, Drafts
from ivle.resources.base import path_url
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.subjects.bank import crumbs_to_bank, exercise_url, state_in_words
from ivle.views.wire import answer, fields, wants_json

PAGE = 'ivle:templates/subjects-drafts.pt'
_LAST_WORDS = {
    JobState.DONE: 'Each draft was tested against its solution and its wrong answers.',
    JobState.FAILED: 'The last test of them did not come to an end. What it had published by then stays so.',
    JobState.CANCELLED: 'The last test of them was cancelled. What it had published by then stays so.',
}


@view_config(context=Drafts, accept='text/html', renderer=PAGE, permission=Permission.EDIT_EXERCISES)
def show_drafts(drafts, request):
    """Show the drafts that students do not get, and what became of those that were tested together."""
    return _page(drafts, request)


@view_config(context=Drafts, accept='application/json', renderer='json', permission=Permission.EDIT_EXERCISES)
def tell_drafts(drafts, request):
    """Tell a script which drafts there are, and what became of those that were tested together."""
    return _told(drafts, request)


@view_config(context=Drafts, name='publish', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_EXERCISES)
def publish_drafts(drafts, request):
    """Have drafts tested in the background, and those published whose tests are good."""
    try:
        job = drafts.publish(_chosen(request))
    except (FieldError, Conflict) as refusal:
        if wants_json(request):
            raise
        return _page(drafts, request, refusal)
    has_jobs = request.registry.clients.by_name('jobs') is not None
    to = _job_url(request, job) if has_jobs else exercise_url(request, drafts.subject, DRAFTS)
    return answer(request, {'job': job, 'url': to}, to=to, status=202)


def _chosen(request):
    """Return the identifiers that were sent; None, which means all, where a script sends none."""
    given = fields(request)
    value = given.get('exercise', None if request.content_type == 'application/json' else [])
    value = [value] if isinstance(value, str) else value
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise BadRequest('The field exercise is a list of identifiers.')
    return value


def _job_url(request, job_id):
    return path_url(request, 'jobs', str(job_id))


def _told(drafts, request):
    found, job = drafts.look()
    return {
        'drafts': [_told_draft(drafts, request, draft) for draft in found],
        'last': job
        and {
            'job': job.id,
            'job_url': _job_url(request, job.id),
            'state': str(job.state),
            'message': job.message,
            'ended': iso(job.ended),
            'exercises': [
                {**one, 'url': exercise_url(request, drafts.subject, one['identifier'])}
                for one in job.result.get('exercises', ())
            ],
        },
    }


def _told_draft(drafts, request, draft):
    return {
        'identifier': draft.identifier,
        'name': draft.definition.name,
        'version': draft.current or None,
        'is_unfinished': draft.unfinished is not None,
        'state_words': state_in_words(draft.current, draft.is_ahead, draft.unfinished is not None),
        'edited': iso(draft.edited),
        'edited_words': in_words(draft.edited),
        'editor': draft.editor and draft.editor.login,
        'url': exercise_url(request, drafts.subject, draft.identifier),
    }


def _page(drafts, request, refusal=None):
    request.response.status_int = refusal.status if refusal else 200
    told = _told(drafts, request)
    last = told['last']
    is_running = bool(last) and last['state'] in UNFINISHED
    return {
        'title': 'Drafts',
        'crumbs': crumbs_to_bank(request, drafts.subject, ('Drafts', None)),
        'problem': refusal.message if isinstance(refusal, Conflict) else None,
        'field_problem': refusal.message if isinstance(refusal, FieldError) else None,
        'is_running': is_running,
        'last_words': None if last is None or is_running else _LAST_WORDS[last['state']],
        'may_start': not is_running and not all(draft['is_unfinished'] for draft in told['drafts']),
        'publish_url': exercise_url(request, drafts.subject, DRAFTS, view='publish'),
        'bank_url': exercise_url(request, drafts.subject),
        **told,
    }
