"""The interpreter's standard output and error: read without being woken for every line, passed on while they come."""

import os
import time

from ivle import chat
from python_console.written import waiting_in

# A program that writes line by line would otherwise wake us, and everybody behind us, for every line.
PAUSE_SECONDS = 0.005
FLUSH_SECONDS = 0.02


class Pipes:
    """Reads the streams {descriptor: kind} into an Output when a Poll says so; the replies go to `pass_on`."""

    def __init__(self, streams, output, poll, pass_on):
        self._streams, self._output, self._poll, self._pass_on = streams, output, poll, pass_on
        self._resume_at = self._flush_at = None
        self._flushed_at = 0.0
        for descriptor in streams:
            os.set_blocking(descriptor, False)

    @property
    def descriptors(self):
        """The descriptors that the streams are read from."""
        return tuple(self._streams)

    @property
    def moments(self):
        """When something is to be done (monotonic time); None stands for nothing."""
        return [self._resume_at, self._flush_at]

    def after_time(self, now):
        """Do what is due."""
        if self._resume_at is not None and now >= self._resume_at:
            self.listen()
        if self._flush_at is not None and now >= self._flush_at:
            self.flush()

    def begin(self, now):
        """Give a new command its own allowance of output.

        Most commands have said what they say when they end, a moment later: before that we are not woken for it.
        """
        self.allow_anew()
        self._rest(now)

    def allow_anew(self):
        """Begin to count what is written: it belongs to no command that was heard of, or to another one."""
        self.flush()
        self._output.begin()

    def drain(self):
        """Take what is in the pipes now: it was written before the reply that has just come."""
        for descriptor in self.descriptors:
            left = waiting_in(descriptor)
            while left > 0 and (data := self._take(descriptor, left)):
                left -= len(data)

    def take_back(self, written):
        """Take what the interpreter has read itself, {kind: bytes}: it was written before what is in the pipes now."""
        for kind, data in written.items():
            self._output.take(kind, data)

    def show(self, kind, value, size):
        """Pass on a picture or a page, behind all that was written before it."""
        self.drain()
        self._output.show(kind, value, size)
        self.flush()

    def finish(self):
        """Pass on all that was read, with the characters that were never completed."""
        self._output.finish()
        self.flush()

    def flush(self):
        """Pass on all that was read."""
        self._flush_at = None
        self._flushed_at = time.monotonic()
        for reply in self._output.replies():
            self._pass_on(reply)

    def listen(self):
        """Pass on what is written as it comes."""
        self._resume_at = None
        for descriptor in self._streams:
            self._poll.on_readable(descriptor, self._read)

    def leave(self):
        """Let what is written wait, for somebody else or for a command."""
        self._resume_at = None
        for descriptor in self._streams:
            self._poll.forget_reader(descriptor)

    def _rest(self, now):
        self.leave()
        self._resume_at = now + PAUSE_SECONDS

    def _read(self, descriptor):
        data = self._take(descriptor, chat.READ_BYTES)
        now = time.monotonic()
        if len(data) < chat.READ_BYTES // 4 and self._resume_at is None:
            self._rest(now)
        if now - self._flushed_at >= FLUSH_SECONDS:
            self.flush()
        elif self._flush_at is None:
            self._flush_at = now + FLUSH_SECONDS

    def _take(self, descriptor, most):
        try:
            data = os.read(descriptor, most)
        except BlockingIOError:
            return b''
        if not data:
            # Nobody can write there any more, which would be news for ever.
            self._poll.forget_reader(descriptor)
            del self._streams[descriptor]
            return data
        self._output.take(self._streams[descriptor], data)
        return data
