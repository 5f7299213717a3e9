"""Worksheets and exercises: the bank of a subject, the texts of an offering, drafts, attempts and hints; marks of an offering."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def _moment(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name, *values):
    return sa.Column(name, sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20), nullable=False)


def _whole(name):
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name):
    return sa.Column(name, sa.Boolean(), nullable=False)


def _text(name):
    return sa.Column(name, sa.Text(), nullable=False)


def _line(name, length=200):
    return sa.Column(name, sa.String(length), nullable=False)


def _key(table, *columns):
    return sa.PrimaryKeyConstraint(*(columns or ('id',)), name=op.f(f'pk_{table}'))


def _to(table, column, other, on_delete):
    return sa.ForeignKeyConstraint([column], [f'{other}.id'], name=op.f(f'fk_{table}_{column}_{other}'), ondelete=on_delete)


def _once(table, *columns):
    return sa.UniqueConstraint(*columns, name=op.f(f'uq_{table}_{"_".join(columns)}'))


def upgrade():
    with op.batch_alter_table('offering') as offering:
        offering.add_column(sa.Column('url', sa.Text(), nullable=False, server_default=''))
        offering.add_column(sa.Column('show_marks', sa.Boolean(), nullable=False, server_default=sa.true()))
        offering.add_column(sa.Column('worksheet_cutoff', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('offering') as offering:
        offering.alter_column('url', server_default=None)
        offering.alter_column('show_marks', server_default=None)
    op.create_table(
        'exercise',
        _whole('id'),
        _whole('subject_id'),
        _line('identifier', 64),
        _line('name'),
        _text('draft'),
        _whole('current'),
        _moment('edited'),
        _to('exercise', 'subject_id', 'subject', 'RESTRICT'),
        _key('exercise'),
        _once('exercise', 'subject_id', 'identifier'),
    )
    op.create_table(
        'exercise_version',
        _whole('id'),
        _whole('exercise_id'),
        _whole('number'),
        _text('definition'),
        _line('digest', 64),
        _moment('created'),
        sa.Column('author_id', sa.Integer(), nullable=True),
        _to('exercise_version', 'exercise_id', 'exercise', 'RESTRICT'),
        _to('exercise_version', 'author_id', 'user_account', 'SET NULL'),
        _key('exercise_version'),
        _once('exercise_version', 'exercise_id', 'number'),
    )
    op.create_table(
        'worksheet',
        _whole('id'),
        _whole('offering_id'),
        _line('identifier', 64),
        _line('name'),
        _one_of('format', 'rst', 'md', 'xml'),
        _text('source'),
        _text('rendered'),
        _line('renderer', 64),
        _flag('assessable'),
        _flag('published'),
        _whole('position'),
        _moment('edited'),
        _to('worksheet', 'offering_id', 'offering', 'RESTRICT'),
        _key('worksheet'),
        _once('worksheet', 'offering_id', 'identifier'),
    )
    op.create_table(
        'worksheet_exercise',
        _whole('id'),
        _whole('worksheet_id'),
        _whole('exercise_id'),
        _whole('position'),
        _flag('optional'),
        _flag('active'),
        _to('worksheet_exercise', 'worksheet_id', 'worksheet', 'RESTRICT'),
        _to('worksheet_exercise', 'exercise_id', 'exercise', 'RESTRICT'),
        _key('worksheet_exercise'),
        _once('worksheet_exercise', 'worksheet_id', 'exercise_id'),
    )
    op.create_index(op.f('ix_worksheet_exercise_exercise_id'), 'worksheet_exercise', ['exercise_id'])
    op.create_table(
        'worksheet_file',
        _whole('id'),
        _whole('worksheet_id'),
        _line('name'),
        _line('media_type', 64),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        _line('digest', 64),
        _to('worksheet_file', 'worksheet_id', 'worksheet', 'CASCADE'),
        _key('worksheet_file'),
        _once('worksheet_file', 'worksheet_id', 'name'),
    )
    op.create_table(
        'draft',
        _whole('user_id'),
        _whole('worksheet_exercise_id'),
        _text('code'),
        _moment('saved'),
        _to('draft', 'user_id', 'user_account', 'CASCADE'),
        _to('draft', 'worksheet_exercise_id', 'worksheet_exercise', 'CASCADE'),
        _key('draft', 'user_id', 'worksheet_exercise_id'),
    )
    op.create_index(op.f('ix_draft_worksheet_exercise_id'), 'draft', ['worksheet_exercise_id'])
    op.create_table(
        'attempt',
        _whole('id'),
        _whole('user_id'),
        _whole('worksheet_exercise_id'),
        _whole('version_id'),
        _whole('number'),
        _line('key', 64),
        _moment('submitted'),
        _text('code'),
        _one_of('state', 'waiting', 'judged', 'void'),
        _flag('passed'),
        sa.Column('verdict', sa.Text(), nullable=True),
        _line('python'),
        _flag('active'),
        _to('attempt', 'user_id', 'user_account', 'CASCADE'),
        _to('attempt', 'worksheet_exercise_id', 'worksheet_exercise', 'RESTRICT'),
        _to('attempt', 'version_id', 'exercise_version', 'RESTRICT'),
        _key('attempt'),
        _once('attempt', 'worksheet_exercise_id', 'user_id', 'number'),
        _once('attempt', 'worksheet_exercise_id', 'user_id', 'key'),
    )
    for column in ('user_id', 'version_id', 'state'):
        op.create_index(op.f(f'ix_attempt_{column}'), 'attempt', [column])
    op.create_table(
        'hints_seen',
        _whole('user_id'),
        _whole('worksheet_exercise_id'),
        _whole('count'),
        _to('hints_seen', 'user_id', 'user_account', 'CASCADE'),
        _to('hints_seen', 'worksheet_exercise_id', 'worksheet_exercise', 'CASCADE'),
        _key('hints_seen', 'user_id', 'worksheet_exercise_id'),
    )
    op.create_index(op.f('ix_hints_seen_worksheet_exercise_id'), 'hints_seen', ['worksheet_exercise_id'])


def downgrade():
    for table in (
        *('hints_seen', 'attempt', 'draft', 'worksheet_file', 'worksheet_exercise', 'worksheet', 'exercise_version', 'exercise'),
    ):
        op.drop_table(table)
    with op.batch_alter_table('offering') as offering:
        for column in ('worksheet_cutoff', 'show_marks', 'url'):
            offering.drop_column(column)
