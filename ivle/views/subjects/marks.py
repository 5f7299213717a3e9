"""Marks of an offering as a page, as JSON and as CSV, and how the class fares with each worksheet."""

from urllib.parse import urlencode

from pyramid.response import Response
from pyramid.view import view_config

from ivle.errors import FieldError
from ivle.models.meta import utc_now
from ivle.resources.bank import BANK
from ivle.resources.base import path_url
from ivle.resources.subjects import SubjectOffering
from ivle.resources.worksheets import OneWorksheet
from ivle.security.permissions import Permission
from ivle.teaching.moments import moment_in_zone, read_moment, write_moment
from ivle.teaching.sheets import csv_text
from ivle.views.moments import in_words, iso
from ivle.views.subjects.places import crumbs_to, offering_url

PAGE = 'ivle:templates/subjects-marks.pt'


@view_config(context=SubjectOffering, name='marks', accept='text/html', renderer=PAGE, permission=Permission.SEE_MARKS)
def show_marks(place, request):
    """Show everybody's marks, as of the cutoff or another moment."""
    offering, zone = place.offering, request.registry.ivle.timezone
    problem = None
    try:
        cutoff = _cutoff(place, request)
    except FieldError as error:
        problem, cutoff = error.message, _own_cutoff(place)
        request.response.status_int = error.status
    columns, rows = place.marks(cutoff)
    return {
        'title': f'Marks of {offering.path}',
        'crumbs': crumbs_to(request, offering, ('Marks', None)),
        'here': offering_url(request, offering, view='marks'),
        'csv_url': _csv_url(request, offering),
        'cutoff_written': request.GET.get('cutoff') or write_moment(offering.worksheet_cutoff, zone),
        'cutoff_in_zone': moment_in_zone(cutoff, zone),
        'zone': zone,
        'problem': problem,
        'columns': [
            {
                'id': column.id,
                'identifier': column.identifier,
                'name': column.name,
                'total': column.total,
                'url': offering_url(request, offering, 'worksheets', column.identifier, view='statistics'),
            }
            for column in columns
        ],
        'rows': [
            {
                'login': row.login,
                'name': row.name,
                'last_login': iso(row.last_login),
                'last_login_words': in_words(row.last_login),
                'done': [(column.name, row.done.get(column.id, 0), column.total) for column in columns],
                'percent': row.mark.percent,
                'mark': row.mark.mark,
                'most': row.mark.most,
            }
            for row in rows
        ],
    }


@view_config(context=SubjectOffering, name='marks', accept='application/json', renderer='json', permission=Permission.SEE_MARKS)
def tell_marks(place, request):
    """Tell a script everybody's marks."""
    cutoff = _cutoff(place, request)
    columns, rows = place.marks(cutoff)
    return {
        'offering': place.offering.path,
        'cutoff': iso(cutoff),
        'worksheets': [{'identifier': column.identifier, 'name': column.name, 'total': column.total} for column in columns],
        'students': [
            {
                'login': row.login,
                'name': row.name,
                'last_login': iso(row.last_login),
                'done': {column.identifier: row.done.get(column.id, 0) for column in columns},
                'percent': row.mark.percent,
                'mark': row.mark.mark,
                'most': row.mark.most,
            }
            for row in rows
        ],
    }


@view_config(context=SubjectOffering, name='marks', accept='text/csv', permission=Permission.SEE_MARKS)
@view_config(
    context=SubjectOffering, name='marks', accept='text/html', request_param='format=csv', permission=Permission.SEE_MARKS
)
def export_marks(place, request):
    """Return everybody's marks as CSV: for each worksheet that counts, the part of it that is done."""
    offering = place.offering
    columns, rows = place.marks(_cutoff(place, request))
    heading = ('login', 'name', 'last login', *(column.identifier for column in columns), 'total percent', 'mark')
    lines = [
        (
            row.login,
            row.name,
            iso(row.last_login),
            *(_part(row.done.get(column.id, 0), column.total) for column in columns),
            row.mark.percent,
            row.mark.mark,
        )
        for row in rows
    ]
    name = '-'.join(('marks', *offering.segments)) + '.csv'
    response = Response(csv_text([heading, *lines]), content_type='text/csv', charset='utf-8')
    response.content_disposition = f'attachment; filename="{name}"'
    return response


def _part(done, total):
    # Not 3/4: a spreadsheet reads that as a day in April.
    return f'{done / total:.4f}'.rstrip('0').rstrip('.') if total else '0'


def _own_cutoff(place):
    return place.offering.worksheet_cutoff or utc_now()


def _cutoff(place, request):
    """Return the moment that is asked for, else the cutoff of the offering, else now."""
    written = request.GET.get('cutoff', '').strip()
    if not written:
        return _own_cutoff(place)
    try:
        return read_moment(written, request.registry.ivle.timezone)
    except ValueError as error:
        raise FieldError('cutoff', str(error)) from None


def _csv_url(request, offering):
    asked = {'cutoff': request.GET['cutoff']} if request.GET.get('cutoff') else {}
    return offering_url(request, offering, view='marks', query=urlencode({'format': 'csv', **asked}))


@view_config(
    context=OneWorksheet,
    name='statistics',
    accept='text/html',
    renderer='ivle:templates/subjects-statistics.pt',
    permission=Permission.SEE_MARKS,
)
def show_figures(worksheet, request):
    """Show how the class fares with a worksheet: attempts, passes, and the most frequent failures of each exercise."""
    offering, found = worksheet.place.offering, _figures(worksheet)
    may_retest = request.has_permission(Permission.EDIT_WORKSHEETS, worksheet)
    for exercise in found['exercises']:
        address = offering_url(request, offering, 'retest', worksheet.__name__, exercise['identifier'])
        exercise['retest_url'] = address if may_retest else None
        exercise['fault_url'] = _fault_url(worksheet, request, exercise['identifier'], may_retest)
    return {
        'title': f'Statistics of {worksheet.title}',
        'crumbs': crumbs_to(request, offering, (worksheet.title, None)),
        'marks_url': offering_url(request, offering, view='marks'),
        'may_retest': may_retest,
        **found,
    }


def _fault_url(worksheet, request, identifier, may_edit):
    """Return where the reader sees what is wrong with an exercise: in the bank, or as staff on its own page; None for neither."""
    offering = worksheet.place.offering
    if may_edit and (not offering.state.is_past or request.identity.is_admin):
        return path_url(request, 'subjects', offering.subject, BANK, identifier) + '#faults'
    if request.registry.clients.by_name('tutorial') is None:
        return None
    return path_url(request, 'tutorial', *offering.segments, worksheet.__name__, identifier) + '#staff'


@view_config(context=OneWorksheet, name='statistics', accept='application/json', renderer='json', permission=Permission.SEE_MARKS)
def tell_figures(worksheet, request):
    """Tell a script how the class fares with a worksheet."""
    return {'worksheet': worksheet.__name__, **_figures(worksheet)}


def _figures(worksheet):
    students, figures = worksheet.figures()
    return {
        'students': students,
        'exercises': [
            {
                'identifier': exercise.identifier,
                'name': exercise.name,
                'optional': exercise.optional,
                'attempted': exercise.attempted,
                'passed': exercise.passed,
                'faults': exercise.faults,
                'failures': [{'message': message, 'students': count} for message, count in exercise.failures],
            }
            for exercise in figures
        ],
    }
