"""The short way of a line: straight to the interpreter and straight back, while the console's controller sleeps.

Most lines are over at once and have said little. Whatever is not exactly that (a line that takes longer, fails, asks or shows
something, output while nothing runs) is handed over to the controller with all that was heard, as if it had been there from the
beginning. So what comes out of the student's process is compared here with what is expected, and never read.
"""

import array
import base64
import fcntl
import os
import socket
import stat
import termios

from ivle import chat

# What runs for longer has its controller.
SHORT_SECONDS = 0.02
# However fast the lines follow each other: so often the controller looks for what they have left running.
ATTENTION_SECONDS = 0.5
# A frame of this length is sent as a whole or not at all.
LONGEST_FRAME = 16 * 1024
MOST_OUTPUT = 32 * 1024
COMMANDS = ('chat', 'block')
DESCRIPTORS = 3

_ENDS = ('okay', 'more')


class Shortcut:
    """The interpreter's end of a console: `descriptors` are the socket of its commands, its standard output and its errors.

    `send(cmd, text)` tells the controller something, `on_end(replies)` hears of a line that is over; one that has written more
    than `most_output` bytes does not go this way. ValueError when the descriptors are of another kind; they are closed then, as
    they are by `close`.
    """

    def __init__(self, loop, descriptors, most_output, send, on_end):
        self._loop, self._send, self._on_end = loop, send, on_end
        self._most_output = min(MOST_OUTPUT, most_output)
        try:
            self._commands = _stream_socket(descriptors)
        except (OSError, ValueError):
            for descriptor in descriptors:
                os.close(descriptor)
            raise ValueError('not what a console is joined by') from None
        self._descriptor = descriptors[0]
        self._streams = dict(zip(descriptors[1:], ('output', 'error'), strict=True))
        # The controller counts with the odd numbers.
        self._number = 0
        self._cmd = None
        self._since = self._told_at = loop.time()
        self._timer = None
        self._is_ours = self._is_listening = self._has_news = False
        self.step_in()

    def close(self):
        """Let go of the interpreter."""
        self.step_aside()
        self._commands.close()
        for descriptor in self._streams:
            os.close(descriptor)

    def give(self, cmd, text):
        """Give the interpreter a command; return False when it has to go by the controller, which then may be told."""
        if self._is_ours and cmd in COMMANDS:
            frame = chat.frame(chat.dumps({'n': self._number + 2, 'cmd': cmd, 'text': text}).encode())
            if len(frame) <= LONGEST_FRAME and self._give(frame):
                self._number += 2
                self._cmd, self._since, self._has_news = cmd, self._loop.time(), True
                self._listen(False)
                if self._timer is None:
                    self._timer = self._loop.call_later(SHORT_SECONDS, self._look)
                return True
        if self._cmd is not None:
            self.hand_over()
        self.step_aside()
        return False

    def step_in(self):
        """Take the short way from now on: the controller has nothing to do, and does not listen."""
        if self._is_ours:
            return
        self._is_ours, self._since = True, self._loop.time()
        self._loop.add_reader(self._descriptor, self._hear)
        self._timer = self._loop.call_later(SHORT_SECONDS, self._look)

    def step_aside(self):
        """Hear nothing: the controller does."""
        if self._is_ours:
            self._is_ours, self._cmd = False, None
            self._loop.remove_reader(self._descriptor)
            self._listen(False)
            self._timer, timer = None, self._timer
            if timer is not None:
                timer.cancel()

    def hand_over(self, heard=b''):
        """Let the controller go on with what runs, if anything does; `heard` is what has come of it."""
        given = {'n': self._number if self._cmd else 0, 'cmd': self._cmd, 'heard': base64.b64encode(heard).decode()}
        given['seconds'] = round(self._loop.time() - self._since, 3)
        self.step_aside()
        self._has_news = False
        self._send('take', given)

    def _give(self, frame):
        try:
            return self._commands.send(frame) == len(frame)
        except OSError:
            # It does not read what it is given, or is gone: the controller knows more.
            return False

    def _hear(self):
        try:
            heard = self._commands.recv(chat.READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            heard = b''
        if self._cmd is not None:
            for end in _ENDS:
                if heard == chat.frame(b'{"n":%d,"%b":null}' % (self._number, end.encode())):
                    replies = self._written()
                    if replies is None:
                        break
                    self._cmd, self._since = None, self._loop.time()
                    self._on_end([*replies, {end: None}])
                    return
        self.hand_over(heard)

    def _written(self):
        """Return the replies for what was written before the command ended, or None when it is too much for the short way."""
        counts = [_waiting_in(descriptor) for descriptor in self._streams]
        if sum(counts) > self._most_output:
            return None
        replies = []
        for (descriptor, kind), count in zip(self._streams.items(), counts, strict=True):
            # Somebody in the box may have been faster: what a program writes it can also take back.
            text = count and _read(descriptor, count).decode('utf-8', 'replace')
            if text:
                replies.append({kind: text})
        return replies

    # -- between the lines --------------------------------------------------------------------------

    def _look(self):
        """See what takes too long, and find some rest when nothing goes on."""
        self._timer, now = None, self._loop.time()
        left = self._since + SHORT_SECONDS - now
        if left <= 0 and self._cmd is not None:
            self.hand_over()
            return
        if self._has_news and (left <= 0 or now - self._told_at >= ATTENTION_SECONDS):
            self._has_news, self._told_at = self._cmd is not None, now
            self._send('rested', '')
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._listen(True)

    def _listen(self, is_listening):
        if is_listening == self._is_listening:
            return
        self._is_listening = is_listening
        for descriptor in self._streams:
            if is_listening:
                self._loop.add_reader(descriptor, self.hand_over)
            else:
                self._loop.remove_reader(descriptor)


def _stream_socket(descriptors):
    """Return the first of the descriptors as a socket; ValueError or OSError when they are not as they should be."""
    if len(descriptors) != DESCRIPTORS or not all(stat.S_ISFIFO(os.fstat(one).st_mode) for one in descriptors[1:]):
        raise ValueError
    for descriptor in descriptors:
        os.set_blocking(descriptor, False)
    commands = socket.socket(fileno=descriptors[0])
    if (commands.family, commands.type) != (socket.AF_UNIX, socket.SOCK_STREAM):
        commands.detach()
        raise ValueError
    return commands


def _waiting_in(descriptor):
    waiting = array.array('i', [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
    return waiting[0]


def _read(descriptor, count):
    try:
        return os.read(descriptor, count)
    except BlockingIOError:
        return b''
