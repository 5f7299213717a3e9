"""Kinds: what opening a file does: directory, image, audio, video, text or other binary."""

import codecs
import hashlib
import mimetypes
import os
import stat
from datetime import UTC, datetime

_SNIFFED_BYTES = 4096
_types = mimetypes.MimeTypes()

# What browsers can show; other pictures are downloads. SVG is left out: it is a program's text and opens in the editor.
_IMAGES = {'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp', 'image/avif', 'image/vnd.microsoft.icon'}
_MORE_TYPES = {
    '.webp': 'image/webp',
    '.avif': 'image/avif',
    '.ico': 'image/vnd.microsoft.icon',
    '.flac': 'audio/flac',
    '.ogg': 'audio/ogg',
    '.oga': 'audio/ogg',
    '.opus': 'audio/ogg',
    '.m4a': 'audio/mp4',
    '.ogv': 'video/ogg',
    '.webm': 'video/webm',
    '.m4v': 'video/mp4',
    '.md': 'text/markdown',
    '.rst': 'text/x-rst',
    '.csv': 'text/csv',
    '.log': 'text/plain',
    '.toml': 'text/plain',
    '.ini': 'text/plain',
    '.cfg': 'text/plain',
    '.ts': 'text/plain',
    '.java': 'text/plain',
    '.hs': 'text/plain',
    '.sql': 'text/plain',
}
_TEXT_TYPES = {
    'application/json',
    'application/javascript',
    'application/xml',
    'application/x-sh',
    'application/x-csh',
    'application/x-latex',
    'application/x-tex',
    'application/x-yaml',
    'application/yaml',
    'application/sql',
    'application/x-httpd-php',
    'image/svg+xml',
}


def type_of(name):
    """Return the MIME type a name promises, or None when it promises none."""
    extension = os.path.splitext(name)[1].lower()
    if extension in _MORE_TYPES:
        return _MORE_TYPES[extension]
    found, encoding = _types.guess_type('x' + extension, strict=False)
    return 'application/gzip' if encoding else found


def of_file(directory, name):
    """Return (kind, MIME type) of a regular file, by its name or else by its first bytes."""
    promised = type_of(name)
    if promised is None:
        return ('text', 'text/plain') if _looks_like_text(directory, name) else ('binary', 'application/octet-stream')
    return of_type(promised), promised


def of_type(mime):
    """Return the kind that goes with a MIME type."""
    family = mime.partition('/')[0]
    if mime in _IMAGES:
        return 'image'
    if family in ('audio', 'video'):
        return family
    if family == 'text' or mime in _TEXT_TYPES or mime.endswith(('+xml', '+json')):
        return 'text'
    return 'binary'


def of_bytes(name, content):
    """Return (kind, MIME type) of content that is not in a directory, such as an old revision."""
    promised = type_of(name)
    if promised is None:
        return ('text', 'text/plain') if is_text(content[:_SNIFFED_BYTES]) else ('binary', 'application/octet-stream')
    return of_type(promised), promised


def _looks_like_text(directory, name):
    try:
        descriptor = directory.open_file(name)
    except OSError:
        # A file its owner made unreadable still has to be listed.
        return False
    try:
        return is_text(os.read(descriptor, _SNIFFED_BYTES))
    finally:
        os.close(descriptor)


def is_text(beginning):
    """Return whether the first bytes of a file read as UTF-8 without NUL; the last character may be cut."""
    if b'\0' in beginning:
        return False
    try:
        codecs.getincrementaldecoder('utf-8')().decode(beginning)
    except UnicodeDecodeError:
        return False
    return True


def special(mode):
    """Return 'link', 'fifo', 'socket' or 'device' for what is shown but never opened, or None."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    for is_one, word in ((stat.S_ISLNK, 'link'), (stat.S_ISFIFO, 'fifo'), (stat.S_ISSOCK, 'socket')):
        if is_one(mode):
            return word
    return 'device'


def etag(content):
    """Return the etag of some bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def etag_of(descriptor):
    """Return the etag of an open file's whole content; the descriptor is left at its start."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    digest = hashlib.sha256()
    while block := os.read(descriptor, 1 << 18):
        digest.update(block)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return digest.hexdigest()[:32]


def moment(seconds):
    """Return a time stamp as ISO 8601 in UTC with a Z; one no calendar can hold becomes the epoch."""
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        when = datetime.fromtimestamp(0, UTC)
    return when.replace(microsecond=0, tzinfo=None).isoformat() + 'Z'
