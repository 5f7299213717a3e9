"""`ivle user …` and `ivle token`: accounts and the keys of scripts, at a terminal."""

import contextlib

import click
from sqlalchemy import select

from ivle import chat
from ivle.errors import Conflict, IvleError, NotFound
from ivle.hosts.users import Users
from ivle.models import Database, State, User, upgrade, user_called, utc_now
from ivle.models.names import is_login
from ivle.scripts.options import with_settings
from ivle.secrets import read_secret
from ivle.security import sessions, tokens
from ivle.security.passwords import hash_password, random_password


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
    password = random_password()
    with open_database(settings) as database:
        with database.reading() as db:
            if user_called(db, login) is not None:
                raise Conflict(f'There is an account called {login} already.')
        # The home first: repeated it does no harm, and an account never lacks one.
        Users(settings).activate(login, [])
        with database.writing() as db:
            db.add(
                User(
                    login=login,
                    name=name or login,
                    email=email,
                    is_admin=is_admin,
                    password_hash=hash_password(password),
                    password_is_temporary=True,
                )
            )
    click.echo(f'First password of {login}: {password}')
    click.echo('It must be changed at the first sign-in.')


@user.command()
@click.argument('login')
@with_settings
def disable(settings, login):
    """Shut LOGIN out at once: sessions, consoles and the repository key end; the work is kept."""
    with open_database(settings) as database, database.writing() as db:
        found = _found(db, login)
        found.state = State.DISABLED
        sessions.end_all(db, found.id)
    Users(settings).disable(login)
    _end_boxes(settings, login)
    click.echo(f'{login} is disabled.')


def _end_boxes(settings, login):
    try:
        chat.ask(settings.path('run', 'sandbox.sock'), read_secret(settings, 'sandbox'), 'sandbox', {'end': {'login': login}})
    except (chat.ProtocolError, chat.RemoteError) as error:
        raise IvleError(
            f'{login} is disabled, but sandbox-server did not answer: consoles that are open end with it. ({error})'
        ) from error


@user.command()
@click.argument('login')
@with_settings
def enable(settings, login):
    """Let LOGIN in again."""
    with open_database(settings) as database:
        with database.reading() as db:
            _found(db, login)
        Users(settings).enable(login)
        with database.writing() as db:
            _found(db, login).state = State.ACTIVE
    click.echo(f'{login} is enabled.')


@user.command()
@click.argument('login')
@with_settings
def password(settings, login):
    """Give LOGIN a new password and print it; whoever is signed in as LOGIN must sign in again."""
    new = random_password()
    with open_database(settings) as database, database.writing() as db:
        found = _found(db, login)
        found.password_hash, found.password_is_temporary = hash_password(new), True
        sessions.end_all(db, found.id)
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
