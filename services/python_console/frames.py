"""Frames of the chat protocol between the two processes of a console: as they come, in pieces, and as they go."""

from ivle import chat

_LONGEST_HEAD = 7


def frame_of(message):
    """Return a JSON value as one frame; what UTF-8 cannot say is escaped."""
    return chat.frame(chat.dumps(message).encode('utf-8', 'backslashreplace'))


class Frames:
    """Collects bytes and gives back the JSON values of whole frames; ProtocolError at the first doubt."""

    def __init__(self, max_frame=chat.MAX_FRAME):
        self._max_frame = max_frame
        self._bytes = bytearray()

    def feed(self, data):
        """Return the values that are complete now that `data` has come."""
        self._bytes += data
        values = []
        while (payload := self._next()) is not None:
            values.append(chat.loads(payload))
        return values

    def _next(self):
        colon = self._bytes.find(b':', 0, _LONGEST_HEAD + 1)
        head = bytes(self._bytes[: _LONGEST_HEAD + 1] if colon < 0 else self._bytes[:colon])
        if not head.isdigit() and (head or colon == 0):
            raise chat.ProtocolError('a frame starts with its length in decimal digits')
        if colon < 0:
            if len(head) > _LONGEST_HEAD:
                raise chat.ProtocolError('the length of a frame has seven digits at most')
            return None
        length = int(head)
        if length > self._max_frame or (head[:1] == b'0' and length):
            raise chat.ProtocolError('a frame is longer than allowed')
        end = colon + 1 + length
        if len(self._bytes) <= end:
            return None
        if self._bytes[end : end + 1] != b',':
            raise chat.ProtocolError('a frame ends with a comma')
        payload = bytes(self._bytes[colon + 1 : end])
        del self._bytes[: end + 1]
        return payload
