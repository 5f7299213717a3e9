"""Fixtures that several functional tests use."""

from tests.functional.subjects_site import school, school_site
from tests.web import web, web_site

__all__ = ['school', 'school_site', 'web', 'web_site']
