"""Control groups around boxes: the kernel's own account of memory, processes and processor time of each, and their limits.

Version 1 has a tree of directories for each controller, version 2 one tree for all. We make one directory, `ivle-…`, below
the group this daemon is in, and in it one for each box. Where that is not allowed there are no groups, with a reason in words.
"""

import contextlib
import itertools
import os
import secrets
import time

from ivle.sandbox.hierarchies import PERIOD, NoGroups, Version1, Version2, counter, remove, write
from ivle.sandbox.processes import family

# What is in the group and does not count in the box: bubblewrap, twice, and the first process of a warm box.
_OUR_PROCESSES = 4
_ROUNDS = 5
_PATIENCE_SECONDS = 1.0


def find(settings, proc='/proc'):
    """Return (Cgroups, None), or (None, why there are none in one sentence). To be called once, when a daemon starts."""
    if settings.cgroups == 'off':
        return None, 'ivle.sandbox.cgroups is off.'
    reasons = []
    for version in (Version2, Version1):
        try:
            return Cgroups(version(proc), settings.cores), None
        except NoGroups as reason:
            reasons.append(str(reason))
    return None, ' '.join(reasons)


class Cgroups:
    """Makes groups for boxes. What a daemon that was killed has left behind is removed first."""

    def __init__(self, version, cores):
        self._version, self._cores = version, cores
        self._numbers = itertools.count(1)
        version.remove_leftovers()
        self._ways_back = _ways_back(version)
        try:
            self._name, self._locks = self._make_home()
        except BaseException:
            _close(self._ways_back)
            raise

    def _make_home(self):
        for _ in range(_ROUNDS):
            name = f'ivle-{os.getpid()}-{secrets.token_hex(4)}'
            try:
                return name, self._version.make_home(name)
            except FileNotFoundError:
                # Another daemon that starts looked at it before it was locked, and took it for abandoned.
                self._version.remove_home(name)
        raise NoGroups('Other sites that start remove each control group that is made.')

    @property
    def title(self):
        """What they are called: 'Control groups of version 1'."""
        return f'Control groups of version {self._version.NUMBER}'

    def make(self, limits=None):
        """Return a new Group, with `limits` or for `Group.limit` to give them later. OSError when there can be none."""
        places = self._version.make_box(self._name, f'box-{next(self._numbers)}')
        group = Group(self._version, places, self._cores, self._ways_back)
        if limits is not None:
            try:
                group.limit(limits)
            except BaseException:
                group.remove()
                raise
        return group

    def close(self):
        """Remove everything; the boxes have ended."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        # Processes that were killed a moment ago are still on their way out.
        while not self._version.remove_home(self._name) and time.monotonic() < deadline:
            time.sleep(0.01)
        _close(self._locks)
        _close(self._ways_back)


class Group:
    """The group of one box."""

    def __init__(self, version, places, cores, ways_back):
        self._version, self._places, self._cores, self._ways_back = version, places, cores, ways_back
        self._struck, self._limits = None, None

    @property
    def places(self):
        """Its directories."""
        return sorted(set(self._places.values()))

    def limit(self, limits):
        """Give it the Limits of its box."""
        # Kinds of runs differ most often in what is no matter of the group's, and writing takes as long as the rest of a claim.
        wanted = limits.box_memory, limits.processes, limits.leaves_processor
        if wanted == self._limits:
            return
        processes = limits.processes + _OUR_PROCESSES
        for name, value in self._version.words(limits.box_memory, processes, int(self._cores * PERIOD)):
            write(self._places[name.partition('.')[0]] / name, value)
        if limits.leaves_processor:
            # How nice its processes are counts among themselves only. Not nothing: what begins must come to an end.
            name, value = self._version.LITTLE_OF_PROCESSOR
            write(self._places['cpu'] / name, value)
        self._limits = wanted

    def start(self, start):
        """Return what `start(doors, ways_back)` or `start(join)` starts: a process that is in the group before it starts others.

        `start` goes through the doors before, and through the ways back after: what a thread starts is where the thread is. Where
        there are no doors for threads it calls `join(pid)`.
        """
        # Opened here: whoever starts may see nothing of the directories.
        doors = self.doors()
        try:
            if not self._version.TAKES_THREADS:
                return start(join=lambda pid: go_through(doors, pid))
            return start(doors=doors, ways_back=self._ways_back)
        finally:
            _close(doors)

    def doors(self):
        """Return descriptors: a process with one thread that writes a 0 into each is in the group, whoever it is by then."""
        name = 'tasks' if self._version.TAKES_THREADS else 'cgroup.procs'
        opened = []
        try:
            for place in self.places:
                opened.append(os.open(place / name, os.O_WRONLY | os.O_CLOEXEC))
        except OSError:
            _close(opened)
            raise
        return opened

    def add(self, pid):
        """Put a process and everything below it into the group; what they start later is in it from the start.

        The kernel holds up every fork and every end of a process for some 10 ms meanwhile: `start` and `doors` cost nobody
        anything.
        """
        done = set()
        # What a process starts after it was put in is in; what it had started before is found below it, or, where its
        # parent has ended meanwhile, below another at the next round.
        for _ in range(_ROUNDS):
            found = [one for one in family(pid) if one not in done]
            if not found:
                break
            for one in found:
                self._add(one)
            done.update(found)

    def _add(self, pid):
        for place in set(self._places.values()):
            with contextlib.suppress(ProcessLookupError):
                write(place / 'cgroup.procs', pid)

    def struck(self):
        """Return 'memory' or 'processes' when that limit has struck, else None. It can be asked after the end, too."""
        # A group that is just being removed answers ENODEV.
        with contextlib.suppress(OSError):
            if self._version.was_killed_for_memory(self._places['memory']):
                self._struck = 'memory'
            elif self._struck is None and counter(self._places['pids'] / 'pids.events', b'max'):
                self._struck = 'processes'
        return self._struck

    def remove(self):
        """Remove it, when its processes have ended; return whether that is so. No harm when it is gone."""
        self.struck()
        return all([remove(place) for place in set(self._places.values())])


def go_through(doors, process=0):
    """Put a process, or with 0 the calling thread, into the groups that descriptors of `Group.doors` lead to."""
    for door in doors:
        os.write(door, b'%d' % process)


def _ways_back(version):
    try:
        return version.ways_back() if version.TAKES_THREADS else []
    except OSError as error:
        raise NoGroups(f'No thread can come back from a control group: {error.strerror}: {error.filename}.') from error


def _close(doors):
    for door in doors:
        os.close(door)
