"""A served program against bare Python: the same script, once sandboxed and through the whole site, once by itself."""

import os
import subprocess
import tempfile

from bench.figures import compare, measure

PROGRAM = b"print('Content-Type: text/plain')\nprint()\nprint('hello')\n"


def run(site):
    """Return (figures, lines to print)."""
    token = site.command('token', 'studenta', '--name', 'bench').stdout.strip()
    script = site.visitor()
    script.token = token
    script.put('/edit/~/bench.py', PROGRAM, if_none_match='*')

    def served():
        answer = script.get('/serve/studenta/bench.py')
        if answer.body != b'hello\n':
            raise AssertionError(f'the program did not answer: {answer.status} {answer.body[:200]}')

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'bench.py')
        with open(path, 'wb') as file:
            file.write(PROGRAM)
        bare = measure(
            'bare python3, the same program',
            lambda: subprocess.run(['/usr/bin/python3', path], stdout=subprocess.DEVNULL),
            runs=60,
            seconds=8,
        )
    ours = measure('sandboxed program over HTTP, signed in', served, runs=60, seconds=15)
    return [ours, bare], [str(ours), str(bare), compare(ours, bare)]
