"""What the serve service is made of: one web request answered inside a student's sandbox.

`finding` leads from a path to a file without ever following a link, `files` sends one as it is, `programs` runs one as CGI.

Standard library and `ivle.chat` only: these modules run in the sandbox.
"""
