"""What a short command has written, taken back by the interpreter and sent along with its reply."""

# Taken by name, so that they stay what they are when a student puts something else into these modules.
from array import array
from fcntl import ioctl
from os import read
from termios import FIONREAD

# What is more stays where it is: the controller reads it.
MOST_BYTES = 32 * 1024
KINDS = ('output', 'error')


def written_in(descriptors):
    """Return {"output", "error"}: what is in the pipes, each byte as the character of its number; None for nothing, or much."""
    found = {}
    try:
        counts = [waiting_in(descriptor) for descriptor in descriptors]
        if not 0 < sum(counts) <= MOST_BYTES:
            return None
        for kind, descriptor, count in zip(KINDS, descriptors, counts):  # noqa: B905 - Python 3.9 knows no strict
            if count:
                found[kind] = read(descriptor, count).decode('latin-1')
    except OSError:
        # Closed by the program, or read by it at the same moment. What is still there, the controller finds.
        pass
    return found or None


def written_of(value):
    """Return {kind: bytes} of what `written_in` has returned in another process; None when it cannot have."""
    if value is None:
        return {}
    if type(value) is not dict or not set(value) <= set(KINDS) or not all(type(text) is str for text in value.values()):
        return None
    try:
        return {kind: text.encode('latin-1') for kind, text in value.items()}
    except UnicodeEncodeError:
        return None


def waiting_in(descriptor):
    """Return how many bytes are in a pipe."""
    waiting = array('i', [0])
    ioctl(descriptor, FIONREAD, waiting)
    return waiting[0]
