"""Addresses, breadcrumbs and words that the pages of this client share."""

from functools import partial

from ivle.models.course import Role, SemesterState
from ivle.resources.bank import BANK
from ivle.resources.base import path_url
from ivle.security.permissions import Permission

ROLE_WORDS = {Role.STUDENT: 'student', Role.TUTOR: 'tutor', Role.LECTURER: 'lecturer'}
STATE_WORDS = {
    SemesterState.CURRENT: 'Current',
    SemesterState.FUTURE: 'To come',
    SemesterState.PAST: 'Past',
}


def offering_url(request, offering, *below, view=None, query=''):
    """Return the address of an offering (OfferingFacts), or of something below it."""
    return path_url(request, 'subjects', *offering.segments, *below, view=view, query=query)


def crumbs_to(request, offering, *tail):
    """Return the breadcrumbs of an offering and of what is below it: `tail` are (words, address) pairs, the page last."""
    above = [
        ('Subjects', path_url(request, 'subjects')),
        (offering.subject, path_url(request, 'subjects', offering.subject)),
        (f'{offering.year}/{offering.semester}', offering_url(request, offering)),
    ]
    return [*above, *tail] if tail else [*above[:-1], (above[-1][0], None)]


def told(offering, role):
    """Return an offering and the reader's role in it, for scripts."""
    return {
        'offering': offering.path,
        'subject': offering.subject_name,
        'code': offering.subject_code,
        'semester': f'{offering.year}/{offering.semester}',
        'state': str(offering.state),
        'role': role and str(role),
    }


def who_saved(request, editor):
    """Return how a page names the Editor of something; nobody knows who saved what has none."""
    if editor is None:
        return 'Somebody'
    return 'You' if editor.login == request.identity.login else f'{editor.name} ({editor.login})'


def staff_links(request, segments, allows, is_past):
    """Return [(words, address, icon)…] of what staff do in an offering: `allows(permission)` says whether the reader may."""
    here = partial(path_url, request, 'subjects', *segments)
    works_on_bank = not is_past or request.identity.is_admin
    links = [
        (Permission.EDIT_WORKSHEETS, 'Write worksheets', here('worksheets'), 'text'),
        *([(Permission.EDIT_WORKSHEETS, 'Exercises', path_url(request, 'subjects', segments[0], BANK), 'code')] * works_on_bank),
        (Permission.SEE_PROGRESS, 'Progress', here(view='progress'), 'clock'),
        (Permission.SEE_MARKS, 'Marks', here(view='marks'), 'check'),
        (Permission.SEE_PEOPLE, 'People', here('people'), 'people'),
    ]
    return [(words, url, icon) for permission, words, url, icon in links if allows(permission)]
