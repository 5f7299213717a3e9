"""The chat protocol: netstring frames that carry signed JSON requests and plain JSON replies.

A request frame holds `{"content": C, "digest": H}`; C is a JSON *string* whose text is
`{"v": 2, "aud": …, "id": …, "ts": …, "body": …}` and H is HMAC-SHA256 over exactly those bytes.
A reply frame holds any JSON value; a failure is `{"type", "value", "traceback"}`.
A body that is not JSON (a file's bytes) follows as data frames and ends with an empty frame.

Standard library only, and nothing else of ours: the programs in a sandbox import this module.
"""

import functools
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import struct
import threading
import time

MAX_FRAME = 1 << 20
TIMEOUT_SECONDS = 10.0
SKEW_SECONDS = 30.0
REPLAY_SECONDS = 90.0
MAX_DEPTH = 64
# Data frames stay well below MAX_FRAME so that a site may lower the limit.
DATA_CHUNK = 256 * 1024
# Of a stream at a time. Room for twice as much would come from the kernel anew, and cost ten times as much as to read a line.
READ_BYTES = 64 * 1024

# Seven digits and a colon.
_LONGEST_HEAD = 8
_COMMA, _ZERO = ord(','), ord('0')
_ID = re.compile(r'[0-9a-f]{32}')
_HMAC_DIGEST = re.compile(r'[0-9a-f]{64}')
_MD5_DIGEST = re.compile(r'[0-9a-f]{32}')
_SURROGATE_ESCAPE = re.compile(r'\\u[dD][89a-fA-F]')


class ProtocolError(Exception):
    """The peer broke the protocol: framing, JSON or envelope. The connection is of no further use."""


class Refused(ProtocolError):
    """A request that is not to be served. The reason is for our log, never for the peer."""


class ConnectionLost(ProtocolError):
    """The peer went away or stayed silent before the whole frame had come."""


class RemoteError(Exception):
    """The peer answered with a failure object."""

    def __init__(self, type, value, traceback=''):
        super().__init__(f'{type}: {value}')
        self.type, self.value, self.traceback = type, value, traceback


# -- strict JSON ------------------------------------------------------------------------------------


def _unique_keys(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError('a key stands twice')
    return found


def _no_constant(name):
    raise ValueError(f'{name} is not JSON')


def _finite(text):
    number = float(text)
    if number in (float('inf'), float('-inf')):
        raise ValueError('number out of range')
    return number


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(',', ':'))
_decoder = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_float=_finite)
# Without what `decode` does around it, which takes as long: look for spaces before and after.
_scan = getattr(_decoder, 'scan_once')  # noqa: B009 - typing knows nothing of it


def _make_encode():
    """Return the function that writes a value as pieces of JSON; JSONEncoder would make one for each value."""
    try:
        return json.encoder.c_make_encoder(
            None, _encoder.default, json.encoder.encode_basestring, None, ':', ',', False, False, False
        )
    except (AttributeError, TypeError):
        # A Python that has it in no other language than its own, or another way.
        return lambda value, level: _encoder.iterencode(value)


_encode = _make_encode()


def loads(text):
    """Return the JSON value in `text` (str or UTF-8 bytes); ProtocolError where anything is doubtful.

    Refused besides bad syntax: duplicate keys, NaN and infinities, more than 64 levels, lone surrogates.
    """
    try:
        if type(text) is not str:
            text = str(text, 'utf-8')
        value = _value(text)
        # What has fewer brackets cannot be nested more deeply.
        if text.count('{') + text.count('[') > MAX_DEPTH:
            _check_depth(value)
        if '\\u' in text and _SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode('utf-8')
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f'not acceptable JSON: {error}') from None
    return value


def _value(text):
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        end = -1
    # Spaces around it, or no JSON at all.
    return value if end == len(text) else _decoder.decode(text)


def _check_depth(value):
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError('nested too deeply')
        below = []
        for item in level:
            if type(item) is dict:
                below.extend(child for child in item.values() if type(child) in (dict, list))
            elif type(item) is list:
                below.extend(child for child in item if type(child) in (dict, list))
        level = below


def dumps(value):
    """Return `value` as compact JSON text; ProtocolError for what strict JSON cannot say."""
    try:
        return ''.join(_encode(value, 0))
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f'cannot be written as JSON: {error}') from None


def _to_bytes(value):
    try:
        return dumps(value).encode('utf-8')
    except UnicodeEncodeError:
        raise ProtocolError('cannot be written as JSON: a lone surrogate') from None


# -- frames -----------------------------------------------------------------------------------------


def frame(payload, max_frame=MAX_FRAME):
    """Return `payload` (bytes) as a netstring."""
    if len(payload) > max_frame:
        raise ProtocolError(f'a frame of {len(payload)} bytes is over the limit of {max_frame}')
    return b'%d:%b,' % (len(payload), payload)


def frame_of(value):
    """Return a JSON value as one frame; what UTF-8 cannot say is escaped."""
    return frame(dumps(value).encode('utf-8', 'backslashreplace'))


def read_length(head, max_frame=MAX_FRAME):
    """Return the length that the bytes before a frame's colon say; ProtocolError when they say none, or too much."""
    if not head.isdigit() or len(head) >= _LONGEST_HEAD or (head[0] == _ZERO and len(head) > 1):
        raise ProtocolError('a frame starts with its length in decimal digits')
    length = int(head)
    if length > max_frame:
        raise ProtocolError(f'a frame of {length} bytes is over the limit of {max_frame}')
    return length


class Frames:
    """Puts the frames of a stream together, in whatever pieces they come."""

    def __init__(self, max_frame=MAX_FRAME):
        self._max_frame = max_frame
        self._bytes, self._at = b'', 0

    def feed(self, data):
        """Take the bytes that have come."""
        if self._at == len(self._bytes):
            # As nearly always: what came before was whole.
            self._bytes, self._at = data, 0
            return
        rest = bytearray(self._bytes) if type(self._bytes) is bytes else self._bytes
        del rest[: self._at]
        rest += data
        self._bytes, self._at = rest, 0

    def next(self):
        """Return the payload of the next whole frame, or None; ProtocolError when no frame can come of what is there."""
        there, start = self._bytes, self._at
        if start == len(there):
            return None
        colon = there.find(b':', start, start + _LONGEST_HEAD)
        if colon < 0:
            head = there[start : start + _LONGEST_HEAD]
            if len(head) == _LONGEST_HEAD or not head.isdigit():
                raise ProtocolError('a frame starts with its length in decimal digits')
            return None
        end = colon + 1 + read_length(there[start:colon], self._max_frame)
        if len(there) <= end:
            return None
        if there[end] != _COMMA:
            raise ProtocolError('a frame ends with a comma')
        self._at = end + 1
        return bytes(there[colon + 1 : end])

    def values(self, data):
        """Take the bytes that have come and return the JSON values of all frames that are whole now."""
        self.feed(data)
        values = []
        while (payload := self.next()) is not None:
            values.append(loads(payload))
        return values

    @property
    def is_partial(self):
        """Whether something is there that is not a frame yet."""
        return self._at < len(self._bytes)


def only_frame(data):
    """Return the payload of the one frame that `data` (bytes) is; None when it is less or more, ProtocolError when it is none."""
    head, colon, rest = data.partition(b':')
    if not colon or read_length(head) != len(rest) - 1 or rest[-1] != _COMMA:
        return None
    return rest[:-1]


def read_frame(sock, max_frame=MAX_FRAME, timeout=TIMEOUT_SECONDS):
    """Return the next frame's payload from a blocking socket, or None at a clean end of file.

    Reads not one byte beyond the frame, so the socket can be handed to another process afterwards.
    The whole frame must arrive within `timeout` seconds (None waits for ever for the first byte only).
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    head = b''
    while True:
        # What is only looked at stays there, so it cannot be too much; most often it has the whole head.
        seen = _receive(sock, _LONGEST_HEAD, deadline, socket.MSG_PEEK)
        if not seen:
            if head:
                raise ConnectionLost('end of file inside a frame')
            return None
        if deadline is None:
            deadline = time.monotonic() + TIMEOUT_SECONDS
        digits, colon, _ = seen.partition(b':')
        if len(head + digits) >= _LONGEST_HEAD or not (digits + b'0').isdigit():
            raise ProtocolError('a frame starts with its length in decimal digits')
        if colon:
            break
        head += _receive(sock, len(digits), deadline)
    begin = len(digits) + 1
    wanted = begin + read_length(head + digits, max_frame) + 1
    parts = bytearray()
    while len(parts) < wanted:
        part = _receive(sock, wanted - len(parts), deadline)
        if not part:
            raise ConnectionLost('end of file inside a frame')
        parts += part
    if parts[-1:] != b',':
        raise ProtocolError('a frame ends with a comma')
    return bytes(parts[begin:-1])


def _receive(sock, count, deadline, flags=0):
    if deadline is not None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ConnectionLost('the peer took too long')
        sock.settimeout(left)
    else:
        sock.settimeout(None)
    try:
        return sock.recv(count, flags)
    except TimeoutError:
        raise ConnectionLost('the peer took too long') from None
    except OSError as error:
        raise ConnectionLost(f'the connection broke: {error}') from None


def write_frame(sock, payload, max_frame=MAX_FRAME, timeout=TIMEOUT_SECONDS):
    """Send `payload` as one frame; ConnectionLost when the peer does not take it in time."""
    sock.settimeout(timeout)
    try:
        sock.sendall(frame(payload, max_frame))
    except OSError as error:
        raise ConnectionLost(f'the connection broke: {error}') from None


def write_value(sock, value, **limits):
    """Send a JSON value as one frame."""
    write_frame(sock, _to_bytes(value), **limits)


def read_value(sock, **limits):
    """Return the next frame's JSON value, or raise ConnectionLost at end of file."""
    payload = read_frame(sock, **limits)
    if payload is None:
        raise ConnectionLost('the peer closed the connection')
    return loads(payload)


def write_data(sock, chunks, **limits):
    """Send an iterable of bytes as data frames and the empty frame that ends them."""
    for chunk in chunks:
        for start in range(0, len(chunk), DATA_CHUNK):
            write_frame(sock, chunk[start : start + DATA_CHUNK], **limits)
    write_frame(sock, b'', **limits)


def read_data(sock, **limits):
    """Yield the payloads of data frames up to the empty frame; ConnectionLost when they stop short."""
    while True:
        payload = read_frame(sock, **limits)
        if payload is None:
            raise ConnectionLost('the data ended before its last frame')
        if not payload:
            return
        yield payload


async def read_frame_async(loop, sock, frames, timeout=TIMEOUT_SECONDS):
    """As `read_frame`, for a non-blocking socket in an event loop; what comes beyond the frame waits in the Frames `frames`."""
    # Here and not above: the programs in a sandbox never need it, and it would be half of their start.
    import asyncio

    try:
        async with asyncio.timeout(timeout):
            while (payload := frames.next()) is None:
                data = await loop.sock_recv(sock, READ_BYTES)
                if not data and frames.is_partial:
                    raise ConnectionLost('end of file inside a frame')
                if not data:
                    return None
                frames.feed(data)
            return payload
    except TimeoutError:
        raise ConnectionLost('the peer took too long') from None
    except OSError as error:
        raise ConnectionLost(f'the connection broke: {error}') from None


async def write_value_async(loop, sock, value, timeout=TIMEOUT_SECONDS):
    """As `write_value`, for a non-blocking socket in an event loop."""
    import asyncio

    try:
        await asyncio.wait_for(loop.sock_sendall(sock, frame(_to_bytes(value))), timeout)
    except TimeoutError:
        raise ConnectionLost('the peer took too long') from None
    except OSError as error:
        raise ConnectionLost(f'the connection broke: {error}') from None


# -- envelopes --------------------------------------------------------------------------------------


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
    content = dumps(
        {
            'v': 2,
            'aud': audience,
            'id': message_id or secrets.token_hex(16),
            'ts': int(time.clock_gettime(time.CLOCK_BOOTTIME)) if timestamp is None else timestamp,
            'body': body,
        }
    )
    return _to_bytes({'content': content, 'digest': sign(derive_key(magic, 'req'), content)})


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
            return self._fresh(loads(content))
        if self.legacy_md5 != 'off' and _MD5_DIGEST.fullmatch(digest):
            if not hmac.compare_digest(legacy_digest(self.magic, content, self.legacy_md5), digest):
                raise Refused('wrong digest')
            self._on_legacy(self.audience)
            return None, loads(content)
        raise Refused('no digest we accept')

    @staticmethod
    def _parse(payload):
        request = loads(payload)
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


# -- sockets ----------------------------------------------------------------------------------------


def connect(path, timeout=TIMEOUT_SECONDS):
    """Return a connected Unix stream socket; ConnectionLost when nobody listens at `path`."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        with _reachable(path) as address:
            sock.connect(address)
    except OSError as error:
        sock.close()
        raise ConnectionLost(f'nothing answers at {path}: {error}') from None
    return sock


def listen(path, backlog=128):
    """Return a listening Unix stream socket at `path` (mode 0600), replacing one a dead process left."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    # Before there is a name that others could use. A creation mask would hold for every thread of this process.
    os.fchmod(sock.fileno(), 0o600)
    with _reachable(path) as address:
        sock.bind(address)
    sock.listen(backlog)
    return sock


class _reachable:
    """Gives an address for a socket path; a long one goes through its folder's descriptor (the limit is 107 bytes)."""

    def __init__(self, path):
        self._path, self._folder = os.fspath(path), None

    def __enter__(self):
        if len(os.fsencode(self._path)) < 100:
            return self._path
        folder, name = os.path.split(self._path)
        self._folder = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        return f'/proc/self/fd/{self._folder}/{name}'

    def __exit__(self, *exception):
        if self._folder is not None:
            os.close(self._folder)


def peer_uid(sock):
    """Return the user id of the process at the other end of a Unix socket."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize('3i'))
    return struct.unpack('3i', credentials)[1]


def ask(path, magic, audience, body, timeout=TIMEOUT_SECONDS):
    """Send one request to the service at a Unix socket and return its reply; RemoteError when it failed."""
    # Before there is a connection: whoever takes it then finds the request there already.
    request = seal(body, magic, audience)
    with connect(path, timeout) as sock:
        write_frame(sock, request)
        return raise_failure(read_value(sock, timeout=timeout))
