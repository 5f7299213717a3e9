"""Signal handlers. Python's `signal` looks for the name of the one that was there before, each time; nobody asks for it here."""

from _signal import SIG_DFL as DEFAULT
from _signal import SIG_IGN as IGNORE
from _signal import getsignal as handler_of
from _signal import signal as set_handler

__all__ = ['DEFAULT', 'IGNORE', 'handler_of', 'set_handler']
