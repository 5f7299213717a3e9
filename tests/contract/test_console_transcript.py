"""What is kept of a console's replies, and frames that come in pieces."""

import importlib
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ivle import chat
from ivle.sandbox.transcript import MOST_BYTES, MOST_REPLIES, Transcript


def test_replies_are_numbered_from_one_and_found_again():
    transcript = Transcript()
    for text in ('a', 'b', 'c'):
        transcript.add({'output': text})
    assert transcript.after(0) == ([{'output': 'a', 'seq': 1}, {'output': 'b', 'seq': 2}, {'output': 'c', 'seq': 3}], 3)
    assert transcript.after(2) == ([{'output': 'c', 'seq': 3}], 3)
    assert transcript.after(3) == ([], 3)


def test_a_number_from_the_future_is_left_alone():
    transcript = Transcript()
    transcript.add({'okay': None})
    assert transcript.after(99) == ([], 99)


def test_the_oldest_replies_go_and_their_place_is_marked():
    transcript = Transcript()
    for number in range(MOST_REPLIES + 10):
        transcript.add({'output': str(number)})
    page, following = transcript.after(0)
    assert page[0].keys() == {'cut', 'seq'}
    assert [reply['seq'] for reply in page] == list(range(10, MOST_REPLIES + 11))
    assert following == transcript.last


def test_what_is_kept_is_bounded_by_its_bytes():
    transcript = Transcript()
    for _ in range(100):
        transcript.add({'output': 'x' * 30_000})
    pages, after = [], 0
    while after < transcript.last:
        page, after = transcript.after(after)
        pages.append(page)
    assert sum(len(chat.dumps(page)) for page in pages) < MOST_BYTES + 100_000
    assert max(len(chat.dumps(page)) for page in pages) < 300_000


def test_a_reply_larger_than_a_page_is_a_page():
    transcript = Transcript()
    transcript.add({'output': 'x' * 400_000})
    transcript.add({'okay': None})
    assert [len(transcript.after(after)[0]) for after in (0, 1)] == [1, 1]


@pytest.fixture(scope='module')
def frames():
    """Return the console's own collector of frames, which lives among the programs of the sandbox."""
    services = str(Path(__file__).parents[2] / 'services')
    sys.path.insert(0, services)
    yield importlib.import_module('python_console.frames').Frames
    sys.path.remove(services)


@given(
    values=some.lists(some.dictionaries(some.text(max_size=5), some.text(max_size=50), max_size=3), max_size=5),
    size=some.integers(1, 20),
)
def test_frames_are_whole_however_they_come(frames, values, size):
    sent = b''.join(chat.frame(chat.dumps(value).encode()) for value in values)
    collector, received = frames(), []
    for start in range(0, len(sent), size):
        received += collector.feed(sent[start : start + size])
    assert received == values


@pytest.mark.parametrize('junk', [b'x', b':', b'01:a,', b'12345678', b'9999999:', b'2:{}x', b'2:{x,', b'-1:', b' 2:{},'])
def test_a_frame_that_is_none_is_noticed(frames, junk):
    with pytest.raises(chat.ProtocolError):
        frames().feed(junk)


def test_waiting_for_the_rest_of_a_frame_is_no_error(frames):
    collector = frames()
    assert [collector.feed(piece) for piece in (b'2', b':{', b'}', b',')] == [[], [], [], [{}]]
