"""One worksheet, as its author writes it: the text with its preview, what it says of itself, and who else has saved."""

from pyramid.renderers import render as render_template
from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict, FieldError
from ivle.models.authoring import Stale
from ivle.models.worksheet import Format
from ivle.resources.worksheets import OneWorksheet
from ivle.security.permissions import Permission
from ivle.teaching.bounds import LONGEST_SOURCE
from ivle.teaching.worksheet import render
from ivle.views.moments import iso
from ivle.views.subjects.forms import flag_field, line_field
from ivle.views.subjects.worksheet_page import PAGE, page_of, problems_of, shown, told_files, url_of, values_of
from ivle.views.subjects.worksheets import worksheet_url
from ivle.views.wire import answer, fields, text_field, wants_json

PREVIEW = 'ivle:templates/subjects-preview.pt'
# A field of a form counts a line's end twice.
MOST_TYPED = 2 * LONGEST_SOURCE


@view_config(context=OneWorksheet, accept='text/html', renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def edit_worksheet(worksheet, request):
    """Show a worksheet's text beside what students see of it."""
    return page_of(worksheet, request, values_of(worksheet.opened), worksheet.opened.rendered())


@view_config(context=OneWorksheet, accept='application/json', renderer='json', permission=Permission.EDIT_WORKSHEETS)
def tell_worksheet(worksheet, request):
    """Tell a script a worksheet with its text, and what is wrong with that."""
    opened = worksheet.opened
    names, standing, files, has_work = worksheet.surroundings()
    return {
        'identifier': opened.identifier,
        **values_of(opened),
        'digest': opened.digest,
        'edited': iso(opened.edited),
        'editor': opened.editor and opened.editor.login,
        'problems': problems_of(opened.source, opened.rendered(), names, files),
        'exercises': [
            {'identifier': identifier, 'name': name, 'optional': optional, 'version': current or None}
            for identifier, name, optional, current in standing
        ],
        'files': told_files(worksheet, request, files),
        'has_work': has_work,
    }


@view_config(context=OneWorksheet, name='save', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def save_worksheet(worksheet, request):
    """Save a worksheet over the state that was opened; the button `preview` of the form shows it without saving."""
    given = fields(request)
    values = _given(worksheet, request, given)
    rendered = render(values['source'], values['format'])
    if given.get('do') == 'preview':
        return page_of(worksheet, request, values, rendered, opened=text_field(given, 'opened', limit=64))
    opened = text_field(given, 'opened', limit=64)
    try:
        saved = worksheet.save(opened, rendered, **values)
    except (FieldError, Stale) as refusal:
        if wants_json(request):
            raise
        return page_of(worksheet, request, values, rendered, opened=opened, refusal=refusal)
    problems = problems_of(values['source'], rendered, *worksheet.nameable())
    payload = {'digest': saved.digest, 'edited': iso(saved.edited), 'problems': problems}
    return answer(request, payload, to=url_of(worksheet, request), message=_saved_words(len(problems)))


def _saved_words(problems):
    if not problems:
        return 'Saved.'
    return f'Saved. {problems} {"thing in it needs" if problems == 1 else "things in it need"} a look: see below the text.'


@view_config(context=OneWorksheet, name='preview', methods=('POST',), renderer='json', permission=Permission.EDIT_WORKSHEETS)
def preview_worksheet(worksheet, request):
    """Return as HTML what students would see of a text, and what is wrong with it; nothing is kept."""
    given = fields(request)
    source = _source(given)
    rendered = render(source, _format(given))
    found = shown(worksheet, request, source, rendered, *worksheet.nameable())
    return {'html': render_template(PREVIEW, found, request), 'problems': found['problems']}


@view_config(context=OneWorksheet, name='unpublish', methods=('POST',), permission=Permission.EDIT_WORKSHEETS)
def unpublish_worksheet(worksheet, request):
    """Take a worksheet out of the students' sight."""
    worksheet.unpublish()
    return answer(request, {'published': False}, to=url_of(worksheet, request), message='Students no longer see this worksheet.')


@view_config(context=OneWorksheet, name='delete', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def delete_worksheet(worksheet, request):
    """Delete a worksheet at which no student has worked."""
    try:
        worksheet.remove()
    except Conflict as refusal:
        if wants_json(request):
            raise
        return page_of(worksheet, request, values_of(worksheet.opened), worksheet.opened.rendered(), refusal=refusal)
    to = worksheet_url(request, worksheet.place.offering)
    return answer(request, {'deleted': worksheet.opened.identifier}, to=to, message=f'{worksheet.title} is deleted.')


def _given(worksheet, request, given):
    """Return what was sent; what a script leaves out stays as it is, while a form leaves out what is not ticked."""
    opened, is_form = worksheet.opened, request.content_type != 'application/json'
    return {
        'name': line_field(given, 'name', opened.name),
        'format': _format(given, opened.format),
        'source': _source(given, opened.source),
        'published': flag_field(given, 'published', default=False if is_form else opened.published),
        'assessable': flag_field(given, 'assessable', default=False if is_form else opened.assessable),
    }


def _source(given, default=None):
    return text_field(given, 'source', default, limit=MOST_TYPED).replace('\r\n', '\n')


def _format(given, default=None):
    format = text_field(given, 'format', default, limit=10)
    if format not in set(Format):
        raise BadRequest(f'The format is one of {", ".join(Format)}.')
    return format
