"""The logout client: ends the session of this browser."""

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED, forget
from pyramid.view import view_config

from ivle.hosts.boxes import cut_streams
from ivle.resources.base import path_url
from ivle.resources.login import SignOutPage
from ivle.security import sessions
from ivle.views.wire import answer


@view_config(context=SignOutPage, renderer='ivle:templates/logout.pt', permission=NO_PERMISSION_REQUIRED)
def ask(page, request):
    """Ask before signing out: a link must not do it."""
    if request.identity is None:
        return HTTPSeeOther(path_url(request, 'login'))
    return {'title': 'Sign out', 'crumbs': []}


@view_config(context=SignOutPage, request_method='POST', methods=('POST',), permission=NO_PERMISSION_REQUIRED)
def leave(page, request):
    """End the session at once, for every request that still carries its cookie."""
    session_id = request.registry.policy.session_id(request)
    if session_id is not None:
        with request.registry.database.writing() as db:
            sessions.end(db, session_id)
    # After the session has ended: a page that is still open somewhere cannot come back to its console.
    if request.identity is not None:
        cut_streams(request.registry.ivle, request.identity.login)
    response = answer(request, {}, to=path_url(request, 'login'), message='You are signed out.')
    response.headerlist.extend(forget(request))
    return response


def includeme(config):
    config.add_client('logout', action='logout', resource=SignOutPage, needs_sign_in=False)
    config.scan(__name__)
