"""Which names usrmgt-server takes for accounts, directories and groups. Nothing else ever becomes part of a path."""

import re

MAX_NAME = 64
_URL_NAME = re.compile(r'[a-z0-9][a-z0-9_.+-]*')
# No slash, no leading dot or dash, no control character: safe as a path segment, an option's argument, an ini key and in a URL.
_LOGIN = re.compile(r'[a-z0-9][a-z0-9_.+@-]*')


class Failure(Exception):
    """An action cannot be done. The message is the answer's `msg`."""


def login_in(value):
    """Return a login, or Failure."""
    if type(value) is not str or len(value) > MAX_NAME or not _LOGIN.fullmatch(value):
        raise Failure('That is not a login: lower-case letters, digits and _.+-@, a letter or digit first.')
    return value


def url_name_in(value):
    """Return the name of a directory or group, or Failure."""
    if type(value) is not str or len(value) > MAX_NAME or not _URL_NAME.fullmatch(value):
        raise Failure('That is not a usable name: lower-case letters, digits and _.+-, a letter or digit first.')
    return value
