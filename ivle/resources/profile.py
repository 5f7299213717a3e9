"""Profile: a person's own account."""

from pyramid.authorization import Allow, Authenticated

from ivle.models import enrolments, looks_at
from ivle.models.user import User
from ivle.resources.base import PrivateResource
from ivle.security import sessions, tokens
from ivle.security.permissions import Permission


class Profile(PrivateResource):
    """One's own account: there is no other below this address."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_SITE)]

    def enrolments(self):
        """Return the Parts one has."""
        with self.request.reading() as db:
            return enrolments(db, self.request.identity.id)

    def overview(self):
        """Return everything the page shows, as plain values: sessions, tokens, looks, and when the repository key was made."""
        identity, settings = self.request.identity, self.request.registry.ivle
        with self.request.reading() as db:
            return {
                'sessions': [
                    {
                        'is_this': row.id == identity.session_id,
                        'agent': row.agent,
                        'address': row.address,
                        'created': row.created,
                        'last_seen': row.last_seen,
                    }
                    for row in sessions.open_sessions(db, identity.id, settings)
                ],
                'tokens': [
                    {'id': row.id, 'label': row.label, 'created': row.created, 'last_used': row.last_used}
                    for row in tokens.tokens_of(db, identity.id)
                ],
                'looks': looks_at(db, identity.id),
                'svn_key_made': db.get(User, identity.id).svn_key_made,
            }
