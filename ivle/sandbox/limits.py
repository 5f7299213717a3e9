"""What one box may use up, and how that is told to the kernel.

The limits are set by util-linux' `prlimit` as the last step before the program starts, inside the box: RLIMIT_NPROC
then counts in the box's own user namespace, so two boxes of one user id do not share it, and no code of ours runs
between fork and exec in a daemon that has threads.
"""

import resource
from dataclasses import dataclass, replace

# Between the warning signal (SIGXCPU) and the end (SIGKILL) a program has this long to say its last words.
CPU_GRACE_SECONDS = 2
SHM_SIZE = 16 << 20
# What a program asks for is limited by RLIMIT_DATA. Addresses are cheap, and the C library reserves 64 MiB of them
# for a thread that will never use them: with as many addresses as memory there would be room for a dozen threads.
_ADDRESSES = 4


@dataclass(frozen=True)
class Limits:
    """The limits of one box. Sizes are bytes.

    `processes` (threads count too), `box_memory` and `tmp_size` hold for the box, the rest for each process in it.
    """

    cpu_seconds: int = 60
    memory: int = 512 << 20
    box_memory: int = 512 << 20
    processes: int = 64
    file_size: int = 64 << 20
    open_files: int = 256
    tmp_size: int = 64 << 20

    @classmethod
    def of(cls, settings):
        """Return the limits the site gives to student programs."""
        return cls(
            cpu_seconds=settings.cpu_seconds,
            memory=settings.memory,
            box_memory=settings.box_memory,
            processes=settings.processes,
            file_size=settings.file_size,
            open_files=settings.open_files,
            tmp_size=settings.tmp_size,
        )

    @classmethod
    def of_files(cls, settings):
        """Return the limits of a file service: our own program, which stays for long and writes whole uploads."""
        return replace(
            cls.of(settings),
            cpu_seconds=max(settings.cpu_seconds, 3600),
            file_size=max(settings.file_size, settings.upload_limit),
            open_files=max(settings.open_files, 1024),
        )

    def prlimit_options(self):
        """Return the options of `prlimit` that set these limits.

        What a daemon may not have itself it cannot give: a lower hard limit of ours is kept.
        """
        wanted = {
            'core': (resource.RLIMIT_CORE, 0, 0),
            'cpu': (resource.RLIMIT_CPU, self.cpu_seconds, self.cpu_seconds + CPU_GRACE_SECONDS),
            'data': (resource.RLIMIT_DATA, self.memory, self.memory),
            'as': (resource.RLIMIT_AS, self.memory * _ADDRESSES, self.memory * _ADDRESSES),
            'nproc': (resource.RLIMIT_NPROC, self.processes, self.processes),
            'fsize': (resource.RLIMIT_FSIZE, self.file_size, self.file_size),
            'nofile': (resource.RLIMIT_NOFILE, self.open_files, self.open_files),
            'memlock': (resource.RLIMIT_MEMLOCK, 64 << 10, 64 << 10),
            'msgqueue': (resource.RLIMIT_MSGQUEUE, 64 << 10, 64 << 10),
            'sigpending': (resource.RLIMIT_SIGPENDING, 1024, 1024),
        }
        return [f'--{name}={_within(number, soft)}:{_within(number, hard)}' for name, (number, soft, hard) in wanted.items()]


def _within(number, value):
    hard = resource.getrlimit(number)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
