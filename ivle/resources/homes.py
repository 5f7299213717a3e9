"""Homes: people's directories, as files, edit, serve and download see them. Traversal touches no disk."""

from functools import cached_property

from pyramid.authorization import Allow

from ivle.hosts.files import HomeView
from ivle.models.audit import record_view
from ivle.models.course import staff_scope
from ivle.models.user import account
from ivle.resources.base import PrivateResource
from ivle.security.permissions import Permission

NAME_LIMIT_BYTES = 255


class Homes(PrivateResource):
    """All homes of one action: `child` is a person's login, or `~` for one's own."""

    def grants(self):
        return [(Allow, 'system.Authenticated', Permission.USE_SITE)]

    def child(self, name):
        identity = self.request.identity
        if name == '~':
            return (
                Home(self.request, self, name, identity.login, identity.id)
                if identity
                else AnonymousHome(self.request, self, name)
            )
        with self.request.reading() as db:
            found = account(db, name)
        return None if found is None else Home(self.request, self, name, found.login, found.id)


def own_home(request, parent, name):
    """Return one's own home directly below the root, for `/home/<path>`."""
    identity = request.identity
    return Home(request, parent, name, identity.login, identity.id) if identity else AnonymousHome(request, parent, name)


class AnonymousHome(PrivateResource):
    """Stands for "my home" while nobody is signed in: everything below it asks for signing in."""

    login, parts = '', ()

    def child(self, name):
        return AnonymousHome(self.request, self, name)


class Place(PrivateResource):
    """A directory or file below somebody's home; whether anything is there only the file service knows."""

    home = None
    parts = ()

    @property
    def login(self):
        return self.home.owner_login

    @property
    def is_own(self):
        identity = self.request.identity
        return identity is not None and identity.id == self.home.owner_id

    @property
    def path(self):
        """The path below the home, with slashes; empty for the home itself."""
        return '/'.join(self.parts)

    @property
    def has_final_slash(self):
        return self.request.path_info.endswith('/')

    def open(self, action='list'):
        """Return the HomeView by which hosts reach these files.

        For staff this is where the look is recorded: there is no other way to the files, and none before the record.
        """
        if self.is_own:
            return HomeView(self.login, 'write', '')
        record_view(self.request.registry.database, self.request.identity, self.home.owner_id, self.path, action)
        return HomeView(self.login, 'read', self.parts[0])

    def child(self, name):
        if name == '.svn' or len(name.encode('utf-8', 'surrogateescape')) > NAME_LIMIT_BYTES:
            return None
        return Node(self.request, self, name)


class Home(Place):
    """One person's home. The owner may do everything in it; nobody else anything, unless a Node says so."""

    def __init__(self, request, parent, name, owner_login, owner_id):
        super().__init__(request, parent, name)
        self.home, self.owner_login, self.owner_id = self, owner_login, owner_id

    @cached_property
    def staff_scope(self):
        """The subject directories of this home that the reader tutors or lectures."""
        identity = self.request.identity
        if identity is None or self.is_own:
            return frozenset()
        with self.request.reading() as db:
            return frozenset(staff_scope(db, identity.id, self.owner_id))

    def grants(self):
        owner = f'user:{self.owner_id}'
        return [
            (Allow, owner, permission)
            for permission in (Permission.USE_SITE, Permission.READ_FILES, Permission.WRITE_FILES, Permission.SERVE)
        ]


class Node(Place):
    """A name below a home. Rights come from the home, and for staff from the subject directory it stands in."""

    def __init__(self, request, parent, name):
        super().__init__(request, parent, name)
        self.home = parent.home
        self.parts = (*parent.parts, name)

    def __acl__(self):
        # No DENY_ALL here: the home's own list, further up the lineage, ends the matter.
        identity = self.request.identity
        if identity is not None and len(self.parts) == 1 and self.__name__ in self.home.staff_scope:
            return [(Allow, f'user:{identity.id}', Permission.READ_FILES)]
        return []
