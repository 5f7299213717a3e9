"""The step down: from a process that could prepare a box to one that can do nothing but run in it. There is no way back."""

import os
import resource
import signal

from ivle import kernel

# The one user id a program in a box knows, whatever the host calls it.
BOX_ID = 1000


def prepare():
    """Give up what a keeper needs no more, and go a part of the way without a step: who comes does not wait for memory."""
    kernel.forgo_capabilities()
    os.setresgid(-1, -1, -1)
    os.setresuid(-1, -1, -1)


def step_down_as_keeper(uid, filter_program):
    """Make this process the box's user on the host, unreadable for others, with no capability left."""
    _become(uid)
    kernel.drop_capabilities()
    kernel.control(kernel.PR_SET_DUMPABLE, 0)
    _die_with_parent()
    kernel.load_filter(filter_program)


def step_down_as_worker(uid, filter_program):
    """Make this process user 1000 of a namespace of its own, the box's user on the host.

    Processes are counted in the new namespace: two boxes of one user do not share them.
    """
    _become(uid)
    # Changing the user closes /proc/self to us; the maps below are written there.
    kernel.control(kernel.PR_SET_DUMPABLE, 1)
    outside, group_outside = os.geteuid(), os.getegid()
    kernel.unshare(kernel.NEWUSER)
    kernel.map_ids('self', [(BOX_ID, outside, 1)], [(BOX_ID, group_outside, 1)], may_set_groups=False)
    # The new namespace gave it back.
    kernel.forgo_capabilities()
    kernel.drop_capabilities()
    _die_with_parent()
    kernel.load_filter(filter_program)


def keep_within(limits):
    """Hold this process, and what it starts, to `limits`: (number, soft, hard) each."""
    for number, soft, hard in limits:
        resource.setrlimit(number, (soft, hard))


def _become(uid):
    if uid != os.geteuid():
        os.setgroups([])
        kernel.become(uid, uid)


def _die_with_parent():
    # Changing who we are makes the kernel forget it.
    kernel.control(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
