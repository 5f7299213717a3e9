"""The controller: passes commands in and replies out, stops what does not stop, and says how it ended.

Sandbox-server may give the interpreter commands itself, and sees to those that are over at once. Meanwhile nothing is listened
to here, and nobody is woken; what takes longer, or is unusual in any other way, is handed over.
"""

import os
import signal
import socket
import sys
import time

from ivle import chat
from python_console.command import Command
from python_console.endings import DAMAGED, WHOLE_LIFE, kill_group, reason_if_ended, reason_when_ended
from python_console.output import Output
from python_console.pictures import size_of
from python_console.pipes import Pipes
from python_console.polling import Poll
from python_console.refused import explain
from python_console.replies import read_event
from python_console.signals import IGNORE, set_handler
from python_console.watch import Watch
from python_console.written import written_of

# Longer than any reply of ours; a forged one must not fill our memory.
PRIVATE_MAX_FRAME = 640 * 1024
FAREWELL_SECONDS = 2.0
# Whoever asks again and again and does not read the answers gets no more of them.
MOST_UNREAD = 4096
END_OF_INPUT = '\x04'

STUBBORN = (
    '\nThe program has not stopped: it may be inside one long operation, or it catches the interrupt. '
    'Interrupt again to insist, or restart the console.\n'
)
_COMMANDS = ('chat', 'block', 'run', 'complete', 'inspect', 'globals')


class Ended(Exception):
    """The console is over; the message is the reason for the person."""


class Controller:
    """Serves one console until it ends: `run` does not return before that. It can be made before it is known whose it will be."""

    def __init__(self, child, pair):
        self._child, self._commands, self._stdin, self._mark = child, pair.commands, pair.typed, pair.mark
        self._channel = self._watch = None
        self._from_server, self._from_child = chat.Frames(), chat.Frames(PRIVATE_MAX_FRAME)
        self._to_server, self._to_child = bytearray(), bytearray()
        self._command = None
        # Sandbox-server counts with the even numbers.
        self._number = -1
        self._is_alone = False
        self._signals = set()
        self._poll = Poll()
        self._output = Output()
        self._pipes = Pipes({pair.output: 'output', pair.errors: 'error'}, self._output, self._poll, self._reply)
        self._wake, self._wakes = socket.socketpair()
        for sock in (self._commands, self._stdin, self._wake, self._wakes):
            sock.setblocking(False)
        # Its bytes are never needed: the signals' own handlers run when the wait ends.
        self._poll.on_readable(self._wake.fileno(), lambda _: self._wake.recv(4096))

    def run(self, channel, output_limit, cpu_seconds, wall_seconds):
        """Serve until the console ends, say why, and end everything that was started in it."""
        self.begin(channel, output_limit, cpu_seconds, wall_seconds)
        self.serve()

    def begin(self, channel, output_limit, cpu_seconds, wall_seconds):
        """Say to sandbox-server on the socket `channel` that a command can be given, and get ready for it."""
        self._channel = channel
        self._channel.setblocking(False)
        joined = (self._commands.fileno(), *self._pipes.descriptors)
        socket.send_fds(self._channel, [chat.frame_of({'ready': None})], joined)
        self._output.limit = int(output_limit)
        self._watch = Watch(self._child, int(cpu_seconds), float(wall_seconds))
        self._poll.on_readable(self._channel.fileno(), self._read_channel)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGXCPU):
            set_handler(number, lambda number, _: self._signals.add(number))
        # The student's terminal habits end the interpreter's work, never ours.
        set_handler(signal.SIGINT, IGNORE)

    def serve(self):
        """Obey until the console ends, say why, and end everything that was started in it."""
        try:
            # It may have died before anybody listened, and that is not told again.
            self._signals.add(signal.SIGCHLD)
            self._after_signals()
            while True:
                self.turn()
        except Ended as ended:
            self._say_farewell(str(ended))
        finally:
            kill_group(self._child)

    def close(self):
        """Listen to nobody any more."""
        for end in (self._wake, self._wakes):
            end.close()

    # -- one turn of the loop -----------------------------------------------------------------------

    def turn(self):
        """Wait for something, and do what it asks for."""
        self._send_what_waits()
        self._poll.wait(self._patience())
        self._after_signals()
        now = time.monotonic()
        self._pipes.after_time(now)
        if self._command and self._command.after_time(now):
            self._pipes.flush()
            self._reply({'error': STUBBORN})
        self._after_look(self._watch.look(now))

    def _send_what_waits(self):
        # Most often there is room, and nobody need wait to hear of it.
        if self._to_child:
            self._write(self._commands, self._to_child)
        if self._to_server:
            self._write(self._channel, self._to_server)

    def _patience(self):
        moments = [*self._pipes.moments, self._watch.moment]
        if self._command:
            moments += self._command.moments
        moments = [moment for moment in moments if moment is not None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _after_signals(self):
        if signal.SIGXCPU in self._signals:
            raise Ended(WHOLE_LIFE)
        if signal.SIGCHLD in self._signals:
            self._signals.discard(signal.SIGCHLD)
            reason = reason_if_ended(self._child)
            if reason:
                raise Ended(reason)

    def _after_look(self, strike):
        if strike is None:
            return
        if strike.action == 'end':
            raise Ended(strike.sentence)
        self._pipes.flush()
        if strike.action == 'tell' or self._command is None:
            self._reply({'notice': strike.sentence})
            return
        self._reply({'error': f'\n{strike.sentence}\n'})
        self._stop(self._command, is_told=False)

    def _stop(self, command, is_told=True):
        command.interrupt(is_told)
        if not command.wants_input:
            # Its clock stood still while it waited for somebody to type.
            self._watch.go_on(time.monotonic())

    def _write(self, sock, pending):
        try:
            sent = sock.send(pending)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The other end is gone; reading says so and knows what follows.
            sent = len(pending)
        del pending[:sent]
        if pending:
            self._poll.on_writable(sock.fileno(), lambda _: self._write(sock, pending))
        else:
            self._poll.forget_writer(sock.fileno())

    # -- sandbox-server -----------------------------------------------------------------------------

    def _read_channel(self, _):
        data = _received(self._channel)
        if data == b'':
            raise Ended('The host ended this console.')
        for message in self._from_server.values(data or b''):
            self._obey(message['cmd'], message['text'])

    def _obey(self, cmd, text):
        command = self._command
        if cmd == 'splash':
            version = '.'.join(map(str, sys.version_info[:3]))
            # An environment has a name because it has packages.
            name = f' (environment {os.path.basename(sys.prefix)})' if sys.prefix != sys.base_prefix else ''
            self._reply({'output': f'Python {version}{name}. Your variables live until this console ends.\n'})
        elif cmd == 'take':
            self._take(text)
        elif cmd == 'listen':
            self._pipes.allow_anew()
            self._listen()
        elif cmd == 'rested':
            self._watch.rest(time.monotonic(), text)
        elif cmd == 'alone':
            self._is_alone = True
            self._listen()
        elif cmd == 'interrupt':
            self._interrupt(is_meant_for_command=text == 'busy')
        elif cmd == 'terminate':
            raise Ended('You ended this console.')
        elif cmd not in _COMMANDS:
            self._refuse('The console does not know this command.')
        elif command is None:
            self._start(cmd, text)
        elif command.wants_input and cmd == 'chat':
            self._give_input(text)
        elif command.wants_input:
            self._refuse('The program waits for input: type it, or interrupt the program.')
            # Whoever sent the command took the console to be busy with it; this says what it waits for still.
            self._reply({'input': None})
        elif not (cmd == 'chat' and text == ''):
            self._refuse('The program is still running and has not asked for input: wait, or interrupt it.')

    def _start(self, cmd, text):
        self._number += 2
        self._to_child += chat.frame_of({'n': self._number, 'cmd': cmd, 'text': text})
        self._write(self._commands, self._to_child)
        # It works while we take note.
        self._begin(Command(self._number, cmd, self._child, self._mark), time.monotonic())

    def _begin(self, command, since):
        self._command = command
        self._poll.on_readable(self._commands.fileno(), self._read_child)
        self._pipes.begin(time.monotonic())
        self._watch.begin(since)

    def _take(self, given):
        """Go on with what sandbox-server has begun: {"n", "cmd", "seconds" since then}."""
        command = Command(given['n'], given['cmd'], self._child, self._mark)
        self._begin(command, time.monotonic() - given['seconds'])

    def _give_input(self, text):
        if text == '':
            self._reply({'input': None})
            return
        line = text if text.endswith('\n') else text + '\n'
        message = b'' if line == END_OF_INPUT + '\n' else line.encode('utf-8', 'surrogatepass')
        try:
            self._stdin.send(message)
        except OSError:
            self._refuse('The program does not read its input: interrupt it, or restart the console.')
            self._reply({'input': None})
            return
        self._command.wants_input = False
        self._watch.go_on(time.monotonic())

    def _interrupt(self, is_meant_for_command):
        if self._command is not None:
            self._stop(self._command)
        elif not is_meant_for_command:
            # As at Python's own prompt: a statement half typed is dropped, and it says so. A command that has just ended, and
            # whose reply is on its way, needs nothing more.
            self._start('interrupt', '')

    def _refuse(self, message):
        self._reply({'refused': message})

    def _reply(self, reply):
        self._to_server += chat.frame_of(reply)

    # -- the interpreter ----------------------------------------------------------------------------

    def _listen(self):
        self._poll.on_readable(self._commands.fileno(), self._read_child)
        self._pipes.listen()

    def _leave(self):
        if self._is_alone:
            self._pipes.listen()
            return
        if self._to_child:
            # It asked, did not read the answers, and says that it has ended: what comes next would stand behind half a frame.
            raise Ended(DAMAGED)
        self._poll.forget_reader(self._commands.fileno())
        self._pipes.leave()

    def _read_child(self, _):
        data = _received(self._commands)
        if data == b'':
            raise Ended(reason_when_ended(self._child))
        try:
            messages = self._from_child.values(data or b'')
        except chat.ProtocolError:
            raise Ended(DAMAGED) from None
        for message in messages:
            self._hear(message)

    def _hear(self, message):
        command = self._command
        event = read_event(message, command.cmd if command else None)
        if event and event[0] in ('image', 'html', 'passed'):
            self._pass_on(*event)
            return
        if event is None or command is None or message['n'] != command.number:
            # From the student's code, not from ours.
            return
        kind, reply = event
        if kind == 'input':
            self._ask_for_input(command)
        elif kind == 'exit':
            raise Ended('You left the console with exit().')
        else:
            if kind in ('okay', 'more'):
                self._pipes.take_back(written_of(message[kind]))
            self._pipes.drain()
            self._pipes.finish()
            self._command = None
            # Before it is known that it has ended: what comes next is sandbox-server's again.
            self._leave()
            self._reply(reply)
            words = explain(reply['exc'], self._child) if kind == 'exc' else None
            if words:
                self._reply({'notice': words})
            self._send_what_waits()
            self._watch.finish(time.monotonic())

    def _pass_on(self, kind, value):
        if kind != 'passed':
            # Also from a thread that has outlived its command, as what it writes.
            self._pipes.show(kind, value, size_of(value))
        elif len(self._to_child) < MOST_UNREAD:
            self._to_child += chat.frame_of({'passed': value})

    def _ask_for_input(self, command):
        if command.wants_input:
            # A second question before there was an answer says nothing new.
            return
        command.ask_for_input()
        self._watch.wait_for_input(time.monotonic())
        self._pipes.drain()
        self._pipes.flush()
        self._reply({'input': None})

    # -- the end ------------------------------------------------------------------------------------

    def _say_farewell(self, reason):
        kill_group(self._child)
        if self._command is None:
            self._pipes.allow_anew()
        self._pipes.drain()
        self._pipes.finish()
        self._reply({'terminate': reason})
        try:
            self._channel.settimeout(FAREWELL_SECONDS)
            self._channel.sendall(self._to_server)
        except OSError:
            # Nobody is there to be told.
            pass


def _received(sock):
    """Return what a socket has: b'' at its end, None when there is nothing now."""
    try:
        return sock.recv(chat.READ_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b''
