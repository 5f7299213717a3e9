"""The option that every command has: which site it is about."""

import functools
import os
from pathlib import Path

import click
from pyramid.paster import get_appsettings

from ivle.settings import SettingsError, read_settings


def read_site(ini, environ=os.environ):
    """Return the Settings of an ini file; SettingsError when there is none or it cannot be used."""
    path = Path(ini).absolute()
    if not path.is_file():
        raise SettingsError(f'There is no {path}: say --ini FILE, the ini file of the site.')
    try:
        section = get_appsettings(str(path))
    except LookupError as error:
        raise SettingsError(f'{path} has no section [app:main]: it is not the ini file of a site.') from error
    return read_settings(section, environ, here=path.parent)


def with_settings(command):
    """Decorate a click command: it takes --ini and gets `settings` as its first argument."""

    @click.option('--ini', default='development.ini', show_default=True, help='The ini file of the site.')
    @functools.wraps(command)
    def run(ini, **arguments):
        return command(read_site(ini), **arguments)

    return run
