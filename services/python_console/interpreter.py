"""The interpreter: runs the student's commands one after the other and answers each."""

import os
import signal
import sys
import threading
import traceback
import types

from ivle import chat
from python_console import answers
from python_console.display import Display
from python_console.keyboard import Keyboard, text_of
from python_console.line import Line
from python_console.ours import Finder
from python_console.replies import LONGEST_TEXT
from python_console.signals import set_handler
from python_console.source import Source, with_plain_names
from python_console.written import written_in

_OURS = os.path.dirname(os.path.abspath(__file__))
# Beyond this a traceback is of a runaway recursion, and its end says enough.
_MOST_FRAMES = 1500
# Python 3.9 knows no compact tracebacks, and no groups of exceptions.
_COMPACT = {'compact': True} if sys.version_info >= (3, 10) else {}
_DRAWING = ('chat', 'block', 'run')


class Leave(Exception):
    """The person typed exit() or something like it."""


class Interpreter:
    """Runs the commands that come on a Line until it is cut. Its process belongs to the student's code.

    `typed` is the socket of what is typed into programs, `mark` the Mark that tells the controller which command runs; `back` are
    descriptors from which standard output and error can be read again.
    """

    def __init__(self, commands, typed, mark, back):
        self._line, self._mark, self._back = Line(commands), mark, back
        self._owner = os.getpid()
        self._number = 0
        self._is_interruptible = False
        self._was_interrupted = False
        self._typed, self._keyboard = typed, None
        self._source = Source()
        self._display = Display(self._pass_on)
        self._finder = Finder(self._display)
        self._do = {
            'chat': self._chat,
            'block': self._block,
            'run': self._run,
            'interrupt': self._drop,
            'complete': self._complete,
            'inspect': self._inspect,
            'globals': self._globals,
        }

    def serve(self):
        """Work until the controller goes away; never returns."""
        self.open(1, 2)
        self._display.install()
        self._finder.install()
        while True:
            try:
                self.work()
            except chat.ProtocolError:
                os._exit(0)
            except MemoryError:
                # So little is left that not even this can be answered.
                os._exit(os.EX_OSERR)

    def open(self, output, errors):
        """Make the standard streams, which write to these descriptors, and what else a console has of its own in Python."""
        self._new_keyboard()
        # Line by line, as on a terminal: an output that never ends is seen while it grows.
        line_by_line = {'mode': 'w', 'buffering': 1, 'encoding': 'utf-8', 'closefd': False}
        sys.stdout = sys.__stdout__ = open(output, errors='surrogateescape', **line_by_line)  # noqa: SIM115
        sys.stderr = sys.__stderr__ = open(errors, errors='backslashreplace', **line_by_line)  # noqa: SIM115
        sys.argv, sys.ps1, sys.ps2 = [''], '>>> ', '... '
        sys.path.insert(0, '')
        self._new_main()

    def work(self):
        """Wait for one command and do what it asks for."""
        message = self._line.next_command()
        self._perform(message['n'], message['cmd'], message['text'])

    # -- one command --------------------------------------------------------------------------------

    def _perform(self, number, cmd, text):
        self._number = number
        if self._keyboard.was_used:
            self._new_keyboard()
        self._was_interrupted = False
        # A program may have changed it; each command starts with an interrupt that works.
        set_handler(signal.SIGINT, self._on_interrupt)
        # From here on one that was asked for beforehand may come, too.
        self._mark.number = number
        kind, value = self._outcome(cmd, text)
        if os.getpid() != self._owner:
            # The program forked, and this is the copy: it has no business here.
            os._exit(0)
        if kind in ('okay', 'more') and number % 2 == 0:
            # Asked by sandbox-server, which reads no pipe.
            value = written_in(self._back)
        self._tell(kind, value)

    def _outcome(self, cmd, text):
        """Return the kind and value of the reply to a command; whatever the student's code raises ends here."""
        try:
            self._become_interruptible(True)
            try:
                outcome = self._do[cmd](text)
            except Leave:
                outcome = 'exit', None
            except BaseException as error:
                outcome = 'exc', _describe(error)
            if cmd in _DRAWING and os.getpid() == self._owner:
                self._display.finish(cmd == 'chat')
            self._flush()
        except BaseException as error:
            # While it was described: an interrupt, or the exception's own code failed.
            self._is_interruptible = False
            outcome = 'exc', f'{type(error).__name__}\n'
        self._is_interruptible = False
        return outcome

    def _flush(self):
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            try:
                stream.flush()
            except Exception:
                # Closed or replaced by the student's code: theirs to repair.
                pass

    def _tell(self, kind, value):
        self._line.tell(self._number, kind, value)

    def _pass_on(self, kind, value):
        """Give a picture or a page to the controller; return False where that cannot be."""
        if os.getpid() != self._owner:
            # A process the student has forked: the controller does not listen to it.
            return False
        if threading.current_thread() is not threading.main_thread():
            self._tell(kind, value)
            return True
        was_interruptible = self._is_interruptible
        self._become_interruptible(False)
        self._flush()
        self._tell(kind, value)
        # What is written from now on travels by another way and would overtake it.
        self._line.wait_until_passed_on(self._number)
        self._become_interruptible(was_interruptible)
        return True

    # -- interrupts ---------------------------------------------------------------------------------

    def _on_interrupt(self, number, frame):
        if not self._is_interruptible:
            self._was_interrupted = True
            return
        self._was_interrupted = False
        raise KeyboardInterrupt

    def _become_interruptible(self, is_interruptible):
        self._is_interruptible = is_interruptible
        if is_interruptible and self._was_interrupted:
            self._was_interrupted = False
            raise KeyboardInterrupt

    def _ask_for_input(self):
        if threading.current_thread() is not threading.main_thread():
            self._tell('input', None)
            return
        # Half a message would be worse than a late interrupt.
        self._become_interruptible(False)
        self._flush()
        self._tell('input', None)
        self._become_interruptible(True)

    # -- the commands -------------------------------------------------------------------------------

    def _chat(self, text):
        if text == '':
            return ('more' if self._source.is_pending else 'okay'), None
        codes = self._source.type(text)
        if codes is None:
            return 'more', None
        try:
            for code in codes:
                exec(code, self._main.__dict__)
        except SystemExit as leaving:
            _say_exit(leaving)
            raise Leave from None
        return 'okay', None

    def _block(self, text):
        return self._execute(self._source.program(text))

    def _run(self, text):
        path = _below_home(text['path'])
        self._source.forget()
        with open(path, 'rb') as file:
            content = file.read()
        folder = os.path.dirname(path)
        os.chdir(folder)
        self._new_main(__file__=path)
        code = self._source.file(content, path)
        _forget_modules_below(os.environ['HOME'])
        self._finder.forget_drawing()
        sys.argv = [path, *text.get('args', ())]
        sys.path[0] = folder
        return self._execute(code)

    def _execute(self, code):
        try:
            exec(code, self._main.__dict__)
        except SystemExit as leaving:
            # A program that ends itself ends; the console it ran in stays, with the program's variables.
            _say_exit(leaving)
        return 'okay', None

    def _drop(self, _):
        self._source.forget()
        return 'exc', 'KeyboardInterrupt\n'

    def _complete(self, text):
        return 'complete', answers.complete(self._main.__dict__, text['text'], text['cursor'])

    def _inspect(self, text):
        value = eval(self._source.expression(text), self._main.__dict__)  # noqa: S307 - the student's own code, in their own box
        return 'inspect', answers.inspect(text, value)

    def _globals(self, _):
        return 'globals', answers.listing(self._main.__dict__)

    def _new_keyboard(self):
        """Begin with an empty standard input: what a command did not read was meant for it, not for the next."""
        is_ours = self._keyboard is None or sys.stdin is sys.__stdin__
        self._keyboard = Keyboard(self._typed, self._ask_for_input)
        self._keyboard.forget()
        sys.__stdin__ = text_of(self._keyboard)
        # A student may have put something else in its place, and it stays there.
        if is_ours:
            sys.stdin = sys.__stdin__

    def _new_main(self, **names):
        self._main = types.ModuleType('__main__')
        self._main.__dict__.update(names)
        sys.modules['__main__'] = self._main


def _describe(error):
    """Return the traceback of an exception as the student should see it: with no frame of ours."""
    described = traceback.TracebackException(type(error), error, error.__traceback__, limit=-_MOST_FRAMES, **_COMPACT)
    for part in _chain(described):
        part.stack[:] = [frame for frame in part.stack if not frame.filename.startswith(_OURS)]
    # An error in the text itself happened nowhere: it has no stack.
    lines = described.format() if described.stack else described.format_exception_only()
    text = with_plain_names(answers.clean(''.join(lines)))
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2 - 50
    return f'{text[:half]}\n  […]\n{text[-half:]}'


def _chain(described):
    waiting, seen = [described], set()
    while waiting:
        part = waiting.pop()
        if part is not None and id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += [part.__cause__, part.__context__, *(getattr(part, 'exceptions', None) or ())]


def _say_exit(leaving):
    """Write what Python itself would write to standard error for this exit."""
    if leaving.code is not None and not isinstance(leaving.code, int):
        print(leaving.code, file=sys.stderr)


def _below_home(path):
    home = os.environ['HOME']
    return path if path.startswith(home + '/') else os.path.join(home, path.lstrip('/'))


def _forget_modules_below(folder):
    # A program is run again after a change, and the change may be in a module it imports.
    for name, module in list(sys.modules.items()):
        origin = getattr(module, '__file__', None)
        if isinstance(origin, str) and os.path.abspath(origin).startswith(folder + '/'):
            del sys.modules[name]
