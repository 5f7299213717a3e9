"""The help client: gathers every client's help fragment into one tree."""

from pyramid.renderers import render
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from ivle.resources.base import path_url
from ivle.resources.help import HelpPage, HelpRoot


def _title(client):
    return client.title or client.tab or client.name.capitalize()


def _entry(client, request):
    return {
        'name': client.name,
        'title': _title(client),
        'url': path_url(request, 'help', client.name),
        'html': render(client.help, {}, request=request),
    }


@view_config(context=HelpRoot, accept='text/html', renderer='ivle:templates/help.pt', permission=NO_PERMISSION_REQUIRED)
def read_all(help_root, request):
    """Show all help on one page, with its contents first."""
    return {'title': 'Help', 'crumbs': [('Help', None)], 'entries': [_entry(client, request) for client in help_root.fragments()]}


@view_config(context=HelpPage, accept='text/html', renderer='ivle:templates/help.pt', permission=NO_PERMISSION_REQUIRED)
def read_one(page, request):
    """Show the help of one client."""
    title = _title(page.client)
    return {
        'title': f'Help: {title}',
        'crumbs': [('Help', path_url(request, 'help')), (title, None)],
        'entries': [_entry(page.client, request)],
    }


@view_config(context=HelpRoot, accept='application/json', renderer='json', permission=NO_PERMISSION_REQUIRED)
def list_help(help_root, request):
    """List what there is help about."""
    return {
        'help': [
            {'name': client.name, 'title': _title(client), 'url': path_url(request, 'help', client.name)}
            for client in help_root.fragments()
        ]
    }


def includeme(config):
    config.add_client('help', action='help', resource=HelpRoot, tab='Help', icon='help', needs_sign_in=False)
    config.scan(__name__)
