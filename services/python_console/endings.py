"""How the interpreter ended, in words for the person."""

import os
import resource
import signal
import time

DAMAGED = 'The program damaged the console it ran in.'
_PATIENCE_SECONDS = 2.0


def reason_if_ended(child, cpu_seconds):
    """Return why the process `child` has ended, or None while it lives."""
    found, status = os.waitpid(child, os.WNOHANG)
    return _reason(status, cpu_seconds) if found else None


def reason_when_ended(child, cpu_seconds):
    """Return why the process `child` has ended; it is about to."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        reason = reason_if_ended(child, cpu_seconds)
        if reason:
            return reason
        time.sleep(0.005)
    # It closed its side and lives on.
    return DAMAGED


def cpu_words(seconds):
    """Return the sentence for processor time that is used up."""
    return f'The program used up its processor time ({seconds} seconds).'


def kill_group(leader):
    """End a process and what it has started in its group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Gone already, or everything in it is.
        pass


def _reason(status, cpu_seconds):
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = os.waitstatus_to_exitcode(status)
    if code in (-signal.SIGXCPU, -signal.SIGKILL) and used.ru_utime + used.ru_stime > cpu_seconds - 1:
        return cpu_words(cpu_seconds)
    if code == -signal.SIGKILL:
        return 'The program was killed: it may have used too much memory.'
    if code < 0:
        return f'The program crashed ({signal.strsignal(-code) or -code}).'
    if code == os.EX_OSERR:
        return 'The program used up its memory.'
    return f'The program ended the console (exit code {code}).'
