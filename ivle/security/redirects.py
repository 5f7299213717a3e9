"""Where a person may be sent after signing in: to a page of this site, and nowhere else."""

import re
from urllib.parse import unquote

_PATH = re.compile(r"/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*(\?[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?")


def own_path(text, prefix):
    """Return `text` when it is a path of this site below its prefix, else None.

    What a browser might take for another host is refused, and so is what it would resolve to a place outside the prefix.
    """
    if not isinstance(text, str) or len(text) > 2000 or not _PATH.fullmatch(text):
        return None
    path = text.partition('?')[0]
    below = path.removeprefix(prefix)
    if not path.startswith(prefix) or (below and not below.startswith('/')):
        return None
    # Decoded as often as any proxy on the way might do it.
    decoded = unquote(unquote(below))
    segments = decoded.split('/')[1:]
    is_odd = '' in segments[:-1] or '.' in segments or '..' in segments
    return None if is_odd or re.search(r'[\\\x00-\x1f\x7f]', decoded) else text
