"""The replies of the file service: their shapes, and what its refusals mean to a person."""

from ivle.errors import BadRequest, IvleError, NotFound, ServiceDown
from ivle.hosts.shapes import either, flag, many, maybe, one_of, record, text, whole
from ivle.usage import Usage

LONGEST_NAME = 1100
_NAME = text(LONGEST_NAME, r'[^/]+')
_WHEN = text(24, r'[0-9]{1,5}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z')
ETAG = text(32, r'[0-9a-f]{32}')
_TYPE = text(120, r'[a-z0-9.+-]+/[a-z0-9.+-]+')
_REVISION = whole(1 << 31)
_STATE = one_of(
    *('none', 'unversioned', 'normal', 'added', 'modified', 'deleted', 'missing', 'conflicted', 'ignored'),
    *('replaced', 'external', 'obstructed', 'incomplete'),
)
_FILE_KIND = one_of('image', 'audio', 'video', 'text', 'binary')
_VERSION = record({'state': _STATE, 'revision': maybe(_REVISION)})
_ENTRY = record(
    {
        'name': _NAME,
        'kind': one_of('directory', 'image', 'audio', 'video', 'text', 'binary'),
        'size': whole(),
        'modified': maybe(_WHEN),
        'version': _VERSION,
    },
    {'raw': text(510, r'(?:[0-9a-f]{2})+'), 'special': one_of('link', 'fifo', 'socket', 'device')},
)
_DISK = record({'used': whole(), 'limit': whole(), 'files': whole(), 'most_files': whole(), 'trash': whole(), 'hides': flag})
_DIRECTORY = record({'kind': one_of('directory'), 'entries': many(_ENTRY), 'version': _VERSION}, {'disk': _DISK})
_FILE = record(
    {'kind': _FILE_KIND, 'size': whole(), 'type': _TYPE, 'modified': maybe(_WHEN), 'etag': maybe(ETAG), 'version': _VERSION}
)
_CHANGE = record({'path': text(), 'action': text(4)})
_LOGGED = record({'revision': _REVISION, 'author': text(255), 'date': _WHEN, 'message': text(100_000), 'paths': many(_CHANGE)})
_TRASHED = record({'trash': text(64, r'[0-9a-z]+'), 'path': text(), 'names': many(_NAME), 'deleted': _WHEN})
_NOTHING = record({})

SHAPES = {
    'list': either('kind', {'directory': _DIRECTORY, None: _FILE}),
    'read': record({'kind': _FILE_KIND, 'size': whole(), 'type': _TYPE, 'etag': ETAG, 'modified': _WHEN}),
    'zip': record({'type': one_of('application/zip')}),
    'write': record({'etag': ETAG, 'created': flag}),
    'upload': record({'saved': many(_NAME)}),
    'mkdir': _NOTHING,
    'rename': _NOTHING,
    'move': _NOTHING,
    'copy': _NOTHING,
    'delete': record({'trash': text(64, r'[0-9a-z]+')}),
    'restore': record({'path': text()}),
    'trash': record({'items': many(_TRASHED)}, {'disk': _DISK}),
    'purge': record({'purged': whole()}),
    'svn_add': _NOTHING,
    'svn_remove': _NOTHING,
    'svn_revert': _NOTHING,
    'svn_resolve': _NOTHING,
    'svn_update': record({'revision': _REVISION, 'conflicts': many(text())}),
    'svn_commit': record({'revision': maybe(_REVISION)}),
    'svn_cleanup': _NOTHING,
    'svn_checkout': record({'revision': _REVISION}),
    'log': record({'revisions': many(_LOGGED)}),
    'diff': record({'files': many(record({'path': text(), 'diff': text(8 << 20)}))}),
}

# A sentence may hold two names.
_SENTENCE = text(2 * LONGEST_NAME + 400)
FAILURE = record(
    {'code': text(40, r'[a-z-]+'), 'message': _SENTENCE},
    {'etag': maybe(ETAG), 'names': many(text(LONGEST_NAME)), 'name': text(LONGEST_NAME), 'detail': text(600), 'disk': _DISK},
)

_STATUS = {
    'not-found': 404,
    'not-a-directory': 409,
    'is-a-directory': 409,
    'not-a-file': 409,
    'exists': 409,
    'stale': 412,
    'precondition-required': 428,
    'bad-name': 400,
    'bad-path': 400,
    'bad-request': 400,
    'too-large': 413,
    'disk-full': 507,
    'quota': 507,
    # To whoever may only read, there is nothing to change.
    'read-only': 403,
    'svn-conflict': 409,
    'svn-out-of-date': 409,
    'svn-not-versioned': 409,
    'svn-locked': 409,
    'svn-refused': 409,
    'svn-failed': 409,
    'too-many': 429,
}


def as_error(failure):
    """Return the IvleError for a refusal of the file service or of the daemon before it."""
    code, message = failure['code'], failure['message']
    if code == 'not-found':
        return NotFound()
    if code not in _STATUS:
        # internal, busy, sandbox-broken, and whatever else a broken box may say.
        return ServiceDown()
    if code == 'quota' and 'disk' in failure:
        message = f'{message} {Usage(**failure["disk"]).remedy}'
    kind = BadRequest if _STATUS[code] == 400 else IvleError
    extra = {key: failure[key] for key in ('etag', 'names', 'disk') if key in failure}
    return kind(message, code=code, status=_STATUS[code], **extra)
