"""The site as a whole, as administrators see it: where to go, courses, and health."""

from pyramid.view import view_config

from ivle.hosts.health import daemon_states
from ivle.resources.admin import Administration, Courses, Health
from ivle.resources.base import path_url
from ivle.security.permissions import Permission
from ivle.views.health import site_checks

_PARTS = {
    'database': ('Database', 'Nobody can sign in and no right can be looked up while it is down.'),
    'sandbox': (
        'Sandboxes',
        'Files, consoles and served programs need it. Look into log/sandbox-server.log in the data directory.',
    ),
    'usrmgt': (
        'Accounts on the host',
        'New accounts and Subversion need it. Look into log/usrmgt-server.log in the data directory.',
    ),
    'gateway': (
        'Console gateway',
        'Consoles are slower without it: browsers ask again and again for what programs write. Look into log/gateway.log in the '
        'data directory.',
    ),
    'worker': (
        'Work in the background',
        'Jobs, such as testing all attempts at an exercise again, wait until it is back. Look into log/worker.log in the data '
        'directory.',
    ),
}


@view_config(context=Administration, accept='text/html', renderer='ivle:templates/admin.pt', permission=Permission.ADMINISTER)
def overview(administration, request):
    """Show where to go."""
    has_jobs = request.registry.clients.by_name('jobs') is not None
    jobs = (
        'Work in the background',
        path_url(request, 'jobs'),
        'clock',
        'What is being done or waits, for whom, and how far it is.',
    )
    return {
        'title': 'Administration',
        'crumbs': [],
        'places': [
            (
                'People',
                path_url(request, 'admin', 'people'),
                'people',
                'Find, make, close and open accounts; passwords and sessions.',
            ),
            ('Courses', path_url(request, 'admin', 'courses'), 'book', 'Subjects, semesters and offerings.'),
            *([jobs] if has_jobs else []),
            ('Health', path_url(request, 'admin', 'health'), 'gear', 'The database, the daemons, the worker and the sandbox.'),
        ],
    }


@view_config(context=Administration, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def tell_overview(administration, request):
    """Tell a script where to go."""
    return {
        'people': path_url(request, 'admin', 'people'),
        'courses': path_url(request, 'admin', 'courses'),
        'health': path_url(request, 'admin', 'health'),
    }


@view_config(context=Courses, accept='text/html', renderer='ivle:templates/admin-courses.pt', permission=Permission.ADMINISTER)
def show_courses(courses, request):
    """List subjects, semesters and offerings."""
    return {
        'title': 'Courses',
        'crumbs': [('Administration', path_url(request, 'admin')), ('Courses', None)],
        **_courses(courses),
    }


@view_config(context=Courses, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def tell_courses(courses, request):
    """List them for a script."""
    return _courses(courses)


def _courses(courses):
    subjects, semesters, offerings = courses.all()
    return {
        'subjects': [{'code': code, 'name': name, 'url_name': url_name} for code, name, url_name in subjects],
        'semesters': [
            {'year': year, 'code': code, 'url_name': url_name, 'state': state} for year, code, url_name, state in semesters
        ],
        'offerings': [
            {
                'offering': line.offering,
                'subject': line.subject,
                'semester': line.semester_state,
                'students': line.students,
                'staff': line.staff,
            }
            for line in offerings
        ],
    }


@view_config(context=Health, accept='text/html', renderer='ivle:templates/admin-health.pt', permission=Permission.ADMINISTER)
def show_health(health, request):
    """Show what works, and what to do about what does not."""
    return {'title': 'Health', 'crumbs': [('Administration', path_url(request, 'admin')), ('Health', None)], **_health(request)}


@view_config(context=Health, accept='application/json', renderer='json', permission=Permission.ADMINISTER)
def tell_health(health, request):
    """Tell a script the same."""
    return _health(request)


def _health(request):
    states = daemon_states(request.registry.ivle)
    checks = site_checks(request.registry, states)
    sandbox, usrmgt = states['sandbox'] or {}, states['usrmgt'] or {}
    return {
        'parts': [
            {'name': name, 'title': _PARTS[name][0], 'works': works, 'meaning': _PARTS[name][1]} for name, works in checks.items()
        ],
        'sandbox': {
            'boxes': sandbox.get('boxes'),
            'consoles': sandbox.get('consoles'),
            'backend': sandbox.get('backend'),
            **{name: sandbox.get(name) for name in ('users', 'ready', 'most', 'waiting')},
            'checks': [_told(check) for check in sandbox.get('checks', []) if isinstance(check, dict)],
        },
        'accounts': usrmgt.get('users'),
    }


def _told(check):
    """Return one finding of the sandbox daemon about its host."""
    told = {key: str(check.get(key, '')) for key in ('name', 'state', 'sentence', 'mend')}
    return {**told, 'weight': {'PASS': 'pass', 'DEGRADED': 'warn', 'FAIL': 'fail'}.get(told['state'], 'info')}
