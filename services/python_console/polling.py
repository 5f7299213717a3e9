"""Waiting for several descriptors at once, with as little work a turn as there can be: a console does it for every line."""

import select

_READABLE = ~select.POLLOUT


class Poll:
    """Calls `read(descriptor)` and `write(descriptor)` of whoever waits for a descriptor."""

    def __init__(self):
        self._poll = select.poll()
        self._readers, self._writers = {}, {}

    def on_readable(self, descriptor, read):
        """Call `read` whenever something is to be read."""
        self._readers[descriptor] = read
        self._register(descriptor)

    def on_writable(self, descriptor, write):
        """Call `write` whenever there is room to write."""
        self._writers[descriptor] = write
        self._register(descriptor)

    def forget_reader(self, descriptor):
        """Let what is to be read wait."""
        if self._readers.pop(descriptor, None) is not None:
            self._register(descriptor)

    def forget_writer(self, descriptor):
        """Care no more for room to write."""
        if self._writers.pop(descriptor, None) is not None:
            self._register(descriptor)

    def wait(self, seconds):
        """Wait at most so long (None: for ever) and call whoever something has happened for."""
        for descriptor, events in self._poll.poll(None if seconds is None else 1000 * seconds):
            # Whoever was called before may have let go of it.
            if events & _READABLE and descriptor in self._readers:
                self._readers[descriptor](descriptor)
            if events & select.POLLOUT and descriptor in self._writers:
                self._writers[descriptor](descriptor)

    def _register(self, descriptor):
        wanted = (select.POLLIN if descriptor in self._readers else 0) | (select.POLLOUT if descriptor in self._writers else 0)
        if wanted:
            self._poll.register(descriptor, wanted)
        else:
            self._poll.unregister(descriptor)
