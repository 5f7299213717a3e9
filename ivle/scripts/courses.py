"""`ivle lint-course` and `ivle course …`: courses as folders, at a terminal."""

import sys

import click

from ivle.errors import IvleError, NotFound
from ivle.models.courses import course_of_offering, offering_called, rendered_texts, save_course
from ivle.scripts.options import with_settings
from ivle.scripts.people import open_database
from ivle.teaching.course import read_course, write_course
from ivle.teaching.lint import lint_folder
from ivle.teaching.problems import BadCourse
from ivle.teaching.reading import BadDefinition

FOLDER = click.Path(file_okay=False)


@click.command('lint-course')
@click.argument('folder', type=FOLDER)
def lint_course(folder):
    """Say what is wrong with the course in FOLDER: one line each, `file:line: sentence`. Needs no site."""
    _tell(lint_folder(folder))


def _tell(problems):
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(1)


@click.group()
def course():
    """Courses as folders of files: what an offering teaches with."""


def _found(db, path):
    offering = offering_called(db, path)
    if offering is None:
        raise NotFound(f'There is no offering called {path}: write for example 151/2026/s1.')
    return offering


@course.command('export')
@click.argument('offering')
@click.argument('folder', type=FOLDER)
@with_settings
def export_course(settings, offering, folder):
    """Write the worksheets of OFFERING and the exercises of its subject into FOLDER, which is empty or holds a course."""
    try:
        with open_database(settings) as database, database.reading() as db:
            found = course_of_offering(db, _found(db, offering))
        write_course(found, folder)
    except BadCourse as error:
        _tell(error.problems)
    except BadDefinition as error:
        raise IvleError(f'An exercise of the bank cannot be read: {error}') from error
    except OSError as error:
        raise IvleError(f'{folder} cannot be written: {error.strerror}.') from error
    click.echo(f'{_counted(found)} were written to {folder}.')


@course.command('import')
@click.argument('offering')
@click.argument('folder', type=FOLDER)
@click.option('--replace', is_flag=True, help='Delete what the folder does not have; what students tried is kept.')
@with_settings
def import_course(settings, offering, folder, replace):
    """Take the course in FOLDER into OFFERING and the bank of its subject: all of it, or nothing. Exercises are published."""
    try:
        found = read_course(folder)
    except BadCourse as error:
        _tell(error.problems)
    rendered = rendered_texts(found)
    with open_database(settings) as database, database.writing() as db:
        done = save_course(db, _found(db, offering), found, rendered, replace=replace)
    for word, things in (('new', done.made), ('changed', done.changed), ('deleted', done.deleted), ('kept', done.kept)):
        for thing in things:
            click.echo(f'{word}: {thing}')
    for problem in done.problems:
        click.echo(f'to mend: {problem}')
    click.echo(f'{_counted(found)} were read from {folder}; {_same(done.same)}.')


def _counted(found):
    return f'{_number(found.worksheets, "worksheet")} and {_number(found.exercises, "exercise")}'


def _same(things):
    return '1 is as it was' if len(things) == 1 else f'{len(things)} are as they were'


def _number(things, word):
    return f'{len(things)} {word}{"" if len(things) == 1 else "s"}'


COMMANDS = (lint_course, course)
