"""The frames and the JSON of the chat protocol."""

import asyncio
import json
import math
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivle import chat

VECTORS = json.loads((Path(__file__).parent.parent / 'vectors' / 'chat.json').read_text())['netstring']
text = st.text(st.characters(exclude_categories=['Cs']))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def pair():
    here, there = socket.socketpair()
    yield here, there
    here.close()
    there.close()


def read_bytes(data, **limits):
    """Return what `read_frame` makes of bytes that arrive before the peer closes."""
    here, there = socket.socketpair()
    with here:
        with there:
            there.sendall(data)
        return chat.read_frame(here, **limits)


def read_bytes_async(data, max_frame=chat.MAX_FRAME, **limits):
    async def read():
        here, there = socket.socketpair()
        here.setblocking(False)
        with here:
            with there:
                there.sendall(data)
            return await chat.read_frame_async(asyncio.get_running_loop(), here, chat.Frames(max_frame), **limits)

    return asyncio.run(read())


readers = pytest.mark.parametrize('read', [read_bytes, read_bytes_async])


@pytest.mark.parametrize(('payload', 'framed'), VECTORS['ok'])
def test_recorded_payloads_have_the_recorded_frames(payload, framed):
    assert chat.frame(payload.encode()) == framed.encode()


@readers
@pytest.mark.parametrize(('payload', 'framed'), VECTORS['ok'])
def test_recorded_frames_hold_the_recorded_payloads(read, payload, framed):
    assert read(framed.encode()) == payload.encode()


@readers
@pytest.mark.parametrize('framed', [framed for framed, reason in VECTORS['reject']])
def test_recorded_bad_frames_are_refused(read, framed):
    with pytest.raises(chat.ProtocolError):
        read(framed.encode())


@readers
@pytest.mark.parametrize('framed', [*VECTORS['incomplete_blocks_until_timeout'], '12', '5:ab'])
def test_a_frame_that_stops_short_is_a_lost_connection(read, framed):
    with pytest.raises(chat.ConnectionLost):
        read(framed.encode())


@readers
@pytest.mark.parametrize('framed', ['00:,', '01:x,', '-1:x,', ' 1:x,', '1 :x,', '+1:x,', '12345678:x,', ':,', '1:xy', '²:x,'])
def test_a_length_is_plain_decimal_digits_without_a_leading_zero(read, framed):
    with pytest.raises(chat.ProtocolError):
        read(framed.encode())


@readers
def test_a_frame_over_the_limit_is_refused_before_its_bytes_come(read):
    with pytest.raises(chat.ProtocolError, match='over the limit'):
        read(b'11:', max_frame=10)


@readers
def test_end_of_file_between_frames_is_no_error(read):
    assert read(b'') is None


def test_a_frame_over_the_limit_is_not_sent():
    with pytest.raises(chat.ProtocolError, match='over the limit'):
        chat.frame(b'x' * 11, max_frame=10)


@pytest.mark.parametrize('sent', [b'', b'3:a'])
def test_a_silent_peer_is_left_after_the_timeout(pair, sent):
    here, there = pair
    there.sendall(sent)
    with pytest.raises(chat.ConnectionLost, match='too long'):
        chat.read_frame(here, timeout=0.05)


def test_a_peer_that_sends_a_byte_at_a_time_does_not_stretch_the_timeout(pair):
    here, there = pair
    stop = threading.Event()

    def drip():
        there.sendall(b'99:')
        while not stop.wait(0.02):
            there.sendall(b'x')

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(chat.ConnectionLost, match='too long'):
            chat.read_frame(here, timeout=0.2)
    finally:
        stop.set()
        thread.join()


def test_a_peer_that_does_not_read_is_left_after_the_timeout(pair):
    with pytest.raises(chat.ConnectionLost, match='broke'):
        for _ in range(100):
            chat.write_frame(pair[0], b'x' * 100_000, timeout=0.05)


def test_reading_a_frame_takes_not_a_byte_of_the_next(pair):
    here, there = pair
    there.sendall(b'1:a,rest')
    assert (chat.read_frame(here), here.recv(10)) == (b'a', b'rest')


def test_data_travels_in_frames_and_ends_with_an_empty_one(pair):
    here, there = pair
    chat.write_data(here, [b'one', b'two'])
    assert there.recv(100) == b'3:one,3:two,0:,'


def test_data_that_stops_before_its_last_frame_is_a_lost_connection(pair):
    here, there = pair
    here.sendall(b'3:one,')
    here.close()
    with pytest.raises(chat.ConnectionLost, match='before its last frame'):
        list(chat.read_data(there))


@given(st.lists(st.binary(max_size=2000), max_size=5))
def test_data_arrives_as_it_was_sent(chunks):
    here, there = socket.socketpair()
    with here, there:
        chat.write_data(here, chunks)
        assert b''.join(chat.read_data(there)) == b''.join(chunks)


@given(values)
def test_a_value_arrives_as_it_was_sent(value):
    here, there = socket.socketpair()
    with here, there:
        chat.write_value(here, value)
        assert chat.read_value(there) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_either_a_frame_or_a_protocol_error(data):
    try:
        payload = read_bytes(data, timeout=1)
    except chat.ProtocolError:
        payload = None
    assert payload is None or data.startswith(chat.frame(payload))


@given(st.text() | st.binary())
def test_any_text_is_either_a_value_or_a_protocol_error(data):
    try:
        value = chat.loads(data)
    except chat.ProtocolError:
        value = None
    assert chat.loads(chat.dumps(value)) == value


@pytest.mark.parametrize(
    'doubtful',
    [
        '',
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 1}}',
        'NaN',
        '[Infinity]',
        '-Infinity',
        '1e999',
        '"\\ud800"',
        '"\\udc00 alone"',
        '{} {}',
        '[1,]',
        "{'a': 1}",
        b'"\xff"',
        b'\xef\xbb\xbf{}',
        '[' * 65 + ']' * 65,
        '[' * 100_000,
        '1' * 5000,
    ],
    ids=lambda doubtful: repr(doubtful)[:20],
)
def test_doubtful_json_is_refused(doubtful):
    with pytest.raises(chat.ProtocolError):
        chat.loads(doubtful)


def test_json_may_be_nested_64_levels_deep():
    assert chat.loads('[' * 64 + ']' * 64)


def test_a_surrogate_pair_is_one_character():
    assert chat.loads('"\\ud83d\\ude00"') == '\N{GRINNING FACE}'


@pytest.mark.parametrize('value', [math.nan, math.inf, {1, 2}, b'bytes', object(), {'a': math.nan}])
def test_what_json_cannot_say_is_not_sent(value):
    with pytest.raises(chat.ProtocolError):
        chat.dumps(value)


def test_a_lone_surrogate_is_not_sent(pair):
    with pytest.raises(chat.ProtocolError, match='surrogate'):
        chat.write_value(pair[0], '\ud800')
