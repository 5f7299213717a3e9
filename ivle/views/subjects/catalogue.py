"""Where administrators make and change subjects, semesters and offerings."""

from functools import partial

from pyramid.view import view_config

from ivle.models.course import SemesterState
from ivle.resources.base import path_url
from ivle.resources.subjects import SEMESTERS, OneSemester, OneSubject, Semesters, SubjectsRoot
from ivle.security.permissions import Permission
from ivle.views.subjects.forms import FORM, Field, form_page, line_field, save
from ivle.views.subjects.places import STATE_WORDS
from ivle.views.wire import text_field

_URL_NAME = 'Lower-case letters, digits and _ . + -. It stands in addresses'


@view_config(context=SubjectsRoot, name='new-subject', accept='text/html', renderer=FORM, permission=Permission.ADMINISTER)
@view_config(
    context=SubjectsRoot, name='new-subject', accept='application/json', renderer='json', permission=Permission.ADMINISTER
)
def ask_for_subject(root, request):
    """Show the form of a new subject."""
    return _subject_page(request, None)


@view_config(
    context=SubjectsRoot,
    name='add-subject',
    methods=('POST',),
    renderer=FORM,
    permission=Permission.ADMINISTER,
)
def make_subject(root, request):
    """Make a subject."""
    return save(
        request,
        partial(_subject_page, request, None),
        lambda given: root.add_subject(**_subject_values(given)),
        to=partial(_to_subject, request),
        message=lambda told: f'The subject {told["code"]} is made. Offer it in a semester next.',
        status=201,
    )


@view_config(context=OneSubject, name='edit', accept='text/html', renderer=FORM, permission=Permission.ADMINISTER)
@view_config(context=OneSubject, name='edit', accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def ask_about_subject(subject, request):
    """Show the form that changes a subject."""
    return _subject_page(request, subject.values)


@view_config(context=OneSubject, name='save', methods=('POST',), renderer=FORM, permission=Permission.ADMINISTER)
def change_subject(subject, request):
    """Change a subject."""
    return save(
        request,
        partial(_subject_page, request, subject.values),
        lambda given: subject.change(**_subject_values(given)),
        to=partial(_to_subject, request),
        message=lambda told: f'The subject {told["code"]} is saved.',
    )


def _subject_page(request, current, refusal=None, given=None):
    shown = current or {'code': '', 'name': '', 'url_name': ''}
    name = shown['url_name']
    title, last = (f'Edit {shown["code"]}', 'Edit') if current else ('New subject', 'New subject')
    above = [(name, path_url(request, 'subjects', name))] if current else []
    return form_page(
        request,
        title=title,
        crumbs=[('Subjects', path_url(request, 'subjects')), *above, (last, None)],
        action=path_url(request, 'subjects', name, view='save') if current else path_url(request, 'subjects', view='add-subject'),
        fields=(
            Field('code', 'Code', shown['code'], most=64, hint='What people call it, for example COMP10001.'),
            Field('name', 'Name', shown['name']),
            Field(
                'url_name',
                'Name in addresses',
                name,
                most=64,
                hint=f'{_URL_NAME}, and is the directory in which students keep their work: it stays once somebody is enrolled.',
            ),
        ),
        button='Save' if current else 'Make the subject',
        refusal=refusal,
        given=given,
    )


def _subject_values(given):
    return {name: line_field(given, name) for name in ('code', 'name', 'url_name')}


def _to_subject(request, values):
    return path_url(request, 'subjects', values['url_name'])


@view_config(
    context=Semesters, accept='text/html', renderer='ivle:templates/subjects-semesters.pt', permission=Permission.ADMINISTER
)
def list_semesters(semesters, request):
    """List the semesters."""
    return {
        'title': 'Semesters',
        'crumbs': [('Subjects', path_url(request, 'subjects')), ('Semesters', None)],
        'semesters': [
            {**values, 'state_words': STATE_WORDS[values['state']], 'url': _semester_url(request, values)}
            for values in semesters.all()
        ],
        'new_url': path_url(request, 'subjects', SEMESTERS, view='new'),
    }


@view_config(context=Semesters, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def tell_semesters(semesters, request):
    """List the semesters for a script."""
    return {'semesters': semesters.all()}


@view_config(context=Semesters, name='new', accept='text/html', renderer=FORM, permission=Permission.ADMINISTER)
@view_config(context=Semesters, name='new', accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def ask_for_semester(semesters, request):
    """Show the form of a new semester."""
    return _semester_page(request, None, semesters.state_of_a_new_one())


@view_config(context=Semesters, name='add', methods=('POST',), renderer=FORM, permission=Permission.ADMINISTER)
def make_semester(semesters, request):
    """Make a semester; where a script does not say its state, the one that is offered."""
    state = semesters.state_of_a_new_one()
    return save(
        request,
        partial(_semester_page, request, None, state),
        lambda given: semesters.add(**_semester_values(given, state)),
        to=lambda told: path_url(request, 'subjects', SEMESTERS),
        message=lambda told: f'The semester {told["year"]}/{told["url_name"]} is made.',
        status=201,
    )


@view_config(context=OneSemester, accept='text/html', renderer=FORM, permission=Permission.ADMINISTER)
@view_config(context=OneSemester, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def ask_about_semester(semester, request):
    """Show the form that changes a semester."""
    return _semester_page(request, semester.values, semester.values['state'])


@view_config(context=OneSemester, name='save', methods=('POST',), renderer=FORM, permission=Permission.ADMINISTER)
def change_semester(semester, request):
    """Change a semester."""
    return save(
        request,
        partial(_semester_page, request, semester.values, semester.values['state']),
        lambda given: semester.change(**_semester_values(given)),
        to=lambda told: path_url(request, 'subjects', SEMESTERS),
        message=lambda told: f'The semester {told["year"]}/{told["url_name"]} is saved.',
    )


def _semester_page(request, current, state, refusal=None, given=None):
    shown = current or {'year': '', 'code': '', 'url_name': ''}
    title = f'Semester {shown["year"]}/{shown["url_name"]}' if current else 'New semester'
    return form_page(
        request,
        title=title,
        crumbs=[
            ('Subjects', path_url(request, 'subjects')),
            ('Semesters', path_url(request, 'subjects', SEMESTERS)),
            (title, None),
        ],
        action=_semester_url(request, current, 'save') if current else path_url(request, 'subjects', SEMESTERS, view='add'),
        fields=(
            Field('year', 'Year', str(shown['year']), most=4),
            Field('code', 'Code', shown['code'], most=64, hint='What people call it, for example S1.'),
            Field('url_name', 'Name in addresses', shown['url_name'], most=64, hint=f'{_URL_NAME}, for example s1.'),
            Field(
                'state',
                'State',
                state,
                'select',
                hint='While it is current, staff read the subject directories of their students. A new one is to come until it '
                'begins; the one before it stays current until its marking is done. What is past stays readable.',
                options=tuple((str(state), STATE_WORDS[state]) for state in SemesterState),
            ),
        ),
        button='Save' if current else 'Make the semester',
        refusal=refusal,
        given=given,
    )


def _semester_values(given, state=None):
    values = {name: line_field(given, name) for name in ('code', 'url_name')} | {'state': line_field(given, 'state', state)}
    # A script may send the year as a number.
    return {**values, 'year': str(given.get('year', ''))[:20].strip()}


def _semester_url(request, values, view=None):
    return path_url(request, 'subjects', SEMESTERS, str(values['year']), values['url_name'], view=view)


@view_config(context=SubjectsRoot, name='new-offering', accept='text/html', renderer=FORM, permission=Permission.ADMINISTER)
@view_config(
    context=SubjectsRoot, name='new-offering', accept='application/json', renderer='json', permission=Permission.ADMINISTER
)
def ask_for_offering(root, request):
    """Show the form of a new offering."""
    return _offering_page(root, request)


@view_config(
    context=SubjectsRoot,
    name='add-offering',
    methods=('POST',),
    renderer=FORM,
    permission=Permission.ADMINISTER,
)
def make_offering(root, request):
    """Offer a subject in a semester."""
    return save(
        request,
        partial(_offering_page, root, request),
        lambda given: {'offering': root.add_offering(**_offering_values(given))},
        to=lambda told: path_url(request, 'subjects', *told['offering'].split('/')),
        message=lambda told: f'{told["offering"]} is made. Enrol its lecturer next.',
        status=201,
    )


def _offering_page(root, request, refusal=None, given=None):
    subjects, semesters = root.subjects(), root.semesters()
    return form_page(
        request,
        title='New offering',
        crumbs=[('Subjects', path_url(request, 'subjects')), ('New offering', None)],
        action=path_url(request, 'subjects', view='add-offering'),
        fields=(
            *offering_choices(subjects, semesters, request.GET.get('subject', ''), ''),
            *offering_words('', ''),
        ),
        button='Make the offering',
        refusal=refusal,
        given=given,
    )


def offering_choices(subjects, semesters, subject, semester):
    """Return the fields that say of an offering what is offered when; the values are those chosen now."""
    return (
        Field(
            'subject',
            'Subject',
            subject,
            'select',
            hint=None if subjects else 'There is no subject yet: make one first.',
            options=tuple((values['url_name'], f'{values["code"]} {values["name"]}') for values in subjects),
        ),
        Field(
            'semester',
            'Semester',
            semester,
            'select',
            hint=None if semesters else 'There is no semester yet: make one first.',
            options=tuple(
                (path, f'{path} ({STATE_WORDS[values["state"]].lower()})')
                for values in semesters
                for path in [f'{values["year"]}/{values["url_name"]}']
            ),
        ),
    )


def offering_words(description, url):
    """Return the fields for what an offering says of itself."""
    return (
        Field('description', 'Description', description, 'textarea', most=20_000, required=False),
        Field('url', 'Page elsewhere', url, most=2000, required=False, hint='The web address of the subject, if it has one.'),
    )


def _offering_values(given):
    values = {name: line_field(given, name, '') for name in ('subject', 'semester', 'url')}
    return {**values, 'description': text_field(given, 'description', '', limit=100_000).strip()}
