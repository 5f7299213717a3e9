"""What the file service is made of: one login's home, seen from inside the sandbox that serves it.

`names` says which names are usable, `tree` opens things below the account without ever following a link,
`kinds` says what a file is, `listing` and `reading` answer questions, `saving`, `moving` and `unpacking` change things,
`versions` speaks to Subversion and `service` does what one request asks.

Standard library, pysvn and `ivle.chat` only: these modules run in the sandbox.
"""
