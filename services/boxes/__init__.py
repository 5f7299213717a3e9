"""Boxes that stand ready: a prepared interpreter, and what becomes of its children when a student claims one.

The *zygote* is a fresh Python that has moved into name spaces of its own, with a root that holds the system and nothing
else, and has imported what consoles need. It forks boxes: in new name spaces each, two processes. The *keeper* is the
first process of the box; it holds the channel to sandbox-server, runs a service program of ours (`python_console`,
`serving`) and cannot be read or traced. The *worker* becomes whatever runs the student's code, and has dropped all it could
do before anybody comes. Both wait. A claim brings the home (a mount) and whose it is; the keeper puts the home in its place
and drops what it could do, too, and only then is there a student's code in the box. Nobody in here is user 0 at any moment::

    outer     makes the outer box, in which the zygote starts
    zygote    imports what is needed, and forks boxes on demand
    tree      what is found on the disk of every box
    birth     one box, from the fork to the claim
    rehearsal does what a claim will need once for nobody
    forks     what modules want done in every child of a fork
    identity  the step down: user, limits, capabilities, system calls
    keeper    what the first process does with its claim
    worker    what the second process does with its part
    script    runs a file as `python3 file` does
    pair      what keeper and worker are joined by
"""
