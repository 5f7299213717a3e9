"""`make bench`: start a site with sample data, measure it and its peers, print and keep the figures."""

import datetime
import importlib.metadata
import json
import os
import platform
import tempfile
from pathlib import Path

from bench import consoles, pages, serving
from tests.site import RunningSite

RESULTS = Path(__file__).parent / 'results'
WORKS = {'Consoles': consoles.run, 'Pages': pages.run, 'Serving': serving.run}


def machine():
    """Return what the figures were taken on."""
    return {
        'processors': os.cpu_count(),
        'kernel': platform.release(),
        'python': platform.python_version(),
        'versions': {
            name: importlib.metadata.version(name)
            for name in ('ivle', 'pyramid', 'SQLAlchemy', 'waitress', 'jupyter_client', 'ipykernel')
        },
    }


def main():
    """Measure everything; takes about two minutes."""
    found = {'when': datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds'), 'machine': machine(), 'figures': []}
    with tempfile.TemporaryDirectory(prefix='ivle-bench-') as data:
        site = RunningSite(data)
        try:
            site.start()
            for title, work in WORKS.items():
                print(f'\n{title}', flush=True)
                figures, lines = work(site)
                print('\n'.join(lines), flush=True)
                found['figures'] += [figure.as_json() for figure in figures]
        finally:
            site.stop()
    path = RESULTS / f'{found["when"].replace(":", "-")}.json'
    path.write_text(json.dumps(found, indent=1) + '\n')
    print(f'\nKept in {path}')


main()
