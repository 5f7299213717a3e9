"""`ivle check`: what this machine can isolate, what is missing, and how to mend it."""

import sys

import click

from ivle.sandbox import check as sandbox_check
from ivle.sandbox.places import Places, become_one_that_mounts
from ivle.sandbox.pythons import environments_of
from ivle.scripts.options import with_settings

_COLOURS = {'PASS': 'green', 'DEGRADED': 'yellow', 'FAIL': 'red'}


@click.command()
@with_settings
def check(settings):
    """Try out whether this machine keeps student programs in; exit status 1 where it does not."""
    places = Places(settings)
    if environments_of(settings):
        # As the daemon does: boxes see an environment even where the data is closed to them.
        places.enter()
    become_one_that_mounts()
    findings = sandbox_check.run(settings, places=places)
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        state = str(finding.state)
        click.echo(f'{click.style(state.ljust(8), fg=_COLOURS.get(state))}  {finding.name.ljust(width)}  {finding.sentence}')
        if finding.mend:
            click.echo(f'{" " * (width + 12)}{finding.mend}')
    failed = [finding for finding in findings if str(finding.state) == 'FAIL']
    if failed:
        click.echo(f'\nThis machine is not safe for student programs: {len(failed)} of {len(findings)} checks failed.')
        sys.exit(1)
    click.echo('\nThis machine can run student programs safely.')


COMMANDS = (check,)
