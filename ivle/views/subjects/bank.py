"""The bank of exercises of a subject: listed with what students get of each, and where new ones are made."""

from functools import partial

from pyramid.view import view_config

from ivle.errors import FieldError
from ivle.models.authoring import LONGEST_NAME
from ivle.resources.bank import BANK, DRAFTS, Bank
from ivle.resources.base import path_url
from ivle.security.permissions import Permission
from ivle.teaching.beginnings import WORDS, beginning
from ivle.views.moments import in_words, iso
from ivle.views.subjects.forms import line_field, save
from ivle.views.wire import text_field

LIST = 'ivle:templates/subjects-bank.pt'


def exercise_url(request, subject, *below, view=None, query=''):
    """Return the address of the bank of a SubjectFacts, or of something below it."""
    return path_url(request, 'subjects', subject.url_name, BANK, *below, view=view, query=query)


def crumbs_to_bank(request, subject, *tail):
    """Return the breadcrumbs of a bank and of what is below it: `tail` are (words, address) pairs, the page last."""
    above = [
        ('Subjects', path_url(request, 'subjects')),
        (subject.url_name, path_url(request, 'subjects', subject.url_name)),
    ]
    return [*above, ('Exercises', exercise_url(request, subject) if tail else None), *tail]


def state_in_words(current, is_ahead, is_unfinished):
    """Return what students get of an exercise, and whether its draft says something else."""
    if is_unfinished:
        return f'version {current}, and a draft that is not finished' if current else 'draft, not finished'
    if not current:
        return 'draft, not published'
    return f'version {current}, and a draft that differs' if is_ahead else f'version {current}'


@view_config(context=Bank, accept='text/html', renderer=LIST, permission=Permission.EDIT_EXERCISES)
def list_exercises(bank, request):
    """List the exercises of a subject for those who write them."""
    return _list_page(bank, request)


@view_config(context=Bank, accept='application/json', renderer='json', permission=Permission.EDIT_EXERCISES)
def tell_exercises(bank, request):
    """List the exercises of a subject for a script."""
    return {'exercises': [_told(bank, request, line) for line in bank.all()]}


@view_config(context=Bank, name='create', methods=('POST',), renderer=LIST, permission=Permission.EDIT_EXERCISES)
def create_exercise(bank, request):
    """Make an exercise that begins as one of a few examples."""

    def make(given):
        name, kind = line_field(given, 'name'), text_field(given, 'start', 'function')
        if not 0 < len(name) <= LONGEST_NAME:
            raise FieldError('name', f'Write what students call it, at most {LONGEST_NAME} characters.')
        if kind not in WORDS:
            raise FieldError('start', f'It begins as one of {", ".join(WORDS)}.')
        identifier = bank.add(line_field(given, 'identifier'), beginning(kind, name))
        return {'identifier': identifier, 'url': exercise_url(request, bank.subject, identifier)}

    return save(
        request,
        partial(_list_page, bank, request),
        make,
        to=lambda told: told['url'],
        message=lambda told: (
            'The exercise is made, with an example in it to change. Students do not see it before it is published.'
        ),
        status=201,
    )


def _told(bank, request, line):
    return {
        'identifier': line.identifier,
        'name': line.name,
        'version': line.current or None,
        'draft_differs': line.is_ahead or not line.current,
        'is_unfinished': line.is_unfinished,
        'edited': iso(line.edited),
        'faults': line.faults,
        'used': [{'offering': offering, 'worksheet': worksheet} for offering, worksheet in line.used],
        'url': exercise_url(request, bank.subject, line.identifier),
    }


def _row(bank, request, line):
    return {
        **_told(bank, request, line),
        'state_words': state_in_words(line.current, line.is_ahead, line.is_unfinished),
        'edited_words': in_words(line.edited),
        'is_current': line.current and not line.is_ahead,
    }


def _list_page(bank, request, refusal=None, given=None):
    request.response.status_int = refusal.status if refusal else 200
    at, lines = getattr(refusal, 'field', None), bank.all()
    return {
        'title': f'Exercises of {bank.subject.code}',
        'crumbs': crumbs_to_bank(request, bank.subject),
        'rows': [_row(bank, request, line) for line in lines],
        'drafts': sum(not line.current or line.is_ahead for line in lines),
        'drafts_url': exercise_url(request, bank.subject, DRAFTS),
        'starts': list(WORDS.items()),
        'create_url': exercise_url(request, bank.subject, view='create'),
        'problem': refusal.message if refusal and not at else None,
        'problems': {at: refusal.message} if at else {},
        'given': {name: (given or {}).get(name, '') for name in ('name', 'identifier', 'start')},
    }
