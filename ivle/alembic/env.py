"""Run migrations on the connection, and in the transaction, that `ivle.models.schema` opened."""

from alembic import context

from ivle.models.meta import Base

connection = context.config.attributes['connection']
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=True,
    # SQLite cannot alter a table in place.
    render_as_batch=True,
    # Alembic believes that SQLite cannot take schema changes back; with our own BEGIN it can.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
