"""Frames that come in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ivle import chat


def payloads_of(pieces, max_frame=chat.MAX_FRAME):
    """Return (payloads, is_partial) of what comes in these pieces."""
    frames, received = chat.Frames(max_frame), []
    for piece in pieces:
        frames.feed(piece)
        received += iter(frames.next, None)
    return received, frames.is_partial


@given(payloads=some.lists(some.binary(max_size=50), max_size=5), size=some.integers(1, 20))
def test_frames_are_whole_however_they_come(payloads, size):
    sent = b''.join(map(chat.frame, payloads))
    assert payloads_of([sent[start : start + size] for start in range(0, len(sent), size)]) == (payloads, False)


@given(payloads=some.lists(some.binary(max_size=50), max_size=5), size=some.integers(1, 20))
def test_frames_are_whole_whenever_they_are_taken(payloads, size):
    sent, frames = b''.join(map(chat.frame, payloads)), chat.Frames()
    for start in range(0, len(sent), size):
        frames.feed(sent[start : start + size])
    assert [*iter(frames.next, None)] == payloads


@given(payload=some.binary(max_size=50), more=some.binary(min_size=1, max_size=5))
def test_one_frame_alone_is_told_from_half_of_one_and_from_more(payload, more):
    whole = chat.frame(payload)
    assert chat.only_frame(whole) == payload
    assert [chat.only_frame(whole[:end]) for end in range(whole.index(b':'), len(whole))] == [None] * (len(payload) + 2)
    assert chat.only_frame(whole + more) is None


@pytest.mark.parametrize('junk', [b'x:,', b'01:a,', b'-1:,', b'12345678:a,', b' 1:a,'])
def test_what_begins_with_no_length_is_no_frame(junk):
    with pytest.raises(chat.ProtocolError, match='starts with its length'):
        chat.only_frame(junk)


def test_waiting_for_the_rest_of_a_frame_is_no_error():
    assert payloads_of([b'2', b':{']) == ([], True)
    assert payloads_of([b'2', b':{', b'}', b',']) == ([b'{}'], False)


@pytest.mark.parametrize('junk', [b'x', b':', b'01:a,', b'12345678', b'9999999:', b'2:{}x', b'-1:', b' 2:{},', b'11:'])
def test_a_frame_that_is_none_is_noticed(junk):
    with pytest.raises(chat.ProtocolError):
        payloads_of([junk], max_frame=10)
    with pytest.raises(chat.ProtocolError):
        payloads_of([bytes([byte]) for byte in junk], max_frame=10)
