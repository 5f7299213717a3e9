"""The site's data: one family of tables per module, the engine, and the transactions of a request.

`request.dbsession` is the session of a request. It joins the request's transaction when it is first used, so a page
that needs no data costs none, and nothing is held while a view waits for a sandbox that it asked first. On GET and HEAD the
database itself refuses to write. Nobody calls commit: an answer below 400 commits, anything else takes back.

`request.reading()` gives a separate, short session for what must be known before a view runs: who is
asking, and what they may do.
`registry.database` is the same database without a request, with `reading()` and `writing()`.
"""

from ivle.models.attempt import Attempt, AttemptState, Draft, HintsSeen
from ivle.models.audit import AuditRecord, Look, looks_at, record_act, record_view
from ivle.models.course import (
    Enrolment,
    Offering,
    Part,
    Role,
    Semester,
    SemesterState,
    Subject,
    classes_of,
    enrolled_staff_scope,
    enrolments,
    staff_scope,
)
from ivle.models.database import Database
from ivle.models.exercise import Exercise, ExerciseVersion
from ivle.models.job import Job, JobState
from ivle.models.meta import Base, utc_now
from ivle.models.notice import Notice
from ivle.models.retest import Decision, Retest, RetestResult
from ivle.models.schema import SchemaError, upgrade
from ivle.models.session import LoginSession
from ivle.models.token import ApiToken
from ivle.models.user import Account, State, User, account, usable, user_called
from ivle.models.worksheet import Format, Worksheet, WorksheetExercise, WorksheetFile

__all__ = [
    'Decision',
    'Job',
    'JobState',
    'Notice',
    'Retest',
    'RetestResult',
    'WorksheetFile',
    'WorksheetExercise',
    'Worksheet',
    'Format',
    'ExerciseVersion',
    'Exercise',
    'HintsSeen',
    'Draft',
    'AttemptState',
    'Attempt',
    'Account',
    'ApiToken',
    'AuditRecord',
    'Base',
    'Database',
    'Enrolment',
    'LoginSession',
    'Look',
    'Offering',
    'Part',
    'Role',
    'SchemaError',
    'Semester',
    'SemesterState',
    'State',
    'Subject',
    'User',
    'account',
    'classes_of',
    'enrolled_staff_scope',
    'enrolments',
    'looks_at',
    'record_act',
    'record_view',
    'staff_scope',
    'upgrade',
    'usable',
    'user_called',
    'utc_now',
]

SAFE_METHODS = ('GET', 'HEAD', 'OPTIONS', 'TRACE')


def _dbsession(request):
    # Not before it is needed: with it come the drivers of all databases, and a worker has no requests.
    import zope.sqlalchemy

    session = request.registry.database.session(writes=request.method not in SAFE_METHODS)
    zope.sqlalchemy.register(session, transaction_manager=request.tm)
    return session


def _reading(request):
    return request.registry.database.reading()


def includeme(config):
    """Bring the schema up to date, open the database and give requests their sessions."""
    upgrade(config.registry.ivle)
    config.registry.database = Database(config.registry.ivle)
    config.add_settings(
        {
            'tm.manager_hook': 'pyramid_tm.explicit_manager',
            'tm.commit_veto': 'pyramid_tm.default_commit_veto',
            # Nobody needs the name on the transaction, and to look it up for a style sheet would cost a query.
            'tm.annotate_user': False,
        }
    )
    config.include('pyramid_tm')
    config.add_request_method(_dbsession, 'dbsession', reify=True)
    config.add_request_method(_reading, 'reading')
