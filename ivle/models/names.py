"""Which names may stand in a URL, and which may be a login."""

import re

MAX_NAME = 64
_URL_NAME = re.compile(r'[a-z0-9][a-z0-9_.+-]*')
_LOGIN = re.compile(r'[a-z0-9][a-z0-9_.+@-]*')


def is_url_name(text):
    """Return True for the name of a subject or semester: lower-case letters, digits and `_.+-`, not first."""
    return len(text) <= MAX_NAME and _URL_NAME.fullmatch(text) is not None


def is_login(text):
    """Return True for the name of an account: a URL name that may hold an `@`."""
    return len(text) <= MAX_NAME and _LOGIN.fullmatch(text) is not None
