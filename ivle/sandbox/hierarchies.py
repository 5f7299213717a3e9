"""The two versions of control groups: where this process may make some, and in which files their limits stand."""

import contextlib
import fcntl
import os
import re
from pathlib import Path

CONTROLLERS = ('memory', 'pids', 'cpu')
PERIOD = 100_000
_ESCAPED = re.compile(r'\\([0-7]{3})')
_ADVICE = 'set Delegate=yes and DelegateSubgroup=site in its unit file'


class NoGroups(Exception):
    """This site cannot make control groups. The message is one sentence that says why."""


class Version1:
    """A tree of directories for each controller."""

    NUMBER, TAKES_THREADS = 1, True
    LITTLE_OF_PROCESSOR = ('cpu.shares', 32)

    def __init__(self, proc):
        mounts, own = _mounts(proc, 'cgroup'), _own_groups(proc)
        self._parents = {}
        for controller in CONTROLLERS:
            [found] = [mount for mount in mounts if controller in mount.options][:1] or [None]
            if found is None:
                raise NoGroups(f'The controller {controller} of control groups is not mounted.')
            parent = found.place_of(own.get(controller, '/'))
            if not os.access(parent, os.W_OK):
                raise NoGroups(f'{parent} cannot be written by this site: start it as root, or give it the directory.')
            self._parents[controller] = parent
        # Some controllers have one tree together.
        self._trees = list(dict.fromkeys(self._parents.values()))

    def ways_back(self):
        """Return descriptors, as `Group.doors`, by which a thread comes back to where this process was."""
        return [os.open(parent / 'tasks', os.O_WRONLY | os.O_CLOEXEC) for parent in self._trees]

    def make_home(self, name):
        try:
            for parent in self._trees:
                (parent / name).mkdir()
        except OSError as error:
            self.remove_home(name)
            raise NoGroups(f'No control group can be made: {error.strerror}: {error.filename}.') from error
        # In each tree: another site may have one of them together with us, and not the others.
        locks = []
        try:
            for parent in self._trees:
                locks.append(_lock(parent / name))
        except OSError:
            for lock in locks:
                os.close(lock)
            raise
        return locks

    def make_box(self, home, name):
        places = {controller: parent / home / name for controller, parent in self._parents.items()}
        for place in set(places.values()):
            place.mkdir()
        return places

    def remove_home(self, name):
        return all([_remove_tree(parent / name) for parent in self._trees])

    def remove_leftovers(self):
        for parent in self._trees:
            for name in _abandoned(parent):
                _remove_tree(parent / name)

    def words(self, memory, processes, quota):
        # Memory and swap together: none of it may be swap, and it may never be the lower of the two.
        both = ['memory.memsw.limit_in_bytes'] if (self._parents['memory'] / 'memory.memsw.limit_in_bytes').exists() else []
        yield from ((name, -1) for name in both)
        yield 'memory.limit_in_bytes', memory
        yield from ((name, memory) for name in both)
        yield 'pids.max', processes
        yield 'cpu.cfs_period_us', PERIOD
        yield 'cpu.cfs_quota_us', quota

    def was_killed_for_memory(self, place):
        return counter(place / 'memory.oom_control', b'oom_kill') > 0


class Version2:
    """One tree for all controllers."""

    NUMBER, TAKES_THREADS = 2, False
    LITTLE_OF_PROCESSOR = ('cpu.weight', 3)

    def __init__(self, proc):
        mounts = _mounts(proc, 'cgroup2')
        if not mounts:
            raise NoGroups('Control groups of version 2 are not mounted.')
        own = mounts[0].place_of(_own_groups(proc).get('', '/'))
        missing = [name for name in CONTROLLERS if name not in _words_in(own / 'cgroup.controllers')]
        if missing:
            raise NoGroups(f'Control groups of version 2 have no controller {", ".join(missing)} here.')
        self._parent = self._parent_for(own, proc)
        if not os.access(self._parent / 'cgroup.subtree_control', os.W_OK):
            raise NoGroups(f'{self._parent} is not lent to this site: {_ADVICE}.')
        self._enable(self._parent)

    @staticmethod
    def _parent_for(own, proc):
        # A group that gives controllers to those below it may hold no process itself, and whose others are is not known:
        # we ask for a group in which the site stands one step down, as systemd makes it.
        if not (own / 'cgroup.type').exists():
            # The root of the tree, the one group that may hold processes and groups.
            return own
        above = own.parent
        if _words_in(above / 'cgroup.procs') or not _is_lent(above):
            raise NoGroups(f'{own} is not one step below a group of the site: {_ADVICE}.')
        return above

    @staticmethod
    def _enable(place):
        try:
            write(place / 'cgroup.subtree_control', ' '.join(f'+{name}' for name in CONTROLLERS))
        except OSError as error:
            raise NoGroups(f'{place} does not pass on its controllers: {error.strerror}.') from error

    def make_home(self, name):
        home = self._parent / name
        try:
            home.mkdir()
        except OSError as error:
            raise NoGroups(f'No control group can be made: {error.strerror}: {home}.') from error
        lock = _lock(home)
        try:
            self._enable(home)
        except NoGroups:
            os.close(lock)
            raise
        return [lock]

    def make_box(self, home, name):
        place = self._parent / home / name
        place.mkdir()
        return dict.fromkeys(CONTROLLERS, place)

    def remove_home(self, name):
        return _remove_tree(self._parent / name)

    def remove_leftovers(self):
        for name in _abandoned(self._parent):
            self.remove_home(name)

    def words(self, memory, processes, quota):
        yield 'memory.max', memory
        yield 'memory.swap.max', 0
        # All of a box or nothing: half a console is of no use to anybody.
        yield 'memory.oom.group', 1
        yield 'pids.max', processes
        yield 'cpu.max', f'{quota} {PERIOD}'

    def was_killed_for_memory(self, place):
        return counter(place / 'memory.events', b'oom_kill') > 0


# -- what the kernel says ---------------------------------------------------------------------------


class _Mount:
    def __init__(self, root, place, options):
        self._root, self._place, self.options = root, Path(place), options

    def place_of(self, group):
        """Return the directory of a group; in a container that sees only a part of the tree, the top of that part."""
        below = group[len(self._root.rstrip('/')) :] if f'{group}/'.startswith(self._root.rstrip('/') + '/') else ''
        place = self._place / below.lstrip('/')
        return place if place.is_dir() else self._place


def _mounts(proc, kind):
    found = []
    with open(f'{proc}/self/mountinfo', encoding='utf-8', errors='surrogateescape') as file:
        for line in file:
            own, _, rest = line.partition(' - ')
            kind_found, _, options = rest.split()[:3]
            if kind_found == kind:
                root, place = (_ESCAPED.sub(lambda match: chr(int(match[1], 8)), word) for word in own.split()[3:5])
                found.append(_Mount(root, place, options.split(',')))
    return found


def _own_groups(proc):
    """Return {controller: group}; that of version 2 has the name ''."""
    with open(f'{proc}/self/cgroup', encoding='utf-8', errors='surrogateescape') as file:
        lines = [line.rstrip('\n').split(':', 2) for line in file]
    return {name: group for _, names, group in lines for name in names.split(',')}


def _is_lent(place):
    """Return whether systemd, or whoever is above us, has given us this group to divide."""
    for name in ('user.delegate', 'trusted.delegate'):
        with contextlib.suppress(OSError):
            if os.getxattr(place, name) == b'1':
                return True
    return os.geteuid() != 0 and place.stat().st_uid == os.geteuid()


def _words_in(path):
    try:
        return path.read_text().split()
    except OSError:
        return []


def counter(path, name):
    """Return the number that stands after a name in a file of a group."""
    with open(path, 'rb', buffering=0) as file:
        for line in file.read(4096).splitlines():
            key, _, value = line.partition(b' ')
            if key == name:
                return int(value)
    return 0


# -- directories ------------------------------------------------------------------------------------


def write(path, value):
    """Write one value into a file of a group."""
    with open(path, 'w', buffering=1) as file:
        file.write(str(value))


def _lock(place):
    """Return a descriptor that says, as long as this process lives, that the directory is in use.

    FileNotFoundError when it was taken for abandoned before, and removed.
    """
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.stat(place)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _abandoned(parent):
    """Yield the names of directories that a daemon made which is no more. Each stays locked while it is looked at."""
    for place in parent.glob('ivle-*'):
        with contextlib.suppress(OSError):
            descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield place.name
            finally:
                os.close(descriptor)


def remove(place):
    """Remove a group, and return whether it is gone."""
    try:
        place.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        # Something in it still ends; it goes at the next start at the latest.
        return False
    return True


def _remove_tree(home):
    # Another daemon that starts may remove the same at this moment.
    with contextlib.suppress(FileNotFoundError):
        for place in home.glob('box-*'):
            remove(place)
    return remove(home)
