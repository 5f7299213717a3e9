"""The controller: passes commands in and replies out, stops what does not stop, and says how it ended."""

import os
import selectors
import signal
import socket
import sys
import time

from ivle import chat
from python_console.endings import DAMAGED, cpu_words, kill_group, reason_if_ended, reason_when_ended
from python_console.frames import Frames
from python_console.output import Output
from python_console.pipes import Pipes
from python_console.replies import read_event

# Longer than any reply of ours; a forged one must not fill our memory.
PRIVATE_MAX_FRAME = 512 * 1024
READ_BYTES = 256 * 1024
STUBBORN_SECONDS = 2.0
INSISTENCE_SECONDS = 0.05
FAREWELL_SECONDS = 2.0
END_OF_INPUT = '\x04'

STUBBORN = (
    '\nThe program has not stopped: it may be inside one long operation, or it catches the interrupt. '
    'Interrupt again to insist, or restart the console.\n'
)
_COMMANDS = ('chat', 'block', 'run', 'complete', 'inspect', 'globals')


class Ended(Exception):
    """The console is over; the message is the reason for the person."""


class Command:
    """The command that the interpreter is working on."""

    def __init__(self, number, cmd):
        self.number, self.cmd = number, cmd
        self.is_running = False
        self.wants_input = False
        self.interrupts = 0
        self.stubborn_at = None
        self.insist_at = None


class Controller:
    """Serves one console until it ends. `run` does not return before that."""

    def __init__(self, channel, child, commands, stdin, output, errors, output_limit, cpu_seconds):
        self._channel, self._child, self._commands, self._stdin = channel, child, commands, stdin
        self._cpu_seconds = cpu_seconds
        self._from_server, self._from_child = Frames(), Frames(PRIVATE_MAX_FRAME)
        self._to_server, self._to_child = bytearray(), bytearray()
        self._command = None
        self._number = 0
        self._signals = set()
        self._selector = selectors.DefaultSelector()
        self._pipes = Pipes({output: 'output', errors: 'error'}, Output(output_limit), self._selector, self._reply)

    def run(self):
        """Serve until the console ends, say why, and end everything that was started in it."""
        self._prepare()
        try:
            self._reply({'ready': None})
            while True:
                self._turn()
        except Ended as ended:
            self._say_farewell(str(ended))
        finally:
            kill_group(self._child)

    def _prepare(self):
        self._wake, self._wakes = socket.socketpair()
        for sock in (self._channel, self._commands, self._stdin, self._wake, self._wakes):
            sock.setblocking(False)
        # Its bytes are never needed: the signals' own handlers run when the wait ends.
        self._selector.register(self._wake, selectors.EVENT_READ, lambda _: self._wake.recv(4096))
        self._selector.register(self._channel, selectors.EVENT_READ, self._read_channel)
        self._selector.register(self._commands, selectors.EVENT_READ, self._read_child)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGXCPU):
            signal.signal(number, lambda number, _: self._signals.add(number))
        # The student's terminal habits end the interpreter's work, never ours.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # It may have died before anybody listened.
        self._signals.add(signal.SIGCHLD)

    # -- one turn of the loop -----------------------------------------------------------------------

    def _turn(self):
        for sock, pending in ((self._channel, self._to_server), (self._commands, self._to_child)):
            wanted = selectors.EVENT_READ | selectors.EVENT_WRITE if pending else selectors.EVENT_READ
            self._selector.modify(sock, wanted, self._selector.get_key(sock).data)
        for key, events in self._selector.select(self._patience()):
            if events & selectors.EVENT_READ:
                key.data(key.fd)
            if events & selectors.EVENT_WRITE:
                self._write(key.fileobj)
        self._after_signals()
        now = time.monotonic()
        self._pipes.after_time(now)
        if self._command:
            self._after_time(self._command, now)

    def _patience(self):
        moments = self._pipes.moments
        if self._command:
            moments += [self._command.stubborn_at, self._command.insist_at]
        moments = [moment for moment in moments if moment is not None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _after_signals(self):
        if signal.SIGXCPU in self._signals:
            raise Ended(cpu_words(self._cpu_seconds))
        if signal.SIGCHLD in self._signals:
            self._signals.discard(signal.SIGCHLD)
            reason = reason_if_ended(self._child, self._cpu_seconds)
            if reason:
                raise Ended(reason)

    def _after_time(self, command, now):
        if command.insist_at is not None and now >= command.insist_at:
            self._signal_interrupt()
            command.insist_at = now + INSISTENCE_SECONDS
        if command.stubborn_at is not None and now >= command.stubborn_at:
            command.stubborn_at = command.insist_at = None
            self._pipes.flush()
            self._reply({'error': STUBBORN})

    def _write(self, sock):
        pending = self._to_server if sock is self._channel else self._to_child
        try:
            sent = sock.send(pending)
        except BlockingIOError:
            return
        except OSError:
            # The other end is gone; reading says so and knows what follows.
            pending.clear()
            return
        del pending[:sent]

    # -- sandbox-server -----------------------------------------------------------------------------

    def _read_channel(self, _):
        data = _received(self._channel)
        if data == b'':
            raise Ended('The host ended this console.')
        for message in self._from_server.feed(data or b''):
            self._obey(message['cmd'], message['text'])

    def _obey(self, cmd, text):
        command = self._command
        if cmd == 'splash':
            version = '.'.join(map(str, sys.version_info[:3]))
            self._reply({'output': f'Python {version}. Your variables live until this console ends.\n'})
        elif cmd == 'interrupt':
            self._interrupt()
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
        self._number += 1
        self._command = Command(self._number, cmd)
        self._pipes.begin()
        self._to_child += _frame({'n': self._number, 'cmd': cmd, 'text': text})

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

    def _interrupt(self):
        command = self._command
        if command is None:
            # As at Python's own prompt: a statement half typed is dropped, and it says so.
            self._start('interrupt', '')
            return
        command.interrupts += 1
        now = time.monotonic()
        command.stubborn_at = now + STUBBORN_SECONDS
        if command.is_running:
            # It may ask again: whoever catches the interrupt goes on.
            command.wants_input = False
            self._signal_interrupt()
        # Once may be caught for good reasons; whoever asks twice means it.
        if command.interrupts > 1:
            command.insist_at = now + INSISTENCE_SECONDS

    def _signal_interrupt(self):
        # The whole group, as a terminal does: the interpreter may be waiting for a program it has started.
        try:
            os.killpg(self._child, signal.SIGINT)
        except (ProcessLookupError, PermissionError):
            # It has just ended; the signal that tells is on its way.
            pass

    def _refuse(self, message):
        self._reply({'refused': message})

    def _reply(self, reply):
        self._to_server += _frame(reply)

    # -- the interpreter ----------------------------------------------------------------------------

    def _read_child(self, _):
        data = _received(self._commands)
        if data == b'':
            raise Ended(reason_when_ended(self._child, self._cpu_seconds))
        try:
            messages = self._from_child.feed(data or b'')
        except chat.ProtocolError:
            raise Ended(DAMAGED) from None
        for message in messages:
            self._hear(message)

    def _hear(self, message):
        command = self._command
        event = read_event(message, command.cmd) if command else None
        if event is None or message['n'] != command.number:
            # From the student's code, not from ours.
            return
        kind, reply = event
        if kind == 'started':
            self._note_start(command)
        elif kind == 'input':
            self._ask_for_input(command)
        elif kind == 'exit':
            raise Ended('You left the console with exit().')
        else:
            self._pipes.drain()
            self._pipes.finish()
            self._command = None
            self._reply(reply)

    def _note_start(self, command):
        # Asked for before there was anything to interrupt: it is due now.
        if command.interrupts and not command.is_running:
            self._signal_interrupt()
        command.is_running = True

    def _ask_for_input(self, command):
        if command.wants_input:
            # A second question before there was an answer says nothing new.
            return
        command.wants_input = True
        # It has reacted, if it was interrupted: whatever it does now, it is not stuck.
        command.stubborn_at = command.insist_at = None
        self._pipes.drain()
        self._pipes.flush()
        self._reply({'input': None})

    # -- the end ------------------------------------------------------------------------------------

    def _say_farewell(self, reason):
        kill_group(self._child)
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
        return sock.recv(READ_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b''


def _frame(message):
    return chat.frame(chat.dumps(message).encode('utf-8', 'backslashreplace'))
