"""Served homes: `/serve/<owner>/…` for who is signed in, and `/served/<pass>/<owner>/…` for the pages themselves.

A student's page is shown without an origin of its own, so what it loads and sends carries no cookie; the pass in its
address stands for the reader instead. It is a client of its own because nobody is signed in there.
"""

from pyramid.authorization import Allow, Everyone
from pyramid.location import lineage

from ivle.models.user import account
from ivle.resources.base import PrivateResource, Resource
from ivle.resources.homes import Home, Homes, Node
from ivle.security.passes import looks_like_pass, read_pass
from ivle.security.permissions import Permission
from ivle.security.sessions import open_sessions


class ServeRoot(Homes):
    """All homes as pages; `child` is an owner."""

    def child(self, name):
        found = super().child(name)
        return ServedHome(self.request, self, name, found.owner_login, found.owner_id) if isinstance(found, Home) else found


class ServedPlace:
    """A file, program or directory of a home, to be answered as a page to a signed-in reader."""

    def child(self, name):
        return None if super().child(name) is None else ServedNode(self.request, self, name)


class ServedHome(ServedPlace, Home):
    """One person's home as pages."""


class ServedNode(ServedPlace, Node):
    """A name below it."""


class PassRoot(Resource):
    """All passes; `child` is one."""

    def child(self, name):
        return Pass(self.request, self, name) if looks_like_pass(name) else None


class Pass(Resource):
    """One pass, true or not; `child` is the owner whose pages it may be for."""

    def child(self, name):
        kind = PassedPlace if self._is_good_for(name) else OutdatedPlace
        return kind(self.request, self, name, name, ())

    def _is_good_for(self, owner):
        request = self.request
        session_id = read_pass(request.registry.signer, self.__name__, owner)
        if session_id is None:
            return False
        with request.reading() as db:
            found = account(db, owner)
            # Only owners see their pages as yet, so the session must be one of the owner's.
            return (
                found is not None
                and found.is_usable
                and session_id in {row.id for row in open_sessions(db, found.id, request.registry.ivle)}
            )


class _BehindPass(PrivateResource):
    """A place behind a pass: `login` is the owner's, `parts` the names below the home."""

    def __init__(self, request, parent, name, login, parts):
        super().__init__(request, parent, name)
        self.login, self.parts = login, parts

    @property
    def path(self):
        return '/'.join(self.parts)

    @property
    def has_final_slash(self):
        return self.request.path_info.endswith('/')

    def child(self, name):
        return type(self)(self.request, self, name, self.login, (*self.parts, name))


class PassedPlace(_BehindPass):
    """A place that a good pass opens, to whoever shows it."""

    @property
    def pass_word(self):
        """The pass as it stands in the address."""
        return next(place.__name__ for place in lineage(self) if isinstance(place, Pass))

    def grants(self):
        return [(Allow, Everyone, Permission.SERVE)]


class OutdatedPlace(_BehindPass):
    """A place behind a pass that is over, or never was one. Nothing is here but the way back."""
