"""The console that runs in a student's sandbox: a controller and, forked from it, the interpreter.

The controller (`controller`) holds the channel to sandbox-server and runs no code of the student. It cannot be
traced or read by the interpreter. The interpreter (`interpreter`) runs the student's code; what it writes reaches
the controller through pipes, and what it answers through a private socket that the student's code may find and
write to: the controller believes nothing that comes from there.
"""
