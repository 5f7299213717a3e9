"""What the test service is made of: an attempt is run in one box and judged in another.

`running` runs a program or one of its functions in a new process and tells what came of it; `runner` does so for whoever asks
over a socket, in the box of the attempt. `judge` holds an exercise in a box of its own, and for each attempt a child of it
compares (`comparing`, `asking`, `properties`). `values` writes what a program returned as JSON.

Standard library and `ivle.chat` only: these modules run in the sandbox, the first two beside code that attacks them. Whatever an
attempt's box says is a claim of the student's program and no more; nothing in that box is worth reading.
"""
