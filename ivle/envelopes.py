"""Signed requests of one service to another, and their plain replies.

A request frame holds `{"content": C, "digest": H}`; C is a JSON *string* whose text is
`{"v": 2, "aud": …, "id": …, "ts": …, "body": …}` and H is HMAC-SHA256 over exactly those bytes.
A reply frame holds any JSON value; a failure is `{"type", "value", "traceback"}`.
"""

import functools
import hashlib
import hmac
import re
import secrets
import threading
import time

from ivle import chat, sockets

SKEW_SECONDS = 30.0
REPLAY_SECONDS = 90.0
_ID = re.compile(r'[0-9a-f]{32}')
_HMAC_DIGEST = re.compile(r'[0-9a-f]{64}')
_MD5_DIGEST = re.compile(r'[0-9a-f]{32}')


class Refused(chat.ProtocolError):
    """A request that is not to be served. The reason is for our log, never for the peer."""


class RemoteError(Exception):
    """The peer answered with a failure object."""

    def __init__(self, type, value, traceback=''):
        super().__init__(f'{type}: {value}')
        self.type, self.value, self.traceback = type, value, traceback


@functools.lru_cache(maxsize=16)
def derive_key(magic, direction):
    """Return the 32-byte key for `direction` ('req' or 'res') from the shared secret `magic` (bytes)."""
    return hmac.digest(magic, b'ivle-chat/2 ' + direction.encode('ascii'), 'sha256')


def sign(key, content):
    """Return the digest (64 hex digits) of the content text under a derived key."""
    return hmac.digest(key, content.encode('utf-8'), 'sha256').hex()


def legacy_digest(magic, content, order):
    """Return the MD5 digest old peers send: 'seed' hashes magic then content, 'ivle' content then magic."""
    text = content.encode('utf-8')
    return hashlib.md5(magic + text if order == 'seed' else text + magic, usedforsecurity=False).hexdigest()


def seal(body, magic, audience, message_id=None, timestamp=None):
    """Return the payload (bytes) of a signed request for one service."""
    content = chat.dumps(
        {
            'v': 2,
            'aud': audience,
            'id': message_id or secrets.token_hex(16),
            'ts': int(time.clock_gettime(time.CLOCK_BOOTTIME)) if timestamp is None else timestamp,
            'body': body,
        }
    )
    return chat.to_bytes({'content': content, 'digest': sign(derive_key(magic, 'req'), content)})


class Opener:
    """Checks and opens the requests that reach one service.

    `legacy_md5` is 'off', 'seed' or 'ivle'; 64 hex digits are always HMAC, so a message can never
    choose the weaker check. `on_legacy` is called with the service's name for each old message served.
    """

    def __init__(self, magic, audience, legacy_md5='off', clock=None, on_legacy=None):
        self.magic, self.audience, self.legacy_md5 = magic, audience, legacy_md5
        self._key = derive_key(magic, 'req')
        self._clock = clock or (lambda: time.clock_gettime(time.CLOCK_BOOTTIME))
        self._on_legacy = on_legacy or (lambda audience: None)

    def open(self, payload):
        """Return (id, body) of an authentic, fresh request for this service; Refused otherwise."""
        request = self._parse(payload)
        content, digest = request['content'], request['digest']
        if _HMAC_DIGEST.fullmatch(digest):
            if not hmac.compare_digest(sign(self._key, content), digest):
                raise Refused('wrong digest')
            return self._fresh(chat.loads(content))
        if self.legacy_md5 != 'off' and _MD5_DIGEST.fullmatch(digest):
            if not hmac.compare_digest(legacy_digest(self.magic, content, self.legacy_md5), digest):
                raise Refused('wrong digest')
            self._on_legacy(self.audience)
            return None, chat.loads(content)
        raise Refused('no digest we accept')

    @staticmethod
    def _parse(payload):
        request = chat.loads(payload)
        if type(request) is not dict or set(request) != {'content', 'digest'}:
            raise Refused('not a request')
        if type(request['content']) is not str or type(request['digest']) is not str:
            raise Refused('not a request')
        return request

    def _fresh(self, envelope):
        if type(envelope) is not dict or set(envelope) != {'v', 'aud', 'id', 'ts', 'body'} or envelope['v'] != 2:
            raise Refused('not an envelope of version 2')
        if envelope['aud'] != self.audience:
            raise Refused('meant for another service')
        if type(envelope['id']) is not str or not _ID.fullmatch(envelope['id']):
            raise Refused('no message id')
        if type(envelope['ts']) not in (int, float) or abs(self._clock() - envelope['ts']) > SKEW_SECONDS:
            raise Refused('not sent just now')
        return envelope['id'], envelope['body']


class Replies:
    """Remembers replies by message id for 90 seconds, so that a repeated request is answered, not executed twice."""

    def __init__(self, clock=time.monotonic, capacity=100_000):
        self._clock, self._capacity = clock, capacity
        self._kept = {}
        self._lock = threading.Lock()

    def claim(self, message_id):
        """Return True when this id is new and now ours to answer; False when it was seen before."""
        now = self._clock()
        with self._lock:
            # Insertion order is age order, so the old ones stand at the front.
            while self._kept:
                oldest = next(iter(self._kept))
                if self._kept[oldest][0] > now - REPLAY_SECONDS:
                    break
                del self._kept[oldest]
            if message_id in self._kept:
                return False
            if len(self._kept) >= self._capacity:
                raise Refused('too many requests at once')
            self._kept[message_id] = (now, None)
            return True

    def keep(self, message_id, reply):
        """Store the reply of a claimed id."""
        with self._lock:
            if message_id in self._kept:
                self._kept[message_id] = (self._kept[message_id][0], reply)

    def get(self, message_id):
        """Return the stored reply, or None while there is none."""
        with self._lock:
            return self._kept.get(message_id, (0, None))[1]


def failure(type, value, traceback=''):
    """Return the failure object of the protocol."""
    return {'type': type, 'value': value, 'traceback': traceback}


def raise_failure(reply):
    """Return `reply`, or raise RemoteError when it is a failure object."""
    if type(reply) is dict and set(reply) == {'type', 'value', 'traceback'}:
        raise RemoteError(reply['type'], reply['value'], reply['traceback'])
    return reply


def ask(path, magic, audience, body, timeout=chat.TIMEOUT_SECONDS):
    """Send one request to the service at a Unix socket and return its reply; RemoteError when it failed."""
    # Before there is a connection: whoever takes it then finds the request there already.
    request = seal(body, magic, audience)
    with sockets.connect(path, timeout) as sock:
        chat.write_frame(sock, request)
        return raise_failure(chat.read_value(sock, timeout=timeout))
