"""Starts programs in boxes: what a box is for, and what it is made of."""

import collections
import contextlib
import functools
import logging
import os
import subprocess
import threading
from pathlib import Path

from ivle.sandbox import cgroups, seccomp
from ivle.sandbox.host import SHELL, SandboxUnavailable, check_ingredients, explain, threads_may_change_user
from ivle.sandbox.limits import Limits
from ivle.sandbox.memory import MemoryWatch
from ivle.sandbox.places import Places
from ivle.sandbox.programs import PROGRAMS
from ivle.sandbox.pythons import SERVICE_PYTHON, read_python
from ivle.sandbox.relay import Relay
from ivle.sandbox.spec import HomeMissing
from ivle.sandbox.started import Box
from ivle.sandbox.starter import Starter
from ivle.sandbox.tree import BOX_ID, SOURCE_PLACE, SOURCES, Words, furnish_etc, open_directory, sizes_of_etc, system_words
from ivle.sandbox.zygote import SOURCES as ZYGOTE_SOURCES
from ivle.sandbox.zygote import Ids, start_zygote

SOURCE = Path(__file__).resolve().parents[2]

# Standard input carries the channel through bubblewrap. For a script, a shell steps into the wanted directory (or stays at home
# when that is gone) and moves the channel to 3. What bubblewrap and itself would add to the environment is taken out.
_BECOME_SCRIPT = 'cd -- "$1" 2>/dev/null; unset PWD OLDPWD; shift; exec "$@" 3<&0 0</dev/null'
_BECOME_PROGRAM = 'shift; exec "$@"'
# By this variable a program of ours is told how many processes it may have (`services/limited.py`).
PROCESSES = 'IVLE_PROCESSES'

_PATIENCE_SECONDS = 10

# Closed from the first word on; the network is the starter's to close. --unshare-user, unlike what --unshare-all does, fails
# rather than going without.
_CLOSED = (
    '--unshare-user --disable-userns --assert-userns-disabled --unshare-pid --unshare-ipc --unshare-uts '
    f'--unshare-cgroup --hostname box --uid {BOX_ID} --gid {BOX_ID} --cap-drop ALL --die-with-parent --new-session --clearenv'
).split()

log = logging.getLogger('ivle.sandbox')


def _ids(settings):
    """Return the Ids that boxes of this site may have on the host."""
    if os.geteuid() != 0:
        return Ids(os.geteuid())
    return Ids(settings.sandbox_uid, *settings.sandbox_uids)


def _largest_of(python, sources):
    """Return how large the largest file is that bubblewrap may have to write; an environment's list of fonts may be."""
    ours = [len(content) for files in sources.values() for _, content, _ in files]
    return max([*ours, *(len(content) for _, content in python.files), *sizes_of_etc()])


class Launcher:
    """Starts boxes. `prepare` once, when the daemon starts; then `start` from any thread."""

    def __init__(self, settings, places=None, programs=PROGRAMS, source=SOURCE):
        self._settings = settings
        self._places = places or Places(settings)
        self._programs, self._source = programs, Path(source)
        self._starter = Starter(settings)
        self._memory = MemoryWatch()
        self.groups = self.why_no_groups = None
        self._next_groups = collections.deque()
        self._relays = {}
        self._lock = threading.Lock()
        self._seccomp = self._system = self._sources = self._python = None
        self._largest, self._can_limit = 0, False
        self.ids, self._has_ids = _ids(settings), False

    def prepare(self):
        """Read what every box needs and make one throwaway box. SandboxUnavailable when this host cannot."""
        check_ingredients(self._settings)
        self._python = read_python(self._settings, self._places)
        try:
            self._seccomp = seccomp.program()
        except seccomp.SeccompMissing:
            raise SandboxUnavailable('python3-seccomp is missing: apt-get install python3-seccomp.') from None
        # Read once: a box never depends on who may read our source, and an edit takes effect at the next start.
        sources = {name: self._read_sources(program.sources) for name, program in self._programs.items()}
        shown = [self._python.executable, *(mount.source for mount in self._python.mounts)]
        needed = [self._settings.bwrap, self._settings.data, self._places.path('accounts'), *shown]
        has_stock = self._starter.settle_down(*needed, sources=sources)
        # In the thread: what has to be covered is what a box would see from there.
        self._system = self._starter.run(system_words, self._hidden(), has_stock)
        self._sources = {} if has_stock else sources
        self._largest = _largest_of(self._python, sources)
        self._can_limit = threads_may_change_user()
        self._try_one()
        self.groups, self.why_no_groups = cgroups.find(self._settings)

    @property
    def python(self):
        """The StudentsPython, once prepared."""
        return self._python

    def start_zygote(self):
        """Start a zygote and return it; SandboxUnavailable when this host cannot keep boxes ready."""
        files, hidden = self._read_sources(ZYGOTE_SOURCES), self._hidden()

        def spawn(command, **options):
            return self._starter.run(subprocess.Popen, command, **options)

        try:
            zygote = start_zygote(self._settings, self._python, files, self.ids, hidden, spawn)
            self._has_ids = True
            return zygote
        except SandboxUnavailable:
            # Where it has worked before, it is something else.
            if self.ids.count == 0 or self._has_ids:
                raise
            # As in a container whose superuser has few user ids to give away.
            alone = Ids(self.ids.files)
            zygote = start_zygote(self._settings, self._python, files, alone, hidden, spawn)
            self.ids = alone
            return zygote

    def watch(self, box, limits):
        """Hold `box` to what `limits` say of the whole of it: by the kernel when it is in a control group, `box.group`."""
        if box.group is not None:
            box.group.limit(limits)
        self._memory.add(box, limits.box_memory)

    def new_group(self, limits):
        """Return a control group for a box, or None where there are none."""
        try:
            return None if self.groups is None else self.groups.make(limits)
        except OSError as error:
            log.error('a box has no control group, only a watch over its memory: %s', error)
            return None

    def complaints(self, target):
        """Return a descriptor for boxes whose content is copied to the descriptor `target`."""
        return self._relay(target).fileno()

    def start(self, spec, channel, stderr=None):
        """Start the program of `spec` with the socket `channel` and return the Box.

        A program of ours finds it as its standard input (`services/handed.py`), and a console one more argument where it is to
        work in another place than the home; a script has it as descriptor 3.
        The caller still owns `channel` and should close it. `stderr` is a descriptor to which what the box says to
        standard error is copied (the box itself gets a socket), or None for nowhere.
        HomeMissing when the login has no account here; SandboxUnavailable when bubblewrap cannot be run.
        """
        with self.new_words() as words:
            self._furnish(words, spec)
            # bubblewrap writes its report into memory: nobody has to read along, and it is there when the box has ended.
            report, group = os.memfd_create('report'), self._take_group(spec.limits)
            try:
                words.add('--json-status-fd', words.keep(os.dup(report)))
                limits = self._limits_from_outside(spec, len(words.descriptors))
                if limits is not None:
                    words.add_walls('--setenv', PROCESSES, limits.processes_allowed)
                command = self._command(spec, by_shell=limits is None)
                streams = {'stdin': channel, 'stdout': None, 'stderr': self._relay(stderr)}
                process = self._spawn(words, command, group, limits=limits, **streams)
            except BaseException:
                os.close(report)
                if group is not None:
                    group.remove()
                raise
        box = Box(process, report)
        box.group = group
        self.watch(box, spec.limits)
        # While bubblewrap works: a group takes the kernel as long as a small program.
        self._make_next_group(spec.limits)
        return box

    def close(self):
        """End the starting thread, and with it every box."""
        self._starter.close()
        self._memory.close()
        if self.groups is not None:
            self.groups.close()
        while self._relays:
            self._relays.popitem()[1].close()

    def _take_group(self, limits):
        # One that cannot be given its limits is removed with all others, in the end.
        with contextlib.suppress(IndexError, OSError):
            group = self._next_groups.popleft()
            group.limit(limits)
            return group
        return self.new_group(limits)

    def _make_next_group(self, limits):
        if not self._next_groups and (group := self.new_group(limits)) is not None:
            self._next_groups.append(group)

    def _relay(self, target):
        if target is None:
            return None
        with self._lock:
            if target not in self._relays:
                self._relays[target] = Relay(target)
            return self._relays[target]

    def _furnish(self, words, spec):
        if spec.sees != 'nothing':
            words.bind(self._root_of(spec), spec.place, spec.access == 'write')
        if spec.svn_socket is not None:
            words.bind(os.open(spec.svn_socket, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC), '/run/svn.sock', writable=False)
        program = self._programs[spec.program]
        if program.on_students_python:
            self._python.furnish(words)
        if spec.program in self._sources:
            for where, content, mode in self._sources[spec.program]:
                words.file(content, where, mode)
        else:
            words.add('--ro-bind', f'{SOURCES}/{spec.program}', SOURCE_PLACE)
        furnish_etc(words, spec.login, spec.environment['HOME'])
        words.add('--size', spec.limits.tmp_size, '--perms', '1777', '--tmpfs', '/tmp', '--remount-ro', '/')
        if program.on_students_python:
            self._python.lay_out(words)
        own = self._python.environment if program.on_students_python else {}
        for name, value in {**spec.environment, **own, **program.environment}.items():
            words.add('--setenv', name, value)
        words.add('--chdir', spec.place)

    def _root_of(self, spec):
        names = [spec.login] if spec.sees == 'account' else [spec.login, 'home']
        try:
            return open_directory(self._places.path('accounts'), *names)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise HomeMissing(f'{spec.login} has no account here') from error

    def _limits_from_outside(self, spec, descriptors):
        """Return the Limits, or None where a shell in the box has to set them."""
        can = self._can_limit and self._programs[spec.program].limits_itself
        return spec.limits if can and spec.limits.leave_room_for_bubblewrap(descriptors, self._largest) else None

    def _command(self, spec, by_shell):
        """Return the words that become the program."""
        program = self._programs[spec.program]
        python = self._python.in_box if program.on_students_python else SERVICE_PYTHON
        if program.own:
            command = [python, program.option, f'{SOURCE_PLACE}/{program.own[0]}', *spec.arguments]
            become = _BECOME_PROGRAM
            command.extend([spec.cwd] if spec.cwd else [])
        else:
            command, become = [python, '-u', *spec.arguments], _BECOME_SCRIPT
        if by_shell:
            command = [SHELL, '-c', f'{spec.limits.by_shell()} || exit 1; {become}', 'sh', f'./{spec.cwd}', *command]
        return [str(word) for word in command]

    def _spawn(self, words, command, group=None, **streams):
        start = functools.partial(self._starter.start_box, words, command, **streams)
        try:
            return start() if group is None else group.start(start)
        except OSError as error:
            raise SandboxUnavailable(f'A box cannot be started with {self._settings.bwrap}: {error}.') from error

    def new_words(self):
        """Return the Words of a box with everything that is the same for all.

        The walls come first, the filter of system calls too: whatever is cut off at the end, no box goes without.
        """
        words = Words(_CLOSED)
        words.add('--seccomp', words.content(self._seccomp))
        words.end_walls()
        words.add(*self._system)
        return words

    def _try_one(self):
        streams = {'stdin': None, 'stdout': None, 'stderr': subprocess.PIPE}
        with self.new_words() as words:
            words.add('--remount-ro', '/')
            try:
                process = self._spawn(words, ['/usr/bin/true'], limits=Limits() if self._can_limit else None, **streams)
            except SandboxUnavailable as error:
                if not self._can_limit or not isinstance(error.__cause__, PermissionError):
                    raise
                # Whatever forbids it: then the shell has to.
                self._can_limit = False
                process = self._spawn(words, ['/usr/bin/true'], **streams)
        try:
            said = process.communicate(timeout=_PATIENCE_SECONDS)[1].decode(errors='replace')
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise SandboxUnavailable(f'bubblewrap did not make a box within {_PATIENCE_SECONDS} seconds.') from None
        if process.returncode != 0:
            raise SandboxUnavailable(explain(said))

    def _read_sources(self, paths):
        found = []
        for path in map(self._source.joinpath, paths):
            for file in sorted(path.rglob('*.py')) if path.is_dir() else [path]:
                try:
                    content, mode = file.read_bytes(), 0o555 if os.access(file, os.X_OK) else 0o444
                except OSError as error:
                    raise SandboxUnavailable(f'{file} cannot be read: {error.strerror}.') from error
                found.append((f'{SOURCE_PLACE}/{file.relative_to(self._source)}', content, mode))
        return found

    def _hidden(self):
        """Return what lies below /usr on this host but is no student's business."""
        ours = {Path(os.path.realpath(path)) for path in (self._settings.data, self._source)}
        return [path for path in sorted(ours) if Path('/usr') in path.parents and path.is_dir()]
