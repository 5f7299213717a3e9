"""Guestbook: a third party's client, as small as one can be, with all the parts a client has."""

from pyramid.authorization import Allow, Authenticated
from pyramid.view import view_config

from ivle.resources.base import PrivateResource
from ivle.security.permissions import Permission


class Guestbook(PrivateResource):
    """One page for everybody who is signed in."""

    def grants(self):
        return [(Allow, Authenticated, Permission.USE_SITE)]


@view_config(context=Guestbook, renderer='guestbook:templates/guestbook.pt', permission=Permission.USE_SITE)
def greet(guestbook, request):
    """Greet the reader by name."""
    return {'title': 'Guestbook', 'crumbs': [('Guestbook', None)], 'reader': request.identity.name}


def includeme(config):
    config.add_client(
        'guestbook',
        action='guestbook',
        resource=Guestbook,
        tab='Guestbook',
        icon='book',
        media='guestbook:media',
        help='guestbook:templates/help.pt',
    )
    config.scan(__name__)
