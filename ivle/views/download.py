"""The download client: the bytes of files as attachments, of directories and selections as a zip. Nothing is ever run."""

import re
from urllib.parse import quote

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from ivle.errors import BadRequest, IvleError
from ivle.hosts.files import Files
from ivle.resources.base import path_url
from ivle.resources.download import DownloadPlace, DownloadRoot
from ivle.security.permissions import Permission
from ivle.views.sending import refuse_active_use, send_file

# What a page of ours may show inside itself. SVG is missing, as it can hold programs.
_SHOWN_INSIDE = {
    'image': {'png', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'vnd.microsoft.icon'},
    'audio': {'mpeg', 'mp4', 'ogg', 'wav', 'x-wav', 'flac', 'x-flac', 'webm', 'aac', 'midi'},
    'video': {'mp4', 'webm', 'ogg'},
}
_SANDBOX = "default-src 'none'; sandbox"


@view_config(context=DownloadRoot, permission=Permission.USE_SITE)
def choose(homes, request):
    """Send a person to the download of their own home."""
    return HTTPSeeOther(path_url(request, 'download', request.identity.login))


@view_config(context=DownloadPlace, permission=Permission.READ_FILES)
def download(place, request):
    """Send a file as it is, or pack a directory or the names chosen in it."""
    refuse_active_use(request)
    files = Files(request.registry.ivle)
    names, revision = _chosen_names(request), _revision(request)
    if not names:
        try:
            # A picture inside one of our pages is no more than a look at that page.
            view = place.open('read' if request.GET.get('inline') == '1' else 'download')
            return _file(place, request, *files.read(view, place.path, revision))
        except IvleError as error:
            if error.code != 'is-a-directory':
                raise
    if revision is not None:
        raise BadRequest('A directory can only be downloaded as it is now. Name a file, or leave the revision out.')
    return _zip(place, request, files.zip(place.open('download'), place.path, names or None))


def _file(place, request, info, body):
    family, _, member = info['type'].partition('/')
    inside = request.GET.get('inline') == '1' and member in _SHOWN_INSIDE.get(family, ())
    content_type = info['type'] if inside else 'application/octet-stream'
    how = 'inline' if inside else 'attachment'
    return send_file(request, body, info['size'], content_type, info['etag'], _headers(how, place.__name__))


def _zip(place, request, body):
    size = body.seek(0, 2)
    body.seek(0)
    name = (place.parts[-1] if place.parts else place.login) + '.zip'
    return send_file(request, body, size, 'application/zip', headers=_headers('attachment', name))


def _headers(how, name):
    return (
        ('Content-Disposition', content_disposition(how, name)),
        ('Content-Security-Policy', _SANDBOX),
        ('X-Content-Type-Options', 'nosniff'),
        # Kept, but asked for each time: who may read can change, and so can the file.
        ('Cache-Control', 'private, no-cache'),
    )


def content_disposition(how, name):
    """Return the header value that names a file, as RFC 6266 says: plain for old programs, in full for others."""
    plain = re.sub(r'[^A-Za-z0-9 ._()+=@~-]', '_', name)
    full = '' if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{how}; filename="{plain}"{full}'


def _chosen_names(request):
    """Return the names that the query chooses in a directory."""
    names = request.GET.getall('name')
    if any('/' in name or name in ('', '.', '..') for name in names):
        raise BadRequest('One of the names in the address is none that a file could have.')
    return names


def _revision(request):
    text = request.GET.get('revision', '')
    if text and not re.fullmatch(r'[0-9]{1,9}', text):
        raise BadRequest('The revision in the address is not a number.')
    return int(text) if text else None


def includeme(config):
    config.add_client(
        'download', action='download', resource=DownloadRoot, title='Downloading', help='ivle:templates/help/download.pt'
    )
    config.scan(__name__)
