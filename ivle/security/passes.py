"""Passes: short-lived words in an address that stand for a signed-in reader where a browser sends no cookie.

A pass lets nobody do more than see the served pages of one owner, for an hour, and only as long as the session it was made in
lasts: signing out, or disabling the account, ends it at once.
"""

import hmac
import re
import time

PASS_SECONDS = 3600
_PASS = re.compile(r'([0-9]{1,18})\.([0-9]{1,12})\.([0-9a-f]{64})')


def looks_like_pass(text):
    """Return True for what could be a pass, true or false."""
    return _PASS.fullmatch(text) is not None


def make_pass(signer, session_id, owner, now=None):
    """Return a pass to the pages of `owner` (a login) for the session with this row id."""
    expires = int(time.time() if now is None else now) + PASS_SECONDS
    return f'{session_id}.{expires}.{_digest(signer, session_id, expires, owner)}'


def read_pass(signer, text, owner, now=None):
    """Return the row id of the session that a pass was made in, or None when it is not for `owner`, not ours or over."""
    match = _PASS.fullmatch(text)
    if match is None:
        return None
    session_id, expires = int(match[1]), int(match[2])
    if not hmac.compare_digest(_digest(signer, session_id, expires, owner), match[3]):
        return None
    return session_id if expires > (time.time() if now is None else now) else None


def _digest(signer, session_id, expires, owner):
    return signer.digest('pass to served pages', f'{session_id} {expires} {owner}')
