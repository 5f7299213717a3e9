"""The worksheets of an offering, as their authors list, make and order them."""

from functools import partial

from pyramid.view import view_config

from ivle.errors import BadRequest
from ivle.models.worksheet import Format
from ivle.resources.bank import BANK, DRAFTS
from ivle.resources.base import path_url
from ivle.resources.worksheets import Worksheets
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.subjects.forms import line_field, save
from ivle.views.subjects.places import crumbs_to, offering_url
from ivle.views.wire import answer, fields, text_field

LIST = 'ivle:templates/subjects-worksheets.pt'
FORMAT_WORDS = {Format.RST: 'reStructuredText', Format.MARKDOWN: 'Markdown', Format.XML: 'XML of the first IVLE'}


def worksheet_url(request, offering, *below, view=None):
    """Return the address of an offering's worksheets, or of something below them, for authors."""
    return offering_url(request, offering, 'worksheets', *below, view=view)


@view_config(context=Worksheets, accept='text/html', renderer=LIST, permission=Permission.EDIT_WORKSHEETS)
def list_worksheets(worksheets, request):
    """List the worksheets of an offering for those who write them."""
    return _list_page(worksheets, request)


@view_config(context=Worksheets, accept='application/json', renderer='json', permission=Permission.EDIT_WORKSHEETS)
def tell_worksheets(worksheets, request):
    """List the worksheets of an offering for a script."""
    return {'worksheets': [_told(worksheets, request, line) for line in worksheets.all()]}


@view_config(context=Worksheets, name='create', methods=('POST',), renderer=LIST, permission=Permission.EDIT_WORKSHEETS)
def create_worksheet(worksheets, request):
    """Make an empty worksheet at the end of the list."""
    offering = worksheets.place.offering

    def make(given):
        identifier = worksheets.add(
            identifier=line_field(given, 'identifier'),
            name=line_field(given, 'name'),
            format=text_field(given, 'format', Format.RST),
        )
        return {'identifier': identifier, 'url': worksheet_url(request, offering, identifier)}

    return save(
        request,
        partial(_list_page, worksheets, request),
        make,
        to=lambda told: told['url'],
        message=lambda told: 'The worksheet is made. Students see it once it is published.',
        status=201,
    )


@view_config(context=Worksheets, name='move', methods=('POST',), permission=Permission.EDIT_WORKSHEETS)
def move_worksheet(worksheets, request):
    """Move a worksheet one place up or down in the list."""
    given = fields(request)
    direction = next((word for word in ('up', 'down') if word in given), None)
    if direction is None:
        raise BadRequest('Send the identifier of a worksheet as up or as down.')
    identifier = text_field(given, direction, limit=64)
    worksheets.move(identifier, -1 if direction == 'up' else 1)
    to = worksheet_url(request, worksheets.place.offering) + f'#worksheet-{identifier}'
    return answer(request, {'worksheets': [line.identifier for line in worksheets.all()]}, to=to)


def _told(worksheets, request, line):
    return {
        'identifier': line.identifier,
        'name': line.name,
        'published': line.published,
        'assessable': line.assessable,
        'exercises': line.exercises,
        'edited': iso(line.edited),
        'url': worksheet_url(request, worksheets.place.offering, line.identifier),
    }


def _list_page(worksheets, request, refusal=None, given=None):
    offering = worksheets.place.offering
    request.response.status_int = refusal.status if refusal else 200
    at = getattr(refusal, 'field', None)
    lines, drafts = worksheets.all(), worksheets.count_drafts()
    return {
        'title': f'Worksheets of {offering.path}',
        'crumbs': crumbs_to(request, offering, ('Worksheets', None)),
        'rows': [
            {
                **_told(worksheets, request, line),
                'edited_words': in_words(line.edited),
                'is_first': place == 0,
                'is_last': place == len(lines) - 1,
            }
            for place, line in enumerate(lines)
        ],
        'formats': list(FORMAT_WORDS.items()),
        'move_url': worksheet_url(request, offering, view='move'),
        'create_url': worksheet_url(request, offering, view='create'),
        'course_url': worksheet_url(request, offering, view='course'),
        'bank_url': None if drafts is None else path_url(request, 'subjects', offering.subject, BANK),
        'drafts': drafts,
        'drafts_url': path_url(request, 'subjects', offering.subject, BANK, DRAFTS),
        'problem': refusal.message if refusal and at not in ('name', 'identifier', 'format') else None,
        'problems': {at: refusal.message} if at else {},
        'given': {name: (given or {}).get(name, '') for name in ('name', 'identifier', 'format')},
    }
