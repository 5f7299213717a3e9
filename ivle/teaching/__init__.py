"""Teaching: worksheets, exercises and marks as plain values. Pure functions: no HTTP, no database, no process.

`definition` says what an exercise is, `verdict` what a judgement of an attempt may look like, `marks` what it all counts for.
"""
