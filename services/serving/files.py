"""Files: a static file sent as it is, if its type is one that is served."""

import hashlib
import os
import time

from ivle import chat
from services.serving.finding import Refusal

CHUNK = 256 * 1024

# The static types that are served. A name with another ending is served as plain text if it is text, else not at all.
_ENDINGS = {
    'text/html': 'html htm',
    'text/css': 'css',
    'text/csv': 'csv',
    'text/plain': 'txt',
    'text/javascript': 'js mjs',
    'application/json': 'json',
    'application/pdf': 'pdf',
    'application/postscript': 'ps',
    'application/wasm': 'wasm',
    'application/xhtml+xml': 'xhtml',
    'application/xml': 'xml',
    'application/zip': 'zip',
    'audio/flac': 'flac',
    'audio/midi': 'mid midi',
    'audio/mp4': 'm4a',
    'audio/mpeg': 'mp3',
    'audio/ogg': 'ogg oga opus',
    'audio/wav': 'wav',
    'font/otf': 'otf',
    'font/ttf': 'ttf',
    'font/woff': 'woff',
    'font/woff2': 'woff2',
    'image/avif': 'avif',
    'image/bmp': 'bmp',
    'image/gif': 'gif',
    'image/jpeg': 'jpg jpeg',
    'image/png': 'png',
    'image/svg+xml': 'svg',
    'image/vnd.microsoft.icon': 'ico',
    'image/webp': 'webp',
    'video/mp4': 'mp4 m4v',
    'video/ogg': 'ogv',
    'video/webm': 'webm',
}
TYPES = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}


def type_of(target):
    """Return the media type a static file is served as; Refusal when it is not served."""
    _, dot, ending = target.path.rpartition('/')[2].rpartition('.')
    if dot and ending.lower() in TYPES:
        return TYPES[ending.lower()]
    start = os.pread(target.descriptor, CHUNK, 0)
    # The last character may be cut in the middle.
    text = start.decode('utf-8', 'ignore').encode('utf-8')
    if b'\0' in start or len(start) - len(text) > 3 or not start.startswith(text):
        raise Refusal('forbidden', 'Files of this type are not served as pages. They can be downloaded.')
    return 'text/plain'


def chunks_of(descriptor, size):
    """Yield the first `size` bytes of a file."""
    offset = 0
    while offset < size:
        chunk = os.pread(descriptor, min(CHUNK, size - offset), offset)
        if not chunk:
            return
        offset += len(chunk)
        yield chunk


def send_file(connection, target):
    """Answer with a static file."""
    kind, facts = type_of(target), os.fstat(target.descriptor)
    digest = hashlib.sha256()
    for chunk in chunks_of(target.descriptor, facts.st_size):
        digest.update(chunk)
    modified = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(max(0, facts.st_mtime)))
    described = {'type': kind, 'size': facts.st_size, 'etag': digest.hexdigest()[:32], 'modified': modified, 'path': target.path}
    chat.write_value(connection, {'okay': {'kind': 'static', **described}})
    chat.write_data(connection, chunks_of(target.descriptor, facts.st_size))
