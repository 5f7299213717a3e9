"""What all of our programs say to each other: strict JSON in netstring frames.

A body that is not JSON (a file's bytes) follows as data frames and ends with an empty frame.

Standard library only, and nothing else of ours: the programs in a sandbox import this module.
"""

import json
import re
import socket
import time

MAX_FRAME = 1 << 20
TIMEOUT_SECONDS = 10.0
MAX_DEPTH = 64
# Data frames stay well below MAX_FRAME so that a site may lower the limit.
DATA_CHUNK = 256 * 1024
# Of a stream at a time. Room for twice as much would come from the kernel anew, and cost ten times as much as to read a line.
READ_BYTES = 64 * 1024

# Seven digits and a colon.
_LONGEST_HEAD = 8
_COMMA, _ZERO = ord(','), ord('0')
_SURROGATE_ESCAPE = re.compile(r'\\u[dD][89a-fA-F]')


class ProtocolError(Exception):
    """The peer broke the protocol: framing, JSON or envelope. The connection is of no further use."""


class ConnectionLost(ProtocolError):
    """The peer went away or stayed silent before the whole frame had come."""


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


def to_bytes(value):
    """Return `value` as compact JSON in UTF-8; ProtocolError for what strict JSON or UTF-8 cannot say."""
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
    write_frame(sock, to_bytes(value), **limits)


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
        await asyncio.wait_for(loop.sock_sendall(sock, frame(to_bytes(value))), timeout)
    except TimeoutError:
        raise ConnectionLost('the peer took too long') from None
    except OSError as error:
        raise ConnectionLost(f'the connection broke: {error}') from None
