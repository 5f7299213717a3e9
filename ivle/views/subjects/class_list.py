"""Enrolling by a list: what it would change is shown first, and exactly that is done then, or nothing."""

from collections import Counter

from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict, FieldError
from ivle.models.course import Role
from ivle.resources.subjects import People
from ivle.security.permissions import Permission
from ivle.teaching.class_list import KINDS, MOST_CHARACTERS, UnreadableList, digest_of, read_class_list, written
from ivle.text import read_text
from ivle.views.subjects.forms import flag_field
from ivle.views.subjects.people import prepare
from ivle.views.subjects.places import crumbs_to, offering_url
from ivle.views.wire import answer, fields, text_field, wants_json

ASK = 'ivle:templates/subjects-class-list.pt'
PREVIEW = 'ivle:templates/subjects-class-list-preview.pt'
KIND_WORDS = {
    'new': 'will be enrolled',
    'raised': 'gets another role',
    'back': 'will be active again',
    'lowered': 'would lose a role',
    'unchanged': 'stays as it is',
    'unknown': 'there is no such account',
    'not-allowed': 'is not yours to change',
    'twice': 'stands in the list before',
    'unreadable': 'cannot be read',
}
_STATES = {'new': 'pass', 'raised': 'pass', 'back': 'pass', 'lowered': 'warn', 'unchanged': 'quiet'}


@view_config(context=People, name='class-list', accept='text/html', renderer=ASK, permission=Permission.ENROL)
def ask_for_list(people, request):
    """Show where to paste or upload a class list."""
    return _ask_page(people, request)


@view_config(context=People, name='class-list', accept='application/json', renderer='json', permission=Permission.ENROL)
def tell_about_lists(people, request):
    """Tell a script what a class list may hold."""
    return {'columns': ['login', 'role'], 'roles': [str(role) for role in people.place.roles_to_give()]}


@view_config(context=People, name='preview', methods=('POST',), renderer=PREVIEW, permission=Permission.ENROL)
def preview(people, request):
    """Say what a class list would change, and change nothing."""
    given = fields(request)
    try:
        lines = read_class_list(_list_in(given))
    except UnreadableList as error:
        refusal = FieldError('list', str(error))
        if wants_json(request):
            raise refusal from None
        request.override_renderer = ASK
        return _ask_page(people, request, refusal, given)
    changes = people.preview(lines)
    if wants_json(request):
        told = {'changes': [_told(change) for change in changes], 'list': written(lines), 'digest': digest_of(changes)}
        return answer(request, told, to='')
    return _preview_page(people, request, lines, changes)


@view_config(context=People, name='apply', methods=('POST',), renderer=PREVIEW, permission=Permission.ENROL)
def apply(people, request):
    """Make the changes that the preview said, all of them or none."""
    given = fields(request)
    try:
        lines = read_class_list(text_field(given, 'list', limit=2 * MOST_CHARACTERS))
    except UnreadableList as error:
        raise BadRequest(str(error)) from None
    try:
        made, students = people.apply(lines, text_field(given, 'digest', limit=100), flag_field(given, 'lower'))
    except Conflict as refusal:
        if wants_json(request):
            raise
        return _preview_page(people, request, lines, people.preview(lines), refusal)
    offering = people.place.offering
    prepare(request, offering, Role.STUDENT, students)
    words = f'{_people(len(made))} enrolled or changed.' if made else 'Nothing was to be done.'
    to = offering_url(request, offering, 'people')
    return answer(request, {'made': [_told(change) for change in made]}, to=to, message=words)


def _people(count):
    return '1 person' if count == 1 else f'{count} people'


def _list_in(given):
    """Return the text of an uploaded list, else of the pasted one."""
    uploaded = given.get('file')
    if hasattr(uploaded, 'file') and uploaded.filename:
        return read_text(uploaded.file.read(4 * MOST_CHARACTERS)).text
    return text_field(given, 'list', '', limit=MOST_CHARACTERS)


def _told(change):
    return {
        'line': change.number,
        'login': change.login,
        'kind': change.kind,
        'before': change.old and {'role': change.old.role, 'active': change.old.active},
        'after': change.new,
    }


def _ask_page(people, request, refusal=None, given=None):
    request.response.status_int = refusal.status if refusal else 200
    offering = people.place.offering
    pasted = (given or {}).get('list', '')
    return {
        'title': 'Enrol a class list',
        'crumbs': _crumbs(request, offering),
        'action': offering_url(request, offering, 'people', view='preview'),
        'roles': [str(role) for role in people.place.roles_to_give()],
        'problem': refusal.message if refusal else None,
        'pasted': pasted if isinstance(pasted, str) else '',
    }


def _crumbs(request, offering):
    return crumbs_to(request, offering, ('People', offering_url(request, offering, 'people')), ('Class list', None))


def _preview_page(people, request, lines, changes, refusal=None):
    request.response.status_int = refusal.status if refusal else 200
    offering, counts = people.place.offering, Counter(change.kind for change in changes)
    return {
        'title': 'What the list changes',
        'crumbs': _crumbs(request, offering),
        'problem': refusal.message if refusal else None,
        'summary': ' · '.join(f'{counts[kind]} {KIND_WORDS[kind]}' for kind in KINDS if counts[kind]),
        'rows': [_row(change) for change in sorted(changes, key=lambda change: (KINDS.index(change.kind), change.number))],
        'to_do': sum(change.is_made for change in changes),
        'lowered': counts['lowered'],
        'action': offering_url(request, offering, 'people', view='apply'),
        'again_url': offering_url(request, offering, 'people', view='class-list'),
        'list': written(lines),
        'digest': digest_of(changes),
    }


def _row(change):
    before = change.old and (change.old.role + ('' if change.old.active else ', inactive'))
    return {
        'number': change.number,
        'login': change.login or '–',
        'before': before or '–',
        'after': change.new or '–',
        'words': change.detail or KIND_WORDS[change.kind],
        'state': _STATES.get(change.kind, 'fail'),
    }
