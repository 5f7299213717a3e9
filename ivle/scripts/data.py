"""`ivle upgrade` and `ivle sample`: the tables, and the people and files to try the site with."""

import click

from ivle.models import upgrade as upgrade_tables
from ivle.scripts.options import with_settings
from ivle.scripts.sample import make_sample
from ivle.settings import SettingsError


@click.command()
@with_settings
def upgrade(settings):
    """Bring the tables of the database up to date; the site does so itself at every start."""
    upgrade_tables(settings)
    click.echo('The tables are up to date.')


@click.command()
@with_settings
def sample(settings):
    """Make the sample people, subjects and files; the daemons must be running."""
    if settings.is_production:
        raise SettingsError('ivle.mode = production: the sample is not made here, for its passwords are public.')
    make_sample(settings)
    click.echo('The sample is there: sign in as studenta, studentb, tutor, lecturer or admin with the password "password".')


COMMANDS = (upgrade, sample)
