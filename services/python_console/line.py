"""The interpreter's end of the private line: commands come, replies go, and a mark both sides see says which command runs."""

import mmap
import select
import threading
import time

from ivle import chat

_BYTES_OF_NUMBER = 8
# The controller answers at once, unless somebody else has filled its line.
_PASSING_SECONDS = 2.0


class Mark:
    """The number of the command that runs, in memory that two processes share: told without waking anybody.

    The student's code can write there too; all that depends on it is when its own interrupt comes.
    """

    def __init__(self):
        self._memory = mmap.mmap(-1, _BYTES_OF_NUMBER)

    @property
    def number(self):
        return int.from_bytes(self._memory[:_BYTES_OF_NUMBER], 'little')

    @number.setter
    def number(self, number):
        self._memory[:_BYTES_OF_NUMBER] = number.to_bytes(_BYTES_OF_NUMBER, 'little')


class Line:
    """Messages on the socket `sock`. ConnectionLost when the controller has gone."""

    def __init__(self, sock):
        self._sock = sock
        self._sock.setblocking(True)
        self._frames, self._heard = chat.Frames(), []
        # Whoever waits inside `recv` is also woken when the controller has taken what was told, and has nothing to do.
        self._incoming = select.poll()
        self._incoming.register(sock, select.POLLIN)
        self._telling = threading.Lock()
        self._tickets = 0

    def next_command(self):
        """Wait for the next command and return it: {"n", "cmd", "text"}."""
        while True:
            while not self._heard:
                self._incoming.poll()
                self._receive()
            message = self._heard.pop(0)
            # Else the answer to a question that nobody of us asked.
            if 'cmd' in message:
                return message

    def tell(self, number, kind, value):
        """Say something about the command of this number. Threads may do so at once."""
        with self._telling:
            try:
                self._sock.sendall(chat.frame_of({'n': number, kind: value}))
            except OSError as error:
                raise chat.ConnectionLost(f'the connection broke: {error}') from None

    def wait_until_passed_on(self, number):
        """Return when the controller has heard everything that was told until now, or does not listen."""
        self._tickets += 1
        answer = {'passed': self._tickets}
        self.tell(number, 'passed', self._tickets)
        deadline = time.monotonic() + _PASSING_SECONDS
        while answer not in self._heard:
            left = deadline - time.monotonic()
            if left <= 0 or not self._incoming.poll(1000 * left):
                return
            self._receive()
        self._heard.remove(answer)

    def _receive(self):
        try:
            data = self._sock.recv(chat.READ_BYTES)
        except OSError as error:
            raise chat.ConnectionLost(f'the connection broke: {error}') from None
        if not data:
            raise chat.ConnectionLost('the controller has gone')
        self._heard += self._frames.values(data)
