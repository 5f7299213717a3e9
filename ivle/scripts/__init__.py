"""The `ivle` command: what an administrator does at a terminal, on the same settings as the site."""

import sys

import click

from ivle.errors import IvleError, ServiceDown
from ivle.scripts import check, courses, data, docs, environments, people
from ivle.settings import SettingsError


@click.group(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 110})
@click.version_option(package_name='ivle')
def ivle():
    """Look after an IVLE site. Every command takes --ini FILE, the ini file of the site (development.ini here)."""


for module in (check, people, courses, environments, data, docs):
    for command in module.COMMANDS:
        ivle.add_command(command)


def main():
    """Run the command; what cannot be done ends it with one sentence and exit status 1."""
    try:
        ivle()
    except ServiceDown as error:
        # Homes and repositories are made by the site's daemons.
        sys.exit(f'{error} If the site does not run, start it first: pserve and the same ini file.')
    except (SettingsError, IvleError) as error:
        sys.exit(str(error))
