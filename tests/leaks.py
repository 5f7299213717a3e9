"""What a run of the tests left behind: processes, mounts, descriptors, files."""

import gc
import os
import time
from dataclasses import dataclass
from pathlib import Path

# Stands in the environment of every process that the tests start, with their temporary directory as its value.
MARK = 'TESTS_OF_IVLE'
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Belongings:
    """What this process has: descriptors by what they lead to, and mounts."""

    descriptors: tuple
    mounts: frozenset

    @classmethod
    def now(cls):
        return cls(tuple(sorted(_descriptors())), frozenset(Path('/proc/self/mountinfo').read_text().splitlines()))


def what_is_left(place, before):
    """Return a line for each thing that is there and was not `before`; waits for what is about to end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (processes := list(_processes(place))) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.05)
    return [
        *(f'process {pid}: {command}' for pid, command in processes),
        *what_is_more(before, place),
        # Pytest keeps the directories of tmp_path for a look; they go with the whole place.
        *(f'file: {path}' for path in sorted(Path(place).iterdir()) if not path.name.startswith('pytest-of-')),
    ]


def what_is_more(before, place=''):
    """Return a line for each descriptor, and each mount below `place`, that there is beside those `before`; waits as above."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    # A thread that is about to end closes what it has a moment later, and one that looks after boxes opens what it reads.
    while (more := list(_more_than(before, place))) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.05)
    return more


def _more_than(before, place):
    now = Belongings.now()
    yield from (f'mount: {line}' for line in now.mounts - before.mounts if place in line)
    yield from (f'descriptor: {target}' for target in _more(now.descriptors, before.descriptors))


def _descriptors():
    for number in os.listdir('/proc/self/fd'):
        try:
            target = os.readlink(f'/proc/self/fd/{number}')
        except FileNotFoundError:
            # The one that was open for reading this very directory.
            continue
        # Anonymous ones carry a number that says nothing.
        yield target.split(':[')[0]


def _more(after, before):
    rest, more = list(before), []
    for target in after:
        if target in rest:
            rest.remove(target)
        else:
            more.append(target)
    return more


def processes_of(data):
    """Return [(pid, command)…] of the processes that belong to the site with this data directory."""
    return list(_processes_with(f'IVLE_DATA={data}'.encode(), os.fsencode(data)))


def _processes(place):
    """Yield (pid, command) of each process of the tests: by its environment, or by what is mounted in its world."""
    yield from _processes_with(f'{MARK}={place}'.encode(), os.fsencode(place))


def _processes_with(mark, mounted):
    for folder in Path('/proc').iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid() or not is_running(folder.name):
            continue
        if mark in _content(folder / 'environ') or mounted in _content(folder / 'mountinfo'):
            yield folder.name, _content(folder / 'cmdline').replace(b'\0', b' ').decode('utf-8', 'replace')


def is_running(pid):
    """Return True for a process that is there and does not merely wait to be collected."""
    return _content(Path(f'/proc/{pid}/stat')).rpartition(b') ')[2][:1] not in (b'Z', b'X', b'')


def _content(path):
    try:
        return path.read_bytes()
    except OSError:
        # Gone meanwhile, or somebody else's.
        return b''
