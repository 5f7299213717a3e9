"""Tokens for the console gateway: who may talk to which console, for the next sixty seconds.

The web tier makes one after it has authorised the person; the gateway, which has no database, believes it.
It opens a stream and nothing else, is sent as the first message and so never stands in an address or a log.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from dataclasses import dataclass

from ivle import chat

LIFETIME_SECONDS = 60
LONGEST = 1024

_KEY = re.compile(r'[0-9a-f]{32}')
_TOKEN = re.compile(r'([A-Za-z0-9_-]+)\.([0-9a-f]{64})')


class TokenRefused(Exception):
    """The token is not ours, was changed, or has expired."""


@dataclass(frozen=True)
class Pass:
    """What a token says: this person, this console."""

    login: str
    key: str


def make_token(secret: bytes, login: str, key: str, now: float | None = None) -> str:
    """Return a token that opens the console `key` of `login` for a minute from `now` (Unix time)."""
    expires = int(time.time() if now is None else now) + LIFETIME_SECONDS
    claims = base64.urlsafe_b64encode(chat.dumps([login, key, expires]).encode('utf-8')).rstrip(b'=').decode('ascii')
    return f'{claims}.{_digest(secret, claims)}'


def read_token(secret: bytes, token: str, now: float | None = None) -> Pass:
    """Return the Pass of a token made with `secret` that has not expired; TokenRefused otherwise."""
    match = _TOKEN.fullmatch(token) if len(token) <= LONGEST else None
    if match is None or not hmac.compare_digest(_digest(secret, match[1]), match[2]):
        raise TokenRefused('not a token of this site')
    try:
        login, key, expires = chat.loads(base64.urlsafe_b64decode(match[1] + '=' * (-len(match[1]) % 4)))
    except (chat.ProtocolError, binascii.Error, TypeError, ValueError) as error:
        raise TokenRefused('not a token for the gateway') from error
    if type(login) is not str or type(key) is not str or type(expires) is not int or not _KEY.fullmatch(key):
        raise TokenRefused('not a token for the gateway')
    if expires <= (time.time() if now is None else now):
        raise TokenRefused('the token has expired')
    return Pass(login, key)


def _digest(secret, claims):
    # The label keeps a digest made for another purpose with the same secret from being a token.
    return hmac.new(secret, b'ivle-console-token/1 ' + claims.encode('ascii'), hashlib.sha256).hexdigest()
