"""The login client: a login and a password, then back to where one wanted to go."""

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED, remember
from pyramid.view import view_config

from ivle.models.names import MAX_NAME
from ivle.resources.base import path_url
from ivle.resources.login import SignInPage
from ivle.security.passwords import LONGEST, SHORTEST
from ivle.security.redirects import own_path
from ivle.security.signin import NewPasswordNeeded, SignInRefused, TooManyTries, sign_in
from ivle.views.wire import answer, fields, text_field, wants_json

_CHANGED = 'Your new password is set. Sign in with it from now on: the one you were given is gone.'


@view_config(context=SignInPage, renderer='ivle:templates/login.pt', permission=NO_PERMISSION_REQUIRED)
def ask(page, request):
    """Show the form; whoever is signed in already goes on to the page they wanted."""
    target = _target(request, request.GET.get('next', ''))
    return HTTPSeeOther(target) if request.identity else _form(request, target)


@view_config(
    context=SignInPage,
    request_method='POST',
    methods=('POST',),
    renderer='ivle:templates/login.pt',
    permission=NO_PERMISSION_REQUIRED,
)
def enter(page, request):
    """Start a session for the right password; the form again for a wrong one."""
    given = fields(request)
    target = _target(request, given.get('next', ''))
    login = text_field(given, 'login').strip().lower()
    password = text_field(given, 'password')
    new_password = text_field(given, 'new_password', '')
    try:
        entered = sign_in(
            request.registry,
            login[: MAX_NAME + 1],
            password,
            new_password,
            address=request.remote_addr or '',
            agent=request.user_agent or '',
            old_session_id=request.registry.policy.session_id(request),
        )
    except SignInRefused as refusal:
        if wants_json(request):
            raise
        return _form(request, target, login, refusal)
    response = answer(request, {'login': login}, to=target, message=_CHANGED if entered.has_new_password else None)
    response.headerlist.extend(remember(request, entered.session_id))
    return response


def _target(request, text):
    """Return where to go afterwards: a page of this site, and not one of those that only serve to get in or out."""
    front, own = path_url(request), own_path(text, request.script_name)
    doors = (path_url(request, 'login'), path_url(request, 'logout'))
    return front if own is None or own.partition('?')[0].rstrip('/') in doors else own


def _form(request, target, login='', refusal=None):
    wants_new_password = isinstance(refusal, NewPasswordNeeded)
    request.response.status_int = refusal.status if refusal else 200
    if isinstance(refusal, TooManyTries):
        request.response.retry_after = refusal.seconds
    return {
        'title': 'Choose your password' if wants_new_password else 'Sign in',
        'crumbs': [],
        'target': target,
        'login': login,
        'problem': None if wants_new_password or refusal is None else refusal.message,
        'wants_new_password': wants_new_password,
        'password_problem': refusal.problem if wants_new_password else None,
        'shortest': SHORTEST,
        'longest': LONGEST,
    }


def includeme(config):
    config.add_client(
        'login',
        action='login',
        resource=SignInPage,
        needs_sign_in=False,
        media='ivle:media/login',
        title='Signing in',
        help='ivle:templates/help/login.pt',
    )
    config.scan(__name__)
