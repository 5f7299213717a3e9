"""Root: the site root, which maps the first URL segment to the resource of a client."""

from pyramid.authorization import Allow, Authenticated

from ivle.resources.base import Resource
from ivle.security.permissions import Permission


class Root(Resource):
    """The root of the tree. `__name__` is empty and `__parent__` None, as traversal wants."""

    def __init__(self, request):
        super().__init__(request)

    def __acl__(self):
        return [(Allow, Authenticated, Permission.USE_SITE)]

    def child(self, name):
        client = self.request.registry.clients.by_action(name)
        return None if client is None else client.resource(self.request, self, name)
