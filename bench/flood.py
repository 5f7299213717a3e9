"""A gigabyte printed as fast as it can, seen by its own page: what the services hold meanwhile, and how others fare."""

import contextlib
import threading
import time
from pathlib import Path

from bench.figures import bounded, counted, figure_of
from bench.room import expect
from bench.web import Page, Tab

PRINTED, BLOCK = 1 << 30, 1 << 16
MIB = 1 << 20
# One program, most of whose output is cut before it leaves the sandbox.
FLOOD = f"import sys\nfor _ in range({PRINTED // BLOCK}): sys.stdout.write('x' * {BLOCK - 1} + '\\n')\n\n"
# Then program after program, each of which stays just below that: all of it goes through everything.
SHOWN = f"print('x' * {1_000_000})\n\n"
MOST_SECONDS, SHOWN_SECONDS, LINE_SECONDS = 90.0, 15.0, 0.02
SERVICES = ('web', 'gateway', 'sandbox-server')
ENDS = {'okay', 'exc', 'terminate'}


def run(room):
    """Return the Rows."""
    own, other = Page(room.site, 'studenta'), Page(room.site, 'studentb')
    flooding, quiet = own.start(), other.start()
    tab, reading = Tab(quiet['gateway']), Tab(flooding['gateway'])
    for _ in range(50):
        expect(tab.say('print(1)'), '1\n')
    own.ask('GET', f'/console/{flooding["key"]}/@@output?after=0')
    processes = {'web': room.site.process.pid, **room.site.children()}
    before = {name: _start_watching(processes[name]) for name in SERVICES}
    flood = Flood(own, flooding['key'], reading)
    flood.start()
    times = []
    while not flood.is_over.is_set():
        begun = time.perf_counter()
        expect(tab.say('print(1)'), '1\n')
        times.append(1000 * (time.perf_counter() - begun))
        time.sleep(LINE_SECONDS)
    grown = {name: (_status(processes[name], 'VmHWM') - before[name]) / MIB for name in SERVICES}
    tab.close()
    return [
        *(counted(f'1 GB printed: growth of {name}', round(grown[name], 1), 16, 'MiB', flood.story) for name in SERVICES[:1]),
        *(counted(f'1 GB printed: growth of {name}', round(grown[name], 1), 16, 'MiB') for name in SERVICES[1:]),
        bounded('1 GB printed: the next line of somebody else', figure_of('others, next line', times), 'p99', 250),
    ]


class Flood:
    """The console that prints: read over the gateway as its page does, and asked through the web as well."""

    def __init__(self, page, key, tab):
        self._page, self._key, self._tab = page, key, tab
        self.is_over, self.story = threading.Event(), ''

    def start(self):
        threading.Thread(target=self._print, daemon=True).start()
        threading.Thread(target=self._ask, daemon=True).start()

    def _print(self):
        # A stream that is cut off ends the flood, and the story says how far it came.
        with contextlib.suppress(Exception):
            begun = time.monotonic()
            is_done, shown = self._program(FLOOD, begun + MOST_SECONDS)
            seconds = time.monotonic() - begun
            said = 'printed by one program' if is_done else 'asked for, but not printed'
            self.story = f'1 GiB was {said} in {seconds:.1f} s, {shown / MIB:.1f} MiB of it shown'
            begun, all_shown = time.monotonic(), 0
            while is_done and time.monotonic() < begun + SHOWN_SECONDS and all_shown < PRINTED:
                is_done, shown = self._program(SHOWN, begun + MOST_SECONDS)
                all_shown += shown
            self.story += f'; then {all_shown / MIB:.0f} MiB by many in {time.monotonic() - begun:.1f} s, all of it shown'
        self.is_over.set()

    def _program(self, text, deadline):
        """Run a program; return (whether it came to its end, how much of its output was shown)."""
        self._tab.send('block', text)
        shown = 0
        while time.monotonic() < deadline:
            reply = self._tab.receive()
            shown += len(reply.get('output', ''))
            if reply.keys() & ENDS:
                return 'okay' in reply, shown
        return False, shown

    def _ask(self):
        while not self.is_over.wait(0.5):
            self._page.ask('GET', f'/console/{self._key}/@@output?after=0')


def _start_watching(pid):
    """Let the kernel note the most that a process holds from now on; return what it holds now."""
    Path(f'/proc/{pid}/clear_refs').write_text('5')
    return _status(pid, 'VmRSS')


def _status(pid, name):
    with open(f'/proc/{pid}/status') as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith(f'{name}:'))
