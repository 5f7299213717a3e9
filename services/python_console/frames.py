"""Messages between the two processes of a console: JSON values in frames of the chat protocol."""

from ivle import chat


def frame_of(message):
    """Return a JSON value as one frame; what UTF-8 cannot say is escaped."""
    return chat.frame(chat.dumps(message).encode('utf-8', 'backslashreplace'))


def values_of(frames, data):
    """Return the JSON values that are complete now that `data` has come; ProtocolError at the first doubt."""
    frames.feed(data)
    return [chat.loads(payload) for payload in iter(frames.next, None)]
