"""Fixtures that several unit tests use."""

from tests.database import database, empty_database, postgresql, postgresql_template, sqlite_template

__all__ = ['database', 'empty_database', 'postgresql', 'postgresql_template', 'sqlite_template']
