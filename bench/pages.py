"""Pages of a directory with a hundred files, as people ask for them: requests a second on one site."""

import http.client
import threading
import time

from bench.figures import Row, figure_of, single
from bench.web import Page

SECONDS, CLIENTS, ENTRIES = 6.0, 4, 100


def run(room):
    """Return the Rows."""
    person = room.site.person('studentb')
    person.post('/files/~/@@mkdir', {'name': 'hundred'})
    for number in range(ENTRIES):
        person.put(f'/edit/~/hundred/file-{number:03}.py', b'print(1)\n', if_none_match='*')
    # The first request compiles the template.
    person.get('/files/studentb/hundred')
    headers = {**Page.headers_of(room.site, 'studentb'), 'Accept': 'text/html'}
    times, lock = [], threading.Lock()
    end = time.monotonic() + SECONDS

    def ask():
        connection, mine = http.client.HTTPConnection(person.host), []
        while time.monotonic() < end:
            before = time.perf_counter()
            connection.request('GET', person.prefix + '/files/studentb/hundred', headers=headers)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200 or b'file-099.py' not in body:
                raise AssertionError(f'the page was not right: {response.status}')
            mine.append(1000 * (time.perf_counter() - before))
        connection.close()
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    name = f'`/files/…` with {ENTRIES} entries, {CLIENTS} clients'
    return [
        Row(name, figure_of(name, times)),
        Row('the same in pages a second', single(name, len(times) / SECONDS, 'a second')),
    ]
