"""What the thread that starts boxes sees of the host, and what it keeps in stock for them.

Bubblewrap reads the whole table of mounts after each mount it makes: where it may, the thread has a table of its own that is
short, and keeps in it what boxes are given: the five devices as one directory, the source of a program of ours, and what is laid
over the host's own.
"""

import contextlib
import os
import stat
from pathlib import Path

from ivle import kernel
from ivle.sandbox.tree import COVER_DIRECTORY, COVER_FILE, DEVICE_LINKS, DEVICES, SOURCE_PLACE, SOURCES, STOCK

# What is mounted below these is for no box, and makes the table long.
_NO_BOXES = (Path('/sys'), Path('/dev'), Path('/proc'))
_DEVICES_FLAGS = kernel.MS_NOSUID | kernel.MS_NOEXEC
# As bubblewrap wants them: with others it would mount each a second time.
_STOCK_FLAGS = kernel.MS_NOSUID | kernel.MS_NOEXEC | kernel.MS_NODEV


def settle_down(needed, sources):
    """Take the calling thread to a shorter table of mounts, in which `needed` (paths) stay, and return whether it keeps a stock.

    `sources` are {program: [(path in a box, bytes, mode)]}.
    """
    if os.geteuid() != 0 or any(_is_below(Path(os.path.realpath(path))) for path in needed):
        return False
    try:
        kernel.unshare(kernel.NEWNS | kernel.FS)
        # What is mounted on the host later is seen here, too, and what is unmounted is let go; never the other way.
        kernel.mount(None, '/', None, kernel.MS_REC | kernel.MS_SLAVE)
    except OSError:
        return False
    with open('/proc/thread-self/mountinfo') as file:
        places = [Path(line.split()[4]) for line in file]
    # What was mounted last lies on top.
    for place in reversed(places):
        # What is laid on these stays when the host takes its own away.
        if _is_below(place) and place not in _NO_BOXES:
            # One that cannot go stays, and costs a little time.
            with contextlib.suppress(OSError):
                kernel.unmount(place)
    return _make_devices() and _make_stock(sources)


def _is_below(place):
    return any(folder == place or folder in place.parents for folder in _NO_BOXES)


def _make_devices():
    try:
        numbers = {name: os.stat(f'/dev/{name}').st_rdev for name in DEVICES}
    except OSError:
        return False

    def fill():
        for name, number in numbers.items():
            os.mknod(f'/dev/{name}', stat.S_IFCHR, number)
            os.chmod(f'/dev/{name}', 0o666)
        for name, target in DEVICE_LINKS.items():
            os.symlink(target, f'/dev/{name}')
        os.mkdir('/dev/shm', 0o755)
        # In a container they may be made and yet not be opened.
        os.close(os.open('/dev/null', os.O_RDWR))

    return _keep('/dev', _DEVICES_FLAGS, fill)


def _make_stock(sources):
    def fill():
        os.mkdir(COVER_DIRECTORY)
        # Whatever the daemon's mask is. Who may open a directory, too, may lock it, and others see that.
        os.chmod(COVER_DIRECTORY, 0o111)
        os.close(os.open(COVER_FILE, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0))
        for program, files in sources.items():
            _write_sources(Path(SOURCES, program), files)

    return _keep(STOCK, _STOCK_FLAGS, fill)


def _write_sources(root, files):
    for where, content, mode in files:
        path = root / Path(where).relative_to(SOURCE_PLACE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    # Directories are made with the daemon's mask.
    for folder in (root.parent, root, *filter(Path.is_dir, root.rglob('*'))):
        folder.chmod(0o755)


def _keep(place, flags, fill):
    """Lay a small file system over `place`, let `fill()` put in what it is for, and seal it; return whether that could be."""
    try:
        kernel.mount('tmpfs', place, 'tmpfs', flags, 'mode=0755')
    except OSError:
        return False
    try:
        fill()
        kernel.mount(None, place, None, flags | kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY)
    except OSError:
        kernel.unmount(place)
        return False
    return True
