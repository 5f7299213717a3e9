"""The short way of a line: straight to the interpreter and straight back, while the console's controller sleeps.

Most lines are over at once and have said little. Whatever is not exactly that (a line that takes longer, fails, asks or shows
something, output while nothing runs) is left to the controller, as if it had been there from the beginning.

The interpreter's process is the student's. It can send descriptors along, and the last one who lets go of a pipe may have to
wait for whoever writes to it; so may whoever reads from a pipe, whatever its flags say. Therefore what it says is only looked at
here until it is known that nothing comes with it, and its pipes are asked whether they hold something, and never read.
"""

import os
import select
import socket
import stat

from ivle import chat

# What runs for longer has its controller.
SHORT_SECONDS = 0.02
# However fast the lines follow each other: so often the controller looks for what they have left running.
ATTENTION_SECONDS = 0.5
# Where a socket has room for several of that length, a frame is sent as a whole or not at all.
LONGEST_FRAME = 16 * 1024
MOST_OUTPUT = 32 * 1024
COMMANDS = ('chat', 'block')
DESCRIPTORS = 3

# As plain numbers: flags of the kind that Python makes of them take a hundred times as long to be compared.
_PEEK, _CUT_SHORT = int(socket.MSG_PEEK), int(socket.MSG_CTRUNC)
_ENDS = ('okay', 'more')
_WRITTEN = dict.fromkeys(('output', 'error'))


class Shortcut:
    """The interpreter's end of a console: `descriptors` are the socket of its commands, and the pipes it writes to.

    `send(cmd, text)` tells the controller something, `on_end(replies)` hears of a line that is over; one that has written more
    than `most_output` bytes does not go this way. ValueError when the descriptors are of another kind; they are closed
    then. Nothing happens before `step_in`.
    """

    def __init__(self, loop, descriptors, most_output, send, on_end):
        self._loop, self._send, self._on_end = loop, send, on_end
        self._most_output = min(MOST_OUTPUT, most_output)
        self._descriptors = descriptors
        try:
            self._commands = _socket_of_commands(descriptors)
        except (OSError, ValueError):
            for descriptor in descriptors:
                os.close(descriptor)
            raise ValueError('not what a console is joined by') from None
        self._said, self._written = select.poll(), select.poll()
        self._said.register(descriptors[0], select.POLLIN)
        for descriptor in descriptors[1:]:
            self._written.register(descriptor, select.POLLIN)
        # The controller counts with the odd numbers.
        self._number = 0
        self._cmd = None
        self._since = self._told_at = loop.time()
        self._short_seconds, self._is_news = 0.0, False
        self._timer = None
        self._is_in = self._is_listening = False

    def release(self):
        """Let go of the interpreter. Only once all its processes have ended nobody can make this wait."""
        self._commands.close()
        for descriptor in self._descriptors[1:]:
            os.close(descriptor)

    def give(self, cmd, text):
        """Return whether the interpreter was given this command. If not, it goes by the controller, which knows what runs."""
        if self._is_in and cmd in COMMANDS:
            frame = chat.frame_of({'n': self._number + 2, 'cmd': cmd, 'text': text})
            if len(frame) <= LONGEST_FRAME and self._give(frame):
                self._number += 2
                self._cmd, self._since, self._is_news = cmd, self._loop.time(), True
                self._listen(False)
                if self._timer is None:
                    self._timer = self._loop.call_later(SHORT_SECONDS, self._look)
                return True
        if self._cmd is not None:
            self._hand_over()
        elif cmd == 'splash' and self._is_in:
            # It starts nothing in the interpreter, and still comes before what is given next.
            self._let_listen()
        self.step_aside()
        return False

    def look(self):
        """Take the end of a command that is over already: where processors are busy, the interpreter has run meanwhile."""
        if self._cmd is not None and self._said.poll(0):
            self._hear()

    def step_in(self):
        """Take the short way from now on: the controller has nothing to do."""
        if not self._is_in:
            self._loop.add_reader(self._descriptors[0], self._hear)
            self._is_in, self._since = True, self._loop.time()
            self._timer = self._loop.call_later(SHORT_SECONDS, self._look)

    def step_aside(self):
        """Hear nothing: the controller does."""
        if self._is_in:
            self._is_in, self._cmd = False, None
            self._loop.remove_reader(self._descriptors[0])
            self._listen(False)
            self._timer, timer = None, self._timer
            if timer is not None:
                timer.cancel()

    def _hand_over(self):
        """Let the controller go on with the command that runs."""
        given = {'n': self._number, 'cmd': self._cmd, 'seconds': round(self._loop.time() - self._since, 3)}
        self.step_aside()
        self._is_news = False
        self._send('take', given)

    def _let_listen(self):
        """Let the controller see to what comes while nothing runs."""
        self.step_aside()
        self._tell_of_rest()
        self._send('listen', '')

    def _give(self, frame):
        try:
            return self._commands.send(frame) == len(frame)
        except OSError:
            # It does not read what it is given, or is gone: the controller knows more.
            return False

    def _hear(self):
        if self._cmd is None:
            self._let_listen()
            return
        replies = self._end()
        if replies is None:
            self._hand_over()
            return
        self._cmd, now = None, self._loop.time()
        self._short_seconds += now - self._since
        self._since = now
        self._on_end(replies)

    def _end(self):
        """Take the end of the command from the interpreter and return its replies; None, with all left there, when it is more."""
        try:
            said, _, flags, _ = self._commands.recvmsg(chat.READ_BYTES, 0, _PEEK)
            replies = self._read(said)
            # What was not taken along is still in the pipes, and comes before the end.
            if flags & _CUT_SHORT or replies is None or self._written.poll(0):
                return None
            self._commands.recv(len(said))
        except (OSError, chat.ProtocolError):
            return None
        return replies

    def _read(self, said):
        payload = chat.only_frame(said)
        message = None if payload is None else chat.loads(payload)
        if type(message) is not dict or len(message) != 2 or message.pop('n', None) != self._number:
            return None
        [(end, written)] = message.items()
        if end not in _ENDS:
            return None
        replies = [] if written is None else self._read_written(written)
        if replies is not None:
            replies.append({end: None})
        return replies

    def _read_written(self, written):
        if type(written) is not dict or not written.keys() <= _WRITTEN.keys():
            return None
        replies, left = [], self._most_output
        for kind in _WRITTEN:
            text = written.get(kind, '')
            if type(text) is not str:
                return None
            left -= len(text)
            if text:
                try:
                    replies.append({kind: text.encode('latin-1').decode('utf-8', 'replace')})
                except UnicodeEncodeError:
                    return None
        return replies if left >= 0 else None

    # -- between the lines --------------------------------------------------------------------------

    def _look(self):
        """See what takes too long, and find some rest when nothing goes on."""
        self._timer, now = None, self._loop.time()
        left = self._since + SHORT_SECONDS - now
        if left <= 0 and self._cmd is not None:
            self._hand_over()
            return
        if left <= 0 or now - self._told_at >= ATTENTION_SECONDS:
            self._tell_of_rest()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._listen(True)

    def _tell_of_rest(self):
        """Let the controller look for what short lines have left running; what they took themselves is nobody's fault."""
        if self._is_news:
            self._send('rested', round(self._short_seconds, 6))
            self._is_news, self._short_seconds, self._told_at = self._cmd is not None, 0.0, self._loop.time()

    def _listen(self, is_listening):
        if is_listening == self._is_listening:
            return
        self._is_listening = is_listening
        for descriptor in self._descriptors[1:]:
            if is_listening:
                self._loop.add_reader(descriptor, self._let_listen)
            else:
                self._loop.remove_reader(descriptor)


def _socket_of_commands(descriptors):
    """Return the first of the descriptors as a socket; ValueError or OSError when they are not as they should be."""
    if len(descriptors) != DESCRIPTORS or not all(stat.S_ISFIFO(os.fstat(one).st_mode) for one in descriptors[1:]):
        raise ValueError
    os.set_blocking(descriptors[0], False)
    commands = socket.socket(fileno=descriptors[0])
    room = commands.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    if (commands.family, commands.type) != (socket.AF_UNIX, socket.SOCK_STREAM) or room < 4 * LONGEST_FRAME:
        commands.detach()
        raise ValueError
    return commands
