"""What one box may use up, for each kind of run, and how that is told to the kernel.

Those of a warm box are set by its worker. Those of a cold box are put on bubblewrap before it does anything, or set by a shell
that becomes the program. RLIMIT_NPROC is only ever set inside, by the shell or the program, where it counts in the box's own user
namespace: two boxes of one user id would share it. No code of ours runs between fork and exec in a daemon that has threads.
"""

import resource
from dataclasses import dataclass, replace

# Between the warning signal (SIGXCPU) and the end (SIGKILL) a program has this long to say its last words.
CPU_GRACE_SECONDS = 2
SHM_SIZE = 16 << 20
# A console watches over each command by itself. The kernel's own limit, which counts from the first command to the last,
# is the wall behind that: sixty commands may use all that one command may.
COMMANDS_IN_A_LIFE = 60
# What a program asks for is limited by RLIMIT_DATA. Addresses are cheap, and the C library reserves 64 MiB of them
# for a thread that will never use them: with as many addresses as memory there would be room for a dozen threads.
_ADDRESSES = 4
# With less than this bubblewrap could not make a box: what it opens itself, and the memory it needs.
_OPENED_BY_BUBBLEWRAP, _MEMORY_OF_BUBBLEWRAP = 32, 32 << 20
# The letter and the bytes of one unit, as the shell has them.
_BY_SHELL = {
    resource.RLIMIT_CORE: ('c', 512),
    resource.RLIMIT_CPU: ('t', 1),
    resource.RLIMIT_DATA: ('d', 1024),
    resource.RLIMIT_AS: ('v', 1024),
    resource.RLIMIT_NPROC: ('p', 1),
    resource.RLIMIT_FSIZE: ('f', 512),
    resource.RLIMIT_NOFILE: ('n', 1),
    resource.RLIMIT_MEMLOCK: ('l', 1024),
}


@dataclass(frozen=True)
class Limits:
    """The limits of one box. Sizes are bytes.

    `cpu_seconds`, `wall_seconds` and `output` are those of one command, and `commands` is how many that use up all of it fit
    into the life of one process. `processes` (threads count too), `box_memory` and `tmp_size` hold for the box, the rest
    for each process in it. The kernel knows nothing of `wall_seconds` and `output`: the programs in the box see to them.
    A box that `leaves_processor` has a thirtieth of what another has of it, where both want it.
    """

    cpu_seconds: int = 60
    memory: int = 512 << 20
    box_memory: int = 512 << 20
    processes: int = 64
    file_size: int = 64 << 20
    open_files: int = 256
    tmp_size: int = 64 << 20
    wall_seconds: float = 600.0
    output: int = 1 << 20
    commands: int = 1
    leaves_processor: bool = False

    @classmethod
    def of(cls, settings, kind):
        """Return the limits the site gives to a kind of run: 'console', 'serve', 'file' or 'test'.

        The general settings, what the kind needs otherwise, and over both what the site says about this kind.
        """
        general = cls(
            cpu_seconds=settings.cpu_seconds,
            memory=settings.memory,
            box_memory=settings.box_memory,
            processes=settings.processes,
            file_size=settings.file_size,
            open_files=settings.open_files,
            tmp_size=settings.tmp_size,
            output=settings.output_limit,
        )
        return replace(general, **{**_OF_A_KIND[kind](settings), **dict(getattr(settings, f'{kind}_limits'))})

    def rlimits(self):
        """Return [(number of the resource, soft, hard)].

        What a daemon may not have itself it cannot give: a lower hard limit of ours is kept.
        """
        cpu = self.cpu_seconds * self.commands
        wanted = {
            resource.RLIMIT_CORE: (0, 0),
            resource.RLIMIT_CPU: (cpu, cpu + CPU_GRACE_SECONDS),
            resource.RLIMIT_DATA: (self.memory, self.memory),
            resource.RLIMIT_AS: (self.memory * _ADDRESSES, self.memory * _ADDRESSES),
            resource.RLIMIT_NPROC: (self.processes, self.processes),
            resource.RLIMIT_FSIZE: (self.file_size, self.file_size),
            resource.RLIMIT_NOFILE: (self.open_files, self.open_files),
            resource.RLIMIT_MEMLOCK: (64 << 10, 64 << 10),
        }
        return [(number, _within(number, soft), _within(number, hard)) for number, (soft, hard) in wanted.items()]

    def leave_room_for_bubblewrap(self, descriptors, largest):
        """Return whether bubblewrap can make a box when it has all of `rlimits` but that of processes.

        It is given so many `descriptors`, and writes files of at most `largest` bytes.
        """
        has_files = self.open_files >= descriptors + _OPENED_BY_BUBBLEWRAP and self.file_size >= largest
        return has_files and self.memory >= _MEMORY_OF_BUBBLEWRAP

    @property
    def processes_allowed(self):
        """`processes`, or as many as a daemon may give that may have fewer itself."""
        return _within(resource.RLIMIT_NPROC, self.processes)

    def put_on(self, pid):
        """Put `rlimits`, but for that of processes, on a process of the user this thread is. OSError when it is another's."""
        for number, soft, hard in self.rlimits():
            if number != resource.RLIMIT_NPROC:
                resource.prlimit(pid, number, (soft, hard))

    def by_shell(self):
        """Return the commands by which a shell (dash) gives itself `rlimits`; where one fails, so do they all.

        Bytes are rounded down to what the shell counts in, half a kilobyte or a whole one.
        """
        words = []
        for number, soft, hard in self.rlimits():
            letter, unit = _BY_SHELL[number]
            words.append(f'ulimit -{letter} {hard // unit}')
            if soft != hard:
                words.append(f'ulimit -S{letter} {soft // unit}')
        return ' && '.join(words)


# A served program lives for one request. A file service is a program of ours, which stays for long and writes whole uploads.
_OF_A_KIND = {
    'console': lambda settings: {'commands': COMMANDS_IN_A_LIFE},
    'serve': lambda settings: {'wall_seconds': settings.serve_seconds},
    # What a test wrote is shown and compared, and kept with the attempt.
    'test': lambda settings: {'cpu_seconds': min(settings.cpu_seconds, 30), 'output': min(settings.output_limit, 128 << 10)},
    'file': lambda settings: {
        'cpu_seconds': max(settings.cpu_seconds, 3600),
        'file_size': max(settings.file_size, settings.upload_limit),
        'open_files': max(settings.open_files, 1024),
    },
}


def _within(number, value):
    hard = resource.getrlimit(number)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
