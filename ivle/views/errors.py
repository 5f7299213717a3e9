"""Error pages: the right status, a sentence a person can act on, JSON for scripts. No database in here."""

import contextlib
import logging
import secrets
from urllib.parse import quote

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPException, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.view import exception_view_config, forbidden_view_config, notfound_view_config
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ivle import chat
from ivle.errors import IvleError, NotFound
from ivle.resources.base import path_url
from ivle.views.wire import wants_json

log = logging.getLogger(__name__)

_WORDS = {
    400: (
        'bad-request',
        'That request cannot be used',
        'The site could not make sense of what was sent. Go back, check it and try again.',
    ),
    401: ('sign-in', 'Sign in first', 'This needs a signed-in person: sign in, or send a valid token.'),
    403: ('forbidden', 'Not allowed', 'That is not allowed.'),
    404: ('not-found', 'Nothing here', NotFound.message),
    405: ('bad-method', 'Not like this', 'This address does not take that kind of request.'),
    413: ('too-large', 'Too large', 'That is larger than this site takes.'),
    500: (
        'internal',
        'Something broke on our side',
        'This is our fault, not yours, and it has been noted. Your saved files are safe. Try again in a moment.',
    ),
}


def error_response(request, status, code, title, message, **extra):
    """Return an error as the caller reads it: JSON, or a page in the shell."""
    if wants_json(request):
        response = request.response
        response.status_int = status
        response.content_type, response.charset = 'application/json', 'utf-8'
        response.text = chat.dumps({'error': {'code': code, 'message': message, **extra}})
        return response
    with contextlib.suppress(IvleError):
        # Perhaps nobody has asked yet. When it cannot be told who is reading, the page is one for nobody.
        _ = request.identity
    values = {'title': title, 'crumbs': [], 'status': status, 'code': code, 'message': message, 'incident': extra.get('incident')}
    response = render_to_response('ivle:templates/error.pt', values, request=request)
    response.status_int = status
    return response


def _plain(request, status, headers=()):
    code, title, message = _WORDS.get(status, _WORDS[400] if status < 500 else _WORDS[500])
    response = error_response(request, status, code, title, message)
    response.headers.extend(headers)
    return response


@notfound_view_config(append_slash=False)
@forbidden_view_config()
def refuse(error, request):
    """Send the anonymous to sign in and back; to others "not yours" and "not there" look the same."""
    try:
        is_known = request.identity is not None
    except IvleError as problem:
        return explain(problem, request)
    if is_known or _is_public(request):
        return _plain(request, 404)
    if wants_json(request) or request.headers.get('Authorization'):
        return _plain(request, 401, [('WWW-Authenticate', 'Bearer')])
    target = request.path_qs if request.method in ('GET', 'HEAD') else path_url(request)
    return HTTPSeeOther(path_url(request, 'login', query='next=' + quote(target, safe='/')))


def _is_public(request):
    """Return True below a client that does not need signing in: its missing pages are simply missing."""
    first = request.path_info.lstrip('/').split('/', 1)[0]
    client = request.registry.clients.by_action(first)
    return client is not None and not client.needs_sign_in


@exception_view_config(BadCSRFToken)
@exception_view_config(BadCSRFOrigin)
def refuse_forgery(error, request):
    """Refuse an unsafe request that does not prove it came from one of our pages."""
    message = (
        'This page was open too long, or the request came from elsewhere. '
        'Go back, reload the page and do it again; nothing was changed.'
    )
    return error_response(request, 400, 'bad-csrf', 'Reload the page and try again', message)


@exception_view_config(IvleError)
def explain(error, request):
    """Show one of our own errors."""
    titles = {404: 'Nothing here', 409: 'That does not fit what is there now', 503: 'Not available for the moment'}
    response = error_response(
        request, error.status, error.code, titles.get(error.status, 'That did not work'), error.message, **error.extra
    )
    if error.status == 503:
        response.headers['Retry-After'] = '3'
    return response


@exception_view_config(OperationalError)
@exception_view_config(PoolTimeout)
def wait_for_database(error, request):
    """Say that the database is busy or away: unlike a fault of ours, trying again helps."""
    log.error('database: %s %s', request.method, request.path_info, exc_info=error)
    message = 'The site cannot reach its records for the moment. Nothing was changed; try again in a few seconds.'
    response = error_response(request, 503, 'database-down', 'Not available for the moment', message)
    response.headers['Retry-After'] = '3'
    return response


@exception_view_config(HTTPException)
def show_http_error(error, request):
    """Show Pyramid's own refusals in our words; redirects pass as they are."""
    if error.status_int < 400:
        return error
    kept = [(name, error.headers[name]) for name in ('Allow', 'Retry-After') if name in error.headers]
    return _plain(request, error.status_int, kept)


@exception_view_config(UnicodeDecodeError)
def refuse_bytes(error, request):
    """Refuse a body or cookie whose bytes are not what they claim to be."""
    return _plain(request, 400)


@exception_view_config(Exception)
def fail(error, request):
    """Say that it is our fault, under a number that stands in the log beside the details."""
    incident = secrets.token_hex(4)
    log.error('incident %s: %s %s', incident, request.method, request.path_info, exc_info=error)
    code, title, message = _WORDS[500]
    return error_response(request, 500, code, title, message, incident=incident)
