"""Consoles: the reader's own Python consoles, one below the other by their opaque key."""

import re

from pyramid.authorization import Allow, Authenticated

from ivle.resources.base import PrivateResource
from ivle.security.permissions import Permission

_KEY = re.compile(r'[0-9a-f]{32}')


class Consoles(PrivateResource):
    """All of the reader's consoles: `child` is a key."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_CONSOLE)]

    def child(self, name):
        return OneConsole(self.request, self, name) if _KEY.fullmatch(name) else None


class OneConsole(PrivateResource):
    """One console. Whose it is only sandbox-server knows, and it answers nobody but the owner: to others it is not there."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_CONSOLE)]

    @property
    def key(self):
        return self.__name__
