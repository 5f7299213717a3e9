"""Fixtures that several unit tests use."""

from tests.database import database, empty_database, postgresql

__all__ = ['database', 'empty_database', 'postgresql']
