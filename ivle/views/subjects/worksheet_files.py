"""The files of a worksheet: taken in, sent out, deleted, and how its text refers to them."""

from pyramid.response import Response
from pyramid.view import view_config

from ivle.errors import FieldError
from ivle.models.worksheet_files import LARGEST_FILE
from ivle.resources.worksheets import OneWorksheet, WorksheetFile
from ivle.security.permissions import Permission
from ivle.views.sending import refuse_active_use
from ivle.views.subjects.worksheet_page import PAGE, page_of, url_of, values_of
from ivle.views.wire import answer, wants_json

_SHOWN_KINDS = ('image/', 'audio/', 'video/')


@view_config(context=OneWorksheet, name='upload', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def upload_files(worksheet, request):
    """Take in files; one that has the name of another takes its place."""
    try:
        given = _sent(request)
        worksheet.save_files(given)
    except FieldError as refusal:
        if wants_json(request):
            raise
        return page_of(worksheet, request, values_of(worksheet.opened), worksheet.opened.rendered(), refusal=refusal)
    names = [name for name, _ in given]
    return answer(
        request,
        {'saved': names},
        to=url_of(worksheet, request) + '#files',
        message=f'Uploaded {", ".join(names)}.',
    )


def _sent(request):
    # A form without a chosen file sends an empty string in the place of one.
    parts = [part for part in request.POST.getall('files') if hasattr(part, 'filename')]
    if not parts:
        raise FieldError('files', 'Choose at least one file.')
    return [(part.filename.replace('\\', '/').rpartition('/')[2], part.file.read(LARGEST_FILE + 1)) for part in parts]


@view_config(context=WorksheetFile, permission=Permission.EDIT_WORKSHEETS)
def send_file(file, request):
    """Send a file as the worksheet shows it; what could be a page comes as a download."""
    refuse_active_use(request)
    response = Response(file.content, content_type=None)
    response.headers['Content-Type'] = file.line.media_type
    response.headers['Content-Security-Policy'] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response.headers['X-Content-Type-Options'] = 'nosniff'
    if not file.line.media_type.startswith(_SHOWN_KINDS):
        response.headers['Content-Disposition'] = 'attachment'
    response.etag, response.cache_control = file.line.digest, 'private, no-cache'
    response.conditional_response = True
    return response


@view_config(context=WorksheetFile, name='delete', methods=('POST',), permission=Permission.EDIT_WORKSHEETS)
def delete_file(file, request):
    """Delete a file of a worksheet."""
    worksheet = file.worksheet
    worksheet.remove_file(file.line.name)
    to = url_of(worksheet, request) + '#files'
    return answer(request, {'deleted': file.line.name}, to=to, message=f'{file.line.name} is deleted.')
