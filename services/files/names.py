"""Names: which a file may have, how one travels in JSON, and how an unprintable one is shown."""

import re

from services.files.errors import Trouble

LONGEST_NAME_BYTES = 255
LONGEST_PATH_BYTES = 4096
DEEPEST_PATH = 64

_HEX = re.compile(r'(?:[0-9a-f]{2}){1,255}')
# C0 controls, DEL and C1 controls: no terminal, log or page can show them.
_CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')
# Line and paragraph separators, and the marks that turn the direction of text and so disguise a name.
_DISGUISE = re.compile(r'[\u2028\u2029\u202a-\u202e\u2066-\u2069]')
_LONE_SURROGATE = re.compile(r'[\ud800-\udc7f\udd00-\udfff]')


def new_name(text):
    """Return `text` when it can name a new file or directory; Trouble 'bad-name' says what is wrong with it."""
    if type(text) is not str or not text:
        raise Trouble('bad-name', 'A name has at least one character.')
    if '/' in text or text in ('.', '..', '.svn'):
        raise Trouble('bad-name', f'"{shown(text)}" cannot be used as a name.', name=shown(text))
    if _CONTROL.search(text) or _DISGUISE.search(text):
        raise Trouble('bad-name', 'A name cannot hold control characters or line ends.', name=shown(text))
    if text.startswith('@@'):
        raise Trouble('bad-name', 'A name cannot start with "@@": the site uses such names itself.', name=text)
    try:
        length = len(text.encode('utf-8'))
    except UnicodeEncodeError:
        raise Trouble('bad-name', 'That name is not proper Unicode text.') from None
    if length > LONGEST_NAME_BYTES:
        raise Trouble('bad-name', f'A name can have at most {LONGEST_NAME_BYTES} bytes; this one has {length}.')
    return text


def existing_name(value):
    """Return the name of something that is there, from a JSON string or `{"raw": hex}`, as the os module writes it.

    What no file can be called, and Subversion's own directory, is simply not there.
    """
    if type(value) is dict and set(value) == {'raw'} and type(value['raw']) is str and _HEX.fullmatch(value['raw']):
        name = bytes.fromhex(value['raw']).decode('utf-8', 'surrogateescape')
    elif type(value) is str:
        name = value
    else:
        raise Trouble('bad-request', 'A name is a string.')
    try:
        length = len(name.encode('utf-8', 'surrogateescape'))
    except UnicodeEncodeError:
        raise Trouble('bad-name', 'That name is not proper Unicode text.') from None
    if not name or '/' in name or '\0' in name or name in ('.', '..'):
        raise Trouble('bad-name', f'"{shown(name)}" cannot be the name of anything.')
    if name == '.svn' or length > LONGEST_NAME_BYTES:
        raise Trouble('not-found', f'There is no "{shown(name[:80])}" here.')
    return name


def segments(path):
    """Return the names along a `/`-separated path below the home; Trouble 'bad-path' for anything doubtful.

    A segment in the form `{"raw": hex}` cannot stand in a path: what lies below such a directory is reached by renaming it.
    """
    if type(path) is not str or len(path) > LONGEST_PATH_BYTES:
        raise Trouble('bad-path', 'That path cannot be used.')
    parts = [] if path == '' else path.split('/')
    if len(parts) > DEEPEST_PATH or any(part in ('', '.', '..') or '\0' in part for part in parts):
        raise Trouble('bad-path', 'That path cannot be used.')
    for part in parts:
        existing_name(part)
    return parts


def check_depth(depth):
    """Trouble 'too-large' for directories that are nested more deeply than any path reaches.

    A program can nest thousands; each would cost a descriptor and a call.
    """
    if depth > DEEPEST_PATH:
        raise Trouble('too-large', f'There are more than {DEEPEST_PATH} directories inside each other. Nothing was changed.')


def is_plain(name):
    """Return whether a name can stand in a URL as it is; others travel as raw bytes."""
    return not name.startswith('@@') and not _CONTROL.search(name) and _is_text(name)


def described(name):
    """Return the JSON fields that give a name: `name`, and `raw` when the name cannot stand in a URL."""
    if is_plain(name):
        return {'name': name}
    return {'name': shown(name), 'raw': name.encode('utf-8', 'surrogateescape').hex()}


def shown(name):
    """Return a name as text that can be printed anywhere: odd bytes and control characters as backslash escapes."""
    # Surrogates of the escape handler stand for single bytes; any other could not be encoded at all.
    text = _LONE_SURROGATE.sub('\ufffd', name).encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')
    return _CONTROL.sub(lambda match: f'\\x{ord(match[0]):02x}', text)


def _is_text(name):
    try:
        name.encode('utf-8')
    except UnicodeEncodeError:
        return False
    return True
