"""Subversion: save a version, update, undo, history, differences."""

from pyramid.view import view_config

from ivle.resources.base import path_url
from ivle.resources.files import FilesPlace
from ivle.security.permissions import Permission
from ivle.views import wire
from ivle.views.browser.browse import crumbs_of, revision_in, revision_of, title_of
from ivle.views.browser.change import CHANGE, files_of, here, in_number
from ivle.views.browser.words import time_in_words

MESSAGE_LIMIT = 10_000
LOG_LENGTH = 50
_SIGNS = {'+': 'added', '-': 'removed', '@': 'place', '\\': 'remark'}
_ACTIONS = {'A': 'new', 'M': 'changed', 'D': 'deleted', 'R': 'replaced'}


def _apply(place, request, act, verb):
    """Run one of the actions on chosen names and say what was done."""
    names = wire.names_field(wire.fields(request))
    act(place.open('change'), place.path, names)
    return wire.answer(request, {}, to=here(place, request), message=f'{verb} {in_number(names)}.')


@view_config(name='svn-add', **CHANGE)
def add(place, request):
    """Put things under version control; the next version holds them."""
    return _apply(place, request, files_of(request).svn_add, 'The next version will hold')


@view_config(name='svn-remove', **CHANGE)
def remove(place, request):
    """Take things out of the next version and of the directory."""
    return _apply(place, request, files_of(request).svn_remove, 'The next version will be without')


@view_config(name='svn-revert', **CHANGE)
def revert(place, request):
    """Undo the changes since the last version."""
    return _apply(place, request, files_of(request).svn_revert, 'Undid the changes of')


@view_config(name='svn-resolve', **CHANGE)
def resolve(place, request):
    """Settle conflicts: as the file stands, or with one side of it."""
    given = wire.fields(request)
    names, choice = wire.names_field(given), given.get('choice') or None
    if choice is not None:
        choice = wire.text_field(given, 'choice', limit=20)
    files_of(request).svn_resolve(place.open('change'), place.path, names, choice)
    return wire.answer(request, {}, to=here(place, request), message=f'Settled the conflict of {in_number(names)}.')


@view_config(name='svn-update', **CHANGE)
def update(place, request):
    """Bring the newest version, or the one of a revision, from the repository."""
    given = wire.fields(request).get('revision')
    # A form has text where a script may send a number.
    revision = revision_in('revision', '' if given is None else str(given) if type(given) is int else given)
    done = files_of(request).svn_update(place.open('change'), place.path, revision)
    return wire.answer(
        request, {'revision': done['revision']}, to=here(place, request), message=f'Now at revision {done["revision"]}.'
    )


@view_config(name='svn-commit', **CHANGE)
def commit(place, request):
    """Save a version with the message that was typed: of the chosen things, or of the whole directory."""
    given = wire.fields(request)
    names, message = wire.names_field(given, default=[]), wire.text_field(given, 'message', limit=MESSAGE_LIMIT)
    done = files_of(request).svn_commit(place.open('change'), place.path, message, names or None)
    shown = 'There was nothing new to save.' if done['revision'] is None else f'Saved a version: revision {done["revision"]}.'
    return wire.answer(request, {'revision': done['revision']}, to=here(place, request), message=shown)


@view_config(name='svn-cleanup', **CHANGE)
def clean_up(place, request):
    """Free a working copy that an interrupted action left locked."""
    files_of(request).svn_cleanup(place.open('change'), place.path)
    return wire.answer(request, {}, to=here(place, request), message='Cleaned up.')


def _history(place, request):
    return files_of(request).log(place.open('history'), place.path, limit=LOG_LENGTH, before=revision_of(request, 'before'))


@view_config(context=FilesPlace, name='log', permission=Permission.READ_FILES, accept='application/json', renderer='json')
def list_history(place, request):
    """Return the revisions that touched a place, newest first."""
    return {'revisions': _history(place, request)['revisions']}


@view_config(
    context=FilesPlace, name='log', permission=Permission.READ_FILES, accept='text/html', renderer='ivle:templates/log.pt'
)
@view_config(context=FilesPlace, name='log', permission=Permission.READ_FILES, renderer='ivle:templates/log.pt')
def show_history(place, request):
    """Show the revisions that touched a place, each with its files and differences."""
    revisions = _history(place, request)['revisions']

    def url(view=None, query=''):
        return path_url(request, 'files', place.login, *place.parts, view=view, query=query)

    rows = [
        {
            **revision,
            'date_words': time_in_words(revision['date']),
            'url': url(query=f'revision={revision["revision"]}'),
            'diff': url('diff', f'from={revision["revision"] - 1}&to={revision["revision"]}'),
            'paths': [
                {'path': item['path'], 'action': _ACTIONS.get(item['action'], item['action'])} for item in revision['paths']
            ],
        }
        for revision in revisions
    ]
    is_full = len(revisions) == LOG_LENGTH
    return {
        'title': 'History',
        'crumbs': crumbs_of(place, request, tail='History'),
        'subject': title_of(place),
        'rows': rows,
        'older': url('log', f'before={revisions[-1]["revision"]}') if is_full else None,
        'diff_url': url('diff'),
    }


def _differences(place, request):
    return files_of(request).diff(place.open('history'), place.path, revision_of(request, 'from'), revision_of(request, 'to'))


@view_config(context=FilesPlace, name='diff', permission=Permission.READ_FILES, accept='application/json', renderer='json')
def list_differences(place, request):
    """Return a unified difference for each file."""
    return {'files': _differences(place, request)['files']}


@view_config(
    context=FilesPlace, name='diff', permission=Permission.READ_FILES, accept='text/html', renderer='ivle:templates/diff.pt'
)
@view_config(context=FilesPlace, name='diff', permission=Permission.READ_FILES, renderer='ivle:templates/diff.pt')
def show_differences(place, request):
    """Show what differs between two revisions, or since the last version."""
    files = _differences(place, request)['files']
    return {
        'title': 'Changes',
        'crumbs': crumbs_of(place, request, tail='Changes'),
        'subject': title_of(place),
        'old': revision_of(request, 'from'),
        'new': revision_of(request, 'to'),
        'action': path_url(request, 'files', place.login, *place.parts, view='diff'),
        'files': [{'path': item['path'], 'lines': marked_lines(item['diff'])} for item in files],
    }


def marked_lines(diff):
    """Return the lines of a unified difference as (what it is, its text), without the headings that only repeat the path."""
    lines, is_heading = [], True
    for line in diff.splitlines():
        is_heading = is_heading and not line.startswith('@@')
        if not is_heading:
            lines.append((_SIGNS.get(line[:1], 'same'), line))
    # What has no places to show says so in its heading: a binary file, or only its properties.
    return lines or [('remark', line) for line in diff.splitlines() if not line.startswith(('--- ', '+++ '))]
