"""Jobs, the re-tests that some of them are, and notices to people."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_ATTEMPT_STATES = ('waiting', 'judged', 'void')


def _moment(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name, *values):
    return sa.Column(name, sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20), nullable=False)


def _whole(name, nullable=False):
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _text(name, nullable=False):
    return sa.Column(name, sa.Text(), nullable=nullable)


def _line(name, length=200, nullable=False):
    return sa.Column(name, sa.String(length), nullable=nullable)


def _flag(name):
    return sa.Column(name, sa.Boolean(), nullable=False)


def _key(table, *columns):
    return sa.PrimaryKeyConstraint(*(columns or ('id',)), name=op.f(f'pk_{table}'))


def _to(table, column, other, on_delete, key='id'):
    return sa.ForeignKeyConstraint([column], [f'{other}.{key}'], name=op.f(f'fk_{table}_{column}_{other}'), ondelete=on_delete)


def _index(table, *columns):
    for column in columns:
        op.create_index(op.f(f'ix_{table}_{column}'), table, [column])


def upgrade():
    op.create_table(
        'job',
        _whole('id'),
        _line('kind', 64),
        _text('arguments'),
        _line('title'),
        _text('url'),
        _line('lock', nullable=True),
        _one_of('state', 'queued', 'running', 'done', 'failed', 'cancelled'),
        *(_whole(name) for name in ('done', 'total', 'begun_with')),
        _text('message'),
        _text('result'),
        _moment('created', nullable=False),
        *(_moment(name) for name in ('started', 'beat', 'ended')),
        _whole('tries'),
        _line('claim', 64, nullable=True),
        _whole('requested_by', nullable=True),
        _to('job', 'requested_by', 'user_account', 'SET NULL'),
        _key('job'),
        sa.UniqueConstraint('lock', name=op.f('uq_job_lock')),
    )
    _index('job', 'state', 'requested_by')
    op.create_table(
        'retest',
        _whole('job_id'),
        _whole('worksheet_exercise_id'),
        _whole('version_id'),
        _one_of('decision', 'pending', 'published', 'discarded'),
        _moment('decided'),
        _whole('decided_by', nullable=True),
        _to('retest', 'job_id', 'job', 'RESTRICT'),
        _to('retest', 'worksheet_exercise_id', 'worksheet_exercise', 'RESTRICT'),
        _to('retest', 'version_id', 'exercise_version', 'RESTRICT'),
        _to('retest', 'decided_by', 'user_account', 'SET NULL'),
        _key('retest', 'job_id'),
    )
    _index('retest', 'worksheet_exercise_id', 'version_id')
    op.create_table(
        'retest_result',
        _whole('job_id'),
        _whole('attempt_id'),
        _one_of('state_before', *_ATTEMPT_STATES),
        _flag('passed_before'),
        _text('verdict_before', nullable=True),
        _whole('version_before'),
        _one_of('state_after', *_ATTEMPT_STATES),
        _flag('passed_after'),
        _text('verdict_after', nullable=True),
        _line('python_after'),
        _flag('was_taken'),
        _to('retest_result', 'job_id', 'retest', 'RESTRICT', key='job_id'),
        _to('retest_result', 'attempt_id', 'attempt', 'CASCADE'),
        _to('retest_result', 'version_before', 'exercise_version', 'RESTRICT'),
        _key('retest_result', 'job_id', 'attempt_id'),
    )
    _index('retest_result', 'attempt_id', 'version_before')
    op.create_table(
        'notice',
        _whole('id'),
        _whole('user_id'),
        _text('text'),
        _text('url'),
        _moment('created', nullable=False),
        _flag('seen'),
        _to('notice', 'user_id', 'user_account', 'CASCADE'),
        _key('notice'),
    )
    _index('notice', 'user_id')


def downgrade():
    for table in ('notice', 'retest_result', 'retest', 'job'):
        op.drop_table(table)
