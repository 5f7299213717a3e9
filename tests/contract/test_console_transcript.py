"""What is kept of a console's replies."""

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
