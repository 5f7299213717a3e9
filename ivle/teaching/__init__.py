"""Teaching: worksheets, exercises and marks as plain values. Pure functions: no HTTP, no database, no process.

`worksheet` makes clean HTML of a text, in whichever format it is; `course` reads and writes whole courses as files.
`definition` says what an exercise is, `verdict` what a judgement of an attempt may look like, `marks` what it all counts for.
"""
