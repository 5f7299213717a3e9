"""People, as administrators see and change them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from pyramid.view import view_config

from ivle.errors import BadRequest, Conflict
from ivle.models.names import is_email, is_login
from ivle.resources.admin import People, Person
from ivle.resources.base import path_url
from ivle.security.administration import Administrator
from ivle.security.permissions import Permission
from ivle.views.moments import in_words, iso
from ivle.views.wire import answer, fields, text_field, wants_json

PAGE_LENGTH = 50


@view_config(context=People, accept='text/html', renderer='ivle:templates/admin-people.pt', permission=Permission.ADMINISTER)
def list_people(people, request):
    """List people, those that were searched for."""
    return _list_page(people, request)


@view_config(context=People, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def tell_people(people, request):
    """List people for a script, a page at a time."""
    words, page = _search(request)
    found, total = people.find(words, (page - 1) * PAGE_LENGTH, PAGE_LENGTH)
    return {'people': [_told(line) for line in found], 'total': total, 'page': page, 'pages': _pages(total)}


@view_config(
    context=People, name='create', methods=('POST',), renderer='ivle:templates/admin-people.pt', permission=Permission.ADMINISTER
)
def create(people, request):
    """Make an account, and show its first password, this once."""
    given = fields(request)
    try:
        wanted = _wanted(given)
        password = _administrator(request).create(**wanted)
    except (BadRequest, Conflict) as refusal:
        if wants_json(request):
            raise
        return _list_page(people, request, status=refusal.status, problem=refusal.message, given=given)
    if wants_json(request):
        return answer(request, {'login': wanted['login'], 'password': password}, to='', status=201)
    return _list_page(people, request, status=201, made={'login': wanted['login'], 'password': password})


@view_config(context=Person, accept='text/html', renderer='ivle:templates/admin-person.pt', permission=Permission.ADMINISTER)
def show_person(person, request):
    """Show one account and what can be done with it."""
    return _person_page(person, request)


@view_config(context=Person, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def tell_person(person, request):
    """Tell a script about one account."""
    open_sessions, open_tokens = person.open_doors()
    return {**_told(person.line), 'sessions': open_sessions, 'tokens': open_tokens}


@view_config(context=Person, name='disable', methods=('POST',), permission=Permission.ADMINISTER)
def disable(person, request):
    """Close an account at once, with everything that is open in its name."""
    if person.is_self:
        raise Conflict('You cannot close your own account: another administrator can.')
    _administrator(request).disable(person.line.login)
    return _done(person, request, {'state': 'disabled'}, f'{person.line.login} can no longer use the site. Their files are kept.')


@view_config(context=Person, name='enable', methods=('POST',), permission=Permission.ADMINISTER)
def enable(person, request):
    """Open an account again."""
    _administrator(request).enable(person.line.login)
    return _done(person, request, {'state': 'active'}, f'{person.line.login} can use the site again.')


@view_config(
    context=Person,
    name='reset-password',
    methods=('POST',),
    renderer='ivle:templates/admin-person.pt',
    permission=Permission.ADMINISTER,
)
def reset_password(person, request):
    """Make a first password again, and show it, this once."""
    if person.is_self:
        raise Conflict('Change your own password on your profile page.')
    password = _administrator(request).reset_password(person.line.login)
    if wants_json(request):
        return answer(request, {'login': person.line.login, 'password': password}, to='')
    return _person_page(person, request, new_password=password)


@view_config(context=Person, name='end-sessions', methods=('POST',), permission=Permission.ADMINISTER)
def end_sessions(person, request):
    """Sign somebody out everywhere."""
    ended = _administrator(request).end_sessions(person.line.login)
    words = f'{person.line.login} was signed out in {ended} place{"" if ended == 1 else "s"}.'
    return _done(person, request, {'ended_sessions': ended}, words)


def _administrator(request):
    return Administrator(request.registry.ivle, request.registry.database, request.identity)


def _done(person, request, payload, message):
    return answer(request, payload, to=path_url(request, 'admin', 'people', person.line.login), message=message)


def _wanted(given):
    """Return the arguments of Administrator.create from the fields of the form."""
    login = text_field(given, 'login', limit=100).strip()
    name = ' '.join(text_field(given, 'name', limit=200).split())
    email = text_field(given, 'email', '', limit=200).strip()
    if not is_login(login):
        raise BadRequest('A login has at most 64 lower-case letters, digits and _ . + - @, the first of them a letter or digit.')
    if not name:
        raise BadRequest('Write the name of the person.')
    if email and not is_email(email):
        raise BadRequest('That is not an e-mail address: it looks like name@example.org.')
    is_admin = given.get('is_admin') in ('1', True)
    return {
        'login': login,
        'name': name,
        'email': email,
        'is_admin': is_admin,
        'expires': _end_of(text_field(given, 'expires', '')),
    }


def _end_of(day):
    """Return the end of a day written as 2026-12-31; None for no day."""
    if not day:
        return None
    try:
        return datetime.strptime(day, '%Y-%m-%d').replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise BadRequest('Write the last day as year-month-day, for example 2026-12-31.') from None


def _search(request):
    page = request.GET.get('page', '1')
    # A page that does not exist is empty; a number of many digits is no page.
    return request.GET.get('q', '')[:200], int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 and int(
        page
    ) else 1


def _pages(total):
    return max(1, -(-total // PAGE_LENGTH))


def _page_url(request, words, page):
    return path_url(request, 'admin', 'people', query=urlencode({'q': words, 'page': page}))


def _told(line):
    return {
        'login': line.login,
        'name': line.name,
        'email': line.email,
        'admin': line.is_admin,
        'state': line.state,
        'expires': iso(line.expires),
        'last_login': iso(line.last_login),
    }


def _row(request, line):
    return {
        **_told(line),
        'url': path_url(request, 'admin', 'people', line.login),
        'last_login_words': in_words(line.last_login),
        'state_words': {'active': 'open', 'disabled': 'closed'}[line.state],
    }


def _list_page(people, request, status=200, problem=None, given=None, made=None):
    request.response.status_int = status
    words, page = _search(request)
    found, total = people.find(words, (page - 1) * PAGE_LENGTH, PAGE_LENGTH)
    return {
        'title': 'People',
        'crumbs': [('Administration', path_url(request, 'admin')), ('People', None)],
        'rows': [_row(request, line) for line in found],
        'words': words,
        'total': total,
        'page': page,
        'pages': _pages(total),
        'previous': _page_url(request, words, page - 1) if page > 1 else None,
        'next': _page_url(request, words, page + 1) if page < _pages(total) else None,
        'problem': problem,
        'given': {name: (given or {}).get(name, '') for name in ('login', 'name', 'email', 'expires', 'is_admin')},
        'made': made,
    }


def _person_page(person, request, new_password=None):
    open_sessions, open_tokens = person.open_doors()
    line = person.line
    return {
        'title': line.name,
        'crumbs': [
            ('Administration', path_url(request, 'admin')),
            ('People', path_url(request, 'admin', 'people')),
            (line.login, None),
        ],
        'person': _row(request, line),
        'is_self': person.is_self,
        'sessions': open_sessions,
        'tokens': open_tokens,
        'expires_words': in_words(line.expires),
        'new_password': new_password,
    }
