"""Kinds of jobs for tests, as a package of somebody's own would bring them: they count, and note what they do in a file."""

import time
from pathlib import Path

from ivle.jobs.execution import JobFailed


def count(run):
    """Count from what the file holds to `total`, a line for each number: after a kill the next try goes on where this one was."""
    notes, total = Path(run.arguments['notes']), run.arguments['total']
    done = len(notes.read_text().splitlines()) if notes.exists() else 0
    while done < total:
        run.progress(done, total, f'Counting to {total}.')
        done += 1
        with notes.open('a') as lines:
            lines.write(f'{done}\n')
        run.pause(run.arguments.get('seconds', 0))
    run.progress(total, total)
    return {'counted': total}


def refuse(run):
    """Fail with a sentence."""
    raise JobFailed('There is nothing to count.')


def stumble(run):
    """Break."""
    raise ZeroDivisionError


def ignore(run):
    """Hear nothing of an end for half a minute."""
    run.progress(0, 1, 'Deaf.')
    time.sleep(30)


KINDS = {'ignore': ignore, 'count': count, 'refuse': refuse, 'stumble': stumble}
