"""An offering: its own page, its details, and the worksheets it takes over from another semester."""

from datetime import timedelta
from functools import partial

from pyramid.view import view_config

from ivle.errors import FieldError, NotFound
from ivle.hosts.directories import open_directory
from ivle.models.course import Role
from ivle.models.marks import mark_of
from ivle.models.meta import utc_now
from ivle.resources.base import path_url
from ivle.resources.subjects import SubjectOffering
from ivle.security.permissions import Permission
from ivle.teaching.moments import moment_in_zone, read_moment, write_moment
from ivle.views.moments import in_words, iso
from ivle.views.subjects.catalogue import offering_choices, offering_words
from ivle.views.subjects.forms import FORM, Field, flag_field, form_page, line_field, save
from ivle.views.subjects.places import ROLE_WORDS, STATE_WORDS, crumbs_to, offering_url, staff_links, told
from ivle.views.wire import answer, fields, text_field

CLONE = 'ivle:templates/subjects-clone.pt'
A_CENTURY = timedelta(days=36_525)


@view_config(
    context=SubjectOffering,
    permission=Permission.VIEW_OFFERING,
    accept='text/html',
    renderer='ivle:templates/subjects-offering.pt',
)
def show(place, request):
    """Show an offering: what it is, who teaches, its worksheets with one's completion, one's mark."""
    offering, facts = place.offering, _facts(place, request)
    return {
        'title': f'{offering.subject_code} {offering.subject_name}',
        'crumbs': crumbs_to(request, offering),
        **facts,
        'semester': f'{offering.year}/{offering.semester}',
        'state_words': STATE_WORDS[offering.state],
        'role_words': ROLE_WORDS.get(place.role),
        'is_student': place.role == Role.STUDENT,
        'files_url': offering_url(request, offering, view='open-files'),
        'cutoff_words': offering.worksheet_cutoff and in_words(offering.worksheet_cutoff),
        'cutoff_in_zone': offering.worksheet_cutoff and moment_in_zone(offering.worksheet_cutoff, _zone(request)),
        'is_cut_off': offering.worksheet_cutoff is not None and offering.worksheet_cutoff < utc_now(),
        'links': _links(place, request, bool(facts['worksheets'])),
    }


@view_config(context=SubjectOffering, permission=Permission.VIEW_OFFERING, accept='application/json', renderer='json')
def tell(place, request):
    """Tell a script about an offering and one's own completion and mark."""
    return {**told(place.offering, place.role), **_facts(place, request)}


def _facts(place, request):
    offering = place.offering
    standings, staff = place.overview()
    has_pages = request.registry.clients.by_name('tutorial') is not None
    sees_marks = bool(request.has_permission(Permission.SEE_MARKS, place))
    mark = mark_of(standings) if place.role == Role.STUDENT and offering.show_marks else None
    return {
        'description': offering.description,
        'page': offering.url or None,
        'cutoff': iso(offering.worksheet_cutoff),
        'staff': [{'name': name, 'role': str(role)} for name, role in staff],
        'worksheets': [_worksheet(request, offering, worksheet, has_pages, sees_marks) for worksheet in standings],
        'mark': mark and {'percent': mark.percent, 'mark': mark.mark, 'most': mark.most},
    }


def _worksheet(request, offering, worksheet, has_pages, sees_marks):
    return {
        'identifier': worksheet.identifier,
        'name': worksheet.name,
        'published': worksheet.published,
        'assessable': worksheet.assessable,
        'done': worksheet.done,
        'total': worksheet.total,
        'url': path_url(request, 'tutorial', *offering.segments, worksheet.identifier) if has_pages else None,
        'statistics': offering_url(request, offering, 'worksheets', worksheet.identifier, view='statistics')
        if sees_marks
        else None,
    }


def _links(place, request, has_worksheets):
    """Return [(words, address, icon)…] of what the reader may do here."""
    offering = place.offering

    def allows(permission):
        return request.has_permission(permission, place)

    links = staff_links(request, offering.segments, allows, offering.state.is_past)
    if allows(Permission.EDIT_OFFERING):
        links.append(('Edit details', offering_url(request, offering, view='edit'), 'edit'))
        if not has_worksheets:
            links.append(('Clone worksheets', offering_url(request, offering, view='sources'), 'copy'))
    return links


@view_config(context=SubjectOffering, name='open-files', methods=('POST',), permission=Permission.VIEW_OFFERING)
def open_files(place, request):
    """Open one's own directory of the subject; the first time, make it."""
    if place.role != Role.STUDENT or request.registry.clients.by_name('browser') is None:
        raise NotFound()
    login, subject = request.identity.login, place.offering.subject
    open_directory(request.registry.ivle, login, subject)
    url = path_url(request, 'files', login, subject)
    return answer(request, {'url': url}, to=url)


@view_config(context=SubjectOffering, name='edit', accept='text/html', renderer=FORM, permission=Permission.EDIT_OFFERING)
@view_config(
    context=SubjectOffering, name='edit', accept='application/json', renderer='json', permission=Permission.EDIT_OFFERING
)
def ask_about_offering(place, request):
    """Show the form that changes what an offering says of itself."""
    return _details_page(place, request)


@view_config(
    context=SubjectOffering,
    name='save',
    methods=('POST',),
    renderer=FORM,
    permission=Permission.EDIT_OFFERING,
)
def change_offering(place, request):
    """Change what an offering says of itself."""
    return save(
        request,
        partial(_details_page, place, request),
        lambda given: {'offering': place.change(**_details(place, request, given))},
        to=lambda told: path_url(request, 'subjects', *told['offering'].split('/')),
        message=lambda told: 'The details are saved.',
    )


def _details_page(place, request, refusal=None, given=None):
    offering, zone = place.offering, _zone(request)
    moving = ()
    if place.can_move():
        moving = offering_choices(*place.choices(), offering.subject, f'{offering.year}/{offering.semester}')
    return form_page(
        request,
        title=f'Edit {offering.path}',
        crumbs=crumbs_to(request, offering, ('Edit', None)),
        action=offering_url(request, offering, view='save'),
        fields=(
            *moving,
            *offering_words(offering.description, offering.url),
            Field('show_marks', 'Students see their own mark', offering.show_marks, 'checkbox', required=False),
            Field(
                'worksheet_cutoff',
                f'Cutoff of the worksheets, in the time of {zone}',
                write_moment(offering.worksheet_cutoff, zone, between='T'),
                'datetime-local',
                required=False,
                hint=f'Now it is {moment_in_zone(utc_now(), zone)}. Later attempts are kept and do not count. Empty: all count.',
            ),
        ),
        button='Save',
        refusal=refusal,
        given=given,
    )


def _details(place, request, given):
    offering = place.offering
    # What a script leaves out stays as it is; a form leaves out what is not ticked.
    is_form = request.content_type != 'application/json'
    cutoff = offering.worksheet_cutoff
    if 'worksheet_cutoff' in given:
        cutoff = _cutoff(line_field(given, 'worksheet_cutoff'), _zone(request))
    moved_to = None
    if place.is_administered and ('subject' in given or 'semester' in given):
        moved_to = (
            line_field(given, 'subject', offering.subject),
            line_field(given, 'semester', f'{offering.year}/{offering.semester}'),
        )
    return {
        'description': text_field(given, 'description', offering.description, limit=100_000).strip(),
        'url': line_field(given, 'url', offering.url),
        'show_marks': flag_field(given, 'show_marks', default=False if is_form else offering.show_marks),
        'worksheet_cutoff': cutoff,
        'moved_to': moved_to,
    }


def _cutoff(written, zone):
    try:
        moment = read_moment(written, zone) if written else None
    except ValueError as error:
        raise FieldError('worksheet_cutoff', str(error)) from None
    if moment and not utc_now() - A_CENTURY < moment < utc_now() + A_CENTURY:
        raise FieldError('worksheet_cutoff', 'That is more than a hundred years from now.')
    return moment


def _zone(request):
    return request.registry.ivle.timezone


@view_config(context=SubjectOffering, name='sources', accept='text/html', renderer=CLONE, permission=Permission.EDIT_OFFERING)
def ask_for_source(place, request):
    """Show from which semesters the worksheets can be cloned."""
    return _clone_page(place, request)


@view_config(
    context=SubjectOffering, name='sources', accept='application/json', renderer='json', permission=Permission.EDIT_OFFERING
)
def tell_sources(place, request):
    """Tell a script from which semesters the worksheets can be cloned."""
    return {'sources': [{'semester': path, 'worksheets': count} for _, path, count in place.sources()]}


@view_config(
    context=SubjectOffering,
    name='clone',
    methods=('POST',),
    renderer=CLONE,
    permission=Permission.EDIT_OFFERING,
)
def clone(place, request):
    """Take over the worksheets of another semester into this offering, which has none."""
    source = line_field(fields(request), 'source')
    count = place.clone(source)
    words = f'{count} worksheet{"" if count == 1 else "s"} cloned from {source}. None is published yet.'
    return answer(request, {'cloned': count}, to=offering_url(request, place.offering), message=words, status=201)


def _clone_page(place, request):
    return {
        'title': 'Clone worksheets',
        'crumbs': crumbs_to(request, place.offering, ('Clone worksheets', None)),
        'offering': place.offering.path,
        'sources': [(path, count) for _, path, count in place.sources()],
        'action': offering_url(request, place.offering, view='clone'),
    }
