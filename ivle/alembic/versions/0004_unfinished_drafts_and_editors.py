"""What authors typed that is no exercise yet, and who saved a worksheet or an exercise last."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def _named(table):
    return op.f(f'fk_{table}_editor_id_user_account')


def upgrade():
    for table in ('exercise', 'worksheet'):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column('editor_id', sa.Integer(), nullable=True))
            batch.create_foreign_key(_named(table), 'user_account', ['editor_id'], ['id'], ondelete='SET NULL')
    op.add_column('exercise', sa.Column('unfinished', sa.Text(), nullable=True))


def downgrade():
    op.drop_column('exercise', 'unfinished')
    for table in ('exercise', 'worksheet'):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(_named(table), type_='foreignkey')
            batch.drop_column('editor_id')
