"""Change directories: make, rename, move, copy, delete, restore, upload. Each answers JSON, or sends a browser back."""

from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict, IvleError
from ivle.guard import QUERY_LIMIT
from ivle.hosts.files import Files
from ivle.resources.base import path_url
from ivle.resources.files import FilesHome, FilesPlace
from ivle.security.permissions import Permission
from ivle.views import wire
from ivle.views.browser.browse import crumbs_of, directory_page, look
from ivle.views.browser.words import room_in_words, time_in_words

NAME_LIMIT = 1000
PATH_LIMIT = 4000
CHANGE = {'context': FilesPlace, 'methods': ('POST',), 'permission': Permission.WRITE_FILES}
# The forms of the menu New: a refusal stands in the page of the directory, beside the field it is about.
NEW = {**CHANGE, 'renderer': 'ivle:templates/files.pt'}


def files_of(request):
    return Files(request.registry.ivle)


def here(place, request):
    return path_url(request, 'files', place.login, *place.parts)


def beside(field, place, request, refusal):
    """Return the page of the directory with `refusal` beside a field of its menu New; raise it for those who see no such page."""
    if wire.wants_json(request) or refusal.status >= 500:
        raise refusal
    found = look(place, request)
    if found['kind'] != 'directory':
        raise refusal
    request.response.status_int = refusal.status
    return {
        **directory_page(place, request, found),
        'problem': {'field': field, 'message': refusal.message},
        'given': request.POST,
    }


def name_in(given, field):
    """Return one file name: text, or {"raw": hex} for one that is not text."""
    return wire.names_field({field: [given.get(field)]}, field)[0]


def directory_in(given, field='to'):
    """Return a directory path in the same home, without its outer slashes; the empty path is the home."""
    path = wire.text_field(given, field, limit=PATH_LIMIT).strip('/')
    if any(part in ('', '.', '..') for part in path.split('/')) and path:
        raise BadRequest('Write the path of a directory of yours, such as /151/proj1.')
    return path


@view_config(name='mkdir', **NEW)
def make_directory(place, request):
    """Make a directory."""
    try:
        name = wire.text_field(wire.fields(request), 'name', limit=NAME_LIMIT)
        files_of(request).mkdir(place.open('change'), place.path, name)
    except IvleError as refusal:
        return beside('directory', place, request, refusal)
    return wire.answer(request, {'name': name}, to=here(place, request), message=f'Made the directory {name}.', status=201)


@view_config(name='new-file', **NEW)
def make_file(place, request):
    """Make an empty file, and open it."""
    try:
        name = wire.text_field(wire.fields(request), 'name', limit=NAME_LIMIT)
        done = _make_empty_file(place, request, name)
    except IvleError as refusal:
        return beside('file', place, request, refusal)
    to = path_url(request, 'files', place.login, *place.parts, name)
    return wire.answer(request, {'name': name, 'etag': done['etag']}, to=to, status=201)


def _make_empty_file(place, request, name):
    # The path of the file is asked for, so what no path can name has to be told apart from what is not there.
    if '/' in name or place.child(name) is None:
        raise BadRequest('A file cannot have that name. Choose a shorter or plainer one, without a slash.', code='bad-name')
    path = '/'.join((*place.parts, name))
    try:
        return files_of(request).write(place.open('change'), path, [], if_none_match='*')
    except IvleError as error:
        if error.code != 'stale':
            raise
        raise Conflict(
            f'There is already something called {name} here. Choose another name.', code='exists', names=[name]
        ) from error


@view_config(name='rename', **CHANGE)
def rename(place, request):
    """Give one thing another name. A form sends the chosen row as `names` and the new name as `new_name`."""
    given = wire.fields(request)
    if 'from' in given:
        old, new = name_in(given, 'from'), wire.text_field(given, 'to', limit=NAME_LIMIT)
    else:
        chosen = wire.names_field(given)
        if len(chosen) != 1:
            raise BadRequest('Choose one file or directory to rename: each needs a name of its own.')
        old, new = chosen[0], wire.text_field(given, 'new_name', limit=NAME_LIMIT)
    files_of(request).rename(place.open('change'), place.path, old, new)
    return wire.answer(request, {}, to=here(place, request), message=f'Renamed to {new}.')


@view_config(name='move', **CHANGE)
def move(place, request):
    """Move things to another directory of the same home."""
    given = wire.fields(request)
    names, to = wire.names_field(given), directory_in(given)
    files_of(request).move(place.open('change'), place.path, names, to)
    return wire.answer(request, {}, to=here(place, request), message=f'Moved {in_number(names)} to /{to}.')


@view_config(name='copy', **CHANGE)
def copy(place, request):
    """Copy things to another directory of the same home."""
    given = wire.fields(request)
    names, to = wire.names_field(given), directory_in(given)
    files_of(request).copy(place.open('change'), place.path, names, to)
    return wire.answer(request, {}, to=here(place, request), message=f'Copied {in_number(names)} to /{to}.')


@view_config(name='delete', **CHANGE)
def delete(place, request):
    """Put things into the trash."""
    names = wire.names_field(wire.fields(request))
    done = files_of(request).delete(place.open('change'), place.path, names)
    message = f'Moved {in_number(names)} to the trash, from where they can be restored.'
    return wire.answer(request, {'trash': done['trash']}, to=here(place, request), message=message)


@view_config(name='restore', **CHANGE)
def restore(place, request):
    """Put what one deletion took back where it was."""
    trash = wire.text_field(wire.fields(request), 'trash', limit=NAME_LIMIT)
    done = files_of(request).restore(place.open('change'), place.path, trash)
    to = path_url(request, 'files', place.login, *filter(None, done['path'].split('/')))
    return wire.answer(request, {'path': done['path']}, to=to, message='Restored.')


@view_config(context=FilesHome, name='trash', permission=Permission.WRITE_FILES, accept='application/json', renderer='json')
def list_trash(home, request):
    """Return what was deleted, newest first."""
    return files_of(request).trash(home.open('trash'), '')


@view_config(
    context=FilesHome, name='trash', permission=Permission.WRITE_FILES, accept='text/html', renderer='ivle:templates/trash.pt'
)
@view_config(context=FilesHome, name='trash', permission=Permission.WRITE_FILES, renderer='ivle:templates/trash.pt')
def show_trash(home, request):
    """Show what was deleted, newest first, each with a button that puts it back."""
    found = files_of(request).trash(home.open('trash'), '')
    rows = [
        {**item, 'deleted_words': time_in_words(item['deleted']), 'names': [shown_name(name) for name in item['names']]}
        for item in found['items']
    ]
    return {
        'title': 'Trash',
        'crumbs': crumbs_of(home, request, tail='Trash'),
        'rows': rows,
        'restore': path_url(request, 'files', home.login, view='restore'),
        'purge': path_url(request, 'files', home.login, view='purge'),
        'room': room_in_words(found.get('disk')),
    }


@view_config(context=FilesHome, name='purge', methods=('POST',), permission=Permission.WRITE_FILES)
def purge(home, request):
    """Delete for good what lies in the trash: all of it, or what one deletion took."""
    given = wire.fields(request)
    trash = wire.text_field(given, 'trash', limit=NAME_LIMIT) if given.get('trash') is not None else None
    done = files_of(request).purge(home.open('change'), '', trash)
    to = path_url(request, 'files', home.login, view='trash')
    return wire.answer(request, {'purged': done['purged']}, to=to, message='The trash is empty.' if trash is None else 'Deleted.')


@view_config(name='upload', **NEW)
def upload(place, request):
    """Take in files; nothing that exists is overwritten, and all or none of them are kept."""
    try:
        saved = _take_in(place, request)
    except IvleError as refusal:
        return beside('upload', place, request, refusal)
    return wire.answer(request, {'saved': saved}, to=here(place, request), message=f'Uploaded {in_number(saved)}.')


def _take_in(place, request):
    # A form without a chosen file sends an empty string in the place of one.
    parts = [part for part in request.POST.getall('files') if hasattr(part, 'filename')]
    if not parts:
        raise BadRequest('Choose at least one file to upload.')
    taken = [(plain_name(part.filename), part.file) for part in parts]
    unpack = request.POST.get('unpack', '') in ('1', 'true', 'on', 'yes')
    return files_of(request).upload(place.open('change'), place.path, taken, unpack)['saved']


@view_config(name='download', **CHANGE)
def download_chosen(place, request):
    """Send a form's choice on to the download client, which packs it."""
    names = [name for name in wire.names_field(wire.fields(request)) if isinstance(name, str)]
    if not names:
        raise BadRequest('Names that cannot be used in an address are downloaded with their whole directory.')
    query = urlencode([('name', name) for name in names])
    if len(query) > QUERY_LIMIT:
        raise BadRequest('Those are too many to download by name. Choose fewer, or download the whole directory.')
    return HTTPSeeOther(path_url(request, 'download', place.login, *place.parts, query=query))


def plain_name(filename):
    """Return the last part of a name that some browsers send with its whole path."""
    return filename.replace('\\', '/').rpartition('/')[2]


def shown_name(name):
    """Return a listed name as text, whatever its bytes."""
    return name if isinstance(name, str) else bytes.fromhex(name['raw']).decode('utf-8', 'backslashreplace')


def in_number(names):
    """Return 'hello.py' for one name, '3 things' for more."""
    return shown_name(names[0]) if len(names) == 1 else f'{len(names)} things'
