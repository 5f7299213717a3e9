"""Pages of a directory with a hundred files, as people ask for them: requests a second on one site."""

import http.client
import threading
import time

from bench.figures import figure_of

SECONDS, CLIENTS, ENTRIES = 6.0, 4, 100


def run(site):
    """Return (figures, lines to print)."""
    person = site.person('studentb')
    person.post('/files/~/@@mkdir', {'name': 'hundred'})
    for number in range(ENTRIES):
        person.put(f'/edit/~/hundred/file-{number:03}.py', b'print(1)\n', if_none_match='*')
    # The first request compiles the template.
    person.get('/files/studentb/hundred')
    times, lock = [], threading.Lock()
    end = time.monotonic() + SECONDS

    def ask():
        connection = http.client.HTTPConnection(person.host)
        cookie = '; '.join(f'{name}={value}' for name, value in person.cookies.items())
        mine = []
        while time.monotonic() < end:
            before = time.perf_counter()
            connection.request(
                'GET', person.prefix + '/files/studentb/hundred', headers={'Cookie': cookie, 'Accept': 'text/html'}
            )
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
    figure = figure_of(f'/files/… with {ENTRIES} entries, {CLIENTS} clients', times)
    return [figure], [str(figure), f'  → {len(times) / SECONDS:.0f} requests a second']
