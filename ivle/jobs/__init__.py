"""Jobs: work that takes longer than a request may, done by workers (`services/worker`).

A job is a row (`ivle.models.job`), written in the transaction of whoever asks for it. After the commit a message with its id goes
to a queue, which wakes a worker (`queue`). The worker claims the row, runs what its kind says (`execution`), says once a second
that it lives and how far it is, and writes the end into the row (`worker`). What got lost on the way, a message or a worker, is
found by looking at the rows (`tending`). So a job may begin more than once: what a kind does must be harmless to repeat.

A kind is a function of an `ivle.jobs.execution.Run`, named in `KINDS` of a module that the setting `ivle.jobs.kinds` names.
"""
