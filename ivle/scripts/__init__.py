"""The `ivle` command: what an administrator does at a terminal, on the same settings as the site."""

import sys

import click

from ivle.errors import IvleError
from ivle.scripts import check, data, docs, people
from ivle.settings import SettingsError


@click.group(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 110})
@click.version_option(package_name='ivle')
def ivle():
    """Look after an IVLE site. Every command takes --ini FILE, the ini file of the site (development.ini here)."""


for module in (check, people, data, docs):
    for command in module.COMMANDS:
        ivle.add_command(command)


def main():
    """Run the command; what cannot be done ends it with one sentence and exit status 1."""
    try:
        ivle()
    except (SettingsError, IvleError) as error:
        sys.exit(str(error))
