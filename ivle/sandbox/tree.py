"""What a program in a box finds on its disk, said in the words of bubblewrap.

Everything is read-only but the home (where it may write), /tmp and /dev/shm. Of the host's /etc only what the dynamic
loader and the clock need is there; who-is-who is written by us. What the box is given by name is opened here first and
passed on as a descriptor, so a path that changes hands in between cannot lead elsewhere.
"""

import os
import stat
from pathlib import Path

from ivle.sandbox.limits import SHM_SIZE

# The one user id a box knows, whatever the host calls it.
BOX_ID = 1000
SYSTEM_LINKS = ('bin', 'sbin', 'lib', 'lib64', 'lib32', 'libx32')
# Debian's numerical libraries are found through ld.so.cache and alternatives.
ETC = ('ld.so.cache', 'alternatives', 'localtime')
_ETC = tuple(f'/etc/{name}' for name in ETC)
DEVICES = ('null', 'zero', 'full', 'random', 'urandom')
DEVICE_LINKS = {'fd': '/proc/self/fd', 'stdin': '/proc/self/fd/0', 'stdout': '/proc/self/fd/1', 'stderr': '/proc/self/fd/2'}
# Where our own source is in a box.
SOURCE_PLACE = '/ivle'
# What the thread that starts boxes may keep in stock (`stock`): for each program its source, and what covers other things, a
# directory with nothing in it and a file; nobody in a box may open these two.
STOCK = '/sys'
SOURCES, COVER_DIRECTORY, COVER_FILE = f'{STOCK}/sources', f'{STOCK}/directory', f'{STOCK}/file'
# What /proc tells about the machine instead of about the processes of the box.
_HIDDEN_DIRECTORIES = ('sys', 'fs', 'bus', 'irq', 'driver', 'tty', 'acpi', 'scsi', 'dynamic_debug', 'pressure')
# No cover gets what only the superuser may read (in a box nobody is), what the kernel tells of a name space only (System V's
# queues), and what `stat`, `vmstat` and `meminfo`, which programs need, tell in sum (zones, swap).
_HIDDEN_FILES = (
    'cmdline',
    'config.gz',
    'interrupts',
    'kallsyms',
    'kcore',
    'keys',
    'locks',
    'modules',
    'partitions',
    'diskstats',
    'sched_debug',
    'timer_list',
    'sysrq-trigger',
)


class Words:
    """Arguments for one bubblewrap, and the descriptors they name; leaving the `with` closes those."""

    def __init__(self, words=()):
        self.words = list(words)
        self.descriptors = []
        self._walls = len(self.words)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for descriptor in self.descriptors:
            os.close(descriptor)

    def add(self, *words):
        """Add arguments as they are."""
        self.words.extend(map(str, words))

    def end_walls(self):
        """Say that what was added so far are the walls of a box."""
        self._walls = len(self.words)

    def add_walls(self, *words):
        """Add arguments to the walls: before everything that came after them."""
        self.words[self._walls : self._walls] = map(str, words)

    def keep(self, descriptor):
        """Take over a descriptor and return its number as a word."""
        self.descriptors.append(descriptor)
        return str(descriptor)

    def content(self, data, name='data'):
        """Return, as a word, the number of a descriptor from which `data` (bytes) is read."""
        descriptor = os.memfd_create(name)
        word = self.keep(descriptor)
        os.pwrite(descriptor, data, 0)
        return word

    def file(self, data, where, mode=0o444):
        """Put a file with this content into the box."""
        self.add('--perms', f'{mode:04o}', '--file', self.content(data), where)

    def copy(self, source, where, mode=0o444):
        """Put a file into the box whose content bubblewrap reads from the descriptor `source`."""
        self.add('--perms', f'{mode:04o}', '--file', self.keep(source), where)

    def bind(self, source, where, writable):
        """Show what an O_PATH descriptor stands for at `where` in the box."""
        self.add('--bind-fd' if writable else '--ro-bind-fd', self.keep(source), where)


def system_words(hidden=(), has_stock=False):
    """Return the part that is the same for all boxes; `hidden` paths below /usr are covered by nothing.

    With `has_stock`, bubblewrap finds covers, and a /dev that is a box's (`stock`); otherwise it puts them together.
    """
    words = Words()
    # First of all: after each cover bubblewrap reads the table of mounts, which is short now.
    words.add('--proc', '/proc')
    for name in _HIDDEN_DIRECTORIES:
        if Path('/proc', name).is_dir():
            words.add(*_cover(f'/proc/{name}', has_stock))
    for name in _HIDDEN_FILES:
        if _is_readable(Path('/proc', name)):
            # Open to nobody, or bound without device access: not even reading nothing is possible.
            words.add('--ro-bind', COVER_FILE if has_stock else '/dev/null', f'/proc/{name}')
    words.add('--remount-ro', '/proc')
    words.add('--perms', '0755', '--dir', '/etc', '--ro-bind', '/usr', '/usr')
    for path in hidden:
        words.add(*_cover(path, has_stock))
    for name in SYSTEM_LINKS:
        place = Path('/', name)
        if place.is_symlink():
            words.add('--symlink', os.readlink(place), place)
        elif place.is_dir():
            words.add('--ro-bind', place, place)
    for place in filter(os.path.isdir, _ETC):
        words.add('--ro-bind', place, place)
    words.words.extend(['--dev-bind', '/dev', '/dev'] if has_stock else _device_words())
    words.add('--size', SHM_SIZE, '--perms', '1777', '--tmpfs', '/dev/shm')
    return words.words


def _cover(place, has_stock):
    if has_stock:
        return ('--ro-bind', COVER_DIRECTORY, place)
    return ('--size', 4096, '--perms', '0555', '--tmpfs', place, '--remount-ro', place)


def _device_words():
    # Where the root becomes read-only, so does /dev: a file system of its own would be one more to seal.
    words = ['--perms', '0755', '--dir', '/dev']
    for name in DEVICES:
        words += ['--dev-bind', f'/dev/{name}', f'/dev/{name}']
    for name, target in DEVICE_LINKS.items():
        words += ['--symlink', target, f'/dev/{name}']
    return words


def sizes_of_etc():
    """Return the sizes, in bytes, of the host's files that `furnish_etc` copies."""
    return [os.path.getsize(place) for place in filter(os.path.isfile, _ETC)]


def furnish_etc(words, login, home):
    """Put the files of /etc into a box: those of the host's that it needs, and ours, where the login is the only person there is.

    All are copied: after each that is shown, bubblewrap reads the whole table of mounts.
    """
    for place in filter(os.path.isfile, _ETC):
        words.copy(os.open(place, os.O_RDONLY | os.O_CLOEXEC), place)
    for where, content in {
        '/etc/passwd': f'{login}:x:{BOX_ID}:{BOX_ID}:{login}:{home}:/bin/sh\n',
        '/etc/group': f'{login}:x:{BOX_ID}:\n',
        '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
        '/etc/hosts': '127.0.0.1 localhost box\n',
    }.items():
        words.file(content.encode(), where)


def _is_readable(place):
    return place.is_file() and place.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH) != 0


def open_directory(start, *names):
    """Return an O_PATH descriptor of a directory below `start`, following no link on the way down."""
    descriptor = os.open(start, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in names:
        above = descriptor
        try:
            descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        finally:
            os.close(above)
    return descriptor


def is_gone(start, *names):
    """Return whether there is certainly no such directory below `start`: a link, which is not followed, may lead to one."""
    try:
        os.close(open_directory(start, *filter(None, names)))
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return False
