"""`ivle user …` and `ivle token`: accounts and the keys of scripts, at a terminal."""

import contextlib

import click
from sqlalchemy import select

from ivle.errors import NotFound
from ivle.models import Database, State, User, upgrade, user_called, utc_now
from ivle.models.names import is_login
from ivle.scripts.options import with_settings
from ivle.security import tokens
from ivle.security.administration import Administrator, CommandLine


@contextlib.contextmanager
def open_database(settings):
    """Give the site's database, brought up to date and closed at the end."""
    upgrade(settings)
    database = Database(settings)
    try:
        yield database
    finally:
        database.close()


def _found(db, login):
    user = user_called(db, login)
    if user is None:
        raise NotFound(f'There is no account called {login}: ivle user list shows them all.')
    return user


@click.command()
@click.argument('login')
@click.option('--name', 'label', required=True, help='What the token is for: shown on the profile page.')
@with_settings
def token(settings, login, label):
    """Make an API token for LOGIN and print it, this once."""
    if not label.strip() or len(label) > 200:
        raise click.BadParameter('say in 1 to 200 characters what the token is for.', param_hint='--name')
    with open_database(settings) as database, database.writing() as db:
        made = tokens.make(db, _found(db, login).id, label.strip())
    # Printed after the commit: a token that was shown works.
    click.echo(made)


@click.group()
def user():
    """People who may sign in."""


@contextlib.contextmanager
def _acting(settings, login=None):
    """Give the Administrator that acts for the command line; NotFound when `login` is nobody."""
    with open_database(settings) as database:
        if login is not None:
            with database.reading() as db:
                _found(db, login)
        yield Administrator(settings, database, CommandLine())


@user.command()
@click.argument('login')
@click.option('--name', default='', help='The name that others see; the login when left out.')
@click.option('--email', default='')
@click.option('--admin', 'is_admin', is_flag=True, help='An administrator of the site.')
@with_settings
def add(settings, login, name, email, is_admin):
    """Make an account with home and repository, and print its first password."""
    if not is_login(login):
        raise click.BadParameter(
            'write lower-case letters, digits and _ . + - @, beginning with a letter or digit.', param_hint='LOGIN'
        )
    with _acting(settings) as administrator:
        password = administrator.create(login, name or login, email, is_admin, None)
    click.echo(f'First password of {login}: {password}')
    click.echo('It must be changed at the first sign-in.')


@user.command()
@click.argument('login')
@with_settings
def disable(settings, login):
    """Shut LOGIN out at once: sessions, consoles and the repository key end; the work is kept."""
    with _acting(settings, login) as administrator:
        administrator.disable(login)
    click.echo(f'{login} is disabled.')


@user.command()
@click.argument('login')
@with_settings
def enable(settings, login):
    """Let LOGIN in again."""
    with _acting(settings, login) as administrator:
        administrator.enable(login)
    click.echo(f'{login} is enabled.')


@user.command()
@click.argument('login')
@with_settings
def password(settings, login):
    """Give LOGIN a new password and print it; sessions end and tokens are revoked."""
    with _acting(settings, login) as administrator:
        new = administrator.reset_password(login)
    click.echo(f'New password of {login}: {new}')
    click.echo('It must be changed at the next sign-in.')


@user.command(name='list')
@with_settings
def list_people(settings):
    """List all accounts."""
    now = utc_now()
    with open_database(settings) as database, database.reading() as db:
        for found in db.scalars(select(User).order_by(User.login)):
            words = ['administrator'] if found.is_admin else []
            words += [] if found.is_usable(now) else ['disabled' if found.state == State.DISABLED else 'expired']
            click.echo('\t'.join((found.login, found.name, found.email, ' '.join(words))).rstrip())


COMMANDS = (user, token)
