"""Which names may stand in a URL, and what may be a login or an e-mail address."""

import re

from ivle.url_names import MAX_NAME, is_url_name

_EMAIL = re.compile(r'[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+')
_LOGIN = re.compile(r'[a-z0-9][a-z0-9_.+@-]*')


def is_login(text):
    """Return True for the name of an account: a URL name that may hold an `@`."""
    return len(text) <= MAX_NAME and _LOGIN.fullmatch(text) is not None


def is_email(text):
    """Return True for what looks like an e-mail address; whether it arrives only a message can tell."""
    return len(text) <= 200 and _EMAIL.fullmatch(text) is not None


def checked_url_name(name):
    """Return the name; ValueError with a sentence when it cannot stand in a URL."""
    if not is_url_name(name):
        raise ValueError(
            f'{name!r} cannot stand in a URL: write lower-case letters, digits and _ . + -, beginning with a letter or digit.'
        )
    return name
