"""What may stand in an address as one segment: the names of subjects, semesters, worksheets and exercises."""

import re

MAX_NAME = 64
_URL_NAME = re.compile(r'[a-z0-9][a-z0-9_.+-]*')


def is_url_name(text):
    """Return True for the name of a subject or semester: lower-case letters, digits and `_.+-`, not first."""
    return len(text) <= MAX_NAME and _URL_NAME.fullmatch(text) is not None
