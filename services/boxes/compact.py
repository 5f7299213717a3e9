"""Compact memory: what a box allocates for itself lies together, and not in the holes of pages that it shares with all others.

A page that is shared with the zygote is copied when a box writes to it. Whatever was freed before left holes in many of them, and
the allocators fill those first. So they are filled here, once for all boxes, with what nobody ever looks at.
"""

import ctypes

# Python serves up to so many bytes from pools, each for one size; what a bytes object takes besides its content; a pool.
_LARGEST, _STEP, _HEAD, _POOL = 512, 16, 33, 16 * 1024
# What is larger comes from the C library. From large to small: a large hole is filled by few.
_SIZES = (65536, 32768, 16384, 8192, 4096, 2048, 1024, 768, 560)
_MOST_OF_A_SIZE = 20_000

_kept: list = []
_MEMBERS = ('arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost')


class _Account(ctypes.Structure):
    """What the GNU C library tells of its memory (mallinfo2)."""

    _fields_ = [(name, ctypes.c_size_t) for name in _MEMBERS]


def fill_holes():
    """Fill the holes in the memory of this process, for good. To be called when nothing more is freed, and before forks."""
    for size in range(3 * _STEP, _LARGEST + 1, _STEP):
        _kept.extend(bytes(size - _HEAD) for _ in range(_POOL // size))
    _fill_holes_of_c()


def _fill_holes_of_c():
    libc = ctypes.CDLL(None)
    try:
        account, allocate = libc.mallinfo2, libc.malloc
    except AttributeError:
        # Another C library, or an old one: boxes take a little more then.
        return
    account.restype, allocate.restype, allocate.argtypes = _Account, ctypes.c_void_p, [ctypes.c_size_t]
    for size in _SIZES:
        for _ in range(_MOST_OF_A_SIZE):
            at_the_end = account().keepcost
            allocate(size)
            # It came from the end: no hole of that size is left.
            if account().keepcost != at_the_end:
                break
