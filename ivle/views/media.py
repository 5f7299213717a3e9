"""The media client: static files of the site and of each client, cacheable for a year by version."""

import functools
import gzip
import hashlib
import mimetypes
import os
from pathlib import Path

from pyramid.path import AssetResolver
from pyramid.response import FileResponse, Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from ivle.errors import NotFound
from ivle.resources.media import MediaFile, MediaRoot

SITE_MEDIA = 'ivle:media/dist'
_COMPRESSIBLE = ('text/', 'application/javascript', 'application/json', 'image/svg+xml')


@view_config(context=MediaFile, permission=NO_PERMISSION_REQUIRED)
def send(media, request):
    """Send one static file, compressed where that helps."""
    path = _find(request.registry, *media.parts)
    if path is None:
        raise NotFound()
    content_type = mimetypes.guess_type(path.name)[0] or 'application/octet-stream'
    if content_type.startswith(_COMPRESSIBLE) and request.accept_encoding.acceptable_offers(['gzip']):
        response = Response(_compressed(str(path), path.stat().st_mtime_ns), content_type=content_type, charset='utf-8')
        response.content_encoding = 'gzip'
    else:
        response = FileResponse(str(path), request=request, content_type=content_type)
    response.vary = ['Accept-Encoding']
    current = media.version == request.registry.media_version
    response.headers['Cache-Control'] = 'public, max-age=31536000, immutable' if current else 'public, max-age=60'
    # Opened by itself, a drawing runs nothing.
    response.headers['Content-Security-Policy'] = "default-src 'none'"
    return response


def _folders(registry):
    folders = {'ivle': SITE_MEDIA}
    folders.update((client.name, client.media) for client in registry.clients if client.media)
    return {name: Path(AssetResolver().resolve(asset).abspath()) for name, asset in folders.items()}


def _find(registry, name, *parts):
    folder = registry.media_folders.get(name)
    if folder is None or not parts:
        return None
    path = folder.joinpath(*parts).resolve()
    # Not `is_file`, to which a name longer than names can be is an error.
    return path if path.is_relative_to(folder.resolve()) and os.path.isfile(path) else None


@functools.lru_cache(maxsize=512)
def _compressed(path, modified):
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


def _version(folders):
    digest = hashlib.sha256()
    for name, folder in sorted(folders.items()):
        for path in sorted(path for path in folder.rglob('*') if path.is_file()):
            digest.update(f'{name} {path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}\n'.encode())
    return digest.hexdigest()[:12]


def find_media(config):
    """Note where each client's files are, and one version for all of them."""
    config.registry.media_folders = _folders(config.registry)
    config.registry.media_version = _version(config.registry.media_folders)


def includeme(config):
    config.add_client('media', action='media', resource=MediaRoot, needs_sign_in=False)
    # After every client has registered, whatever the order in the ini file.
    config.action('ivle.media', functools.partial(find_media, config), order=10)
    config.scan(__name__)
