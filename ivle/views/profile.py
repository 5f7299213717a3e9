"""The profile client: one's own details, password, tokens, repository key, sessions, and who has looked at one's work."""

import re

from pyramid.view import view_config

from ivle.errors import IvleError, NotFound
from ivle.hosts.boxes import cut_streams
from ivle.hosts.users import Users
from ivle.models.meta import utc_now
from ivle.models.names import is_email
from ivle.models.user import User
from ivle.resources.base import path_url
from ivle.resources.profile import Profile
from ivle.security import sessions, tokens
from ivle.security.own_account import PasswordNotChanged, change_password
from ivle.security.passwords import LONGEST, SHORTEST
from ivle.security.permissions import Permission
from ivle.views.browsers import browser_in_words
from ivle.views.moments import in_words, iso
from ivle.views.wire import answer, fields, text_field, wants_json

PAGE = 'ivle:templates/profile.pt'
# What others did, in the words of the list.
_ACTS = {
    'list': 'looked at',
    'read': 'opened',
    'edit': 'opened',
    'download': 'downloaded',
    'history': 'read the history of',
    'attempts': 'looked at your attempts at',
    'attempt': 'opened your attempt',
    'admin:create': 'made your account',
    'admin:disable': 'closed your account',
    'admin:expire': 'closed your account after its last day',
    'admin:enable': 'opened your account',
    'admin:reset-password': 'gave you a new password',
    'admin:end-sessions': 'signed you out everywhere',
}


class BrowserNeeded(IvleError):
    """A token cannot make keys that outlive it."""

    code, status, message = 'browser-needed', 403, 'This needs a person who signed in with a browser; a token is not enough.'


class NotChanged(IvleError):
    """A field of the form cannot be taken. `field` is the one to mend."""

    code, status = 'bad-request', 400

    def __init__(self, message, field):
        super().__init__(message)
        self.field = field


@view_config(context=Profile, accept='text/html', renderer=PAGE, permission=Permission.USE_SITE)
def show(profile, request):
    """Show one's account."""
    return _page(profile, request)


@view_config(context=Profile, accept='application/json', renderer='json', permission=Permission.USE_SITE)
def tell(profile, request):
    """Say who one is and what one takes part in."""
    identity = request.identity
    return {
        'login': identity.login,
        'name': identity.name,
        'email': identity.email,
        'admin': identity.is_admin,
        'enrolments': [{'offering': part.offering, 'role': str(part.role)} for part in profile.enrolments()],
    }


@view_config(context=Profile, name='details', methods=('POST',), renderer=PAGE, permission=Permission.USE_SITE)
def change_details(profile, request):
    """Take another name and e-mail address."""
    given = fields(request)
    name = ' '.join(text_field(given, 'name', request.identity.name).split())
    email = text_field(given, 'email', request.identity.email).strip()
    if not 0 < len(name) <= 200:
        return _refuse(profile, request, NotChanged('Write your name, in at most 200 characters.', 'name'))
    if email and not is_email(email):
        return _refuse(profile, request, NotChanged('That is not an e-mail address: it looks like name@example.org.', 'email'))
    user = request.dbsession.get(User, request.identity.id)
    user.name, user.email = name, email
    return answer(request, {'name': name, 'email': email}, to=path_url(request, 'profile'), message='Your details are saved.')


@view_config(context=Profile, name='password', methods=('POST',), renderer=PAGE, permission=Permission.USE_SITE)
def set_password(profile, request):
    """Take another password for the current one, and end the other sessions."""
    _refuse_tokens(request)
    given = fields(request)
    current, new = text_field(given, 'current'), text_field(given, 'new')
    try:
        ended = change_password(request.registry, request.identity, current, new, request.remote_addr or '')
    except PasswordNotChanged as refusal:
        return _refuse(profile, request, refusal)
    message = 'Your password is changed. You are signed out everywhere else.'
    return answer(request, {'ended_sessions': ended}, to=path_url(request, 'profile'), message=message)


@view_config(context=Profile, name='make-token', methods=('POST',), renderer=PAGE, permission=Permission.USE_SITE)
def make_token(profile, request):
    """Make an API token and show it, this once."""
    _refuse_tokens(request)
    label = ' '.join(text_field(fields(request), 'label').split())
    if not 0 < len(label) <= 100:
        return _refuse(profile, request, NotChanged('Say in at most 100 characters what the token is for.', 'label'))
    # Committed before it is shown: a token that was shown must work.
    with request.registry.database.writing() as db:
        token = tokens.make(db, request.identity.id, label)
    if wants_json(request):
        return answer(request, {'label': label, 'token': token}, to='', status=201)
    return _page(profile, request, status=201, new_token=token)


@view_config(context=Profile, name='revoke-token', methods=('POST',), permission=Permission.USE_SITE)
def revoke_token(profile, request):
    """Make a token useless."""
    row_id = str(fields(request).get('id', ''))
    if not re.fullmatch('[0-9]{1,15}', row_id) or not tokens.revoke(request.dbsession, request.identity.id, int(row_id)):
        raise NotFound('You have no such token.')
    return answer(
        request, {}, to=path_url(request, 'profile'), message='The token is revoked: scripts that use it are refused from now on.'
    )


@view_config(context=Profile, name='reset-key', methods=('POST',), renderer=PAGE, permission=Permission.USE_SITE)
def reset_key(profile, request):
    """Make a new key for Subversion from outside, and show it, this once."""
    _refuse_tokens(request)
    key = Users(request.registry.ivle).reset_svn_key(request.identity.login)
    with request.registry.database.writing() as db:
        db.get(User, request.identity.id).svn_key_made = utc_now()
    if wants_json(request):
        return answer(request, {'key': key, 'url': _svn_url(request)}, to='', status=201)
    return _page(profile, request, status=201, new_key=key)


@view_config(context=Profile, name='sign-out-others', methods=('POST',), permission=Permission.USE_SITE)
def sign_out_others(profile, request):
    """End all one's sessions but this."""
    with request.registry.database.writing() as db:
        ended = sessions.end_all(db, request.identity.id, keep_row_id=request.identity.session_id)
    cut_streams(request.registry.ivle, request.identity.login)
    message = f'You were signed out in {ended} other place{"" if ended == 1 else "s"}.'
    return answer(request, {'ended_sessions': ended}, to=path_url(request, 'profile'), message=message)


def _refuse_tokens(request):
    if request.identity.via == 'token':
        raise BrowserNeeded()


def _refuse(profile, request, refusal):
    """Show the page again with what is wrong beside its field; a script gets the error."""
    if wants_json(request):
        raise refusal
    return _page(profile, request, status=refusal.status, problem={'field': refusal.field, 'message': refusal.message})


def _svn_url(request):
    return request.registry.ivle.svn_url.rstrip('/') + '/users/' + request.identity.login


def _jobs_url(request, parts):
    """Return where the work is listed that staff ask for; None for those who never ask for any."""
    asks = request.identity.is_admin or any(part.is_staff for part in parts)
    return path_url(request, 'jobs') if asks and request.registry.clients.by_name('jobs') is not None else None


def _page(profile, request, status=200, problem=None, new_token=None, new_key=None):
    request.response.status_int = status
    values, parts = profile.overview(), profile.enrolments()
    given = fields(request) if problem else {}
    return {
        'title': 'Profile',
        'crumbs': [],
        'problem': problem or {'field': None, 'message': None},
        'new_token': new_token,
        'new_key': new_key,
        'svn_url': _svn_url(request),
        'svn_key_made': in_words(values['svn_key_made'], never=''),
        'svn_key_made_iso': iso(values['svn_key_made']),
        'name': given.get('name', request.identity.name),
        'email': given.get('email', request.identity.email),
        'parts': parts,
        'jobs_url': _jobs_url(request, parts),
        'may_make_keys': request.identity.via == 'session',
        'tokens': [
            {
                **row,
                'created': in_words(row['created']),
                'created_iso': iso(row['created']),
                'last_used': in_words(row['last_used']),
                'last_used_iso': iso(row['last_used']),
            }
            for row in values['tokens']
        ],
        'sessions': [
            {
                **row,
                'browser': browser_in_words(row['agent']),
                'last_seen': in_words(row['last_seen']),
                'iso': iso(row['last_seen']),
            }
            for row in values['sessions']
        ],
        'looks': [
            {
                'words': in_words(look.when),
                'iso': iso(look.when),
                'viewer': look.viewer_name,
                'login': look.viewer,
                'did': _ACTS.get(look.action, look.action),
                'path': '/' + look.path if not look.action.startswith('admin:') else '',
                'offering': look.offering or '',
                'reason': look.reason or '',
            }
            for look in values['looks']
        ],
        'shortest': SHORTEST,
        'longest': LONGEST,
    }


def includeme(config):
    config.add_client(
        'profile',
        action='profile',
        resource=Profile,
        media='ivle:media/profile',
        title='Your profile',
        help='ivle:templates/help/profile.pt',
    )
    config.scan(__name__)
