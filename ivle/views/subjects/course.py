"""The whole course of an offering as a zip file: downloaded, and uploaded with a look at what would change."""

import base64
import binascii
from dataclasses import asdict

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict
from ivle.models.courses import rendered_texts
from ivle.models.importing import digest_of
from ivle.resources.worksheets import Worksheets
from ivle.security.permissions import Permission
from ivle.teaching.course import course_of, files_of
from ivle.teaching.problems import BadCourse
from ivle.teaching.zips import LARGEST_ZIP, read_zip, zip_of
from ivle.views.subjects.places import crumbs_to
from ivle.views.subjects.worksheets import worksheet_url
from ivle.views.wire import answer, text_field, wants_json

PAGE = 'ivle:templates/subjects-course.pt'


@view_config(context=Worksheets, name='course', accept='text/html', renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def show_course(worksheets, request):
    """Show how the whole course is downloaded and uploaded."""
    return _page(worksheets, request)


@view_config(context=Worksheets, name='export', permission=Permission.EDIT_WORKSHEETS)
def export_course(worksheets, request):
    """Send the worksheets of an offering and the exercises of its subject as a zip file."""
    try:
        files = files_of(worksheets.export())
    except BadCourse as error:
        raise Conflict(f'The course cannot be packed: {error.problems[0]}') from None
    response = Response(zip_of(files), content_type='application/zip')
    name = '-'.join(('course', *worksheets.place.offering.segments)) + '.zip'
    response.content_disposition = f'attachment; filename="{name}"'
    return response


@view_config(context=Worksheets, name='import', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_WORKSHEETS)
def import_course(worksheets, request):
    """Show what a zip file would change; sent again with the digest of that, do it."""
    try:
        content = _sent(request)
        course = course_of(read_zip(content))
    except BadCourse as error:
        if wants_json(request):
            raise BadRequest(str(error.problems[0]), problems=[str(problem) for problem in error.problems]) from None
        return _page(worksheets, request, problems=list(map(str, error.problems)), status=400)
    except BadRequest as refusal:
        if wants_json(request):
            raise
        return _page(worksheets, request, problems=[refusal.message], status=400)
    rendered = rendered_texts(course)
    digest = text_field(request.POST, 'digest', '', limit=64)
    try:
        if digest:
            return _taken(worksheets, request, worksheets.take(course, rendered, digest))
    except Conflict as refusal:
        if wants_json(request):
            raise
        return _page(worksheets, request, worksheets.plan(course, rendered), content, [refusal.message], refusal.status)
    planned = worksheets.plan(course, rendered)
    if wants_json(request):
        return answer(request, {**asdict(planned), 'digest': digest_of(planned)}, to='')
    return _page(worksheets, request, planned, content)


def _sent(request):
    """Return the bytes of the zip file: as it was uploaded, or as our own preview sends it again."""
    part = request.POST.get('zip')
    if hasattr(part, 'file'):
        return part.file.read(LARGEST_ZIP + 1)
    again = request.POST.get('again')
    try:
        if again:
            return base64.b64decode(again, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest('What was sent is no zip file. Choose it again.') from None
    raise BadRequest('Choose the zip file of a course.')


def _taken(worksheets, request, done):
    words = f'Taken: {len(done.made)} new, {len(done.changed)} changed, {len(done.same)} as they were.'
    if wants_json(request):
        return answer(request, asdict(done), to='')
    request.session.flash(words)
    return HTTPSeeOther(worksheet_url(request, worksheets.place.offering))


def _page(worksheets, request, planned=None, content=b'', problems=(), status=200):
    offering = worksheets.place.offering
    request.response.status_int = status
    return {
        'title': 'The course as a zip file',
        'crumbs': crumbs_to(request, offering, ('Worksheets', worksheet_url(request, offering)), ('Zip file', None)),
        'problems': list(problems),
        'planned': planned and asdict(planned),
        'changes': bool(planned and (planned.made or planned.changed)),
        'digest': planned and digest_of(planned),
        'again': base64.b64encode(content).decode() if planned else None,
        'export_url': worksheet_url(request, offering, view='export'),
        'import_url': worksheet_url(request, offering, view='import'),
    }
