"""The registry of clients: packages that add an action, its resources, views, templates, media and help to the site.

A client's `includeme(config)` calls the directive once::

    config.add_client('browser', action='files', resource=FilesRoot, tab='Files', icon='folder')
    config.scan(__name__)
"""

import re
from dataclasses import dataclass
from importlib.util import find_spec

from pyramid.exceptions import ConfigurationError
from pyramid.path import AssetResolver


@dataclass(frozen=True)
class Client:
    """One client of the site.

    `action` is its first URL segment and `actions` every one it answers to. `resource(request, parent, name)`
    makes the resource of that segment. `tab` is the title of its tab, None for no tab; `title` is what its help is
    called, the tab's title unless given. `media` and `help` are asset specifications of a folder and of an HTML
    fragment; `for_admins` keeps the help from everybody else.
    """

    name: str
    action: str
    resource: type
    tab: str | None = None
    icon: str | None = None
    needs_sign_in: bool = True
    media: str | None = None
    help: str | None = None
    title: str | None = None
    for_admins: bool = False
    other_actions: tuple = ()

    @property
    def actions(self):
        return (self.action, *self.other_actions)


class Registry:
    """The clients that are on, in the order of the ini file."""

    def __init__(self):
        self._clients = {}

    def __iter__(self):
        return iter(self._clients.values())

    def add(self, client):
        """Register a client; ConfigurationError when its name or an action is taken or unusable."""
        if client.name in self._clients:
            raise ConfigurationError(f'Two clients are called {client.name}: rename one or turn it off in ivle.clients.')
        for action in client.actions:
            if not re.fullmatch(r'[a-z][a-z0-9-]*', action):
                raise ConfigurationError(
                    f'Client {client.name}: the action {action!r} is not lower-case letters, digits and hyphens.'
                )
            if self.by_action(action) is not None:
                raise ConfigurationError(
                    f'Clients {self.by_action(action).name} and {client.name} both want /{action}: turn one off in ivle.clients.'
                )
        for asset in filter(None, (client.media, client.help)):
            if not AssetResolver().resolve(asset).exists():
                raise ConfigurationError(f'Client {client.name}: {asset} does not exist.')
        self._clients[client.name] = client

    def by_action(self, action):
        """Return the client of a first URL segment, or None."""
        return next((client for client in self if action in client.actions), None)

    def by_name(self, name):
        """Return the client called `name`, or None."""
        return self._clients.get(name)

    def tabs(self):
        """Return the clients that have a tab, in order."""
        return [client for client in self if client.tab]


def add_client(config, name, **properties):
    """Configuration directive `config.add_client`: see Client for the properties."""
    config.registry.clients.add(Client(name, **properties))


def includeme(config):
    """Make the registry, the directive, and include the clients that the settings name."""
    config.registry.clients = Registry()
    config.add_directive('add_client', add_client)
    for name in config.registry.ivle.clients:
        config.include(_module_of(name))


def _module_of(name):
    """Return the module of a client in `ivle.clients`: one of ours by its short name, else a package of that name."""
    for module in (f'ivle.views.{name}', name):
        try:
            if find_spec(module) is not None:
                return module
        except ModuleNotFoundError:
            # The package above it is missing.
            continue
    raise ConfigurationError(f'ivle.clients names {name}, and there is no package {name}: install it or remove the name.')
