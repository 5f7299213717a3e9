"""Lists of what is taught: one's own offerings by semester, and the offerings of a subject."""

from itertools import groupby

from pyramid.view import view_config

from ivle.resources.base import path_url
from ivle.resources.subjects import OneSubject, SubjectsRoot
from ivle.security.permissions import Permission
from ivle.views.subjects.places import STATE_WORDS, offering_url, told


@view_config(context=SubjectsRoot, permission=Permission.USE_SITE, accept='text/html', renderer='ivle:templates/subjects.pt')
def list_offerings(root, request):
    """List one's offerings by semester; administrators see all, and what they can make."""
    is_admin = request.identity.is_admin
    by_semester = groupby(root.offerings(), key=lambda pair: (pair[0].state, pair[0].year, pair[0].semester))
    return {
        'title': 'Subjects',
        'crumbs': [],
        'semesters': [
            {
                'name': f'{year}/{semester}',
                'state': STATE_WORDS[state],
                'offerings': [_line(request, *pair) for pair in pairs],
            }
            for (state, year, semester), pairs in by_semester
        ],
        'is_admin': is_admin,
        'subjects': _subjects(request, root) if is_admin else [],
    }


@view_config(context=SubjectsRoot, permission=Permission.USE_SITE, accept='application/json', renderer='json')
def tell_offerings(root, request):
    """List one's offerings for a script; administrators are told of all, and of every subject."""
    found = {'offerings': [_told(request, *pair) for pair in root.offerings()]}
    return found | ({'subjects': root.subjects()} if request.identity.is_admin else {})


@view_config(
    context=OneSubject, permission=Permission.USE_SITE, accept='text/html', renderer='ivle:templates/subjects-subject.pt'
)
def show_subject(subject, request):
    """Show when a subject is offered, with links to where one takes part."""
    values = subject.values
    return {
        'title': f'{values["code"]} {values["name"]}',
        'crumbs': [('Subjects', path_url(request, 'subjects')), (values['url_name'], None)],
        'offerings': [_line(request, *pair) for pair in subject.offerings()],
        'is_admin': request.identity.is_admin,
        'bank_url': path_url(request, 'subjects', values['url_name'], 'exercises') if subject.child('exercises') else None,
        'edit_url': path_url(request, 'subjects', values['url_name'], view='edit'),
        'offer_url': path_url(request, 'subjects', view='new-offering', query=f'subject={values["url_name"]}'),
    }


@view_config(context=OneSubject, permission=Permission.USE_SITE, accept='application/json', renderer='json')
def tell_subject(subject, request):
    """Tell a script when a subject is offered."""
    return {**subject.values, 'offerings': [_told(request, *pair) for pair in subject.offerings()]}


def _url(request, offering, role):
    """Return the address of an offering that the reader may enter, else None."""
    return offering_url(request, offering) if role is not None or request.identity.is_admin else None


def _told(request, offering, role):
    return {**told(offering, role), 'url': _url(request, offering, role)}


def _line(request, offering, role):
    return {**_told(request, offering, role), 'state_words': STATE_WORDS[offering.state]}


def _subjects(request, root):
    return [{**values, 'url': path_url(request, 'subjects', values['url_name'])} for values in root.subjects()]
