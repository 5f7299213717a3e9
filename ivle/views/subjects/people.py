"""The people of an offering: the list, one more of them, and what may be done about each."""

from pyramid.view import view_config

from ivle.errors import Conflict, FieldError
from ivle.hosts.directories import prepare_directories
from ivle.models.course import Role
from ivle.resources.subjects import OneMember, People
from ivle.security.permissions import Permission
from ivle.views.subjects.forms import flag_field, line_field
from ivle.views.subjects.places import ROLE_WORDS, crumbs_to, offering_url
from ivle.views.wire import answer, fields, wants_json

PAGE = 'ivle:templates/subjects-people.pt'
MEMBER_PAGE = 'ivle:templates/subjects-member.pt'
SORTS = ('login', 'name', 'role', 'active')


@view_config(context=People, accept='text/html', renderer=PAGE, permission=Permission.SEE_PEOPLE)
def list_people(people, request):
    """List who takes part."""
    return _page(people, request)


@view_config(context=People, accept='application/json', renderer='json', permission=Permission.SEE_PEOPLE)
def tell_people(people, request):
    """List them for a script."""
    return {'people': [_told(member) for member in _found(people, request)]}


@view_config(context=People, name='enrol', methods=('POST',), renderer=PAGE, permission=Permission.ENROL)
def enrol(people, request):
    """Give one more person a part."""
    given = fields(request)
    try:
        newcomer = people.enrol(line_field(given, 'login').lower(), line_field(given, 'role', 'student'))
    except FieldError as refusal:
        if wants_json(request):
            raise
        return _page(people, request, refusal, given)
    role = line_field(given, 'role', 'student')
    prepare(request, people.place.offering, role, [newcomer])
    told = {'login': newcomer.login, 'role': role, 'active': True}
    to = offering_url(request, people.place.offering, 'people')
    return answer(request, told, to=to, message=f'{newcomer.login} takes part as {role}.', status=201)


def prepare(request, offering, role, newcomers):
    """Make the subject directories of students, after the enrolment stands: what fails is made when they first open it."""
    if role == Role.STUDENT:
        logins = [newcomer.login for newcomer in newcomers if newcomer.is_usable]
        prepare_directories(request.registry.ivle, logins, offering.subject)


@view_config(context=OneMember, accept='text/html', renderer=MEMBER_PAGE, permission=Permission.SEE_PEOPLE)
def show_member(place, request):
    """Show somebody's part, and what may be done about it."""
    return _member_page(place, request)


@view_config(context=OneMember, accept='application/json', renderer='json', permission=Permission.SEE_PEOPLE)
def tell_member(place, request):
    """Tell a script about somebody's part."""
    return {**_told(place.member), 'removable': place.is_changeable and not place.has_work()}


@view_config(context=OneMember, name='role', methods=('POST',), renderer=MEMBER_PAGE, permission=Permission.ENROL)
def change_role(place, request):
    """Give somebody another role."""
    given = fields(request)
    role = line_field(given, 'role')
    try:
        newcomer = place.change(role=role)
    except FieldError as refusal:
        if wants_json(request):
            raise
        return _member_page(place, request, refusal)
    prepare(request, place.place.offering, role, [newcomer])
    return _done(place, request, {**_told(place.member), 'role': role}, f'{newcomer.login} is a {role} now.')


@view_config(context=OneMember, name='active', methods=('POST',), permission=Permission.ENROL)
def change_active(place, request):
    """Make an enrolment inactive, which ends all access at once and keeps the work; or active again."""
    active = flag_field(fields(request), 'active')
    newcomer = place.change(active=active)
    if active:
        prepare(request, place.place.offering, place.member.role, [newcomer])
    words = 'takes part again.' if active else 'has no access any more. Their work is kept.'
    return _done(place, request, {**_told(place.member), 'active': active}, f'{newcomer.login} {words}')


@view_config(context=OneMember, name='remove', methods=('POST',), renderer=MEMBER_PAGE, permission=Permission.ENROL)
def remove(place, request):
    """Remove an enrolment on which nothing depends."""
    try:
        place.remove()
    except Conflict as refusal:
        if wants_json(request):
            raise
        return _member_page(place, request, refusal)
    to = offering_url(request, place.place.offering, 'people')
    return answer(request, {'removed': place.member.login}, to=to, message=f'{place.member.login} is not enrolled any more.')


def _done(place, request, told, message):
    to = offering_url(request, place.place.offering, 'people', place.member.login)
    return answer(request, told, to=to, message=message)


def _told(member):
    return {'login': member.login, 'name': member.name, 'role': str(member.role), 'active': member.active}


def _found(people, request):
    """Return the Members in whose login or name every word of the search stands, in the order that is asked for."""
    words = request.GET.get('q', '')[:200].lower().split()
    members = [member for member in people.all() if all(word in f'{member.login} {member.name}'.lower() for word in words)]
    sort = _sort(request)
    if sort is None:
        return members
    return sorted(members, key=lambda member: getattr(member, sort), reverse=request.GET.get('order') == 'down')


def _sort(request):
    sort = request.GET.get('sort')
    return sort if sort in SORTS else None


def _page(people, request, refusal=None, given=None):
    request.response.status_int = refusal.status if refusal else 200
    offering, members = people.place.offering, _found(people, request)
    can_enrol = bool(request.has_permission(Permission.ENROL, people))
    return {
        'title': f'People of {offering.path}',
        'crumbs': crumbs_to(request, offering, ('People', None)),
        'rows': [
            {
                **_told(member),
                'role_words': ROLE_WORDS[member.role],
                'url': offering_url(request, offering, 'people', member.login),
            }
            for member in members
        ],
        'words': request.GET.get('q', ''),
        'headings': [_heading(request, offering, *pair) for pair in zip(SORTS, ('Login', 'Name', 'Role', 'State'), strict=True)],
        'here': offering_url(request, offering, 'people'),
        'enrol_url': offering_url(request, offering, 'people', view='enrol'),
        'list_url': offering_url(request, offering, 'people', view='class-list'),
        'roles': [str(role) for role in people.place.roles_to_give()] if can_enrol else [],
        'problems': {refusal.field: refusal.message} if refusal else {},
        'given': {'login': '', 'role': 'student', **(given or {})},
    }


def _heading(request, offering, name, words):
    """Return a column's heading: a link that sorts by it, and the other way round the second time."""
    is_sorted = _sort(request) == name
    down = is_sorted and request.GET.get('order') != 'down'
    query = f'sort={name}&order=down' if down else f'sort={name}'
    order = ('descending' if request.GET.get('order') == 'down' else 'ascending') if is_sorted else None
    return {'words': words, 'url': offering_url(request, offering, 'people', query=query), 'order': order, 'name': name}


def _member_page(place, request, refusal=None):
    request.response.status_int = refusal.status if refusal else 200
    offering, member = place.place.offering, place.member
    here = [offering_url(request, offering, 'people', member.login, view=view) for view in ('role', 'active', 'remove')]
    return {
        'title': member.name,
        'crumbs': crumbs_to(request, offering, ('People', offering_url(request, offering, 'people')), (member.login, None)),
        'member': {**_told(member), 'role_words': ROLE_WORDS[member.role]},
        'offering': offering.path,
        'is_changeable': place.is_changeable,
        'has_work': place.is_changeable and place.has_work(),
        'roles': [str(role) for role in place.place.roles_to_give()],
        'urls': dict(zip(('role', 'active', 'remove'), here, strict=True)),
        'problem': refusal.message if refusal else None,
    }
