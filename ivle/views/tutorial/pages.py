"""Pages to read: the reader's offerings, one offering, a worksheet with its exercises, and the files that come with it."""

from pyramid.response import Response
from pyramid.view import view_config

from ivle.resources.base import path_url
from ivle.resources.tutorial import TutorialOffering, TutorialRoot, WorksheetPlace
from ivle.security.permissions import Permission
from ivle.teaching.rendered import with_file_addresses
from ivle.views.download import content_disposition
from ivle.views.sending import refuse_active_use
from ivle.views.steps import step_told
from ivle.views.tutorial.facts import crumbs, cutoff_told, for_scripts, form_told, offering_told, tutorial_url, work_told

# What a page of ours may show by itself. SVG is missing: it can hold programs, and is safe only inside an image.
_SHOWN = frozenset(
    ('image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'audio/mpeg', 'audio/ogg', 'video/mp4', 'video/webm')
)
_SHOWN_IN_IMAGES = 'image/svg+xml'


@view_config(context=TutorialRoot, permission=Permission.USE_SITE, accept='text/html', renderer='ivle:templates/tutorial.pt')
def list_offerings(root, request):
    """List the reader's offerings with their worksheets and how far they are."""
    return {'title': 'Tutorial', 'crumbs': [], **_offerings(root, request)}


@view_config(context=TutorialRoot, permission=Permission.USE_SITE, accept='application/json', renderer='json')
def tell_offerings(root, request):
    """Tell a script which worksheets there are, and how far the reader is."""
    return _offerings(root, request)


def _offerings(root, request):
    return {'offerings': [offering_told(request, *found) for found in root.offerings()]}


@view_config(
    context=TutorialOffering,
    permission=Permission.VIEW_OFFERING,
    accept='text/html',
    renderer='ivle:templates/tutorial-offering.pt',
)
def show_offering(place, request):
    """List the worksheets of an offering."""
    offering = place.offering
    return {
        'title': f'{offering.subject_code} {offering.subject_name}',
        'crumbs': crumbs(request, offering),
        'cutoff': cutoff_told(offering),
        'may_edit': bool(request.has_permission(Permission.EDIT_WORKSHEETS, place)),
        'told': tell_offering(place, request),
        'subject_url': path_url(request, 'subjects', *offering.segments),
    }


@view_config(context=TutorialOffering, permission=Permission.VIEW_OFFERING, accept='application/json', renderer='json')
def tell_offering(place, request):
    """Tell a script which worksheets an offering has, how far the reader is, and where a student goes on."""
    way = place.going_on()
    return {
        **offering_told(request, place.offering, place.role, place.worksheets()),
        'continue': step_told(request, way.step),
        'has_begun': way.has_begun,
        'all_done': way.is_all_done,
    }


@view_config(
    context=WorksheetPlace,
    permission=Permission.VIEW_OFFERING,
    accept='text/html',
    renderer='ivle:templates/tutorial-worksheet.pt',
)
def show_worksheet(sheet, request):
    """Show a worksheet with its exercises where they stand in the text."""
    told = tell_worksheet(sheet, request)
    by_identifier = {exercise['identifier']: exercise for exercise in told['exercises']}
    works = {work.given.identifier: work for work in sheet.works}
    pieces, numbers = [], {}
    for piece in told['pieces']:
        if 'exercise' not in piece:
            pieces.append({'html': piece['html'], 'exercise': None})
            continue
        found = by_identifier.get(piece['exercise'])
        if found is None or found['identifier'] in numbers:
            continue
        numbers[found['identifier']] = len(numbers) + 1
        parts = form_told(sheet.place.offering, found, works[found['identifier']], is_alone=False)
        pieces.append({'html': None, 'exercise': {**parts, 'ordinal': numbers[found['identifier']]}})
    return {
        'title': told['name'],
        'crumbs': crumbs(request, sheet.place.offering, (told['name'], None)),
        'told': told,
        'pieces': pieces,
        'exercises': [piece['exercise'] for piece in pieces if piece['exercise']],
        'cutoff': cutoff_told(sheet.place.offering) if told['assessable'] else None,
        'edit_url': _edit_url(sheet, request),
        **for_scripts(request, sheet.place.offering),
    }


def _edit_url(sheet, request):
    """Return where the reader writes a worksheet; None for who may not, or where the site has no such pages."""
    has_pages = request.registry.clients.by_name('subjects') is not None
    if not (has_pages and request.has_permission(Permission.EDIT_WORKSHEETS, sheet.place)):
        return None
    return path_url(request, 'subjects', *sheet.place.offering.segments, 'worksheets', sheet.worksheet.identifier)


@view_config(context=WorksheetPlace, permission=Permission.VIEW_OFFERING, accept='application/json', renderer='json')
def tell_worksheet(sheet, request):
    """Tell a script what stands in a worksheet, and how far the reader is with each exercise."""
    worksheet, offering = sheet.worksheet, sheet.place.offering
    base = tutorial_url(request, offering, worksheet.identifier, view='file') + '/'
    works = sheet.works
    exercises = [work_told(tutorial_url(request, offering, worksheet.identifier, work.given.identifier), work) for work in works]
    mandatory = [exercise for exercise in exercises if not exercise['optional']]
    done = sum(exercise['completed'] for exercise in mandatory)
    return {
        'offering': offering.path,
        'identifier': worksheet.identifier,
        'name': worksheet.name,
        'published': worksheet.published,
        'assessable': worksheet.assessable,
        'done': done,
        'total': len(mandatory),
        'completed': 0 < len(mandatory) == done,
        'pieces': [
            {'html': with_file_addresses(piece[1], base)} if piece[0] == 'html' else {'exercise': piece[1]}
            for piece in sheet.text().pieces
        ],
        'exercises': exercises,
    }


@view_config(context=WorksheetPlace, name='file', takes_subpath=True, permission=Permission.VIEW_OFFERING)
def send_worksheet_file(sheet, request):
    """Send an image or another file that belongs to a worksheet; nothing of it can act as this site."""
    refuse_active_use(request)
    name = '/'.join(request.subpath)
    media_type, content, digest = sheet.file(name)
    is_in_image = media_type == _SHOWN_IN_IMAGES and request.headers.get('Sec-Fetch-Dest') == 'image'
    is_shown = media_type in _SHOWN or is_in_image
    response = Response(
        content,
        headerlist=[
            ('Content-Type', media_type if is_shown else 'application/octet-stream'),
            ('Content-Disposition', content_disposition('inline' if is_shown else 'attachment', name.split('/')[-1])),
            ('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ('X-Content-Type-Options', 'nosniff'),
            ('Cache-Control', 'private, no-cache'),
        ],
        conditional_response=True,
    )
    response.etag = digest
    return response
