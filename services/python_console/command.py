"""One command from its start to its reply: whether it waits for input, and how it is interrupted."""

import os
import signal
import time

# A signal that comes before the command runs would be taken for the last one's: it is due when it does.
_START_SECONDS = 0.005
_INSISTENCE_SECONDS = 0.05
_STUBBORN_SECONDS = 2.0


class Command:
    """The command that the interpreter, the process `child`, is working on as soon as its Mark says so."""

    def __init__(self, number, cmd, child, mark):
        self.number, self.cmd = number, cmd
        self.wants_input = False
        self._child, self._mark = child, mark
        self._interrupts = 0
        # When the next signal is due, and when it is to be said that it does not stop.
        self._signal_at = self._stubborn_at = None

    @property
    def moments(self):
        """When something is to be done (monotonic time); None stands for nothing."""
        return [self._signal_at, self._stubborn_at]

    def interrupt(self, is_told=True):
        """Stop it, now or as soon as it runs. Where it is not to be `told` that it does not stop, somebody else says it."""
        now = time.monotonic()
        self._interrupts += 1
        if is_told:
            self._stubborn_at = now + _STUBBORN_SECONDS
        self._signal(now)

    def ask_for_input(self):
        """Take note that it waits for input. It has reacted, if it was interrupted: whatever it does now, it is not stuck."""
        self.wants_input = True
        self._signal_at = self._stubborn_at = None

    def after_time(self, now):
        """Do what is due; return whether it is to be said that it does not stop."""
        if self._signal_at is not None and now >= self._signal_at:
            self._signal(now)
        if self._stubborn_at is not None and now >= self._stubborn_at:
            self._signal_at = self._stubborn_at = None
            return True
        return False

    def _signal(self, now):
        self._signal_at = None
        if self._mark.number != self.number:
            self._signal_at = now + _START_SECONDS
            return
        # It may ask again: whoever catches the interrupt goes on.
        self.wants_input = False
        try:
            # The whole group, as a terminal does: the interpreter may be waiting for a program it has started.
            os.killpg(self._child, signal.SIGINT)
        except (ProcessLookupError, PermissionError):
            # It has just ended; the signal that tells is on its way.
            pass
        # Once may be caught for good reasons; whoever is asked twice is not to go on.
        if self._interrupts > 1:
            self._signal_at = now + _INSISTENCE_SECONDS
