"""The boxes a student's code runs in, and the daemon that starts, limits, feeds and ends them.

A box has everything closed: its own user, process, network, IPC and host name spaces, a read-only system, one home, an
empty environment, three standard descriptors and one socket, a list of the system calls it may make, and limits. It is
never started by the superuser and dies with its daemon. A cold one is made by bubblewrap when it is needed; a ready one
was forked before from a prepared interpreter, the zygote, and is claimed.

What a box is::

    spec        what one box is for                    tree       what the program finds on its disk
    limits      what it may use up                     seccomp    which system calls it may make, and why
    cgroups, hierarchies, memory, processes            who holds it to its limits
    pythons, environments, trial                       the students' Python

How it comes to be, and ends::

    box         cold ones: the Launcher                started    a cold one that runs
    zygote      where ready ones come from             prepared   a ready one, before and after its claim
    supply      those that stand ready                 claim      what a claim brings
    pool        claims, and the zygote's life          identities which user of the host a box is
    boxes       all boxes of a daemon                  relay      carries what they complain of into a log

Whom it serves::

    server, daemon, actions, reception, walls          sandbox-server: takes requests
    consoles, waiting                                  who has which console, and who waits for one
    live_console, channels, transcript, streams, typed, history, endings     one console
    files, svn, quota, measuring                       file services, and the room of an account
    serving, handover                                  served programs

Whether this host can: check, canary, findings, readiness, host, places.
"""
