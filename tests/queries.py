"""How many questions a page asks the database."""

import contextlib

from sqlalchemy import event


@contextlib.contextmanager
def counted_queries(database):
    """Give a list of the statements that are run meanwhile; the beginnings and ends of transactions are none."""
    statements = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if not statement.startswith(('PRAGMA', 'BEGIN')):
            statements.append(statement)

    event.listen(database.engine, 'before_cursor_execute', note)
    try:
        yield statements
    finally:
        event.remove(database.engine, 'before_cursor_execute', note)
