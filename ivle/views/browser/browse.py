"""Show directories and files: listing, preview, details; text goes on to the editor."""

import re

from pyramid.httpexceptions import HTTPFound
from pyramid.view import view_config

from ivle.errors import BadRequest
from ivle.hosts.files import Files
from ivle.resources.base import path_url
from ivle.resources.files import FilesPlace, FilesRoot
from ivle.security.permissions import Permission
from ivle.views.browser import words

ROWS_OF_A_PAGE = 1000
SORTS = ('name', 'version', 'size', 'modified')


def revision_of(request, name='revision'):
    """Return the revision number the query names, or None."""
    return revision_in(name, request.GET.get(name, ''))


def revision_in(name, text):
    """Return the revision number in `text`, None when it is empty; BadRequest when it is none that a repository could have."""
    if text == '':
        return None
    if not (isinstance(text, str) and re.fullmatch('[0-9]{1,10}', text)):
        raise BadRequest(f'{name} is the number of a revision.')
    return int(text)


def revision_query(revision):
    return '' if revision is None else f'revision={revision}'


def crumbs_of(place, request, action='files', tail=None):
    """Return the breadcrumbs of a place: the home, each directory above, and the place itself (or a page of it)."""
    above = [('Files', path_url(request, 'files', place.login)) if place.is_own else (f'Files of {place.login}', None)]
    for depth, part in enumerate(place.parts, start=1):
        above.append((part, path_url(request, 'files', place.login, *place.parts[:depth])))
    if tail is None:
        return [*above[:-1], (above[-1][0], None)]
    return [*above, (tail, None)]


def title_of(place):
    if place.parts:
        return place.parts[-1]
    return 'Files' if place.is_own else f'Files of {place.login}'


def look(place, request):
    """Return what the host knows about a place, now or at the revision the query names."""
    return Files(request.registry.ivle).list(place.open('list'), place.path, revision_of(request))


@view_config(context=FilesRoot, permission=Permission.USE_SITE)
def open_own(homes, request):
    """Send a person to their own files."""
    return HTTPFound(path_url(request, 'files', request.identity.login))


@view_config(context=FilesPlace, permission=Permission.READ_FILES, accept='application/json', renderer='json')
def describe(place, request):
    """Return a directory's entries, or what a file is."""
    found = look(place, request)
    return {'owner': place.login, 'path': place.path, 'access': 'write' if place.is_own else 'read', **found}


# Twice: without the second line a caller that takes anything would be given JSON, and one that takes images nothing.
@view_config(context=FilesPlace, permission=Permission.READ_FILES, renderer='ivle:templates/files.pt', accept='text/html')
@view_config(context=FilesPlace, permission=Permission.READ_FILES, renderer='ivle:templates/files.pt')
def browse(place, request):
    """Show a directory, preview a file, or go on to the editor with a text."""
    found = look(place, request)
    if found['kind'] == 'directory':
        return directory_page(place, request, found)
    if found['kind'] == 'text' and request.registry.clients.by_name('editor') is not None:
        return HTTPFound(path_url(request, 'edit', place.login, *place.parts, query=revision_query(revision_of(request))))
    request.override_renderer = 'ivle:templates/preview.pt'
    return file_page(place, request, found)


@view_config(context=FilesPlace, name='about', permission=Permission.READ_FILES, renderer='ivle:templates/preview.pt')
def tell_about(place, request):
    """Show what is known about a file or directory, and what can be done with it."""
    return file_page(place, request, look(place, request))


def directory_page(place, request, found):
    """Return what files.pt shows of a directory."""
    revision = revision_of(request)
    sort, is_down = sort_of(request)
    entries = sorted(found['entries'], key=_key(sort), reverse=is_down)
    # Directories first, whatever the order within.
    entries.sort(key=lambda entry: entry['kind'] != 'directory')
    number, count = page_of(request, len(entries))
    shown = entries[(number - 1) * ROWS_OF_A_PAGE : number * ROWS_OF_A_PAGE]
    here = path_url(request, 'files', place.login, *place.parts)
    then = f'&{revision_query(revision)}' if revision is not None else ''
    return {
        'title': title_of(place),
        'crumbs': crumbs_of(place, request),
        'place': place,
        'here': here,
        'may_write': place.is_own and revision is None,
        'room': words.room_in_words(found.get('disk')),
        'revision': revision,
        'rows': [row_of(place, request, entry, revision) for entry in shown],
        'entry_count': len(entries),
        'pages': [
            (index, f'{here}?page={index}&sort={sort}{"&down=1" if is_down else ""}{then}', index == number)
            for index in range(1, count + 1)
        ]
        if count > 1
        else [],
        'sorts': [
            (name, f'{here}?sort={name}{"" if is_down or name != sort else "&down=1"}{then}', name == sort, is_down)
            for name in SORTS
        ],
        'is_versioned': is_working_copy(found),
        'can_serve': place.is_own and request.registry.clients.by_name('exec') is not None,
        'can_download': request.registry.clients.by_name('download') is not None,
        # What a form of the menu New was refused for, and what was typed there.
        'problem': {'field': None},
        'given': {},
    }


def is_working_copy(found):
    """Return True when versions of a directory can be saved.

    One name that Subversion cannot read hides the state of the directory itself; then its files tell. Its directories
    do not: they can be working copies of their own.
    """
    files = [entry for entry in found['entries'] if entry['kind'] != 'directory']
    return any(words.is_in_working_copy(item['version']) for item in (found, *files))


def page_of(request, entry_count):
    """Return (number of the page the query asks for, number of pages)."""
    count = max(1, -(-entry_count // ROWS_OF_A_PAGE))
    text = request.GET.get('page', '1')
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), count), count


def sort_of(request):
    """Return (column, is descending) as the query asks."""
    sort = request.GET.get('sort', 'name')
    return (sort if sort in SORTS else 'name'), request.GET.get('down') == '1'


def _key(sort):
    keys = {
        'name': _by_name,
        'version': lambda entry: (words.version_in_words(entry['version'])[0], _by_name(entry)),
        'size': lambda entry: (entry['size'] or 0, _by_name(entry)),
        'modified': lambda entry: (entry['modified'] or '', _by_name(entry)),
    }
    return keys[sort]


def _by_name(entry):
    return entry['name'].casefold(), entry['name']


def row_of(place, request, entry, revision=None):
    """Return one row of a listing. What cannot stand in an address is shown without a link."""
    is_reachable = 'raw' not in entry and 'special' not in entry
    state, weight = words.version_in_words(entry['version'])
    parts = (*place.parts, entry['name'])
    query = revision_query(revision)
    return {
        'name': entry['name'],
        'kind': entry['kind'],
        'icon': words.icon_of(entry),
        'url': path_url(request, 'files', place.login, *parts, query=query) if is_reachable else None,
        'about': path_url(request, 'files', place.login, *parts, view='about', query=query) if is_reachable else None,
        'why_not': words.SPECIALS.get(entry.get('special'))
        or ('Its name cannot be used in an address: rename it.' if 'raw' in entry else None),
        'field': 'names_raw' if 'raw' in entry else 'names',
        'value': entry.get('raw', entry['name']),
        'size': words.size_in_words(None if entry['kind'] == 'directory' else entry['size']),
        'size_in_bytes': entry['size'] or 0,
        'modified': entry['modified'],
        'modified_words': words.time_in_words(entry['modified']),
        'state': state,
        'weight': weight,
        'is_versioned': words.is_in_working_copy(entry['version']),
        'can_serve': is_reachable and words.can_be_served(entry['name'], entry['kind']),
    }


def file_page(place, request, found):
    """Return what preview.pt shows of one thing."""
    revision = revision_of(request)
    query = revision_query(revision)
    clients = request.registry.clients
    is_directory = found['kind'] == 'directory'
    inline = '&'.join(filter(None, (query, 'inline=1')))
    # A directory is sent as it is now, or not at all.
    is_sent = clients.by_name('download') is not None and not (is_directory and query)
    return {
        'title': title_of(place),
        'crumbs': crumbs_of(place, request),
        'place': place,
        'kind': found['kind'],
        'type': found.get('type'),
        'size': words.size_in_words(found.get('size')),
        'modified': found.get('modified'),
        'modified_words': words.time_in_words(found.get('modified')),
        'version': words.version_in_words(found['version']),
        'is_versioned': words.is_in_working_copy(found['version']),
        'revision': revision,
        'directory': path_url(request, 'files', place.login, *place.parts[:-1]),
        'inline': path_url(request, 'download', place.login, *place.parts, query=inline),
        'download': path_url(request, 'download', place.login, *place.parts, query=query) if is_sent else None,
        'open': path_url(request, 'files', place.login, *place.parts, query=query) if is_directory else None,
        'edit': path_url(request, 'edit', place.login, *place.parts, query=query)
        if clients.by_name('editor') and not is_directory
        else None,
        'serve': serve_url(place, request, found['kind']),
        'log': path_url(request, 'files', place.login, *place.parts, view='log'),
        'diff': path_url(request, 'files', place.login, *place.parts, view='diff'),
    }


def serve_url(place, request, kind):
    """Return where one's own program or page is served, or None."""
    can_be_served = bool(place.parts) and words.can_be_served(place.parts[-1], kind)
    if not (place.is_own and can_be_served and request.registry.clients.by_name('exec')):
        return None
    return path_url(request, 'serve', place.login, *place.parts) + ('/' if kind == 'directory' else '')
