"""How the interpreter ended, in words for the person."""

import os
import signal
import time

# Each command has a limit of its own, which `watch` sees to: this is the one behind it.
WHOLE_LIFE = 'The console used up the processor time that one console has for all its commands together.'
DAMAGED = 'The program damaged the console it ran in.'
_PATIENCE_SECONDS = 2.0


def reason_if_ended(child):
    """Return why the process `child` has ended, or None while it lives.

    Waits for whatever has ended: processes that have lost their parent are ours, and would stay as zombies.
    """
    reason = None
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            if found[0] == child:
                reason = _reason(os.waitstatus_to_exitcode(found[1]))
    except ChildProcessError:
        # There are no others.
        pass
    return reason


def reason_when_ended(child):
    """Return why the process `child` has ended; it is about to."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        reason = reason_if_ended(child)
        if reason:
            return reason
        time.sleep(0.005)
    # It closed its side and lives on.
    return DAMAGED


def kill_group(leader):
    """End a process and what it has started in its group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Gone already, or everything in it is.
        pass


def _reason(code):
    if code == -signal.SIGXCPU:
        return WHOLE_LIFE
    if code == -signal.SIGKILL:
        # By itself, or by the kernel for its memory: sandbox-server knows which, we do not.
        return 'The program was killed (signal 9).'
    if code < 0:
        return f'The program crashed ({signal.strsignal(-code) or -code}).'
    if code == os.EX_OSERR:
        return 'The program used up its memory.'
    return f'The program ended the console (exit code {code}).'
