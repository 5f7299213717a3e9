"""The page of one worksheet for its author: its text, what students see of it, its files, and what to say about all that."""

from html import escape

from ivle.models.authoring import Stale
from ivle.resources.base import path_url
from ivle.security.permissions import Permission
from ivle.teaching.comparing import compared
from ivle.teaching.missing import missing_in
from ivle.teaching.rendered import with_file_addresses
from ivle.views.browser.words import size_in_words
from ivle.views.moments import in_words, iso
from ivle.views.subjects.places import crumbs_to, who_saved
from ivle.views.subjects.worksheets import FORMAT_WORDS, worksheet_url

PAGE = 'ivle:templates/subjects-worksheet.pt'
_WAYS = {
    'rst': ('.. image:: {name}\n   :alt: what it shows', '`words <{name}>`_'),
    'md': ('![what it shows]({name})', '[words]({name})'),
    'xml': ('<img src="{name}" alt="what it shows" />', '<a href="{name}">words</a>'),
}


def url_of(worksheet, request, *below, view=None):
    """Return the address of a worksheet for its authors, or of something below it."""
    return worksheet_url(request, worksheet.place.offering, worksheet.opened.identifier, *below, view=view)


def values_of(opened):
    """Return what an author may change of an OpenWorksheet."""
    return {name: getattr(opened, name) for name in ('name', 'format', 'source', 'published', 'assessable')}


def problems_of(source, rendered, names, files):
    """Return the sentences about a text: what is wrong with it, and what it names that is not there. `files` are FileLines."""
    return [*rendered.problems, *missing_in(source, rendered, names, {line.name for line in files})]


def shown(worksheet, request, source, rendered, names, files):
    """Return what the preview's template shows of a text, beside the exercises and files that there are."""
    base = escape(url_of(worksheet, request, 'files') + '/')
    bank = ('subjects', worksheet.place.offering.subject, 'exercises')
    pieces = []
    for kind, text, *more in rendered.pieces:
        if kind == 'html':
            pieces.append({'html': with_file_addresses(text, base)})
        else:
            url = path_url(request, *bank, text) if text in names else None
            pieces.append({'html': None, 'identifier': text, 'name': names.get(text), 'url': url, 'optional': more[0]})
    return {'pieces': pieces, 'problems': problems_of(source, rendered, names, files)}


def page_of(worksheet, request, values, rendered, opened=None, refusal=None):
    """Return the values of the page: `values` and `rendered` are what is shown, `opened` the digest of what that began with."""
    names, standing, files, has_work = worksheet.surroundings()
    offering, state = worksheet.place.offering, worksheet.opened
    bank = ('subjects', offering.subject, 'exercises')
    has_pages = request.registry.clients.by_name('tutorial') is not None
    sees_marks = request.has_permission(Permission.SEE_MARKS, worksheet)
    is_stale = isinstance(refusal, Stale)
    theirs = refusal.current if is_stale else None
    at = getattr(refusal, 'field', None)
    request.response.status_int = refusal.status if refusal else 200
    return {
        'title': state.name,
        'crumbs': crumbs_to(request, offering, ('Worksheets', worksheet_url(request, offering)), (state.name, None)),
        'identifier': state.identifier,
        'values': values,
        'opened': theirs.digest if is_stale else opened or state.digest,
        'edited': iso(state.edited),
        'edited_words': in_words(state.edited),
        'editor': state.editor and who_saved(request, state.editor),
        'formats': list(FORMAT_WORDS.items()),
        'theirs': theirs and {'who': who_saved(request, theirs.editor), **_compared(theirs, values)},
        'problem': refusal.message if refusal and not is_stale and at not in ('name', 'source', 'files') else None,
        'field_problems': {at: refusal.message} if at else {},
        **shown(worksheet, request, values['source'], rendered, names, files),
        'unpublished': [name for _, name, _, current in standing if current == 0],
        'files': told_files(worksheet, request, files, format=values['format']),
        'has_work': has_work,
        'is_published': state.published,
        'bank': [(name, path_url(request, *bank, name), title) for name, title in names.items()],
        'bank_url': path_url(request, *bank),
        'see_url': path_url(request, 'tutorial', *offering.segments, state.identifier) if has_pages else None,
        'statistics_url': url_of(worksheet, request, view='statistics') if sees_marks else None,
        'urls': {name: url_of(worksheet, request, view=name) for name in ('save', 'preview', 'delete', 'unpublish', 'upload')},
        'here': url_of(worksheet, request),
    }


def _compared(theirs, values):
    """Return what differs between what somebody else saved and what was typed."""
    words = {'name': 'Name', 'format': 'Format', 'published': 'Published', 'assessable': 'Counts for marks'}
    plain = [
        (label, _in_words(getattr(theirs, name)), _in_words(values[name]))
        for name, label in words.items()
        if getattr(theirs, name) != values[name]
    ]
    return {
        'plain': plain,
        'lines': compared(theirs.source, values['source']),
        'edited': iso(theirs.edited),
        'edited_words': in_words(theirs.edited),
    }


def _in_words(value):
    return {True: 'yes', False: 'no'}.get(value, value)


def told_files(worksheet, request, files, format=None):
    """Return the FileLines of a worksheet for pages and scripts, with how its text refers to each."""
    below = (request, worksheet.place.offering, worksheet.opened.identifier, 'files')
    as_image, as_link = _WAYS[format or worksheet.opened.format]
    return [
        {
            'name': line.name,
            'type': line.media_type,
            'size': line.size,
            'size_words': size_in_words(line.size),
            'url': worksheet_url(*below, *line.name.split('/')),
            'delete_url': worksheet_url(*below, *line.name.split('/'), view='delete'),
            'reference': (as_image if line.is_image else as_link).format(name=line.name),
        }
        for line in files
    ]
