"""`/health`: one word for a machine that watches the site, with what stands behind it."""

from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ivle.hosts.health import daemon_states, gateway_works
from ivle.jobs.alive import is_alive
from ivle.resources.root import Root


def site_checks(registry, states):
    """Return what works, with `states` as `daemon_states` returns them.

    {'database': bool, 'sandbox': bool, 'usrmgt': bool, 'gateway': bool, 'worker': bool}.
    """
    try:
        with registry.database.reading() as db:
            db.execute(text('SELECT 1'))
        database = True
    except SQLAlchemyError:
        database = False
    daemons = {name: state is not None for name, state in states.items()}
    return {'database': database, **daemons, 'gateway': gateway_works(registry.ivle), 'worker': is_alive(registry.ivle)}


@view_config(context=Root, name='health', renderer='json', permission=NO_PERMISSION_REQUIRED)
def health(root, request):
    """Say whether the site works: 200 when all of it does, 503 otherwise."""
    checks = site_checks(request.registry, daemon_states(request.registry.ivle))
    works = all(checks.values())
    request.response.status_int = 200 if works else 503
    return {
        'status': 'ok' if works else 'degraded',
        'checks': {name: 'ok' if fine else 'does not answer' for name, fine in checks.items()},
    }
