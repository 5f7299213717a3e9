"""The box a student's code runs in, and the daemon that starts, limits, feeds and ends such boxes.

One box is one bubblewrap with everything closed: its own user, process, network, IPC and host name spaces, a
read-only system, one bind mount of one home, an empty environment, three standard descriptors and one socket, a list
of the system calls it may make, and limits. It is never started by the superuser and dies with its daemon::

    box      Launcher and BoxSpec: start a program in a box
    started  Box: look after a started one, end it, say how it ended
    tree     what the program finds on its disk
    limits   what one box may use up
    memory   ends a box that uses more memory than that
    relay    carries what a box says to standard error into a log
    host     what a host must have
    seccomp  which system calls it may make, and why
    places   how an unprivileged child of a superuser's daemon reaches the data
    walls    refuses students' programs on a host that does not hold them
    check    throwaway boxes with canaries: what this host really isolates (canary is what runs in them)
"""
