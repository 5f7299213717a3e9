"""`make bench`: start a site with sample data, measure it and its peers in turn, print and keep the figures."""

import argparse
import datetime
import importlib
import importlib.metadata
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from bench import report
from bench.room import Room
from tests.site import RunningSite

# Modules of this package, in the order of their measuring.
WORKS = (
    'consoles',
    'web',
    'scripts',
    'memory',
    'many',
    'growth',
    'load',
    'flood',
    'fall',
    'serving',
    'pages',
    'judging',
    'deadline',
    'marking',
)
# So many consoles as no course has; what is measured is where the time goes, not where a limit stops it.
LIMITS = {'console.per_person': '200', 'console.in_all': '4000'}
VERSIONS = ('ivle', 'pyramid', 'SQLAlchemy', 'waitress', 'websockets', 'jupyter_client', 'jupyter_server', 'ipykernel')


def machine():
    """Return what the figures were taken on."""
    with open('/proc/meminfo') as file:
        memory = int(file.readline().split()[1]) >> 20
    python = subprocess.run(['/usr/bin/python3', '--version'], capture_output=True, text=True).stdout.split()[-1]
    return {
        'processors': os.cpu_count(),
        'memory_gib': memory,
        'system': platform.freedesktop_os_release()['PRETTY_NAME'],
        'kernel': platform.release(),
        'python': platform.python_version(),
        'students_python': python,
        'load': [round(load, 2) for load in os.getloadavg()],
        'versions': {name: importlib.metadata.version(name) for name in VERSIONS},
    }


def measure(works):
    """Measure these works and return the results."""
    begun = time.monotonic()
    found = {
        'when': datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds'),
        'machine': machine(),
        'works': {},
        'failed': {},
    }
    with tempfile.TemporaryDirectory(prefix='ivle-bench-') as data:
        site = RunningSite(data, **LIMITS)
        try:
            room = Room(site.start())
            for name in works:
                print(f'\n== {name} ({time.monotonic() - begun:.0f} s since the start)', flush=True)
                try:
                    rows = importlib.import_module(f'bench.{name}').run(room)
                except Exception as error:
                    # What the others found is worth keeping.
                    traceback.print_exc()
                    found['failed'][name] = f'{type(error).__name__}: {error}'
                else:
                    print('\n'.join(line for row in rows for line in row.lines()), flush=True)
                    found['works'][name] = [row.as_json() for row in rows]
                _clear(room, found['failed'], name)
        finally:
            site.stop()
    return {**found, 'seconds': round(time.monotonic() - begun), 'load_after': [round(load, 2) for load in os.getloadavg()]}


def _clear(room, failed, name):
    try:
        room.clear()
    except Exception as error:
        traceback.print_exc()
        print(room.settings.path('log', 'sandbox-server.log').read_text()[-4000:], file=sys.stderr)
        failed[f'{name}, its end'] = f'{type(error).__name__}: {error}'


def main(arguments):
    """Measure everything, which takes some thirteen minutes, or what is named."""
    parser = argparse.ArgumentParser(prog='bench', description=main.__doc__)
    parser.add_argument('works', nargs='*', metavar='WORK', help=f'one or several of {", ".join(WORKS)}; all when left out')
    parser.add_argument(
        '--write-docs', action='store_true', help='write the newest results into docs/performance.md, and measure nothing'
    )
    given = parser.parse_args(arguments)
    unknown = set(given.works) - set(WORKS)
    if unknown:
        parser.error(f'there is no work {", ".join(sorted(unknown))}: there are {", ".join(WORKS)}')
    if given.write_docs:
        print(report.write_docs())
        return
    # Whoever ends us ends what we started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    results = measure(given.works or WORKS)
    path = report.keep(results)
    print(f'\n{report.overview(results)}\n\n{report.summary(results)}')
    print(f'Kept in {os.path.relpath(path)}; it took {results["seconds"]} s.')
    if results['failed']:
        # A missed target is a result; a measurement that broke is none.
        sys.exit(1)


# A module that is imported by its name (`bench.__main__`) measures nothing.
if __name__ == '__main__':
    main(sys.argv[1:])
