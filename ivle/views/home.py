"""The front page `/`: where a person's work is, one link each."""

from pyramid.view import view_config

from ivle.console import STATES_IN_WORDS, Console
from ivle.errors import BadRequest, IvleError, NotFound
from ivle.models.course import classes_of, enrolments
from ivle.models.going_on import GoingOn, going_on
from ivle.models.notice import dismiss_notice, notices_of
from ivle.models.tutorial import standings
from ivle.resources.base import path_url
from ivle.resources.offerings import permissions_of
from ivle.resources.root import Root
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.steps import step_told
from ivle.views.subjects.places import STATE_WORDS, staff_links
from ivle.views.wire import answer, fields


@view_config(context=Root, accept='text/html', renderer='ivle:templates/home.pt', permission=Permission.USE_SITE)
def welcome(root, request):
    """Show my subjects, my consoles and, to staff, my classes."""
    found = _found(request)
    return {'title': request.registry.ivle.name, 'crumbs': [], 'goes_on': found['continue'], **found}


@view_config(context=Root, accept='application/json', renderer='json', permission=Permission.USE_SITE)
def tell_welcome(root, request):
    """List my subjects, my consoles and my classes."""
    return _found(request)


def _found(request):
    identity = request.identity
    has_tutorial = request.registry.clients.by_name('tutorial') is not None
    with request.reading() as db:
        parts = enrolments(db, identity.id)
        classes = classes_of(db, parts)
        notices = notices_of(db, identity.id)
        studied = [part.offering_id for part in parts if not part.is_staff] if has_tutorial else []
        current = [part.offering_id for part in parts if not part.is_staff and part.state.is_current]
        worksheets = standings(db, studied, identity.id) if studied else {}
        way = going_on(db, identity.id, studied, current) if studied else GoingOn()
    return {
        'notices': [_notice(request, *notice) for notice in notices],
        'files_url': path_url(request, 'files', identity.login),
        'continue': step_told(request, way.step) if way.has_begun else None,
        'all_done': way.is_all_done,
        'subjects': [_subject(request, part, worksheets.get(part.offering_id)) for part in parts if not part.is_staff],
        'classes': [_class(request, part, people) for part, people in classes],
        'consoles': _consoles(request),
    }


@view_config(context=Root, name='dismiss', methods=('POST',), permission=Permission.USE_SITE)
def dismiss(root, request):
    """Show a notice of mine no more."""
    number = str(fields(request).get('notice', ''))
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise BadRequest('The field notice is the number of a notice.')
    with request.registry.database.writing() as db:
        if not dismiss_notice(db, request.identity.id, int(number)):
            raise NotFound()
    return answer(request, {'dismissed': int(number)}, to=path_url(request))


def _notice(request, number, text, url, moment):
    return {
        'id': number,
        'text': text,
        'url': path_url(request, *url.split('/')) if url else None,
        'created': iso(moment),
        'created_words': in_words(moment),
    }


def _subject(request, part, worksheets):
    """Return a subject with how far one is in its published worksheets; without the tutorial that is None."""
    published = [standing for standing in worksheets if standing.published] if worksheets is not None else None
    return {
        'directory': part.directory,
        'name': part.subject,
        'offering': part.offering,
        'is_current': part.state.is_current,
        'state': str(part.state),
        'state_words': STATE_WORDS[part.state],
        'url': path_url(request, 'files', request.identity.login, part.directory),
        'page': _page(request, part),
        'tutorial': None if published is None else path_url(request, 'tutorial', *part.offering.split('/')),
        'done': None if published is None else sum(standing.done for standing in published),
        'total': None if published is None else sum(standing.total for standing in published),
    }


def _page(request, part):
    """Return the address of an offering's own page; None where the site has no such pages."""
    has_pages = request.registry.clients.by_name('subjects') is not None
    return path_url(request, 'subjects', *part.offering.split('/')) if has_pages else None


def _class(request, part, people):
    """Return an offering that one teaches in. Files are read while its semester is current."""
    students = [
        {
            'login': login,
            'name': name,
            'url': path_url(request, 'files', login, part.directory) if part.state.is_current else None,
        }
        for login, name in people
    ]
    return {
        'directory': part.directory,
        'name': part.subject,
        'offering': part.offering,
        'role': str(part.role),
        'state': str(part.state),
        'page': _page(request, part),
        'links': [{'title': words, 'url': url, 'icon': icon} for words, url, icon in _staff_links(request, part)],
        'students': students,
    }


def _staff_links(request, part):
    if request.registry.clients.by_name('subjects') is None:
        return []
    may = permissions_of(part.role, request.registry.ivle)
    return staff_links(request, part.offering.split('/'), lambda permission: permission in may, part.state.is_past)


def _consoles(request):
    """Return my open consoles; None when the sandbox daemon does not answer, which must not take the front page away."""
    if request.registry.clients.by_name('console') is None:
        return []
    try:
        consoles = Console(request.registry.ivle, request.identity.login).list()
    except IvleError:
        return None
    return [
        {**console, 'url': path_url(request, 'console', console['key']), 'state_words': STATES_IN_WORDS[console['state']]}
        for console in consoles
    ]
