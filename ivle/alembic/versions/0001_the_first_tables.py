"""The first tables: people, where they are signed in, their tokens, subjects and who takes part, and the audit."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def _moment(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name, *values):
    return sa.Column(name, sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20), nullable=False)


def upgrade():
    op.create_table(
        'user_account',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(64), nullable=False),
        sa.Column('name', sa.String(200), nullable=False),
        sa.Column('email', sa.String(200), nullable=False),
        sa.Column('is_admin', sa.Boolean(), nullable=False),
        _one_of('state', 'active', 'disabled'),
        _moment('expires', nullable=True),
        sa.Column('password_hash', sa.Text(), nullable=True),
        sa.Column('password_is_temporary', sa.Boolean(), nullable=False),
        _moment('password_expires', nullable=True),
        _moment('created'),
        _moment('last_login', nullable=True),
        sa.Column('host', sa.String(64), nullable=False),
        _moment('svn_key_made', nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
        sa.UniqueConstraint('login', name=op.f('uq_user_account_login')),
    )
    op.create_table(
        'login_session',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('id_digest', sa.String(64), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        _moment('created'),
        _moment('last_seen'),
        _moment('expires'),
        sa.Column('address', sa.String(64), nullable=False),
        sa.Column('agent', sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_login_session_user_id_user_account'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_login_session')),
        sa.UniqueConstraint('id_digest', name=op.f('uq_login_session_id_digest')),
    )
    op.create_index(op.f('ix_login_session_user_id'), 'login_session', ['user_id'])
    op.create_index(op.f('ix_login_session_expires'), 'login_session', ['expires'])
    op.create_table(
        'api_token',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(64), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('label', sa.String(200), nullable=False),
        _moment('created'),
        _moment('last_used', nullable=True),
        _moment('revoked', nullable=True),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_api_token_user_id_user_account'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
        sa.UniqueConstraint('digest', name=op.f('uq_api_token_digest')),
    )
    op.create_index(op.f('ix_api_token_user_id'), 'api_token', ['user_id'])
    op.create_table(
        'subject',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(64), nullable=False),
        sa.Column('name', sa.String(200), nullable=False),
        sa.Column('url_name', sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_subject')),
        sa.UniqueConstraint('code', name=op.f('uq_subject_code')),
        sa.UniqueConstraint('url_name', name=op.f('uq_subject_url_name')),
    )
    op.create_table(
        'semester',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(64), nullable=False),
        sa.Column('url_name', sa.String(64), nullable=False),
        _one_of('state', 'future', 'current', 'past'),
        sa.CheckConstraint('year BETWEEN 1900 AND 9999', name=op.f('ck_semester_year')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_semester')),
        sa.UniqueConstraint('year', 'code', name=op.f('uq_semester_year_code')),
        sa.UniqueConstraint('year', 'url_name', name=op.f('uq_semester_year_url_name')),
    )
    op.create_table(
        'offering',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('subject_id', sa.Integer(), nullable=False),
        sa.Column('semester_id', sa.Integer(), nullable=False),
        sa.Column('description', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['subject_id'], ['subject.id'], name=op.f('fk_offering_subject_id_subject'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(
            ['semester_id'], ['semester.id'], name=op.f('fk_offering_semester_id_semester'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_offering')),
        sa.UniqueConstraint('subject_id', 'semester_id', name=op.f('uq_offering_subject_id_semester_id')),
    )
    op.create_index(op.f('ix_offering_semester_id'), 'offering', ['semester_id'])
    op.create_table(
        'enrolment',
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('offering_id', sa.Integer(), nullable=False),
        _one_of('role', 'student', 'tutor', 'lecturer'),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user_account.id'], name=op.f('fk_enrolment_user_id_user_account'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['offering_id'], ['offering.id'], name=op.f('fk_enrolment_offering_id_offering'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('user_id', 'offering_id', name=op.f('pk_enrolment')),
    )
    op.create_index(op.f('ix_enrolment_offering_id'), 'enrolment', ['offering_id'])
    op.create_table(
        'audit_record',
        sa.Column('id', sa.Integer(), nullable=False),
        _moment('recorded'),
        sa.Column('viewer_id', sa.Integer(), nullable=True),
        sa.Column('viewer_login', sa.String(64), nullable=False),
        sa.Column('owner_id', sa.Integer(), nullable=True),
        sa.Column('owner_login', sa.String(64), nullable=False),
        sa.Column('action', sa.String(64), nullable=False),
        sa.Column('directory', sa.Text(), nullable=False),
        sa.Column('path', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('offering_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ['viewer_id'], ['user_account.id'], name=op.f('fk_audit_record_viewer_id_user_account'), ondelete='SET NULL'
        ),
        sa.ForeignKeyConstraint(
            ['owner_id'], ['user_account.id'], name=op.f('fk_audit_record_owner_id_user_account'), ondelete='SET NULL'
        ),
        sa.ForeignKeyConstraint(
            ['offering_id'], ['offering.id'], name=op.f('fk_audit_record_offering_id_offering'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_record')),
    )
    op.create_index(op.f('ix_audit_record_owner_id_recorded'), 'audit_record', ['owner_id', 'recorded'])
    op.create_index(op.f('ix_audit_record_viewer_id_recorded'), 'audit_record', ['viewer_id', 'recorded'])


def downgrade():
    for table in ('audit_record', 'enrolment', 'offering', 'semester', 'subject', 'api_token', 'login_session', 'user_account'):
        op.drop_table(table)
