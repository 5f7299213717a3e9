"""Limited: how many processes there may be in a cold box, which a program of ours has to see to itself.

Standard library only. Set outside, the kernel would count the processes of all boxes of a user id together.
"""

import os
import resource


def limit_processes():
    """Set the limit that the box was started with, if it was; nothing that the program starts finds how that was told."""
    processes = os.environ.pop('IVLE_PROCESSES', None)
    if processes is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (int(processes),) * 2)
