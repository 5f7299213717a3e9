"""The processes of this host as /proc lists them."""

import contextlib
import os


def family(pid):
    """Yield a process id and those of all processes below it. One that has ended meanwhile has nobody below it."""
    yield pid
    for child in _children(pid):
        yield from family(child)


def _children(pid):
    threads = []
    with contextlib.suppress(OSError):
        threads = os.listdir(f'/proc/{pid}/task')
    # One that ends meanwhile hides nobody whom another has started.
    for thread in threads:
        with contextlib.suppress(OSError), open(f'/proc/{pid}/task/{thread}/children', 'rb') as file:
            yield from map(int, file.read().split())
