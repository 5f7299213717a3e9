"""The editor client: any file as text, saved only over the version that was opened."""

import re

from pyramid.httpexceptions import HTTPFound, HTTPSeeOther
from pyramid.view import view_config

from ivle.errors import BadRequest, IvleError
from ivle.hosts.files import Files
from ivle.resources.base import path_url
from ivle.resources.edit import EditHome, EditPlace, EditRoot
from ivle.security.permissions import Permission
from ivle.text import ENCODINGS, LINE_ENDINGS, CannotEncode, Text, read_text, write_text
from ivle.views import wire
from ivle.views.browser.browse import crumbs_of, revision_of, revision_query, serve_url
from ivle.views.browser.words import is_in_working_copy

CHUNK = 1 << 16


def files_of(request):
    return Files(request.registry.ivle)


def files_url(place, request, view=None, query=''):
    return path_url(request, 'files', place.login, *place.parts, view=view, query=query)


@view_config(context=EditRoot, permission=Permission.USE_SITE)
def choose(homes, request):
    """Send a person who names no file to their files, where one is chosen."""
    return HTTPFound(path_url(request, 'files', request.identity.login))


@view_config(context=EditHome, permission=Permission.READ_FILES)
def choose_below(home, request):
    """Send a person who names a home to its files."""
    return HTTPFound(files_url(home, request))


def open_text(place, request):
    """Return (what the file is, its Text); IvleError `too-large` when that is more than can be edited."""
    limit = request.registry.ivle.edit_limit
    info, body = files_of(request).read(place.open('edit'), place.path, revision_of(request), limit=limit)
    with body:
        if info['size'] > limit:
            raise IvleError(
                'This file is too large for the editor. Download it, and work on it where you are.', code='too-large', status=413
            )
        return info, read_text(body.read())


# Twice: the second line is for callers that take anything, and says to methods that nobody knows which there are. The
# others name their method, or one that only fits in `Accept` would stand before a save.
@view_config(
    context=EditPlace,
    permission=Permission.READ_FILES,
    renderer='ivle:templates/edit.pt',
    accept='text/html',
    request_method='GET',
)
@view_config(context=EditPlace, permission=Permission.READ_FILES, renderer='ivle:templates/edit.pt')
def edit(place, request):
    """Show a file in the editor; a directory is shown by the file browser, a file too large by its details."""
    revision = revision_of(request)
    known = files_of(request).list(place.open('edit'), place.path, revision)
    if known['kind'] == 'directory':
        return HTTPFound(files_url(place, request, query=revision_query(revision)))
    try:
        info, text = open_text(place, request)
    except IvleError as error:
        if error.code != 'too-large':
            raise
        request.session.flash(error.message)
        return HTTPFound(files_url(place, request, view='about', query=revision_query(revision)))
    return page(place, request, {**known, **info}, text)


@view_config(
    context=EditPlace, permission=Permission.READ_FILES, accept='application/json', request_method='GET', renderer='json'
)
def read(place, request):
    """Return a file's text, with what is needed to save it back as it was."""
    info, text = open_text(place, request)
    return {
        'owner': place.login,
        'path': place.path,
        'access': 'write' if is_writable(place, request) else 'read',
        'etag': info['etag'],
        'modified': info['modified'],
        'text': text.text,
        'encoding': text.encoding,
        'line_ending': text.line_ending,
    }


def is_writable(place, request):
    return place.is_own and revision_of(request) is None


def page(place, request, info, text, theirs=None, refusal=None):
    """Return what edit.pt shows.

    When saving met a conflict, `theirs` is the Text that stands in the file now; when it was refused, `refusal` says why.
    """
    clients = request.registry.clients
    name = place.parts[-1]
    may_write = is_writable(place, request)
    return {
        'title': name,
        'crumbs': crumbs_of(place, request),
        'place': place,
        'text': text,
        'theirs': theirs,
        'refusal': refusal,
        'is_unsaved': theirs is not None or refusal is not None,
        'etag': info['etag'],
        'may_write': may_write,
        'revision': revision_of(request),
        'is_versioned': is_in_working_copy(info.get('version') or {'state': 'none'}),
        'url': path_url(request, 'edit', place.login, *place.parts),
        'directory': path_url(request, 'files', place.login, *place.parts[:-1]),
        'about': files_url(place, request, view='about'),
        'log': files_url(place, request, view='log'),
        'diff': files_url(place, request, view='diff'),
        'serve': serve_url(place, request, 'text') if may_write else None,
        'console': path_url(request, 'console') if may_write and clients.by_name('console') else None,
        'is_program': name.endswith('.py'),
        'working_directory': '/' + '/'.join(place.parts[:-1]),
    }


@view_config(
    context=EditPlace,
    request_method='POST',
    methods=('POST',),
    permission=Permission.WRITE_FILES,
    renderer='ivle:templates/edit.pt',
)
def save_form(place, request):
    """Save what a plain form sends. A conflict shows both versions, and loses neither."""
    given = wire.fields(request)
    etag = wire.text_field(given, 'etag', limit=64)
    typed = wire.text_field(given, 'text', limit=4 * request.registry.ivle.edit_limit)
    encoding, line_ending = wire.text_field(given, 'encoding', ''), wire.text_field(given, 'line_ending', '')
    if encoding not in ENCODINGS or line_ending not in LINE_ENDINGS:
        raise BadRequest('encoding or line_ending is none that the editor gave.')
    mine = Text(typed.replace('\r\n', '\n'), encoding, line_ending)
    over = {'if_match': etag} if etag else {'if_none_match': '*'}
    try:
        files_of(request).write(place.open('edit'), place.path, [write_text(typed, encoding, line_ending)], **over)
    except CannotEncode as error:
        sentence = f'This file is kept in {encoding}, which has no {error.character}. Take it out, and save again.'
        return unsaved_page(place, request, mine, etag, sentence, 422)
    except IvleError as error:
        if error.code == 'stale':
            return conflict_page(place, request, mine, etag)
        return unsaved_page(place, request, mine, etag, error.message, error.status)
    request.session.flash('Saved.')
    return HTTPSeeOther(path_url(request, 'edit', place.login, *place.parts))


def unsaved_page(place, request, mine, etag, sentence, status):
    """Return the page again with the text that could not be saved, and why: an error page would have lost it."""
    request.response.status_int = status
    return page(place, request, {'etag': etag}, mine, refusal=sentence)


def conflict_page(place, request, mine, etag):
    """Return the page with one's own text and the one that stands in the file now."""
    try:
        known = files_of(request).list(place.open('edit'), place.path)
        info, theirs = open_text(place, request)
    except IvleError as error:
        if error.status != 404:
            return unsaved_page(place, request, mine, etag, error.message, error.status)
        sentence = 'This file was deleted or renamed while you worked on it. Saving now makes it again.'
        return unsaved_page(place, request, mine, '', sentence, 409)
    request.response.status_int = 409
    return page(place, request, {**known, **info}, mine, theirs=theirs)


@view_config(context=EditPlace, request_method='PUT', methods=('PUT',), permission=Permission.WRITE_FILES, renderer='json')
def save(place, request):
    """Save the bytes of the body: over the version `If-Match` names, or as a new file with `If-None-Match: *`."""
    if_match, if_none_match = preconditions(request)
    if (request.content_length or 0) > request.registry.ivle.upload_limit:
        raise IvleError('That is larger than this site takes.', code='too-large', status=413)
    chunks = iter(lambda: request.body_file.read(CHUNK), b'')
    done = files_of(request).write(place.open('edit'), place.path, chunks, if_match=if_match, if_none_match=if_none_match)
    request.response.status_int = 201 if done['created'] else 200
    request.response.etag = done['etag']
    return {'etag': done['etag']}


def preconditions(request):
    """Return (etag or None, '*' or None) of a save; without either nobody knows what it would overwrite."""
    match, none_match = request.headers.get('If-Match'), request.headers.get('If-None-Match')
    if match is None and none_match is None:
        message = 'Say what is replaced: send If-Match with the etag that was read, or If-None-Match: * for a new file.'
        raise IvleError(message, code='precondition-required', status=428)
    if match is not None and none_match is not None:
        raise BadRequest('Send If-Match or If-None-Match, not both.')
    if none_match is not None:
        if none_match.strip() != '*':
            raise BadRequest('If-None-Match is * here: the file must not exist yet.')
        return None, '*'
    strong = re.fullmatch(r'\s*"([!#-~]{1,64})"\s*', match)
    if not strong:
        raise BadRequest('If-Match is one etag in double quotes, as reading the file gave it.')
    return strong[1], None


def includeme(config):
    config.add_client(
        'editor',
        action='edit',
        resource=EditRoot,
        tab='Edit',
        title='The editor',
        icon='edit',
        help='ivle:templates/help/editor.pt',
    )
    config.scan(__name__)
