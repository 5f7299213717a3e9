"""The security policy: who is asking, and what the resource's own list grants them."""

import logging

from pyramid.authorization import ACLHelper, Authenticated, Everyone
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import RequestLocalCache
from sqlalchemy.exc import SQLAlchemyError
from zope.interface import implementer

from ivle.errors import BadRequest, ServiceDown
from ivle.models.meta import utc_now
from ivle.security import sessions, tokens
from ivle.security.cookies import Cookie
from ivle.security.identity import Identity

log = logging.getLogger(__name__)


@implementer(ISecurityPolicy)
class Policy:
    """A person is known by an API token, else by the session that their cookie names. Nobody is known by both."""

    def __init__(self, settings, signer):
        self._settings, self._signer = settings, signer
        self._cookie = Cookie('ivle_session', settings)
        self._identities = RequestLocalCache(self._load)
        self._acl = ACLHelper()

    def identity(self, request):
        """Return the Identity of who is asking, or None."""
        return self._identities.get_or_create(request)

    def authenticated_userid(self, request):
        """Return the login of who is asking, or None."""
        identity = self.identity(request)
        return identity and identity.login

    def permits(self, request, context, permission):
        """Return whether the lists of `context` and the places above it grant the permission."""
        return self._acl.permits(context, principals_of(self.identity(request)), permission)

    def remember(self, request, session_id, **kw):
        """Return the headers that tell a browser its session id."""
        return self._cookie.headers(self._signer.sign('session', session_id))

    def forget(self, request, **kw):
        """Return the headers that make a browser forget its session id."""
        return self._cookie.headers(None)

    def session_id(self, request):
        """Return the id of the session that this request stands in, or None."""
        identity = self.identity(request)
        return self._id_in_cookie(request) if identity is not None and identity.via == 'session' else None

    def _id_in_cookie(self, request):
        return self._signer.read('session', self._cookie.value(request) or '')

    def _load(self, request):
        try:
            return self._identify(request)
        except (SQLAlchemyError, BadRequest) as error:
            # The error page asks again who is reading it: to that, this is nobody.
            self._identities.set(request, None)
            if isinstance(error, BadRequest):
                raise
            log.error('nobody can be identified: the database does not answer', exc_info=error)
            raise ServiceDown(
                'The site cannot look up who you are for the moment. Nothing is lost; try again in a few seconds.'
            ) from error

    def _identify(self, request):
        kind, _, secret = request.headers.get('Authorization', '').partition(' ')
        if kind.lower() == 'bearer':
            return self._by_token(request, secret.strip())
        session_id = self._id_in_cookie(request)
        return None if session_id is None else self._by_session(request, session_id)

    def _by_token(self, request, token):
        now = utc_now()
        with request.reading() as db:
            row = tokens.find(db, token, now)
            if row is None:
                return None
            identity, row_id, is_due = _identity(row.user, 'token'), row.id, tokens.is_to_be_marked(row, now)
        if is_due:
            _mark(request, tokens.mark_used, row_id, now)
        return identity

    def _by_session(self, request, session_id):
        now = utc_now()
        with request.reading() as db:
            row = sessions.find(db, session_id, self._settings, now)
            if row is None:
                return None
            identity, is_due = _identity(row.user, 'session', row.id), sessions.is_to_be_marked(row, self._settings, now)
        if is_due:
            _mark(request, sessions.mark_seen, identity.session_id, now)
        return identity


def _identity(user, via, session_id=None):
    return Identity(user.id, user.login, user.name, user.email, user.is_admin, via, session_id)


def _mark(request, mark, row_id, now):
    """Write when something was last used, in a transaction of its own: it must not hold up, or fail, the request."""
    if 'dbsession' in request.__dict__:
        # The request may be writing already, and would wait for itself.
        return
    try:
        with request.registry.database.writing() as db:
            mark(db, row_id, now)
    except SQLAlchemyError as error:
        log.warning('the last use of a session or token could not be noted: %s', error)


def principals_of(identity):
    """Return what the lists of resources may name for an Identity or for nobody."""
    if identity is None:
        return [Everyone]
    return [Everyone, Authenticated, f'user:{identity.id}', *(['admin'] if identity.is_admin else [])]
