"""What a host must have before it can make boxes, and what to do where it does not."""

import os
from pathlib import Path

PRLIMIT = '/usr/bin/prlimit'

# What bubblewrap says when it cannot start, and what helps.
_HINTS = (
    (
        ('No permissions to create', 'Creating new namespace failed', 'setting up uid map'),
        'this host forbids user namespaces to ordinary users. On Ubuntu give bubblewrap an AppArmor profile with "userns," or '
        'set sysctl kernel.apparmor_restrict_unprivileged_userns=0; elsewhere set sysctl kernel.unprivileged_userns_clone=1.',
    ),
    (
        ('Unknown option',),
        'bubblewrap is older than 0.8 with its security fix of 2024: apt-get update && apt-get install bubblewrap.',
    ),
    (("Can't mount proc",), 'this host hides parts of /proc, as containers do: start the container with an unmasked /proc.'),
    (
        ('No space left', 'max_user_namespaces'),
        'the number of user namespaces is used up: raise sysctl user.max_user_namespaces.',
    ),
)


class SandboxUnavailable(Exception):
    """This host cannot make boxes. The message is one sentence that says why and what to do."""


def check_ingredients(settings):
    """Return nothing when the programs a box is made of are there; SandboxUnavailable names the first that is not."""
    if os.geteuid() == 0 and settings.sandbox_uid == 0:
        raise SandboxUnavailable('A box is never made for the superuser: set ivle.sandbox.uid to another number than 0.')
    if not os.access(settings.bwrap, os.X_OK):
        raise SandboxUnavailable(f'bubblewrap is not at {settings.bwrap}: apt-get install bubblewrap, or set ivle.sandbox.bwrap.')
    if not os.access(PRLIMIT, os.X_OK):
        raise SandboxUnavailable(f'{PRLIMIT} is missing: apt-get install util-linux.')
    if not os.access(settings.python, os.X_OK):
        raise SandboxUnavailable(f'Python is not at {settings.python}: apt-get install python3, or set ivle.sandbox.python.')
    if Path('/usr') not in Path(os.path.realpath(settings.python)).parents:
        raise SandboxUnavailable(
            f'{settings.python} is not below /usr, so no box can see it: set ivle.sandbox.python to /usr/bin/python3.'
        )


def identity_of_boxes(settings):
    """Return the options of Popen that make a child an ordinary user: none when this process is one."""
    if os.geteuid() != 0:
        return {}
    return {'user': settings.sandbox_uid, 'group': settings.sandbox_uid, 'extra_groups': []}


def explain(said):
    """Return the sentence for what bubblewrap said when it failed."""
    line = next((line for line in said.splitlines() if line.strip()), 'it said nothing').removeprefix('bwrap: ')
    for marks, hint in _HINTS:
        if any(mark in said for mark in marks):
            return f'bubblewrap cannot make a box ({line}): {hint}'
    return f'bubblewrap cannot make a box ({line}).'
