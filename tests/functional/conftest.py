"""Fixtures that several functional tests use."""

from tests.web import web, web_site

__all__ = ['web', 'web_site']
