"""Help: one page that gathers every client's fragment, and one page each."""

from ivle.resources.base import Resource


class HelpRoot(Resource):
    """All help the reader may see; `child` is a client's name."""

    def fragments(self):
        """Return the clients with help, in order; before signing in only those that work without it."""
        identity = self.request.identity
        clients = [client for client in self.request.registry.clients if client.help]
        if identity is None:
            return [client for client in clients if not client.needs_sign_in]
        return [client for client in clients if identity.is_admin or not client.for_admins]

    def child(self, name):
        client = next((client for client in self.fragments() if client.name == name), None)
        return None if client is None else HelpPage(self.request, self, name, client)


class HelpPage(Resource):
    """The help of one client."""

    def __init__(self, request, parent, name, client):
        super().__init__(request, parent, name)
        self.client = client
