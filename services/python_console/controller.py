"""The controller: passes commands in and replies out, stops what does not stop, and says how it ended."""

import array
import fcntl
import os
import platform
import resource
import selectors
import signal
import socket
import termios
import time

from ivle import chat
from python_console.frames import Frames
from python_console.output import Output
from python_console.replies import is_final, read_event

# Longer than any reply of ours; a forged one must not fill our memory.
PRIVATE_MAX_FRAME = 512 * 1024
READ_BYTES = 256 * 1024
# A program that writes line by line would otherwise wake us, and everybody behind us, for every line.
PAUSE_SECONDS = 0.005
FLUSH_SECONDS = 0.02
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
        self._streams = {output: 'output', errors: 'error'}
        self._cpu_seconds = cpu_seconds
        self._output = Output(output_limit)
        self._from_server, self._from_child = Frames(), Frames(PRIVATE_MAX_FRAME)
        self._to_server, self._to_child = bytearray(), bytearray()
        self._command = None
        self._number = 0
        self._resume_at = self._flush_at = None
        self._flushed_at = 0.0
        self._selector = selectors.DefaultSelector()

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
            _kill_group(self._child)

    def _prepare(self):
        wake, wakes = socket.socketpair()
        for sock in (self._channel, self._commands, self._stdin, wake, wakes):
            sock.setblocking(False)
        for descriptor in self._streams:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, self._read_stream)
        # Its bytes are never needed: the signals' own handlers run when the wait ends.
        self._wake = wake
        self._selector.register(wake, selectors.EVENT_READ, lambda _: wake.recv(4096))
        self._selector.register(self._channel, selectors.EVENT_READ, self._read_channel)
        self._selector.register(self._commands, selectors.EVENT_READ, self._read_child)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        self._wakes = wakes
        self._signals = set()
        for number in (signal.SIGCHLD, signal.SIGXCPU):
            signal.signal(number, lambda number, _: self._signals.add(number))
        # The student's terminal habits end the interpreter's work, never ours.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
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
        self._after_time()

    def _patience(self):
        command = self._command
        moments = [self._resume_at, self._flush_at]
        if command:
            moments += [command.stubborn_at, command.insist_at]
        moments = [moment for moment in moments if moment is not None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _after_signals(self):
        if signal.SIGXCPU in self._signals:
            raise Ended(_cpu_words(self._cpu_seconds))
        if signal.SIGCHLD in self._signals:
            self._signals.discard(signal.SIGCHLD)
            child, status = os.waitpid(self._child, os.WNOHANG)
            if child:
                raise Ended(self._reason_of_death(status))

    def _after_time(self):
        now = time.monotonic()
        if self._resume_at is not None and now >= self._resume_at:
            self._resume_at = None
            for descriptor in self._streams:
                self._selector.register(descriptor, selectors.EVENT_READ, self._read_stream)
        if self._flush_at is not None and now >= self._flush_at:
            self._flush()
        command = self._command
        if command and command.insist_at is not None and now >= command.insist_at:
            self._signal_interrupt()
            command.insist_at = now + INSISTENCE_SECONDS
        if command and command.stubborn_at is not None and now >= command.stubborn_at:
            command.stubborn_at = command.insist_at = None
            self._flush()
            self._reply({'error': STUBBORN})

    # -- sandbox-server -----------------------------------------------------------------------------

    def _read_channel(self, _):
        try:
            data = self._channel.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b''
        if not data:
            raise Ended('The host ended this console.')
        for message in self._from_server.feed(data):
            self._obey(message['cmd'], message['text'])

    def _obey(self, cmd, text):
        command = self._command
        if cmd == 'splash':
            self._reply({'output': _banner()})
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
        elif not (cmd == 'chat' and text == ''):
            self._refuse('The program is still running and has not asked for input: wait, or interrupt it.')

    def _start(self, cmd, text):
        self._number += 1
        self._command = Command(self._number, cmd)
        self._flush()
        self._output.begin()
        self._tell_child({'n': self._number, 'cmd': cmd, 'text': text})

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
            pass

    def _refuse(self, message):
        self._reply({'refused': message})

    def _reply(self, reply):
        self._to_server += chat.frame(chat.dumps(reply).encode('utf-8', 'backslashreplace'))

    # -- the interpreter ----------------------------------------------------------------------------

    def _tell_child(self, message):
        self._to_child += chat.frame(chat.dumps(message).encode('utf-8', 'backslashreplace'))

    def _read_child(self, _):
        try:
            data = self._commands.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b''
        if not data:
            # Dead, or about to be.
            raise Ended(self._wait_for_death())
        try:
            messages = self._from_child.feed(data)
        except chat.ProtocolError:
            raise Ended('The program damaged the console it ran in.') from None
        for message in messages:
            self._hear(message)

    def _hear(self, message):
        command = self._command
        event = read_event(message, command.cmd) if command else None
        if event is None or message['n'] != command.number:
            # From the student's code, not from ours.
            return
        kind, value = event
        if kind == 'started':
            # Asked for before there was anything to interrupt: it is due now.
            if command.interrupts and not command.is_running:
                self._signal_interrupt()
            command.is_running = True
            return
        if kind == 'input' and command.wants_input:
            return
        self._drain()
        if kind == 'input':
            command.wants_input = True
            self._flush()
            self._reply({'input': None})
        elif kind == 'exit':
            raise Ended('You left the console with exit().')
        elif is_final(kind):
            self._output.finish()
            self._flush()
            self._command = None
            self._reply(value)

    def _wait_for_death(self):
        deadline = time.monotonic() + FAREWELL_SECONDS
        while time.monotonic() < deadline:
            child, status = os.waitpid(self._child, os.WNOHANG)
            if child:
                return self._reason_of_death(status)
            time.sleep(0.005)
        return 'The program damaged the console it ran in.'

    def _reason_of_death(self, status):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = os.waitstatus_to_exitcode(status)
        if code in (-signal.SIGXCPU, -signal.SIGKILL) and used.ru_utime + used.ru_stime > self._cpu_seconds - 1:
            return _cpu_words(self._cpu_seconds)
        if code == -signal.SIGKILL:
            return 'The program was killed: it may have used too much memory.'
        if code < 0:
            return f'The program crashed ({signal.strsignal(-code) or -code}).'
        if code == os.EX_OSERR:
            return 'The program used up its memory.'
        return f'The program ended the console (exit code {code}).'

    # -- output -------------------------------------------------------------------------------------

    def _read_stream(self, descriptor):
        data = self._take(descriptor, READ_BYTES)
        now = time.monotonic()
        if 0 < len(data) < READ_BYTES // 16 and self._resume_at is None:
            self._resume_at = now + PAUSE_SECONDS
            for stream in self._streams:
                self._selector.unregister(stream)
        if now - self._flushed_at >= FLUSH_SECONDS:
            self._flush()
        elif self._flush_at is None:
            self._flush_at = now + FLUSH_SECONDS

    def _take(self, descriptor, most):
        try:
            data = os.read(descriptor, most)
        except BlockingIOError:
            return b''
        self._output.take(self._streams[descriptor], data)
        return data

    def _drain(self):
        """Take what is in the pipes now: it was written before the reply that has just come."""
        for descriptor in self._streams:
            waiting = array.array('i', [0])
            fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
            left = waiting[0]
            while left > 0 and (data := self._take(descriptor, left)):
                left -= len(data)

    def _flush(self):
        self._flush_at = None
        self._flushed_at = time.monotonic()
        for reply in self._output.replies():
            self._reply(reply)

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

    # -- the end ------------------------------------------------------------------------------------

    def _say_farewell(self, reason):
        _kill_group(self._child)
        self._drain()
        self._output.finish()
        self._flush()
        self._reply({'terminate': reason})
        try:
            self._channel.settimeout(FAREWELL_SECONDS)
            self._channel.sendall(self._to_server)
        except OSError:
            # Nobody is there to be told.
            pass


def _banner():
    return f'Python {platform.python_version()}. Your variables live until this console ends.\n'


def _cpu_words(seconds):
    return f'The program used up its processor time ({seconds} seconds).'


def _kill_group(leader):
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
