"""Addresses, breadcrumbs and words that the pages of this client share."""

from ivle.models.course import Role, SemesterState
from ivle.resources.base import path_url

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
