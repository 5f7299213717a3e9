"""A served program: through the whole site and sandboxed, against Apache's CGI and against bare Python."""

import http.client
import os
import subprocess
import tempfile
import threading
import time

from bench.apache import Apache
from bench.crowd import processor_time
from bench.figures import Row, Target, in_turn, missing, share, single
from bench.web import Page

PROGRAM = b"#!/usr/bin/python3\nprint('Content-Type: text/plain')\nprint()\nprint('hello')\n"
WANTED = b'hello\n'
PEOPLE = ('studenta', 'studentb')
ROUNDS, CLIENTS, TURNS, TURN_SECONDS = 12, 16, 2, 5.0
AGAIN_SECONDS = 0.1


def run(room):
    """Return the Rows."""
    for login in PEOPLE:
        room.site.person(login).put('/edit/~/hello.py', PROGRAM, if_none_match='*')
    ours = [
        Asker(room.site.port, Page.headers_of(room.site, login), f'{room.site.prefix}/serve/{login}/hello.py') for login in PEOPLE
    ]
    if not Apache.is_here():
        sentence = 'Apache is not installed: bin/setup bench'
        return [missing('served program over HTTP, signed in', '≤ 0.5 × the peer', sentence)]
    apache = Apache(PROGRAM).start()
    theirs = Asker(apache.port, {}, '/cgi-bin/hello.py')
    try:
        return [*_latency(ours[0], theirs), _throughput(ours, theirs)]
    finally:
        apache.stop()


class Busy(Exception):
    """The other side has too much to do and says so: no answer, but no failure either."""


class Asker:
    """Asks for one program over connections that stay open."""

    def __init__(self, port, headers, path):
        self._port, self._headers, self._path = port, headers, path

    def connect(self):
        return http.client.HTTPConnection('127.0.0.1', self._port, timeout=30)

    def ask(self, connection):
        """Return the time of an answer; AssertionError when it was another than wanted."""
        before = time.perf_counter()
        connection.request('GET', self._path, headers=self._headers)
        response = connection.getresponse()
        body = response.read()
        if response.status in (429, 503):
            raise Busy()
        if body != WANTED:
            raise AssertionError(f'the program did not answer: {response.status} {body[:200]}')
        return time.perf_counter() - before


def _latency(ours, theirs):
    connection, other = ours.connect(), theirs.connect()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'hello.py')
        with open(path, 'wb') as file:
            file.write(PROGRAM)
        served, cgi, bare = in_turn(
            ROUNDS,
            ('sandboxed program over HTTP, signed in', lambda: ours.ask(connection), 5),
            ('Apache mod_cgid, no sandbox', lambda: theirs.ask(other), 5),
            (
                'bare python3, the same program',
                lambda: subprocess.run(['/usr/bin/python3', path], stdout=subprocess.DEVNULL, check=True),
                5,
            ),
        )
    connection.close()
    other.close()
    value = served.median / bare.median
    return [
        share('served program over HTTP, signed in', served, cgi, 0.5),
        Row('the same against bare python3 without HTTP', served, bare, f'{value:.2f} × the peer'),
    ]


def _throughput(ours, theirs):
    found, refused = {'ours': [], 'theirs': []}, []
    with processor_time() as spent:
        for _ in range(TURNS):
            found['ours'].append(_answers_a_second(ours, refused))
            found['theirs'].append(_answers_a_second([theirs], refused))
    ours_most, theirs_most = max(found['ours']), max(found['theirs'])
    value = ours_most / theirs_most
    return Row(
        f'served programs, {CLIENTS} clients',
        single('sandboxed programs over HTTP', ours_most, 'a second'),
        single('Apache mod_cgid', theirs_most, 'a second'),
        f'{value:.2f} × the peer',
        value,
        Target('≥ 1.5 × the peer', 1.5, is_ceiling=False),
        f'{len(refused)} were asked to come again; those who asked took {spent[0]:.0%} of a processor',
    )


def _answers_a_second(askers, refused):
    counts, failures, end = [], [], time.monotonic() + TURN_SECONDS

    def ask(asker):
        connection, count = asker.connect(), 0
        try:
            while time.monotonic() < end:
                try:
                    asker.ask(connection)
                    count += 1
                except Busy as busy:
                    refused.append(busy)
                    time.sleep(AGAIN_SECONDS)
        except Exception as error:
            failures.append(error)
        counts.append(count)
        connection.close()

    threads = [threading.Thread(target=ask, args=(askers[number % len(askers)],)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / TURN_SECONDS
