"""`ivle env …`: the Python environments of students, made from requirements files."""

import contextlib
from pathlib import Path

import click

from ivle.errors import IvleError
from ivle.sandbox import environments
from ivle.sandbox.host import SandboxUnavailable
from ivle.sandbox.places import Places, PlacesError
from ivle.sandbox.pythons import SERVICE_PYTHON
from ivle.scripts.options import with_settings


@click.group()
def env():
    """Python environments for students: the packages that their programs can import."""


@contextlib.contextmanager
def _in_sentences():
    try:
        yield
    except (environments.NotDone, SandboxUnavailable, PlacesError) as error:
        raise IvleError(str(error)) from error


@env.command()
@click.argument('file', type=click.Path(path_type=Path))
@click.option('--name', help='What it is called; the name of FILE when left out.')
@click.option('--python', default=SERVICE_PYTHON, show_default=True, help='The Python it is made for.')
@with_settings
def create(settings, file, name, python):
    """Make an environment with the packages of the requirements file FILE, as pip is set up on this machine."""
    with _in_sentences():
        made = environments.make_environment(settings, file, name, python, click.echo)
        places = Places(settings)
        # After pip, which may read from a place that is covered then.
        places.enter()
        environments.keep_fonts(settings, made, places)
        preload = environments.worth_preloading(settings, made, places)
    click.echo(f'The environment {made.name} is ready: Python {made.python} with {_count(made.packages)}.')
    for package, version in sorted(made.packages.items()):
        click.echo(f'  {package} {version}')
    click.echo('\nTo give it to students, write this into the ini file and start the site again:\n')
    click.echo(f'ivle.sandbox.python = {environments.program_of(settings, made.name)}')
    if preload:
        click.echo(f'ivle.sandbox.preload = {" ".join(preload)}')


@env.command(name='list')
@with_settings
def list_all(settings):
    """List the environments that were made for this site."""
    for found in environments.list_environments(settings):
        words = [found.name, f'Python {found.python}', _count(found.packages), f'made {found.made[:10]}']
        click.echo('\t'.join([*words, *(['in use'] if found.is_in_use else [])]))


@env.command()
@click.argument('name')
@with_settings
def remove(settings, name):
    """Remove the environment NAME, unless students have it."""
    with _in_sentences():
        environments.remove_environment(settings, name)
    click.echo(f'The environment {name} is gone.')


def _count(packages):
    return f'{len(packages)} package{"" if len(packages) == 1 else "s"}'


COMMANDS = (env,)
