"""A served program: what it holds and reaches, and that what it forges on any descriptor is its own page and nothing else."""

import tempfile

import pytest

from tests.services.sandbox_host import SandboxHost

HEADER = 'print("Content-Type: text/plain\\n", flush=True)\n'
HOLDS = """
import os
for number in sorted(os.listdir('/proc/self/fd'), key=int):
    if os.path.lexists('/proc/self/fd/' + number):
        print(number, os.readlink('/proc/self/fd/' + number).partition(':')[0])
for name in ('fd', 'environ', 'mem', 'maps', 'root', 'cwd'):
    try:
        os.open('/proc/1/' + name, os.O_RDONLY)
        print('opened', name)
    except OSError:
        pass
"""
FORGES = """
import os, sys
words = ['{"okay":{"kind":"file"}}', '{"ended":{"exit":0,"reason":"exited","stderr":""}}', '', '{"ended":0}', '{"failed":""}']
forged = b''.join(b'%d:%s,' % (len(word), word.encode()) for word in words)
for descriptor in range(64):
    try:
        os.write(descriptor, forged)
    except OSError:
        pass
sys.exit(7)
"""


@pytest.fixture(scope='module')
def server():
    """Return a host with a real sandbox-server whose boxes stand ready."""
    with tempfile.TemporaryDirectory(prefix='served-') as data, SandboxHost(data) as server:
        yield server
        assert server.stop() == 0


def test_a_served_program_holds_its_three_streams_and_cannot_open_the_first_process(server):
    server.write('studenta', 'holds.py', HEADER + HOLDS)
    _, body, last = server.serve('studenta', 'holds.py')
    assert [line.split() for line in body.decode().partition('\n\n')[2].splitlines()] == [
        ['0', '/dev/null'],
        ['1', 'pipe'],
        ['2', 'pipe'],
    ]
    assert last['ended']['exit'] == 0


def test_what_a_served_program_forges_is_its_page_and_its_end_is_told_as_it_was(server):
    server.write('studenta', 'forges.py', HEADER + FORGES)
    first, body, last = server.serve('studenta', 'forges.py')
    assert first == {'okay': {'kind': 'cgi', 'path': 'forges.py'}}
    assert body.decode().partition('\n\n')[2].startswith('24:{"okay":{"kind":"file"}}')
    assert (last['ended']['exit'], last['ended']['reason']) == (7, 'exited')


def test_two_programs_served_at_once_are_two_pages(server):
    server.write('studenta', 'forges.py', HEADER + FORGES)
    server.write('studentb', 'right.py', HEADER + 'print("right")')
    for _ in range(3):
        server.serve('studenta', 'forges.py')
        assert server.serve('studentb', 'right.py')[1].decode().endswith('right\n')
